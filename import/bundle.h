/* SPDX-License-Identifier: BSD-2-Clause */
/* All that a file of keys and certificates held, read and checked. */

#ifndef BUNDLE_H
#define BUNDLE_H

#include "import/identity.h"
#include "import/refusal.h"

/* A file longer than this is not read. */
#define BUNDLE_FILE_LIMIT ((size_t)64 << 20)

/* What was left out, and why; both texts are translated. */
struct skipped {
	char *what; /* "a private key (DSA)", "a list of revoked ..." */
	char *why;
	bool is_key;
	enum refusal refusal; /* what it would have been alone, or none */
};

/* Owned; starts empty ({ 0 }). Identities borrow keys and certificates. */
struct bundle {
	const char *format; /* for people: "PKCS #12", "PEM", ... */
	struct key *keys;
	size_t keys_count;
	struct certificate *certificates; /* each once */
	size_t certificates_count;
	struct identity *identities; /* one per key, in the same order */
	struct skipped *skipped;
	size_t skipped_count;
	/* How many more times the same ones came again. */
	size_t keys_repeated, certificates_repeated;
};

/* The whole file, once, into memory that is wiped. */
enum refusal bundle_load(
	const char *path, struct secret *file, struct failure *failure);

/*
 * Reads PKCS #12, PKCS #8, older keys and certificates, in DER, BER or PEM.
 * The passphrase (NULL: none was given) is UTF-8 as typed, without end mark;
 * REFUSAL_PASSPHRASE_NEEDED when there is none and the file wants one, so a
 * command may read with NULL first, then ask. Refuses a file as a whole, or
 * gives a bundle with something in it.
 */
enum refusal bundle_read(struct bundle *bundle, const struct secret *file,
	const struct secret *passphrase, struct failure *failure);
void bundle_clear(struct bundle *bundle);

#endif
