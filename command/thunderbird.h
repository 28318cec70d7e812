/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes a Thunderbird profile sign and decrypt with our token, and undoes it.
 */

#ifndef THUNDERBIRD_H
#define THUNDERBIRD_H

#include "command/profile.h"
#include "import/certificate.h"

/* What is to be set up: the module, and the certificates whose keys the token
 * has. All borrowed. */
struct thunderbird_wish {
	const char *module;
	const struct certificate *const *certificates;
	size_t certificates_count;
	int64_t now;       /* seconds since 1970 */
	bool is_rehearsal; /* say what would be done, and do nothing */
	bool is_queued;    /* Thunderbird runs: leave it for its next start */
};

/* What was found and done; said line by line to standard output as well. */
struct thunderbird_result {
	size_t addresses; /* identities of the profile with an address */
	size_t matched;   /* of them, with a certificate now selected */
	size_t changed;   /* settings that were not so before */
};

/* Registers the module and selects certificates; false after an error was
 * said. Can be repeated. */
bool thunderbird_setup(const struct profile *profile,
	const struct thunderbird_wish *wish, struct thunderbird_result *result);
/* Puts back what setup changed, unless the user has changed it since. */
bool thunderbird_undo(const struct profile *profile);

/* The newest certificate, valid now, that names the address and may sign (or
 * encrypt, when signs is false); NULL when there is none. */
const struct certificate *thunderbird_choose(
	const struct thunderbird_wish *wish, const char *address, bool signs);

/* Thunderbird's name for a certificate: its issuer and serial number, base64.
 * The caller frees it. */
char *thunderbird_certificate_key(const struct certificate *certificate);
/* What Thunderbird shows as its choice, "Alice [12:34:AB]"; the caller frees
 * it. */
char *thunderbird_certificate_name(const struct certificate *certificate);
/* Says which certificates were chosen for an address; either may be NULL. */
void thunderbird_choices_print(const char *address,
	const struct certificate *signer, const struct certificate *reader);

#endif
