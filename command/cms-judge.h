/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a signature is good, by nobody's word but the public key's. */

#ifndef CMS_JUDGE_H
#define CMS_JUDGE_H

#include "pkcs11/bytes.h"

/* A public key, as it was found. */
struct judge {
	struct bytes der;    /* borrowed */
	bool is_certificate; /* and not a SubjectPublicKeyInfo */
};

enum verdict {
	VERDICT_GOOD,
	VERDICT_BAD,
	VERDICT_NONE /* the key is none that can be read here */
};

/* Of a signature as X.509 has it. hash: OpenSSL's name; NULL: the key brings
 * its own. */
enum verdict judge_signature(const struct judge *judge, const char *hash,
	const struct bytes *message, const struct bytes *signature);

#endif
