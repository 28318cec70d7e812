/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks keys: that their parts belong together, and whose signatures they
 * made. */

#include "config.h"

#include "import/p12-crypto.h"
#include "import/p12-library.h"
#include "import/p12-number.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#include <limits.h>

static enum refusal
contradiction(struct failure *failure, const struct key *key)
{
	return fail(failure, REFUSAL_KEY_INVALID, "%s", key->public.name);
}

/* Point = scalar times base; false when the scalar is out of range. */
static bool
multiply(const EC_GROUP *group, struct ber scalar, struct bytes *point)
{
	BN_CTX *context = BN_CTX_secure_new_ex(library());
	EC_POINT *product = EC_POINT_new(group);
	BIGNUM *factor;
	size_t length;
	bool done = false;

	if (!context || !product)
		goto out;
	BN_CTX_start(context);
	factor = number_read(context, scalar);
	if (factor && !BN_is_zero(factor) &&
		BN_cmp(factor, EC_GROUP_get0_order(group)) < 0 &&
		EC_POINT_mul(group, product, factor, NULL, NULL, context)) {
		length = EC_POINT_point2oct(group, product,
			POINT_CONVERSION_UNCOMPRESSED, NULL, 0, context);
		done = length && bytes_init(point, length) &&
			EC_POINT_point2oct(group, product,
				POINT_CONVERSION_UNCOMPRESSED, point->at,
				length, context) == length;
	}
	BN_CTX_end(context);
out:
	EC_POINT_clear_free(product);
	BN_CTX_free(context);
	return done;
}

static bool
compute_ec(const struct key *key, struct bytes *point)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name_ex(
		library(), NULL, OBJ_sn2nid(key->public.curve->openssl_name));
	bool done = group && multiply(group, key->parts[KEY_SCALAR], point);

	EC_GROUP_free(group);
	return done;
}

static bool
compute_curve_key(const struct key *key, struct bytes *point)
{
	const struct ber *scalar = &key->parts[KEY_SCALAR];
	EVP_PKEY *pair = EVP_PKEY_new_raw_private_key_ex(library(),
		key->public.curve->openssl_name, NULL, scalar->at,
		scalar->length);
	size_t length = 0;
	bool done;

	done = pair && EVP_PKEY_get_raw_public_key(pair, NULL, &length) == 1 &&
		bytes_init(point, length) &&
		EVP_PKEY_get_raw_public_key(pair, point->at, &length) == 1;
	EVP_PKEY_free(pair);
	return done;
}

/* The public half that the file brings must be the one of its private half:
 * otherwise a certificate would be matched to a key that it does not have. */
static enum refusal
complete_curve(struct key *key,
	bool (*compute)(const struct key *key, struct bytes *point),
	struct failure *failure)
{
	struct public_key computed = { .kind = key->public.kind,
		.curve = key->public.curve };

	if (!compute(key, &computed.value) ||
		(key->public.value.at &&
			!public_key_equal(&computed, &key->public))) {
		bytes_clear(&computed.value);
		return contradiction(failure, key);
	}
	bytes_clear(&key->public.value);
	key->public.value = computed.value;
	return REFUSAL_NONE;
}

enum refusal
crypto_complete_key(struct key *key, struct failure *failure)
{
	enum refusal refusal;

	if (!library())
		return REFUSAL_MEMORY;
	if (key->public.kind == KEY_RSA)
		refusal = rsa_complete(key) ? REFUSAL_NONE
					    : contradiction(failure, key);
	else
		refusal = complete_curve(key,
			key->public.kind == KEY_EC ? compute_ec
						   : compute_curve_key,
			failure);
	ERR_clear_error();
	return refusal;
}

static X509 *
read_certificate(const struct bytes *der)
{
	X509 *result = X509_new_ex(library(), NULL);
	const unsigned char *at = der->at;

	if (result && der->length <= LONG_MAX &&
		d2i_X509(&result, &at, (long)der->length))
		return result;
	X509_free(result);
	return NULL;
}

enum crypto_verdict
crypto_verify_certificate(
	const struct bytes *certificate, const struct bytes *issuer)
{
	X509 *signed_one = read_certificate(certificate);
	X509 *signer = read_certificate(issuer);
	EVP_PKEY *key = signer ? X509_get0_pubkey(signer) : NULL;
	enum crypto_verdict verdict = CRYPTO_UNKNOWN;
	int digest;

	/* What the library cannot even begin to check is unknown, not bad. */
	if (signed_one && key &&
		X509_get_signature_info(
			signed_one, &digest, NULL, NULL, NULL) == 1)
		verdict = X509_verify(signed_one, key) == 1 ? CRYPTO_GOOD
							    : CRYPTO_BAD;
	X509_free(signed_one);
	X509_free(signer);
	ERR_clear_error();
	return verdict;
}
