/* SPDX-License-Identifier: BSD-2-Clause */
/* The policy of attributes: one row per attribute and the classes it is of. */

#include "config.h"

#include "token/attribute-policy.h"

#define STORED (OF_DATA | OF_CERTIFICATE | OF_PUBLIC | OF_PRIVATE | OF_SECRET)
#define EVERY (STORED | OF_PROFILE)
#define KEYS (OF_PUBLIC | OF_PRIVATE | OF_SECRET)
#define HIDDEN (OF_PRIVATE | OF_SECRET)
#define CERTIFICATES OF_CERTIFICATE
#define POINTS (OF_EC | OF_EDWARDS | OF_MONTGOMERY)

/* NSS adds these for its own database when it writes keys and certificates to
 * any token; refusing them would refuse the object. */
#define CKA_NSS_EMAIL 0xce534352UL
#define CKA_NSS_DB 0xd5a0db00UL
#define CKA_NSS_TRUST 0x80000001UL

/*
 * [PKCS11 4.4 to 4.10]. Where the standard lets a later change give a key a
 * use, this token does not: a key that may only decrypt stays one.
 */
/* clang-format off */
static const struct policy rows[] = {
/* attribute                       classes       keys          kind           create   generate import   change         copy           shown             preset */
{ CKA_CLASS,                       EVERY,        OF_ANY,       KIND_NUMBER,   MUST,    SAME,    SAME,    FIXED,         FIXED,         SHOWN,            MADE },
{ CKA_TOKEN,                       EVERY,        OF_ANY,       KIND_FLAG,     MAY,     MAY,     MAY,     FIXED,         FREE,          SHOWN,            NO },
{ CKA_PRIVATE,                     EVERY,        OF_ANY,       KIND_FLAG,     MAY,     MAY,     MAY,     FIXED,         TO_TRUE,       SHOWN,            MADE },
{ CKA_MODIFIABLE,                  EVERY,        OF_ANY,       KIND_FLAG,     MAY,     MAY,     MAY,     FIXED,         TO_FALSE,      SHOWN,            YES },
{ CKA_COPYABLE,                    EVERY,        OF_ANY,       KIND_FLAG,     MAY,     MAY,     MAY,     TO_FALSE,      TO_FALSE,      SHOWN,            YES },
{ CKA_DESTROYABLE,                 EVERY,        OF_ANY,       KIND_FLAG,     MAY,     MAY,     MAY,     TO_FALSE,      TO_FALSE,      SHOWN,            YES },
{ CKA_LABEL,                       EVERY,        OF_ANY,       KIND_TEXT,     MAY,     MAY,     MAY,     FREE,          FREE,          SHOWN,            EMPTY },
{ CKA_UNIQUE_ID,                   EVERY,        OF_ANY,       KIND_TEXT,     NEVER,   NEVER,   NEVER,   FIXED,         FIXED,         SHOWN,            MADE },

{ CKA_PROFILE_ID,                  OF_PROFILE,   OF_ANY,       KIND_NUMBER,   NEVER,   NEVER,   NEVER,   FIXED,         FIXED,         SHOWN,            MADE },

{ CKA_APPLICATION,                 OF_DATA,      OF_ANY,       KIND_TEXT,     MAY,     NEVER,   NEVER,   FREE,          FREE,          SHOWN,            EMPTY },
{ CKA_OBJECT_ID,                   OF_DATA,      OF_ANY,       KIND_BYTES,    MAY,     NEVER,   NEVER,   FREE,          FREE,          SHOWN,            EMPTY },
{ CKA_VALUE,                       OF_DATA,      OF_ANY,       KIND_BYTES,    MAY,     NEVER,   NEVER,   FREE,          FREE,          SHOWN,            EMPTY },

{ CKA_CERTIFICATE_TYPE,            CERTIFICATES, OF_ANY,       KIND_NUMBER,   MUST,    NEVER,   NEVER,   FIXED,         FIXED,         SHOWN,            MADE },
{ CKA_CERTIFICATE_CATEGORY,        CERTIFICATES, OF_ANY,       KIND_NUMBER,   MAY,     NEVER,   NEVER,   FIXED,         FIXED,         SHOWN,            ZERO },
{ CKA_JAVA_MIDP_SECURITY_DOMAIN,   CERTIFICATES, OF_ANY,       KIND_NUMBER,   MAY,     NEVER,   NEVER,   FIXED,         FIXED,         SHOWN,            ZERO },
{ CKA_SUBJECT,                     CERTIFICATES, OF_ANY,       KIND_BYTES,    MUST,    NEVER,   NEVER,   FIXED,         FIXED,         SHOWN,            ABSENT },
{ CKA_ISSUER,                      CERTIFICATES, OF_ANY,       KIND_BYTES,    MAY,     NEVER,   NEVER,   FREE,          FREE,          SHOWN,            EMPTY },
{ CKA_SERIAL_NUMBER,               CERTIFICATES, OF_ANY,       KIND_BYTES,    MAY,     NEVER,   NEVER,   FREE,          FREE,          SHOWN,            EMPTY },
{ CKA_VALUE,                       CERTIFICATES, OF_ANY,       KIND_BYTES,    MUST,    NEVER,   NEVER,   FIXED,         FIXED,         SHOWN,            ABSENT },
{ CKA_URL,                         CERTIFICATES, OF_ANY,       KIND_TEXT,     MAY,     NEVER,   NEVER,   FIXED,         FIXED,         SHOWN,            EMPTY },
{ CKA_HASH_OF_SUBJECT_PUBLIC_KEY,  CERTIFICATES, OF_ANY,       KIND_BYTES,    MAY,     NEVER,   NEVER,   FIXED,         FIXED,         SHOWN,            EMPTY },
{ CKA_HASH_OF_ISSUER_PUBLIC_KEY,   CERTIFICATES, OF_ANY,       KIND_BYTES,    MAY,     NEVER,   NEVER,   FIXED,         FIXED,         SHOWN,            EMPTY },
{ CKA_NAME_HASH_ALGORITHM,         CERTIFICATES, OF_ANY,       KIND_NUMBER,   MAY,     NEVER,   NEVER,   FIXED,         FIXED,         SHOWN,            ABSENT },
{ CKA_NSS_EMAIL,                   CERTIFICATES, OF_ANY,       KIND_BYTES,    DROPPED, NEVER,   NEVER,   FIXED,         FIXED,         SHOWN,            ABSENT },
{ CKA_NSS_TRUST,                   CERTIFICATES, OF_ANY,       KIND_BYTES,    DROPPED, NEVER,   NEVER,   FIXED,         FIXED,         SHOWN,            ABSENT },

{ CKA_KEY_TYPE,                    KEYS,         OF_ANY,       KIND_NUMBER,   MUST,    SAME,    SAME,    FIXED,         FIXED,         SHOWN,            MADE },
{ CKA_ID,                          KEYS | CERTIFICATES, OF_ANY, KIND_BYTES,   MAY,     MAY,     MAY,     FREE,          FREE,          SHOWN,            EMPTY },
{ CKA_START_DATE,                  KEYS | CERTIFICATES, OF_ANY, KIND_DATE,    MAY,     MAY,     MAY,     FREE,          FREE,          SHOWN,            EMPTY },
{ CKA_END_DATE,                    KEYS | CERTIFICATES, OF_ANY, KIND_DATE,    MAY,     MAY,     MAY,     FREE,          FREE,          SHOWN,            EMPTY },
{ CKA_SUBJECT,                     OF_PUBLIC | OF_PRIVATE, OF_ANY, KIND_BYTES, MAY,    MAY,     MAY,     FREE,          FREE,          SHOWN,            EMPTY },
{ CKA_PUBLIC_KEY_INFO,             OF_PUBLIC | OF_PRIVATE, OF_ANY, KIND_BYTES, SAME,   SAME,    SAME,    FIXED,         FIXED,         SHOWN,            MADE },
{ CKA_PUBLIC_KEY_INFO,             CERTIFICATES, OF_ANY,       KIND_BYTES,    MAY,     NEVER,   NEVER,   FIXED,         FIXED,         SHOWN,            EMPTY },
{ CKA_CHECK_VALUE,                 CERTIFICATES | OF_SECRET, OF_ANY, KIND_BYTES, OURS, OURS,    OURS,    FIXED,         FIXED,         SHOWN,            MADE },
{ CKA_TRUSTED,                     CERTIFICATES | OF_PUBLIC | OF_SECRET, OF_ANY, KIND_FLAG, BY_SO, BY_SO, BY_SO, FREE_BY_SO, FIXED, SHOWN,        NO },
{ CKA_LOCAL,                       KEYS,         OF_ANY,       KIND_FLAG,     OURS,    OURS,    OURS,    FIXED,         FIXED,         SHOWN,            MADE },
{ CKA_KEY_GEN_MECHANISM,           KEYS,         OF_ANY,       KIND_NUMBER,   OURS,    OURS,    OURS,    FIXED,         FIXED,         SHOWN,            MADE },
{ CKA_ALLOWED_MECHANISMS,          KEYS,         OF_ANY,       KIND_NUMBERS,  MAY,     MAY,     MAY,     FIXED,         FIXED,         SHOWN,            EMPTY },
{ CKA_NSS_DB,                      KEYS,         OF_ANY,       KIND_BYTES,    DROPPED, DROPPED, DROPPED, FIXED,         FIXED,         SHOWN,            ABSENT },

{ CKA_ENCRYPT,                     OF_PUBLIC,    OF_RSA,       KIND_FLAG,     MAY,     MAY,     MAY,     FREE,          FREE,          SHOWN,            IF_UNSAID },
{ CKA_ENCRYPT,                     OF_PUBLIC,    POINTS,       KIND_FLAG,     MAY,     MAY,     MAY,     FREE,          FREE,          SHOWN,            NO },
{ CKA_VERIFY,                      OF_PUBLIC,    OF_RSA | OF_EC | OF_EDWARDS, KIND_FLAG, MAY, MAY, MAY,  FREE,          FREE,          SHOWN,            IF_UNSAID },
{ CKA_VERIFY,                      OF_PUBLIC,    OF_MONTGOMERY, KIND_FLAG,    MAY,     MAY,     MAY,     FREE,          FREE,          SHOWN,            NO },
{ CKA_VERIFY_RECOVER,              OF_PUBLIC,    OF_ANY,       KIND_FLAG,     MAY,     MAY,     MAY,     FREE,          FREE,          SHOWN,            NO },
{ CKA_WRAP,                        OF_PUBLIC,    OF_RSA,       KIND_FLAG,     MAY,     MAY,     MAY,     FREE,          FREE,          SHOWN,            IF_UNSAID },
{ CKA_WRAP,                        OF_PUBLIC,    POINTS,       KIND_FLAG,     MAY,     MAY,     MAY,     FREE,          FREE,          SHOWN,            NO },
{ CKA_DERIVE,                      OF_PUBLIC,    OF_ANY,       KIND_FLAG,     MAY,     MAY,     MAY,     FREE,          FREE,          SHOWN,            NO },

{ CKA_DECRYPT,                     OF_PRIVATE,   OF_RSA,       KIND_FLAG,     MAY,     MAY,     MAY,     TO_FALSE,      TO_FALSE,      SHOWN,            IF_UNSAID },
{ CKA_DECRYPT,                     OF_PRIVATE,   POINTS,       KIND_FLAG,     MAY,     MAY,     MAY,     TO_FALSE,      TO_FALSE,      SHOWN,            NO },
{ CKA_SIGN,                        OF_PRIVATE,   OF_RSA | OF_EC | OF_EDWARDS, KIND_FLAG, MAY, MAY, MAY,  TO_FALSE,      TO_FALSE,      SHOWN,            IF_UNSAID },
{ CKA_SIGN,                        OF_PRIVATE,   OF_MONTGOMERY, KIND_FLAG,    MAY,     MAY,     MAY,     TO_FALSE,      TO_FALSE,      SHOWN,            NO },
{ CKA_SIGN_RECOVER,                OF_PRIVATE,   OF_ANY,       KIND_FLAG,     MAY,     MAY,     MAY,     TO_FALSE,      TO_FALSE,      SHOWN,            NO },
{ CKA_UNWRAP,                      OF_PRIVATE,   OF_RSA,       KIND_FLAG,     MAY,     MAY,     MAY,     TO_FALSE,      TO_FALSE,      SHOWN,            IF_UNSAID },
{ CKA_UNWRAP,                      OF_PRIVATE,   POINTS,       KIND_FLAG,     MAY,     MAY,     MAY,     TO_FALSE,      TO_FALSE,      SHOWN,            NO },
{ CKA_DERIVE,                      OF_PRIVATE,   OF_EC | OF_MONTGOMERY, KIND_FLAG, MAY, MAY,    MAY,     TO_FALSE,      TO_FALSE,      SHOWN,            IF_UNSAID },
{ CKA_DERIVE,                      OF_PRIVATE,   OF_RSA | OF_EDWARDS, KIND_FLAG, MAY,  MAY,     MAY,     TO_FALSE,      TO_FALSE,      SHOWN,            NO },
{ CKA_ALWAYS_AUTHENTICATE,         OF_PRIVATE,   OF_ANY,       KIND_FLAG,     MAY,     MAY,     MAY,     TO_TRUE,       TO_TRUE,       SHOWN,            NO },

{ CKA_ENCRYPT,                     OF_SECRET,    OF_ANY,       KIND_FLAG,     MAY,     MAY,     MAY,     TO_FALSE,      TO_FALSE,      SHOWN,            IF_SESSION_OR_UNSAID },
{ CKA_DECRYPT,                     OF_SECRET,    OF_ANY,       KIND_FLAG,     MAY,     MAY,     MAY,     TO_FALSE,      TO_FALSE,      SHOWN,            IF_SESSION_OR_UNSAID },
{ CKA_SIGN,                        OF_SECRET,    OF_ANY,       KIND_FLAG,     MAY,     MAY,     MAY,     TO_FALSE,      TO_FALSE,      SHOWN,            IF_SESSION_OR_UNSAID },
{ CKA_VERIFY,                      OF_SECRET,    OF_ANY,       KIND_FLAG,     MAY,     MAY,     MAY,     TO_FALSE,      TO_FALSE,      SHOWN,            IF_SESSION_OR_UNSAID },
{ CKA_WRAP,                        OF_SECRET,    OF_ANY,       KIND_FLAG,     MAY,     MAY,     MAY,     TO_FALSE,      TO_FALSE,      SHOWN,            IF_SESSION },
{ CKA_UNWRAP,                      OF_SECRET,    OF_ANY,       KIND_FLAG,     MAY,     MAY,     MAY,     TO_FALSE,      TO_FALSE,      SHOWN,            IF_SESSION },
{ CKA_DERIVE,                      OF_SECRET,    OF_ANY,       KIND_FLAG,     MAY,     MAY,     MAY,     TO_FALSE,      TO_FALSE,      SHOWN,            IF_SESSION },

{ CKA_SENSITIVE,                   OF_PRIVATE,   OF_ANY,       KIND_FLAG,     MAY,     MAY,     MAY,     TO_TRUE,       TO_TRUE,       SHOWN,            YES },
{ CKA_SENSITIVE,                   OF_SECRET,    OF_ANY,       KIND_FLAG,     MAY,     MAY,     MAY,     TO_TRUE,       TO_TRUE,       SHOWN,            IF_TOKEN },
{ CKA_EXTRACTABLE,                 OF_PRIVATE,   OF_ANY,       KIND_FLAG,     MAY,     MAY,     MAY,     TO_FALSE,      TO_FALSE,      SHOWN,            NO },
{ CKA_EXTRACTABLE,                 OF_SECRET,    OF_ANY,       KIND_FLAG,     MAY,     MAY,     MAY,     TO_FALSE,      TO_FALSE,      SHOWN,            IF_SESSION },
{ CKA_ALWAYS_SENSITIVE,            HIDDEN,       OF_ANY,       KIND_FLAG,     OURS,    OURS,    OURS,    FIXED,         FIXED,         SHOWN,            MADE },
{ CKA_NEVER_EXTRACTABLE,           HIDDEN,       OF_ANY,       KIND_FLAG,     OURS,    OURS,    OURS,    FIXED,         FIXED,         SHOWN,            MADE },
{ CKA_WRAP_WITH_TRUSTED,           HIDDEN,       OF_ANY,       KIND_FLAG,     MAY,     MAY,     MAY,     TO_TRUE,       TO_TRUE,       SHOWN,            NO },
{ CKA_WRAP_TEMPLATE,               OF_PUBLIC | OF_SECRET, OF_ANY, KIND_TEMPLATE, MAY,  MAY,     MAY,     FIXED,         FIXED,         SHOWN,            EMPTY },
{ CKA_UNWRAP_TEMPLATE,             HIDDEN,       OF_ANY,       KIND_TEMPLATE, MAY,     MAY,     MAY,     FIXED,         FIXED,         SHOWN,            EMPTY },
{ CKA_DERIVE_TEMPLATE,             HIDDEN,       OF_ANY,       KIND_TEMPLATE, MAY,     MAY,     MAY,     FIXED,         FIXED,         SHOWN,            EMPTY },

{ CKA_MODULUS,                     OF_PUBLIC,    OF_RSA,       KIND_BYTES,    MUST,    NEVER,   NEVER,   FIXED,         FIXED,         SHOWN,            ABSENT },
{ CKA_MODULUS_BITS,                OF_PUBLIC,    OF_RSA,       KIND_NUMBER,   OURS,    MUST,    NEVER,   FIXED,         FIXED,         SHOWN,            MADE },
{ CKA_PUBLIC_EXPONENT,             OF_PUBLIC,    OF_RSA,       KIND_BYTES,    MUST,    MAY,     NEVER,   FIXED,         FIXED,         SHOWN,            ABSENT },
{ CKA_EC_PARAMS,                   OF_PUBLIC,    POINTS,       KIND_BYTES,    MUST,    MUST,    NEVER,   FIXED,         FIXED,         SHOWN,            ABSENT },
{ CKA_EC_POINT,                    OF_PUBLIC,    POINTS,       KIND_BYTES,    MUST,    NEVER,   NEVER,   FIXED,         FIXED,         SHOWN,            ABSENT },
{ CKA_MODULUS,                     OF_PRIVATE,   OF_RSA,       KIND_BYTES,    MUST,    NEVER,   NEVER,   FIXED,         FIXED,         SHOWN,            ABSENT },
{ CKA_PUBLIC_EXPONENT,             OF_PRIVATE,   OF_RSA,       KIND_BYTES,    MAY,     NEVER,   NEVER,   FIXED,         FIXED,         SHOWN,            ABSENT },
{ CKA_PRIVATE_EXPONENT,            OF_PRIVATE,   OF_RSA,       KIND_BYTES,    MUST,    NEVER,   NEVER,   FIXED,         FIXED,         UNLESS_SENSITIVE, ABSENT },
{ CKA_PRIME_1,                     OF_PRIVATE,   OF_RSA,       KIND_BYTES,    MAY,     NEVER,   NEVER,   FIXED,         FIXED,         UNLESS_SENSITIVE, ABSENT },
{ CKA_PRIME_2,                     OF_PRIVATE,   OF_RSA,       KIND_BYTES,    MAY,     NEVER,   NEVER,   FIXED,         FIXED,         UNLESS_SENSITIVE, ABSENT },
{ CKA_EXPONENT_1,                  OF_PRIVATE,   OF_RSA,       KIND_BYTES,    MAY,     NEVER,   NEVER,   FIXED,         FIXED,         UNLESS_SENSITIVE, ABSENT },
{ CKA_EXPONENT_2,                  OF_PRIVATE,   OF_RSA,       KIND_BYTES,    MAY,     NEVER,   NEVER,   FIXED,         FIXED,         UNLESS_SENSITIVE, ABSENT },
{ CKA_COEFFICIENT,                 OF_PRIVATE,   OF_RSA,       KIND_BYTES,    MAY,     NEVER,   NEVER,   FIXED,         FIXED,         UNLESS_SENSITIVE, ABSENT },
{ CKA_EC_PARAMS,                   OF_PRIVATE,   POINTS,       KIND_BYTES,    MUST,    SAME,    NEVER,   FIXED,         FIXED,         SHOWN,            ABSENT },
{ CKA_EC_POINT,                    OF_PRIVATE,   POINTS,       KIND_BYTES,    MAY,     NEVER,   NEVER,   FIXED,         FIXED,         SHOWN,            ABSENT },
{ CKA_VALUE,                       OF_PRIVATE,   POINTS,       KIND_BYTES,    MUST,    NEVER,   NEVER,   FIXED,         FIXED,         UNLESS_SENSITIVE, ABSENT },
{ CKA_VALUE,                       OF_SECRET,    OF_ANY,       KIND_BYTES,    MUST,    NEVER,   NEVER,   FIXED,         FIXED,         UNLESS_SENSITIVE, ABSENT },
{ CKA_VALUE_LEN,                   OF_SECRET,    OF_ANY,       KIND_NUMBER,   OURS,    MAY,     MAY,     FIXED,         FIXED,         SHOWN,            MADE },
};
/* clang-format on */

enum { ROWS = sizeof(rows) / sizeof(*rows) };

static const struct {
	CK_ULONG number;
	unsigned set;
} classes[] = {
	{ CKO_DATA, OF_DATA },
	{ CKO_CERTIFICATE, OF_CERTIFICATE },
	{ CKO_PUBLIC_KEY, OF_PUBLIC },
	{ CKO_PRIVATE_KEY, OF_PRIVATE },
	{ CKO_SECRET_KEY, OF_SECRET },
	{ CKO_PROFILE, OF_PROFILE },
}, keys[] = {
	{ CKK_RSA, OF_RSA },
	{ CKK_EC, OF_EC },
	{ CKK_EC_EDWARDS, OF_EDWARDS },
	{ CKK_EC_MONTGOMERY, OF_MONTGOMERY },
	{ CKK_AES, OF_SYMMETRIC },
	{ CKK_GENERIC_SECRET, OF_SYMMETRIC },
	{ CKK_HKDF, OF_SYMMETRIC },
};

unsigned
policy_class(CK_OBJECT_CLASS class)
{
	size_t i;

	for (i = 0; i < sizeof(classes) / sizeof(*classes); i++)
		if (classes[i].number == class)
			return classes[i].set;
	return 0;
}

unsigned
policy_key(CK_KEY_TYPE type)
{
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (keys[i].number == type)
			return keys[i].set;
	return 0;
}

const struct policy *
policy_find(CK_ATTRIBUTE_TYPE type, CK_OBJECT_CLASS class, CK_KEY_TYPE key_type)
{
	unsigned class_set = policy_class(class);
	unsigned key_set = class_set & KEYS ? policy_key(key_type) : OF_ANY;
	size_t i;

	for (i = 0; i < ROWS; i++)
		if (rows[i].type == type && (rows[i].classes & class_set) &&
			(rows[i].keys & key_set))
			return &rows[i];
	return NULL;
}

const struct policy *
policy_at(size_t index)
{
	return index < ROWS ? &rows[index] : NULL;
}

enum giving
policy_giving(const struct policy *policy, enum origin origin)
{
	switch (origin) {
	case ORIGIN_CREATE:
		return policy->create;
	case ORIGIN_GENERATE:
		return policy->generate;
	default:
		return policy->import;
	}
}

enum attribute_kind
policy_kind(CK_ATTRIBUTE_TYPE type)
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		if (rows[i].type == type)
			return rows[i].kind;
	return KIND_BYTES;
}

bool
policy_is_sealed(
	const CK_ATTRIBUTE *list, CK_ULONG count, CK_ATTRIBUTE_TYPE type)
{
	CK_OBJECT_CLASS class = attribute_number(
		list, count, CKA_CLASS, CK_UNAVAILABLE_INFORMATION);
	CK_KEY_TYPE key_type = attribute_number(
		list, count, CKA_KEY_TYPE, CK_UNAVAILABLE_INFORMATION);
	const struct policy *policy = policy_find(type, class, key_type);

	return policy && policy->shown == UNLESS_SENSITIVE;
}
