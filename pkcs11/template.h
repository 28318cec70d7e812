/* SPDX-License-Identifier: BSD-2-Clause */
/* Templates and attribute queries on the wire. */

#ifndef TEMPLATE_H
#define TEMPLATE_H

#include "pkcs11/arena.h"
#include "pkcs11/tables.h"
#include "pkcs11/wire.h"

/* More attributes than this in one template are refused. */
#define TEMPLATE_CAP 1024

/* The largest room for one value that a query asks the token to fill. */
#define VALUE_CAP (1u << 20)

struct template
{
	CK_ATTRIBUTE *at;
	CK_ULONG count;
};

/*
 * Puts a template. CKR_ARGUMENTS_BAD: none where there should be one, or too
 * long; CKR_ATTRIBUTE_TYPE_INVALID: an attribute that not both sides know;
 * CKR_ATTRIBUTE_VALUE_INVALID: a value missing, too long, or of a wrong size.
 */
CK_RV template_put(struct wire *wire, const CK_ATTRIBUTE *at, CK_ULONG count,
	uint32_t known);
/* Takes one into the arena; what is malformed fails the wire.
 * CKR_DEVICE_MEMORY. */
CK_RV template_take(struct wire *wire, struct arena *arena, uint32_t known,
	struct template *result);

/*
 * C_GetAttributeValue: the module puts what is asked for and the rooms, the
 * worker takes it, gives what the token filled in, and the module gets that.
 * Attributes that not both sides know stay with the module.
 */
struct query {
	CK_ATTRIBUTE *at;
	const CK_ATTRIBUTE *offered; /* as they were: a token may lie */
	CK_ULONG count;
};

CK_RV query_put(struct wire *wire, const CK_ATTRIBUTE *at, CK_ULONG count,
	uint32_t known);
CK_RV query_take(struct wire *wire, struct arena *arena, uint32_t known,
	struct query *result);
void query_give(
	struct wire *wire, const struct query *query, CK_RV rv, uint32_t known);
/* Writes into the application's attributes; says what the call returns. */
CK_RV query_get(struct wire *wire, CK_ATTRIBUTE *at, CK_ULONG count,
	uint32_t known, CK_RV rv);

#endif
