/* SPDX-License-Identifier: BSD-2-Clause */
/* Objects on a token: found and read. */

#ifndef OBJECT_READER_H
#define OBJECT_READER_H

#include "command/token.h"
#include "pkcs11/bytes.h"

struct handle_list {
	CK_OBJECT_HANDLE *at;
	size_t count;
};

/* All objects that fit the template. The caller clears. */
CK_RV handles_find(const struct token *token, const CK_ATTRIBUTE *template,
	CK_ULONG count, struct handle_list *list);
/* Those of a class that are stored on the token. */
CK_RV handles_of_class(const struct token *token, CK_OBJECT_CLASS object_class,
	struct handle_list *list);
void handles_clear(struct handle_list *list);

/* One attribute's value; the caller clears. */
CK_RV object_read(const struct token *token, CK_OBJECT_HANDLE object,
	CK_ATTRIBUTE_TYPE type, struct bytes *value);
/* As new text without control characters; NULL: there is none. */
char *object_read_text(const struct token *token, CK_OBJECT_HANDLE object,
	CK_ATTRIBUTE_TYPE type);
/* What is not there counts as false. */
bool object_claims(const struct token *token, CK_OBJECT_HANDLE object,
	CK_ATTRIBUTE_TYPE type);
/* What is not there counts as CK_UNAVAILABLE_INFORMATION. */
CK_ULONG object_read_number(const struct token *token, CK_OBJECT_HANDLE object,
	CK_ATTRIBUTE_TYPE type);

#endif
