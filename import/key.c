/* SPDX-License-Identifier: BSD-2-Clause */
/* Private keys, as PKCS #8 and older formats write them. */

#include "config.h"

#include "import/key.h"

#include "import/p12-crypto.h"
#include "pkcs11/text.h"

#include <stdlib.h>
#include <string.h>

static enum refusal
malformed(struct failure *failure)
{
	return fail(failure, REFUSAL_KEY_INVALID, "%s",
		_("the private key is malformed"));
}

/* The parts go to memory of their own; what they came in is wiped with it. */
static enum refusal
keep_parts(struct key *key, const struct ber parts[KEY_PARTS])
{
	size_t total = 0, i;

	for (i = 0; i < KEY_PARTS; i++)
		total += parts[i].length;
	if (!secret_init(&key->values, total))
		return REFUSAL_MEMORY;
	for (i = 0, total = 0; i < KEY_PARTS; i++) {
		key->parts[i].at = key->values.at + total;
		key->parts[i].length = parts[i].length;
		if (parts[i].length)
			memcpy(key->values.at + total, parts[i].at,
				parts[i].length);
		total += parts[i].length;
	}
	return REFUSAL_NONE;
}

/* RSAPrivateKey [RFC8017 A.1.2] */
static enum refusal
take_rsa(struct key *key, struct ber from, struct failure *failure)
{
	struct ber inside, modulus, exponent, parts[KEY_PARTS] = { 0 };
	uint64_t version;
	size_t i;

	if (!ber_enter(&from, BER_SEQUENCE, &inside) ||
		!ber_take_number(&inside, &version) ||
		!ber_take_unsigned(&inside, &modulus) ||
		!ber_take_unsigned(&inside, &exponent))
		return malformed(failure);
	for (i = KEY_PRIVATE_EXPONENT; i <= KEY_COEFFICIENT; i++)
		if (!ber_take_unsigned(&inside, &parts[i]))
			return malformed(failure);
	if (modulus.length == 0 || exponent.length == 0)
		return malformed(failure);
	if (version != 0) {
		strcpy(key->public.name, "RSA, several primes");
		key->public.kind = KEY_OTHER;
		return REFUSAL_NONE;
	}
	if (!bytes_copy(&key->public.value, modulus.at, modulus.length) ||
		!bytes_copy(
			&key->public.exponent, exponent.at, exponent.length))
		return REFUSAL_MEMORY;
	public_key_describe(&key->public);
	return keep_parts(key, parts);
}

/* A scalar is as long as its curve says: some writers leave zeros out, some
 * add one. */
static enum refusal
keep_scalar(struct key *key, struct ber scalar, struct failure *failure)
{
	size_t length = key->public.curve->scalar_length;
	enum key_kind kind = key->public.kind;

	while (kind == KEY_EC && scalar.length && scalar.at[0] == 0) {
		scalar.at++;
		scalar.length--;
	}
	if (scalar.length > length || scalar.length == 0 ||
		(kind != KEY_EC && scalar.length != length))
		return malformed(failure);
	if (!secret_init(&key->values, length))
		return REFUSAL_MEMORY;
	memcpy(key->values.at + length - scalar.length, scalar.at,
		scalar.length);
	key->parts[KEY_SCALAR] = (struct ber){ key->values.at, length };
	return REFUSAL_NONE;
}

/* The public half, when the file brings one. A mistaken one is found when it
 * is compared with what the private half gives. */
static bool
take_point(struct key *key, struct ber bits)
{
	return key->public.value.at ||
		bytes_copy(&key->public.value, bits.at, bits.length);
}

/* ECPrivateKey [RFC5915]; its curve may be told outside of it. */
static enum refusal
take_ec(struct key *key, struct ber from, struct failure *failure)
{
	struct ber inside, parameters, bits, scalar;
	struct secret joined = { 0 };
	enum refusal refusal = REFUSAL_NONE;
	uint64_t version;

	if (!ber_enter(&from, BER_SEQUENCE, &inside) ||
		!ber_take_number(&inside, &version) ||
		!ber_take_string(&inside, BER_OCTET_STRING, &joined, &scalar)) {
		refusal = malformed(failure);
		goto out;
	}
	if (ber_enter(&inside, BER_CONTEXT_CONSTRUCTED | 0, &parameters) &&
		key->public.kind == KEY_OTHER)
		public_key_take_curve(&key->public, parameters);
	if (key->public.kind != KEY_EC)
		goto out;
	if (ber_enter(&inside, BER_CONTEXT_CONSTRUCTED | 1, &parameters) &&
		ber_take_bits(&parameters, &bits) && !take_point(key, bits))
		refusal = REFUSAL_MEMORY;
	if (refusal == REFUSAL_NONE)
		refusal = keep_scalar(key, scalar, failure);
out:
	secret_clear(&joined);
	return refusal;
}

/* CurvePrivateKey [RFC8410 7]; some writers leave its OCTET STRING out. */
static enum refusal
take_curve_key(struct key *key, struct ber from, struct failure *failure)
{
	struct ber scalar = from;
	struct ber_item item;

	if (from.length != key->public.curve->scalar_length &&
		ber_take(&from, BER_OCTET_STRING, &item))
		scalar = item.content;
	return keep_scalar(key, scalar, failure);
}

static enum refusal
skip_kind(struct key *key, struct ber from, struct failure *failure)
{
	return REFUSAL_NONE;
}

/* How each kind writes its private half. */
static enum refusal (*const takers[])(
	struct key *key, struct ber from, struct failure *failure) = {
	[KEY_OTHER] = skip_kind,
	[KEY_RSA] = take_rsa,
	[KEY_EC] = take_ec,
	[KEY_EDWARDS] = take_curve_key,
	[KEY_MONTGOMERY] = take_curve_key,
};

/* PrivateKeyInfo and OneAsymmetricKey. [RFC5958 2] */
static enum refusal
take_info(struct key *key, struct ber inside, struct failure *failure)
{
	struct ber_item algorithm, item;
	struct secret joined = { 0 };
	struct ber octets;
	enum refusal refusal;
	uint64_t version;

	if (!ber_take_number(&inside, &version) ||
		!ber_take(&inside, BER_SEQUENCE, &algorithm) ||
		!public_key_take_algorithm(&key->public, &algorithm) ||
		!ber_take_string(&inside, BER_OCTET_STRING, &joined, &octets)) {
		secret_clear(&joined);
		return malformed(failure);
	}
	refusal = takers[key->public.kind](key, octets, failure);
	secret_clear(&joined);
	(void)ber_take(&inside, BER_CONTEXT_CONSTRUCTED | 0, &item);
	/* The public half of version 2: a BIT STRING under another tag. */
	if (refusal == REFUSAL_NONE && key->public.curve &&
		ber_take(&inside, BER_CONTEXT | 1, &item) &&
		item.content.length > 1 &&
		!take_point(key,
			(struct ber){
				item.content.at + 1, item.content.length - 1 }))
		refusal = REFUSAL_MEMORY;
	return refusal;
}

/* The second element tells the three formats apart. */
static enum refusal
take_any(struct key *key, struct ber from, struct failure *failure)
{
	struct ber whole = from, inside, look;
	uint64_t version;

	if (!ber_enter(&from, BER_SEQUENCE, &inside))
		return malformed(failure);
	look = inside;
	if (!ber_take_number(&look, &version))
		return malformed(failure);
	if (ber_peek(&look) == BER_SEQUENCE)
		return take_info(key, inside, failure);
	key->public.kind = KEY_OTHER;
	if (ber_peek(&look) == BER_INTEGER) {
		key->public.kind = KEY_RSA;
		return take_rsa(key, whole, failure);
	}
	strcpy(key->public.name, "EC, unknown curve");
	return take_ec(key, whole, failure);
}

enum refusal
key_parse(struct key *key, struct ber from, struct failure *failure)
{
	enum refusal refusal;

	*key = (struct key){ 0 };
	refusal = take_any(key, from, failure);
	if (refusal == REFUSAL_NONE && key->public.kind != KEY_OTHER)
		refusal = crypto_complete_key(key, failure);
	if (refusal != REFUSAL_NONE)
		key_clear(key);
	return refusal;
}

void
key_clear(struct key *key)
{
	public_key_clear(&key->public);
	secret_clear(&key->values);
	free(key->label);
	*key = (struct key){ 0 };
}
