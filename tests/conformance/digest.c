/* SPDX-License-Identifier: BSD-2-Clause */
/* Digests and HMACs, checked by another implementation. */

#include "config.h"

#include "tests/conformance/kit.h"
#include "tests/conformance/other.h"

#include <stdlib.h>

static CK_BYTE text[] = "the text of a short mail";
enum { TEXT = sizeof(text) - 1 };

static void
digest_agrees(CK_MECHANISM_TYPE type, const char *hash)
{
	static const size_t lengths[] = { 0, 1, 55, 64, 200000 };
	CK_SESSION_HANDLE session = public_session();
	CK_BYTE *data = calloc(1, 200000), digest[64], expected[64];
	CK_ULONG length;
	size_t i;

	need(type, CKF_DIGEST);
	memset(data, 0x5a, 200000);
	for (i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		EXPECT_RV(p11->C_DigestInit(session, MECHANISM(type)), CKR_OK);
		length = sizeof(digest);
		EXPECT_RV(p11->C_Digest(session, data, lengths[i], digest,
				  &length), CKR_OK);
		EXPECT_BYTES(digest, length, expected,
			other_digest(hash, data, lengths[i], expected));
	}
	EXPECT_RV(p11->C_DigestInit(session, MECHANISM(type)), CKR_OK);
	for (i = 0; i < 200000; i += 50000)
		EXPECT_RV(p11->C_DigestUpdate(session, data + i, 50000),
			CKR_OK);
	length = sizeof(digest);
	EXPECT_RV(p11->C_DigestFinal(session, digest, &length), CKR_OK);
	EXPECT_BYTES(digest, length, expected,
		other_digest(hash, data, 200000, expected));
}

#define DIGEST(name, type, hash) \
	CLAIM(name##_digests_as_others_do, "MECH 2") \
	{ \
		digest_agrees(type, hash); \
	}
DIGEST(sha1, CKM_SHA_1, "sha1")
DIGEST(sha224, CKM_SHA224, "sha224")
DIGEST(sha256, CKM_SHA256, "sha256")
DIGEST(sha384, CKM_SHA384, "sha384")
DIGEST(sha512, CKM_SHA512, "sha512")
DIGEST(sha3_224, CKM_SHA3_224, "sha3-224")
DIGEST(sha3_256, CKM_SHA3_256, "sha3-256")
DIGEST(sha3_384, CKM_SHA3_384, "sha3-384")
DIGEST(sha3_512, CKM_SHA3_512, "sha3-512")

static void
hmac_agrees(CK_MECHANISM_TYPE type, const char *hash)
{
	CK_SESSION_HANDLE session = user_session();
	CK_BYTE mac[1024], expected[64], value[] = "0123456789abcdef"
						   "0123456789abcdef"
						   "0123456789abcdef"
						   "0123456789abcdef";
	CK_OBJECT_HANDLE key;

	need(type, CKF_SIGN);
	key = create(session, TEMPLATE(NUMBER(CKA_CLASS, CKO_SECRET_KEY),
		NUMBER(CKA_KEY_TYPE, CKK_GENERIC_SECRET),
		FLAG(CKA_SIGN, CK_TRUE), BYTES(CKA_VALUE, value, 64)));
	EXPECT_BYTES(mac,
		sign(session, MECHANISM(type), key, text, TEXT, mac), expected,
		other_hmac(hash, value, 64, text, TEXT, expected));
}

CLAIM(hmac_sha256_agrees_with_others, "MECH 2.22")
{
	hmac_agrees(CKM_SHA256_HMAC, "sha256");
}

CLAIM(hmac_sha512_agrees_with_others, "MECH 2.24")
{
	hmac_agrees(CKM_SHA512_HMAC, "sha512");
}
