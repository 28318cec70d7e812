/* SPDX-License-Identifier: BSD-2-Clause */
/* A certificate request for a key on a token. [RFC2986] */

#ifndef CERTIFICATE_REQUEST_H
#define CERTIFICATE_REQUEST_H

#include "command/der.h"
#include "command/token.h"
#include "import/public-key.h"

/* For whom; either may be NULL. */
struct subject {
	const char *name, *address;
};

/* The SubjectPublicKeyInfo of a public key object, written and read. */
bool request_read_key(const struct token *token, CK_OBJECT_HANDLE public,
	struct der *info, struct public_key *key);

/* The request as PEM, signed by the private key. False, after saying why. */
bool request_write(const struct token *token, CK_OBJECT_HANDLE private,
	CK_KEY_TYPE type, const struct der *info, const struct subject *subject,
	struct bytes *text);

#endif
