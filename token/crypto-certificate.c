/* SPDX-License-Identifier: BSD-2-Clause */
/* The public key of a certificate, as the attributes of its object. */

#include "config.h"

#include "token/crypto-certificate.h"

#include "token/crypto.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

static bool
take_number(const EVP_PKEY *pair, const char *name, struct bytes *bytes)
{
	BIGNUM *number = NULL;
	bool done = EVP_PKEY_get_bn_param(pair, name, &number) == 1 &&
		bytes_init(bytes, (size_t)BN_num_bytes(number));

	if (done)
		BN_bn2bin(number, bytes->at);
	BN_free(number);
	return done;
}

static bool
read_rsa(struct certificate_key *key, const X509_PUBKEY *info)
{
	const EVP_PKEY *pair = X509_PUBKEY_get0(info);

	key->type = CKK_RSA;
	if (!pair || EVP_PKEY_get_base_id(pair) != EVP_PKEY_RSA)
		return false;
	key->bits = (CK_ULONG)EVP_PKEY_get_bits(pair);
	return take_number(pair, OSSL_PKEY_PARAM_RSA_N, &key->modulus) &&
		take_number(pair, OSSL_PKEY_PARAM_RSA_E, &key->exponent);
}

/* Keeps what a function of the library has written. */
static bool
take_der(struct bytes *bytes, unsigned char *der, int length)
{
	bool done = length > 0 && bytes_copy(bytes, der, (size_t)length);

	OPENSSL_free(der);
	return done;
}

/* The parameters are CKA_EC_PARAMS as they stand, and the point is
 * CKA_EC_POINT in an OCTET STRING. */
static bool
read_ec(struct certificate_key *key, X509_PUBKEY *info)
{
	const unsigned char *point;
	unsigned char *der = NULL;
	ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();
	X509_ALGOR *algorithm;
	const void *value;
	int length, type;
	bool done;

	key->type = CKK_EC;
	X509_PUBKEY_get0_param(NULL, &point, &length, &algorithm, info);
	X509_ALGOR_get0(NULL, &type, &value, algorithm);
	done = octets && type == V_ASN1_OBJECT &&
		ASN1_OCTET_STRING_set(octets, point, length) == 1;
	if (done) {
		length = i2d_ASN1_OCTET_STRING(octets, &der);
		done = take_der(&key->point, der, length);
		der = NULL;
	}
	if (done) {
		length = i2d_ASN1_OBJECT(value, &der);
		done = take_der(&key->params, der, length);
	}
	ASN1_OCTET_STRING_free(octets);
	return done;
}

static bool
read_key(struct certificate_key *key, X509_PUBKEY *info)
{
	unsigned char *der = NULL;
	ASN1_OBJECT *algorithm;
	int length;

	if (!info ||
		X509_PUBKEY_get0_param(&algorithm, NULL, NULL, NULL, info) != 1)
		return false;
	length = i2d_X509_PUBKEY(info, &der);
	if (!take_der(&key->info, der, length))
		return false;
	switch (OBJ_obj2nid(algorithm)) {
	case NID_rsaEncryption:
		return read_rsa(key, info);
	case NID_X9_62_id_ecPublicKey:
		return read_ec(key, info);
	default:
		return false;
	}
}

bool
certificate_key_read(
	struct certificate_key *key, const void *der, size_t length)
{
	const unsigned char *at = der;
	X509 *certificate = X509_new_ex(crypto_library(), NULL);
	bool done = certificate &&
		d2i_X509(&certificate, &at, (long)length) != NULL;

	*key = (struct certificate_key){ 0 };
	done = done && read_key(key, X509_get_X509_PUBKEY(certificate));
	if (done)
		key->is_authority = X509_check_ca(certificate) > 0;
	else
		certificate_key_clear(key);
	X509_free(certificate);
	ERR_clear_error();
	return done;
}

void
certificate_key_clear(struct certificate_key *key)
{
	bytes_clear(&key->modulus);
	bytes_clear(&key->exponent);
	bytes_clear(&key->params);
	bytes_clear(&key->point);
	bytes_clear(&key->info);
	*key = (struct certificate_key){ 0 };
}
