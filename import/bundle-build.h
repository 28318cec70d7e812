/* SPDX-License-Identifier: BSD-2-Clause */
/* How the readers of formats fill a bundle; for import/ alone. */

#ifndef BUNDLE_BUILD_H
#define BUNDLE_BUILD_H

#include "import/bundle.h"
#include "import/pbe.h"

/* More of either is no file of a person. */
#define BUNDLE_KEYS_LIMIT 1024
#define BUNDLE_CERTIFICATES_LIMIT 65536

/* A file on its way into a bundle. Borrows all. */
struct intake {
	struct bundle *bundle;
	struct opener *opener;
	struct failure *failure;
	size_t opened; /* how many sealed things the passphrase opened */
	/* Only to learn whether the passphrase opens anything: over with the
	 * first thing that it was tried on. */
	bool is_trial, is_over;
};

/* Opens what is sealed, on the intake's account. */
enum refusal bundle_open(struct intake *intake,
	const struct ber_item *algorithm, struct ber sealed,
	struct secret *plain);

/* Adds the key that the bytes hold (PKCS #8 or older), or notes why it is left
 * out. The label (may be NULL) is the caller's. */
enum refusal bundle_add_key(
	struct intake *intake, struct ber key, const char *label);
/* The same for an EncryptedPrivateKeyInfo. */
enum refusal bundle_add_sealed_key(
	struct intake *intake, struct ber sealed, const char *label);
enum refusal bundle_add_certificate(
	struct intake *intake, struct ber certificate, const char *label);

/* Notes that something is left out. Both texts are translated already; the
 * refusal tells what the file is refused for if no key is left at all, or is
 * REFUSAL_NONE. */
enum refusal bundle_skip(struct intake *intake, const char *what,
	const char *why, bool is_key, enum refusal refusal);

/* Whatever the bytes are, by what they look like. */
enum refusal bundle_add_any(struct intake *intake, struct ber from);

#endif
