/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys on curves: read and checked before anything uses them. */

#include "config.h"

#include "token/crypto.h"

#include "pkcs11/log.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/param_build.h>

enum { POINT_MAX = 2 * 66 + 1 };

/* An uncompressed point. */
struct point {
	unsigned char at[POINT_MAX];
	size_t length;
};

static CK_RV
curve_read(const CK_ATTRIBUTE *attributes, CK_ULONG count, struct key *key)
{
	const CK_ATTRIBUTE *params =
		attribute_of(attributes, count, CKA_EC_PARAMS);

	if (!params)
		return refuse(CKR_TEMPLATE_INCOMPLETE, "no curve");
	key->curve = curve_find(key->type, params->pValue, params->ulValueLen);
	if (!key->curve)
		return refuse(CKR_CURVE_NOT_SUPPORTED, "an unknown curve");
	key->size = key->curve->bits;
	return CKR_OK;
}

/*
 * CKA_EC_POINT is the DER OCTET STRING of the point; some clients send the
 * point itself. Its length tells, not its first byte: 04 begins both.
 */
static bool
point_read(const EC_GROUP *group, const struct curve *curve,
	const CK_ATTRIBUTE *attribute, BN_CTX *context, struct point *result)
{
	const CK_BYTE *at = attribute->pValue;
	CK_ULONG length = attribute->ulValueLen;
	EC_POINT *point = EC_POINT_new(group);
	bool done;

	if (length != 1 + curve->length && length != 1 + 2 * curve->length)
		octet_string_open(at, length, &at, &length);
	/* The library checks that it is on the curve. The orders of these
	 * curves are prime: a point on one, not at infinity, is in the group.
	 */
	done = point && length > 1 && length <= POINT_MAX &&
		EC_POINT_oct2point(group, point, at, length, context) == 1 &&
		EC_POINT_is_at_infinity(group, point) == 0;
	if (done)
		result->length = EC_POINT_point2oct(group, point,
			POINT_CONVERSION_UNCOMPRESSED, result->at,
			sizeof(result->at), context);
	EC_POINT_free(point);
	return done && result->length > 0;
}

static BIGNUM *
scalar_read(const CK_ATTRIBUTE *attribute, const EC_GROUP *group)
{
	const BIGNUM *order = EC_GROUP_get0_order(group);
	BIGNUM *scalar = BN_secure_new();

	if (!scalar || attribute->ulValueLen > POINT_MAX ||
		!BN_bin2bn(attribute->pValue, (int)attribute->ulValueLen,
			scalar) ||
		BN_is_zero(scalar) || BN_cmp(scalar, order) >= 0) {
		BN_clear_free(scalar);
		return NULL;
	}
	BN_set_flags(scalar, BN_FLG_CONSTTIME);
	return scalar;
}

static bool
point_of_scalar(const EC_GROUP *group, const BIGNUM *scalar, BN_CTX *context,
	struct point *result)
{
	EC_POINT *point = EC_POINT_new(group);
	bool done = point &&
		EC_POINT_mul(group, point, scalar, NULL, NULL, context) == 1 &&
		(result->length = EC_POINT_point2oct(group, point,
			 POINT_CONVERSION_UNCOMPRESSED, result->at,
			 sizeof(result->at), context)) > 0;

	EC_POINT_free(point);
	return done;
}

static bool
pair_make(const struct curve *curve, const BIGNUM *scalar,
	const struct point *point, EVP_PKEY **pair)
{
	EVP_PKEY_CTX *context =
		EVP_PKEY_CTX_new_from_name(crypto_library(), "EC", NULL);
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	OSSL_PARAM *parameters = NULL;
	bool done = context && builder &&
		OSSL_PARAM_BLD_push_utf8_string(builder,
			OSSL_PKEY_PARAM_GROUP_NAME, curve->name, 0) == 1 &&
		OSSL_PARAM_BLD_push_octet_string(builder,
			OSSL_PKEY_PARAM_PUB_KEY, point->at,
			point->length) == 1 &&
		(!scalar ||
			OSSL_PARAM_BLD_push_BN(builder,
				OSSL_PKEY_PARAM_PRIV_KEY, scalar) == 1) &&
		(parameters = OSSL_PARAM_BLD_to_param(builder)) != NULL &&
		EVP_PKEY_fromdata_init(context) == 1 &&
		EVP_PKEY_fromdata(context, pair,
			scalar ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
			parameters) == 1;

	OSSL_PARAM_free(parameters);
	OSSL_PARAM_BLD_free(builder);
	EVP_PKEY_CTX_free(context);
	return done;
}

CK_RV
ec_key_read(const CK_ATTRIBUTE *attributes, CK_ULONG count, bool trusted,
	struct key *key)
{
	bool is_private = key->class == CKO_PRIVATE_KEY;
	const CK_ATTRIBUTE *value = attribute_of(attributes, count, CKA_VALUE);
	const CK_ATTRIBUTE *given =
		attribute_of(attributes, count, CKA_EC_POINT);
	struct point point = { .length = 0 }, computed = { .length = 0 };
	BN_CTX *context = NULL;
	EC_GROUP *group = NULL;
	BIGNUM *scalar = NULL;
	CK_RV rv;

	if ((rv = curve_read(attributes, count, key)) != CKR_OK)
		return rv;
	if (is_private ? !value : !given)
		return refuse(CKR_TEMPLATE_INCOMPLETE, "half an EC key");
	context = BN_CTX_secure_new_ex(crypto_library());
	group = EC_GROUP_new_by_curve_name_ex(
		crypto_library(), NULL, OBJ_sn2nid(key->curve->name));
	if (!context || !group) {
		rv = crypto_refuse(CKR_CURVE_NOT_SUPPORTED, key->curve->name);
		goto out;
	}
	rv = CKR_ATTRIBUTE_VALUE_INVALID;
	if (given && !point_read(group, key->curve, given, context, &point)) {
		rv = crypto_refuse(rv, "a point that is not on its curve");
		goto out;
	}
	if (is_private) {
		if (!(scalar = scalar_read(value, group)) ||
			!point_of_scalar(group, scalar, context, &computed)) {
			rv = crypto_refuse(rv, "EC scalar out of range");
			goto out;
		}
		if (given &&
			memcmp(point.at, computed.at, sizeof(point.at)) != 0) {
			rv = refuse(rv, "an EC point of another key");
			goto out;
		}
		point = computed;
	}
	rv = pair_make(key->curve, scalar, &point, &key->pair)
		? CKR_OK
		: crypto_refuse(rv, "EC key");
out:
	BN_clear_free(scalar);
	EC_GROUP_free(group);
	BN_CTX_free(context);
	return rv;
}

/* CKA_EC_POINT of these is the OCTET STRING of the public key, as versions 2.40
 * and 3.0 have it and most clients send; or its BIT STRING; or the key itself.
 */
static void
raw_point_open(const struct curve *curve, const CK_ATTRIBUTE *attribute,
	const CK_BYTE **at, CK_ULONG *length)
{
	static const CK_BYTE bit_string = 0x03;

	*at = attribute->pValue;
	*length = attribute->ulValueLen;
	if (*length == curve->length)
		return;
	if (!octet_string_open(*at, *length, at, length) &&
		*length == curve->length + 3 && (*at)[0] == bit_string &&
		(*at)[1] == curve->length + 1 && (*at)[2] == 0) {
		*at += 3;
		*length -= 3;
	}
}

/* Keys of Edwards and Montgomery curves are strings of bytes: any of the right
 * length is a private one. */
CK_RV
raw_key_read(const CK_ATTRIBUTE *attributes, CK_ULONG count, bool trusted,
	struct key *key)
{
	bool is_private = key->class == CKO_PRIVATE_KEY;
	const CK_ATTRIBUTE *value = attribute_of(attributes, count, CKA_VALUE);
	const CK_ATTRIBUTE *given =
		attribute_of(attributes, count, CKA_EC_POINT);
	unsigned char point[POINT_MAX];
	const CK_BYTE *at = NULL;
	CK_ULONG length = 0;
	size_t point_length = sizeof(point);
	CK_RV rv;

	if ((rv = curve_read(attributes, count, key)) != CKR_OK)
		return rv;
	if (is_private ? !value : !given)
		return refuse(CKR_TEMPLATE_INCOMPLETE, "half a key");
	if (given)
		raw_point_open(key->curve, given, &at, &length);
	if ((given && length != key->curve->length) ||
		(is_private && value->ulValueLen != key->curve->length))
		return refuse(CKR_ATTRIBUTE_VALUE_INVALID,
			"a key of a wrong length for %s", key->curve->name);
	key->pair = is_private
		? EVP_PKEY_new_raw_private_key_ex(crypto_library(),
			  key->curve->name, NULL, value->pValue,
			  value->ulValueLen)
		: EVP_PKEY_new_raw_public_key_ex(
			  crypto_library(), key->curve->name, NULL, at, length);
	if (!key->pair ||
		EVP_PKEY_get_raw_public_key(key->pair, point, &point_length) !=
			1)
		return crypto_refuse(CKR_ATTRIBUTE_VALUE_INVALID, "raw key");
	if (given && memcmp(point, at, point_length) != 0)
		return refuse(CKR_ATTRIBUTE_VALUE_INVALID,
			"a public key of another private one");
	return CKR_OK;
}

static bool
point_add(const struct key *key, struct key_parts *parts)
{
	/* OCTET STRING; no point is longer than its one byte of length says,
	 * but P-521's needs the two-byte form. */
	unsigned char der[3 + POINT_MAX] = { 0x04 };
	size_t length = 0, header;

	if (EVP_PKEY_get_octet_string_param(key->pair, OSSL_PKEY_PARAM_PUB_KEY,
		    NULL, 0, &length) != 1 ||
		length > POINT_MAX)
		return false;
	header = length > 0x7f ? 3 : 2;
	der[1] = 0x81;
	der[header - 1] = (unsigned char)length;
	return EVP_PKEY_get_octet_string_param(key->pair,
		       OSSL_PKEY_PARAM_PUB_KEY, der + header, POINT_MAX,
		       &length) == 1 &&
		key_parts_add(parts, CKA_EC_POINT, der, header + length);
}

/* The scalar at full length, or the private string. */
static bool
value_add(const struct key *key, struct key_parts *parts)
{
	unsigned char value[POINT_MAX];
	size_t length = key->curve->length;
	BIGNUM *scalar = NULL;
	bool done;

	if (key->type == CKK_EC)
		done = EVP_PKEY_get_bn_param(key->pair,
			       OSSL_PKEY_PARAM_PRIV_KEY, &scalar) == 1 &&
			BN_bn2binpad(scalar, value, (int)length) > 0;
	else
		done = EVP_PKEY_get_raw_private_key(
			       key->pair, value, &length) == 1;
	done = done && key_parts_add(parts, CKA_VALUE, value, length);
	BN_clear_free(scalar);
	wipe(value, sizeof(value));
	return done;
}

CK_RV
ec_key_complete(const struct key *key, struct key_parts *parts)
{
	bool is_private = key->class == CKO_PRIVATE_KEY;

	if (is_private ? !value_add(key, parts) : !point_add(key, parts))
		return crypto_refuse(CKR_HOST_MEMORY, "EC key");
	return public_info_add(key, parts);
}
