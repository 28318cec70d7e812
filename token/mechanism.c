/* SPDX-License-Identifier: BSD-2-Clause */
/* The mechanisms of the soft token. To add one: a row here, a test of it. */

#include "config.h"

#include "token/kind.h"

#define NONE CK_UNAVAILABLE_INFORMATION
#define SIGN (CKF_SIGN | CKF_VERIFY)
#define RECOVER (CKF_SIGN_RECOVER | CKF_VERIFY_RECOVER)
#define CRYPT (CKF_ENCRYPT | CKF_DECRYPT)
#define EC (CKF_EC_F_P | CKF_EC_NAMEDCURVE | CKF_EC_UNCOMPRESS)
#define RSA CKK_RSA, CKK_RSA, 2048, 8192
#define EC_KEY CKK_EC, CKK_EC, 256, 521
#define NO_KEY NONE, NONE, 0, 0

/* clang-format off */
static const struct mechanism mechanisms[] = {
	/* mechanism              key, other, sizes  uses        hash    operation */
	{ CKM_RSA_PKCS_KEY_PAIR_GEN, RSA, CKF_GENERATE_KEY_PAIR, NONE, NULL },
	{ CKM_RSA_PKCS,             RSA, SIGN | RECOVER | CRYPT, NONE, &rsa_pkcs1_kind },
	{ CKM_RSA_X_509,            RSA, SIGN | RECOVER | CRYPT, NONE, &rsa_raw_kind },
	{ CKM_SHA1_RSA_PKCS,        RSA,    SIGN, CKM_SHA_1,    &rsa_pkcs1_kind },
	{ CKM_RSA_PKCS_PSS,         RSA,    SIGN, NONE,         &rsa_pss_kind },
	{ CKM_SHA1_RSA_PKCS_PSS,    RSA,    SIGN, CKM_SHA_1,    &rsa_pss_kind },
	{ CKM_SHA256_RSA_PKCS,      RSA,    SIGN, CKM_SHA256,   &rsa_pkcs1_kind },
	{ CKM_SHA384_RSA_PKCS,      RSA,    SIGN, CKM_SHA384,   &rsa_pkcs1_kind },
	{ CKM_SHA512_RSA_PKCS,      RSA,    SIGN, CKM_SHA512,   &rsa_pkcs1_kind },
	{ CKM_SHA256_RSA_PKCS_PSS,  RSA,    SIGN, CKM_SHA256,   &rsa_pss_kind },
	{ CKM_SHA384_RSA_PKCS_PSS,  RSA,    SIGN, CKM_SHA384,   &rsa_pss_kind },
	{ CKM_SHA512_RSA_PKCS_PSS,  RSA,    SIGN, CKM_SHA512,   &rsa_pss_kind },
	{ CKM_SHA224_RSA_PKCS,      RSA,    SIGN, CKM_SHA224,   &rsa_pkcs1_kind },
	{ CKM_SHA224_RSA_PKCS_PSS,  RSA,    SIGN, CKM_SHA224,   &rsa_pss_kind },
	{ CKM_SHA512_224,           NO_KEY, CKF_DIGEST, CKM_SHA512_224, &digest_kind },
	{ CKM_SHA512_256,           NO_KEY, CKF_DIGEST, CKM_SHA512_256, &digest_kind },
	{ CKM_SHA3_256_RSA_PKCS,    RSA,    SIGN, CKM_SHA3_256, &rsa_pkcs1_kind },
	{ CKM_SHA3_384_RSA_PKCS,    RSA,    SIGN, CKM_SHA3_384, &rsa_pkcs1_kind },
	{ CKM_SHA3_512_RSA_PKCS,    RSA,    SIGN, CKM_SHA3_512, &rsa_pkcs1_kind },
	{ CKM_SHA3_256_RSA_PKCS_PSS, RSA,   SIGN, CKM_SHA3_256, &rsa_pss_kind },
	{ CKM_SHA3_384_RSA_PKCS_PSS, RSA,   SIGN, CKM_SHA3_384, &rsa_pss_kind },
	{ CKM_SHA3_512_RSA_PKCS_PSS, RSA,   SIGN, CKM_SHA3_512, &rsa_pss_kind },
	{ CKM_SHA3_224_RSA_PKCS,    RSA,    SIGN, CKM_SHA3_224, &rsa_pkcs1_kind },
	{ CKM_SHA3_224_RSA_PKCS_PSS, RSA,   SIGN, CKM_SHA3_224, &rsa_pss_kind },
	{ CKM_SHA_1,                NO_KEY, CKF_DIGEST, CKM_SHA_1, &digest_kind },
	{ CKM_SHA256,               NO_KEY, CKF_DIGEST, CKM_SHA256, &digest_kind },
	{ CKM_SHA224,               NO_KEY, CKF_DIGEST, CKM_SHA224, &digest_kind },
	{ CKM_SHA384,               NO_KEY, CKF_DIGEST, CKM_SHA384, &digest_kind },
	{ CKM_SHA512,               NO_KEY, CKF_DIGEST, CKM_SHA512, &digest_kind },
	{ CKM_SHA3_256,             NO_KEY, CKF_DIGEST, CKM_SHA3_256, &digest_kind },
	{ CKM_SHA3_224,             NO_KEY, CKF_DIGEST, CKM_SHA3_224, &digest_kind },
	{ CKM_SHA3_384,             NO_KEY, CKF_DIGEST, CKM_SHA3_384, &digest_kind },
	{ CKM_SHA3_512,             NO_KEY, CKF_DIGEST, CKM_SHA3_512, &digest_kind },
	{ CKM_EC_KEY_PAIR_GEN,      EC_KEY, CKF_GENERATE_KEY_PAIR | EC, NONE, NULL },
	{ CKM_ECDSA,                EC_KEY, SIGN | EC, NONE,         &ecdsa_kind },
	{ CKM_ECDSA_SHA1,           EC_KEY, SIGN | EC, CKM_SHA_1,    &ecdsa_kind },
	{ CKM_ECDSA_SHA224,         EC_KEY, SIGN | EC, CKM_SHA224,   &ecdsa_kind },
	{ CKM_ECDSA_SHA256,         EC_KEY, SIGN | EC, CKM_SHA256,   &ecdsa_kind },
	{ CKM_ECDSA_SHA384,         EC_KEY, SIGN | EC, CKM_SHA384,   &ecdsa_kind },
	{ CKM_ECDSA_SHA512,         EC_KEY, SIGN | EC, CKM_SHA512,   &ecdsa_kind },
	{ CKM_ECDSA_SHA3_224,       EC_KEY, SIGN | EC, CKM_SHA3_224, &ecdsa_kind },
	{ CKM_ECDSA_SHA3_256,       EC_KEY, SIGN | EC, CKM_SHA3_256, &ecdsa_kind },
	{ CKM_ECDSA_SHA3_384,       EC_KEY, SIGN | EC, CKM_SHA3_384, &ecdsa_kind },
	{ CKM_ECDSA_SHA3_512,       EC_KEY, SIGN | EC, CKM_SHA3_512, &ecdsa_kind },
};
/* clang-format on */

enum { MECHANISM_COUNT = sizeof(mechanisms) / sizeof(mechanisms[0]) };

const struct mechanism *
mechanism_find(CK_MECHANISM_TYPE type)
{
	size_t low = 0, high = MECHANISM_COUNT, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (mechanisms[middle].type == type)
			return &mechanisms[middle];
		if (mechanisms[middle].type < type)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const struct mechanism *
mechanism_at(CK_ULONG index)
{
	return index < MECHANISM_COUNT ? &mechanisms[index] : NULL;
}
