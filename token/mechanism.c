/* SPDX-License-Identifier: BSD-2-Clause */
/* The mechanisms of the soft token. To add one: a row here, a test of it. */

#include "config.h"

#include "token/kind.h"

#define NONE CK_UNAVAILABLE_INFORMATION
#define SIGN (CKF_SIGN | CKF_VERIFY)
#define RECOVER (CKF_SIGN_RECOVER | CKF_VERIFY_RECOVER)
#define CRYPT (CKF_ENCRYPT | CKF_DECRYPT)
#define EC \
	(CKF_EC_F_P | CKF_EC_NAMEDCURVE | CKF_EC_UNCOMPRESS | CKF_EC_COMPRESS)
#define NAMED (CKF_EC_NAMEDCURVE | CKF_EC_CURVENAME)
#define RSA CKK_RSA, CKK_RSA, RSA_BITS_SAFE, RSA_BITS_MAX
/* There is one smallest size for all uses of a mechanism: where it is that of
 * decrypting, CKA_SIGN of a shorter key tells that it does not sign. */
#define OLD_RSA CKK_RSA, CKK_RSA, RSA_BITS_MIN, RSA_BITS_MAX
#define EC_KEY CKK_EC, CKK_EC, 256, 521
#define EDWARDS CKK_EC_EDWARDS, CKK_EC_EDWARDS, 255, 448
#define MONTGOMERY CKK_EC_MONTGOMERY, CKK_EC_MONTGOMERY, 255, 448
#define ANY_DH CKK_EC, CKK_EC_MONTGOMERY, 255, 521
#define AES CKK_AES, CKK_AES, 16, 32
#define SECRET CKK_GENERIC_SECRET, CKK_GENERIC_SECRET, 1, SECRET_LENGTH_MAX
#define SECRET_OR(type) CKK_GENERIC_SECRET, type, 1, SECRET_LENGTH_MAX
/* This one counts in bits [PKCS11 2.1, generic secret key generation]. */
#define SECRET_BITS \
	CKK_GENERIC_SECRET, CKK_GENERIC_SECRET, 8, 8 * SECRET_LENGTH_MAX
#define NO_KEY NONE, NONE, 0, 0
#define WRAP (CKF_WRAP | CKF_UNWRAP)

/* clang-format off */
static const struct mechanism mechanisms[] = {
	/* mechanism, key with its other type and sizes, uses, hash, operation */
	{ CKM_RSA_PKCS_KEY_PAIR_GEN,      RSA,                        CKF_GENERATE_KEY_PAIR,         NONE,           NULL },
	{ CKM_RSA_PKCS,                   OLD_RSA,                    SIGN | RECOVER | CRYPT | WRAP, NONE,           &rsa_pkcs1_kind },
	{ CKM_RSA_X_509,                  RSA,                        SIGN | RECOVER | CRYPT,        NONE,           &rsa_raw_kind },
	{ CKM_SHA1_RSA_PKCS,              RSA,                        SIGN,                          CKM_SHA_1,      &rsa_pkcs1_kind },
	{ CKM_RSA_PKCS_OAEP,              OLD_RSA,                    CRYPT | WRAP,                  NONE,           &rsa_oaep_kind },
	{ CKM_RSA_PKCS_PSS,               RSA,                        SIGN,                          NONE,           &rsa_pss_kind },
	{ CKM_SHA1_RSA_PKCS_PSS,          RSA,                        SIGN,                          CKM_SHA_1,      &rsa_pss_kind },
	{ CKM_SHA256_RSA_PKCS,            RSA,                        SIGN,                          CKM_SHA256,     &rsa_pkcs1_kind },
	{ CKM_SHA384_RSA_PKCS,            RSA,                        SIGN,                          CKM_SHA384,     &rsa_pkcs1_kind },
	{ CKM_SHA512_RSA_PKCS,            RSA,                        SIGN,                          CKM_SHA512,     &rsa_pkcs1_kind },
	{ CKM_SHA256_RSA_PKCS_PSS,        RSA,                        SIGN,                          CKM_SHA256,     &rsa_pss_kind },
	{ CKM_SHA384_RSA_PKCS_PSS,        RSA,                        SIGN,                          CKM_SHA384,     &rsa_pss_kind },
	{ CKM_SHA512_RSA_PKCS_PSS,        RSA,                        SIGN,                          CKM_SHA512,     &rsa_pss_kind },
	{ CKM_SHA224_RSA_PKCS,            RSA,                        SIGN,                          CKM_SHA224,     &rsa_pkcs1_kind },
	{ CKM_SHA224_RSA_PKCS_PSS,        RSA,                        SIGN,                          CKM_SHA224,     &rsa_pss_kind },
	{ CKM_SHA512_224,                 NO_KEY,                     CKF_DIGEST,                    CKM_SHA512_224, &digest_kind },
	{ CKM_SHA512_224_HMAC,            SECRET,                     SIGN,                          CKM_SHA512_224, &hmac_kind },
	{ CKM_SHA512_224_HMAC_GENERAL,    SECRET,                     SIGN,                          CKM_SHA512_224, &hmac_general_kind },
	{ CKM_SHA512_256,                 NO_KEY,                     CKF_DIGEST,                    CKM_SHA512_256, &digest_kind },
	{ CKM_SHA512_256_HMAC,            SECRET,                     SIGN,                          CKM_SHA512_256, &hmac_kind },
	{ CKM_SHA512_256_HMAC_GENERAL,    SECRET,                     SIGN,                          CKM_SHA512_256, &hmac_general_kind },
	{ CKM_SHA3_256_RSA_PKCS,          RSA,                        SIGN,                          CKM_SHA3_256,   &rsa_pkcs1_kind },
	{ CKM_SHA3_384_RSA_PKCS,          RSA,                        SIGN,                          CKM_SHA3_384,   &rsa_pkcs1_kind },
	{ CKM_SHA3_512_RSA_PKCS,          RSA,                        SIGN,                          CKM_SHA3_512,   &rsa_pkcs1_kind },
	{ CKM_SHA3_256_RSA_PKCS_PSS,      RSA,                        SIGN,                          CKM_SHA3_256,   &rsa_pss_kind },
	{ CKM_SHA3_384_RSA_PKCS_PSS,      RSA,                        SIGN,                          CKM_SHA3_384,   &rsa_pss_kind },
	{ CKM_SHA3_512_RSA_PKCS_PSS,      RSA,                        SIGN,                          CKM_SHA3_512,   &rsa_pss_kind },
	{ CKM_SHA3_224_RSA_PKCS,          RSA,                        SIGN,                          CKM_SHA3_224,   &rsa_pkcs1_kind },
	{ CKM_SHA3_224_RSA_PKCS_PSS,      RSA,                        SIGN,                          CKM_SHA3_224,   &rsa_pss_kind },
	{ CKM_SHA_1,                      NO_KEY,                     CKF_DIGEST,                    CKM_SHA_1,      &digest_kind },
	{ CKM_SHA_1_HMAC,                 SECRET_OR(CKK_SHA_1_HMAC),  SIGN,                          CKM_SHA_1,      &hmac_kind },
	{ CKM_SHA_1_HMAC_GENERAL,         SECRET_OR(CKK_SHA_1_HMAC),  SIGN,                          CKM_SHA_1,      &hmac_general_kind },
	{ CKM_SHA256,                     NO_KEY,                     CKF_DIGEST,                    CKM_SHA256,     &digest_kind },
	{ CKM_SHA256_HMAC,                SECRET_OR(CKK_SHA256_HMAC), SIGN,                          CKM_SHA256,     &hmac_kind },
	{ CKM_SHA256_HMAC_GENERAL,        SECRET_OR(CKK_SHA256_HMAC), SIGN,                          CKM_SHA256,     &hmac_general_kind },
	{ CKM_SHA224,                     NO_KEY,                     CKF_DIGEST,                    CKM_SHA224,     &digest_kind },
	{ CKM_SHA224_HMAC,                SECRET_OR(CKK_SHA224_HMAC), SIGN,                          CKM_SHA224,     &hmac_kind },
	{ CKM_SHA224_HMAC_GENERAL,        SECRET_OR(CKK_SHA224_HMAC), SIGN,                          CKM_SHA224,     &hmac_general_kind },
	{ CKM_SHA384,                     NO_KEY,                     CKF_DIGEST,                    CKM_SHA384,     &digest_kind },
	{ CKM_SHA384_HMAC,                SECRET_OR(CKK_SHA384_HMAC), SIGN,                          CKM_SHA384,     &hmac_kind },
	{ CKM_SHA384_HMAC_GENERAL,        SECRET_OR(CKK_SHA384_HMAC), SIGN,                          CKM_SHA384,     &hmac_general_kind },
	{ CKM_SHA512,                     NO_KEY,                     CKF_DIGEST,                    CKM_SHA512,     &digest_kind },
	{ CKM_SHA512_HMAC,                SECRET_OR(CKK_SHA512_HMAC), SIGN,                          CKM_SHA512,     &hmac_kind },
	{ CKM_SHA512_HMAC_GENERAL,        SECRET_OR(CKK_SHA512_HMAC), SIGN,                          CKM_SHA512,     &hmac_general_kind },
	{ CKM_SHA3_256,                   NO_KEY,                     CKF_DIGEST,                    CKM_SHA3_256,   &digest_kind },
	{ CKM_SHA3_256_HMAC,              SECRET,                     SIGN,                          CKM_SHA3_256,   &hmac_kind },
	{ CKM_SHA3_224,                   NO_KEY,                     CKF_DIGEST,                    CKM_SHA3_224,   &digest_kind },
	{ CKM_SHA3_224_HMAC,              SECRET,                     SIGN,                          CKM_SHA3_224,   &hmac_kind },
	{ CKM_SHA3_384,                   NO_KEY,                     CKF_DIGEST,                    CKM_SHA3_384,   &digest_kind },
	{ CKM_SHA3_384_HMAC,              SECRET,                     SIGN,                          CKM_SHA3_384,   &hmac_kind },
	{ CKM_SHA3_512,                   NO_KEY,                     CKF_DIGEST,                    CKM_SHA3_512,   &digest_kind },
	{ CKM_SHA3_512_HMAC,              SECRET,                     SIGN,                          CKM_SHA3_512,   &hmac_kind },
	{ CKM_GENERIC_SECRET_KEY_GEN,     SECRET_BITS,                CKF_GENERATE,                  NONE,           NULL },
	{ CKM_EC_KEY_PAIR_GEN,            EC_KEY,                     CKF_GENERATE_KEY_PAIR | EC,    NONE,           NULL },
	{ CKM_ECDSA,                      EC_KEY,                     SIGN | EC,                     NONE,           &ecdsa_kind },
	{ CKM_ECDSA_SHA1,                 EC_KEY,                     SIGN | EC,                     CKM_SHA_1,      &ecdsa_kind },
	{ CKM_ECDSA_SHA224,               EC_KEY,                     SIGN | EC,                     CKM_SHA224,     &ecdsa_kind },
	{ CKM_ECDSA_SHA256,               EC_KEY,                     SIGN | EC,                     CKM_SHA256,     &ecdsa_kind },
	{ CKM_ECDSA_SHA384,               EC_KEY,                     SIGN | EC,                     CKM_SHA384,     &ecdsa_kind },
	{ CKM_ECDSA_SHA512,               EC_KEY,                     SIGN | EC,                     CKM_SHA512,     &ecdsa_kind },
	{ CKM_ECDSA_SHA3_224,             EC_KEY,                     SIGN | EC,                     CKM_SHA3_224,   &ecdsa_kind },
	{ CKM_ECDSA_SHA3_256,             EC_KEY,                     SIGN | EC,                     CKM_SHA3_256,   &ecdsa_kind },
	{ CKM_ECDSA_SHA3_384,             EC_KEY,                     SIGN | EC,                     CKM_SHA3_384,   &ecdsa_kind },
	{ CKM_ECDSA_SHA3_512,             EC_KEY,                     SIGN | EC,                     CKM_SHA3_512,   &ecdsa_kind },
	{ CKM_ECDH1_DERIVE,               ANY_DH,                     CKF_DERIVE | EC,               NONE,           NULL },
	{ CKM_ECDH1_COFACTOR_DERIVE,      EC_KEY,                     CKF_DERIVE | EC,               NONE,           NULL },
	{ CKM_EC_EDWARDS_KEY_PAIR_GEN,    EDWARDS,                    CKF_GENERATE_KEY_PAIR | NAMED, NONE,           NULL },
	{ CKM_EC_MONTGOMERY_KEY_PAIR_GEN, MONTGOMERY,                 CKF_GENERATE_KEY_PAIR | NAMED, NONE,           NULL },
	{ CKM_EDDSA,                      EDWARDS,                    SIGN | NAMED,                  NONE,           &eddsa_kind },
	{ CKM_AES_KEY_GEN,                AES,                        CKF_GENERATE,                  NONE,           NULL },
	{ CKM_AES_ECB,                    AES,                        CRYPT,                         NONE,           &aes_kind },
	{ CKM_AES_CBC,                    AES,                        CRYPT,                         NONE,           &aes_kind },
	{ CKM_AES_CBC_PAD,                AES,                        CRYPT,                         NONE,           &aes_pad_kind },
	{ CKM_AES_CTR,                    AES,                        CRYPT,                         NONE,           &aes_ctr_kind },
	{ CKM_AES_GCM,                    AES,                        CRYPT,                         NONE,           &aes_gcm_kind },
	{ CKM_AES_KEY_WRAP,               AES,                        CRYPT | WRAP,                  NONE,           &aes_wrap_kind },
	{ CKM_AES_KEY_WRAP_PAD,           AES,                        CRYPT | WRAP,                  NONE,           &aes_wrap_kind },
	{ CKM_AES_KEY_WRAP_KWP,           AES,                        CRYPT | WRAP,                  NONE,           &aes_wrap_kind },
	{ CKM_HKDF_DERIVE,                SECRET_OR(CKK_HKDF),        CKF_DERIVE,                    NONE,           NULL },
	{ CKM_HKDF_KEY_GEN,               SECRET_OR(CKK_HKDF),        CKF_GENERATE,                  NONE,           NULL },
	{ CKM_NSS_AES_KEY_WRAP,           AES,                        CRYPT | WRAP,                  NONE,           &aes_wrap_kind },
	{ CKM_NSS_AES_KEY_WRAP_PAD,       AES,                        CRYPT | WRAP,                  NONE,           &aes_wrap_kind },
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
