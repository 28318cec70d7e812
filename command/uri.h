/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of tokens and objects: RFC 7512, by p11-kit's parser. */

#ifndef URI_H
#define URI_H

#include "pkcs11/cryptoki.h"

#include <stdbool.h>

struct uri;

/* Whether the text claims to be one (begins with "pkcs11:"). */
bool uri_is_one(const char *text);
/* Parses; NULL after saying why. The caller frees. */
struct uri *uri_read(const char *text);
void uri_free(struct uri *uri);

bool uri_fits_token(const struct uri *uri, const CK_TOKEN_INFO *info);
/* Whether the object of the class, with this id and label, is meant. */
bool uri_fits_object(const struct uri *uri, CK_OBJECT_CLASS object_class,
	const void *id, size_t id_length, const char *label);

/* The URI of a token, or of the object with the attributes (CKA_CLASS, CKA_ID,
 * CKA_LABEL). To be freed; NULL: memory is short. */
char *uri_write(const CK_TOKEN_INFO *info, const CK_ATTRIBUTE *attributes,
	CK_ULONG count);

#endif
