/* SPDX-License-Identifier: BSD-2-Clause */
/* The policy of attributes: one row per attribute and the classes it is of. */

#ifndef ATTRIBUTE_POLICY_H
#define ATTRIBUTE_POLICY_H

#include "pkcs11/cryptoki.h"
#include "token/attribute.h"

/* Which classes a row is for (a set), and which kinds of keys. */
enum {
	OF_DATA = 1,
	OF_CERTIFICATE = 2,
	OF_PUBLIC = 4,
	OF_PRIVATE = 8,
	OF_SECRET = 16,
	OF_PROFILE = 32
};
enum {
	OF_RSA = 1,
	OF_EC = 2,
	OF_EDWARDS = 4,
	OF_MONTGOMERY = 8,
	OF_SYMMETRIC = 16,
	OF_ANY = 31
};

/* What a value looks like. */
enum attribute_kind {
	KIND_FLAG,
	KIND_NUMBER,
	KIND_BYTES,
	KIND_TEXT,
	KIND_DATE,    /* a CK_DATE, or nothing */
	KIND_NUMBERS, /* an array of CK_ULONG */
	KIND_TEMPLATE /* an array of CK_ATTRIBUTE; flattened in sets */
};

/* What a template may say when an object is made. */
enum giving {
	MUST, /* without it: CKR_TEMPLATE_INCOMPLETE */
	MAY,
	SAME,   /* what the token puts, or CKR_TEMPLATE_INCONSISTENT */
	OURS,   /* what the token puts, or CKR_ATTRIBUTE_READ_ONLY */
	NEVER,  /* CKR_ATTRIBUTE_READ_ONLY */
	BY_SO,  /* true only from the security officer */
	DROPPED /* taken, and not kept: a client's private matter */
};

/* What a later change or a copy may do. */
enum change { FIXED, FREE, TO_TRUE, TO_FALSE, FREE_BY_SO };

/* Who may read it. */
enum shown {
	SHOWN,
	UNLESS_SENSITIVE /* and only while the key is extractable */
};

/* What it is when the template does not say. */
enum preset {
	ABSENT,
	EMPTY,
	ZERO,
	NO,
	YES,
	IF_TOKEN,   /* a flag: true of token objects */
	IF_SESSION, /* a flag: true of session objects */
	IF_UNSAID,  /* a use: true when the template names no use at all */
	IF_SESSION_OR_UNSAID, /* a use: session keys have it in any case */
	MADE                  /* the object's maker puts it */
};

struct policy {
	CK_ATTRIBUTE_TYPE type;
	unsigned classes;
	unsigned keys;
	enum attribute_kind kind;
	enum giving create, generate, import; /* import: unwrap and derive */
	enum change change, copy;
	enum shown shown;
	enum preset preset;
};

/* Which column of giving counts. */
enum origin { ORIGIN_CREATE, ORIGIN_GENERATE, ORIGIN_IMPORT };

/* NULL: objects of this class (and key type, where it has one) have no such
 * attribute. */
const struct policy *policy_find(
	CK_ATTRIBUTE_TYPE type, CK_OBJECT_CLASS class, CK_KEY_TYPE key_type);
/* The rows one after another; NULL past the last. */
const struct policy *policy_at(size_t index);
enum giving policy_giving(const struct policy *policy, enum origin origin);
/* The set for a number of the standard; 0 for one that the token lacks. */
unsigned policy_class(CK_OBJECT_CLASS class);
unsigned policy_key(CK_KEY_TYPE type);

/* KIND_BYTES for an attribute that is in no row. */
enum attribute_kind policy_kind(CK_ATTRIBUTE_TYPE type);
/* Whether the attribute of an object with these attributes is one that only
 * a login opens. */
bool policy_is_sealed(
	const CK_ATTRIBUTE *list, CK_ULONG count, CK_ATTRIBUTE_TYPE type);

#endif
