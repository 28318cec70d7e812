/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of attributes, as PKCS #11 takes them. */

#ifndef TEMPLATE_H
#define TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "import/ber.h"
#include "pkcs11/bytes.h"
#include "pkcs11/cryptoki.h"

#define TEMPLATE_ROOM 28

/* Borrows what its attributes point to, but for numbers and claims. */
struct template
{
	CK_ATTRIBUTE attributes[TEMPLATE_ROOM];
	CK_ULONG count;
	CK_ULONG required; /* those before it; a token may refuse the others */
	CK_ULONG numbers[TEMPLATE_ROOM];
};

void template_init(struct template *template);
void template_put(struct template *template, CK_ATTRIBUTE_TYPE type,
	const void *at, size_t length);
void template_put_ber(
	struct template *template, CK_ATTRIBUTE_TYPE type, struct ber value);
void template_put_bytes(struct template *template, CK_ATTRIBUTE_TYPE type,
	const struct bytes *value);
void template_put_text(
	struct template *template, CK_ATTRIBUTE_TYPE type, const char *text);
void template_put_number(
	struct template *template, CK_ATTRIBUTE_TYPE type, CK_ULONG number);
void template_put_claim(
	struct template *template, CK_ATTRIBUTE_TYPE type, bool claim);
/* What was put so far is required; what follows may be left out. */
void template_end_required(struct template *template);

#endif
