/* SPDX-License-Identifier: BSD-2-Clause */
/* RSA keys: read, completed and checked before anything uses them. */

#include "config.h"

#include "token/crypto.h"

#include "pkcs11/log.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

enum {
	/* The library takes no longer public exponents for large moduli. */
	EXPONENT_BITS_MAX = 64,
	FACTOR_TRIES = 100,
};

/* The numbers of a key, in the order of RFC 8017 A.1.2. */
enum number { N, E, D, P, Q, DP, DQ, QI, NUMBERS };

static const struct {
	CK_ATTRIBUTE_TYPE type;
	const char *parameter;
} rows[NUMBERS] = {
	[N] = { CKA_MODULUS, OSSL_PKEY_PARAM_RSA_N },
	[E] = { CKA_PUBLIC_EXPONENT, OSSL_PKEY_PARAM_RSA_E },
	[D] = { CKA_PRIVATE_EXPONENT, OSSL_PKEY_PARAM_RSA_D },
	[P] = { CKA_PRIME_1, OSSL_PKEY_PARAM_RSA_FACTOR1 },
	[Q] = { CKA_PRIME_2, OSSL_PKEY_PARAM_RSA_FACTOR2 },
	[DP] = { CKA_EXPONENT_1, OSSL_PKEY_PARAM_RSA_EXPONENT1 },
	[DQ] = { CKA_EXPONENT_2, OSSL_PKEY_PARAM_RSA_EXPONENT2 },
	[QI] = { CKA_COEFFICIENT, OSSL_PKEY_PARAM_RSA_COEFFICIENT1 },
};

/* The numbers while they are worked on, and what is worked out of them. */
struct numbers {
	BIGNUM *at[NUMBERS];
	BIGNUM *p1, *q1; /* p-1, q-1 */
	BIGNUM *a, *b;   /* for intermediate results */
	BN_CTX *context;
};

static void
numbers_clear(struct numbers *numbers)
{
	size_t i;

	for (i = 0; i < NUMBERS; i++)
		BN_clear_free(numbers->at[i]);
	BN_clear_free(numbers->p1);
	BN_clear_free(numbers->q1);
	BN_clear_free(numbers->a);
	BN_clear_free(numbers->b);
	BN_CTX_free(numbers->context);
}

static BIGNUM *
number_new(void)
{
	BIGNUM *number = BN_secure_new();

	if (number)
		BN_set_flags(number, BN_FLG_CONSTTIME);
	return number;
}

/* Reads those of the first count numbers that the template has. */
static bool
numbers_read(struct numbers *numbers, size_t number_count,
	const CK_ATTRIBUTE *attributes, CK_ULONG count)
{
	const CK_ATTRIBUTE *attribute;
	size_t i;

	numbers->context = BN_CTX_secure_new_ex(crypto_library());
	numbers->p1 = number_new();
	numbers->q1 = number_new();
	numbers->a = number_new();
	numbers->b = number_new();
	for (i = 0; i < number_count; i++) {
		attribute = attribute_of(attributes, count, rows[i].type);
		if (!attribute || attribute->ulValueLen == 0)
			continue;
		if (attribute->ulValueLen > 2 * RSA_LENGTH_MAX)
			return false;
		numbers->at[i] = number_new();
		if (!numbers->at[i] ||
			!BN_bin2bn(attribute->pValue,
				(int)attribute->ulValueLen, numbers->at[i]))
			return false;
	}
	return numbers->context && numbers->p1 && numbers->q1 && numbers->a &&
		numbers->b;
}

static CK_RV
public_check(BIGNUM *const at[])
{
	int bits;

	if (!at[N])
		return refuse(CKR_ATTRIBUTE_VALUE_INVALID, "no RSA modulus");
	bits = BN_num_bits(at[N]);
	if (bits == 0 || !BN_is_odd(at[N]))
		return refuse(CKR_ATTRIBUTE_VALUE_INVALID, "even RSA modulus");
	if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX)
		return refuse(CKR_KEY_SIZE_RANGE,
			"RSA modulus of %d bits, not %d to %d", bits,
			RSA_BITS_MIN, RSA_BITS_MAX);
	if (at[E] &&
		(!BN_is_odd(at[E]) || BN_is_one(at[E]) ||
			BN_num_bits(at[E]) > EXPONENT_BITS_MAX))
		return refuse(CKR_ATTRIBUTE_VALUE_INVALID,
			"even, unit or too long RSA public exponent");
	return CKR_OK;
}

/* Does a random number to the power d*e come back? */
static bool
exponents_fit(struct numbers *numbers)
{
	BIGNUM *const *at = numbers->at;

	return BN_priv_rand_range_ex(numbers->a, at[N], 0, numbers->context) ==
		1 &&
		BN_mod_exp(numbers->b, numbers->a, at[D], at[N],
			numbers->context) == 1 &&
		BN_mod_exp(numbers->b, numbers->b, at[E], at[N],
			numbers->context) == 1 &&
		BN_cmp(numbers->a, numbers->b) == 0;
}

/* With neither e nor factors only a guess is left: those that are in use. */
static bool
exponent_guess(struct numbers *numbers)
{
	static const BN_ULONG usual[] = { 65537, 3, 17, 5, 7, 257, 37, 35 };
	size_t i;

	numbers->at[E] = number_new();
	if (!numbers->at[E])
		return false;
	for (i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		if (BN_set_word(numbers->at[E], usual[i]) == 1 &&
			exponents_fit(numbers))
			return true;
	return false;
}

/* One try of SP 800-56B C.1: k = r * 2^t is d*e - 1; a root of 1 other than
 * -1 and 1 gives a factor, which ends in p. */
static bool
factor_try(struct numbers *numbers, const BIGNUM *r, int t)
{
	BIGNUM *x = numbers->a, *y = numbers->b, *n = numbers->at[N];
	BN_CTX *context = numbers->context;

	if (BN_priv_rand_range_ex(x, n, 0, context) != 1 ||
		BN_mod_exp(y, x, r, n, context) != 1)
		return false;
	for (; t > 0; t--) {
		if (!BN_copy(x, y) || BN_mod_sqr(y, x, n, context) != 1)
			return false;
		if (BN_is_one(y))
			break;
	}
	/* x is the root. That of gcd(x - 1, n) is trivial for -1 and 1. */
	return t > 0 && BN_sub_word(x, 1) == 1 &&
		BN_gcd(numbers->at[P], x, n, context) == 1 &&
		!BN_is_one(numbers->at[P]) && BN_cmp(numbers->at[P], n) != 0;
}

static bool
factor(struct numbers *numbers)
{
	BIGNUM **at = numbers->at, *r = number_new();
	bool found = false;
	int i, t = 0;

	at[P] = number_new();
	at[Q] = number_new();
	if (r && at[P] && at[Q] &&
		BN_mul(r, at[D], at[E], numbers->context) == 1 &&
		BN_sub_word(r, 1) == 1 && !BN_is_zero(r) && !BN_is_odd(r)) {
		while (!BN_is_bit_set(r, t))
			t++;
		if (BN_rshift(r, r, t) == 1)
			for (i = 0; i < FACTOR_TRIES && !found; i++)
				found = factor_try(numbers, r, t);
	}
	found = found &&
		BN_div(at[Q], NULL, at[N], at[P], numbers->context) == 1;
	/* By custom the larger prime is the first. */
	if (found && BN_cmp(at[P], at[Q]) < 0)
		BN_swap(at[P], at[Q]);
	BN_clear_free(r);
	return found;
}

/* p-1 and q-1; and the factors are those of n. */
static bool
factors_fit(struct numbers *numbers)
{
	BIGNUM *const *at = numbers->at;

	return !BN_is_zero(at[P]) && !BN_is_zero(at[Q]) && !BN_is_one(at[P]) &&
		!BN_is_one(at[Q]) && BN_is_odd(at[P]) && BN_is_odd(at[Q]) &&
		BN_cmp(at[P], at[Q]) != 0 &&
		BN_mul(numbers->a, at[P], at[Q], numbers->context) == 1 &&
		BN_cmp(numbers->a, at[N]) == 0 &&
		BN_sub(numbers->p1, at[P], BN_value_one()) == 1 &&
		BN_sub(numbers->q1, at[Q], BN_value_one()) == 1;
}

/* result is one exponent's inverse: modulo lcm(p-1, q-1). */
static bool
exponent_invert(struct numbers *numbers, enum number from, enum number to)
{
	BIGNUM *lcm = numbers->b;

	numbers->at[to] = number_new();
	return numbers->at[to] &&
		BN_gcd(numbers->a, numbers->p1, numbers->q1,
			numbers->context) == 1 &&
		BN_div(lcm, NULL, numbers->p1, numbers->a, numbers->context) ==
		1 &&
		BN_mul(lcm, lcm, numbers->q1, numbers->context) == 1 &&
		BN_mod_inverse(numbers->at[to], numbers->at[from], lcm,
			numbers->context) != NULL;
}

/* The second factor, when only one is given. Whether it is one is checked with
 * the rest. */
static bool
factor_other(struct numbers *numbers)
{
	BIGNUM **at = numbers->at;
	BIGNUM **missing = at[P] ? &at[Q] : &at[P];
	const BIGNUM *given = at[P] ? at[P] : at[Q];

	*missing = number_new();
	return *missing &&
		BN_div(*missing, NULL, at[N], given, numbers->context) == 1;
}

/* Finds the factors and exponents that are missing. */
static CK_RV
private_derive(struct numbers *numbers)
{
	BIGNUM *const *at = numbers->at;
	bool has_factors = at[P] || at[Q];

	if (has_factors && !(at[P] && at[Q]) && !factor_other(numbers))
		return refuse(CKR_ATTRIBUTE_VALUE_INVALID, "a prime is zero");
	if (!at[D] && !(has_factors && at[E]))
		return refuse(CKR_TEMPLATE_INCOMPLETE, "no RSA exponent");
	if (!at[E] && !has_factors && !exponent_guess(numbers))
		return refuse(CKR_TEMPLATE_INCOMPLETE,
			"no RSA public exponent, and it is no usual one");
	if (!has_factors && !factor(numbers))
		return refuse(CKR_ATTRIBUTE_VALUE_INVALID,
			"the RSA exponents do not belong to the modulus");
	if (!factors_fit(numbers))
		return refuse(CKR_ATTRIBUTE_VALUE_INVALID,
			"the RSA primes are not those of the modulus");
	if ((!at[E] && !exponent_invert(numbers, D, E)) ||
		(!at[D] && !exponent_invert(numbers, E, D)))
		return refuse(CKR_ATTRIBUTE_VALUE_INVALID,
			"an RSA exponent has no inverse");
	return CKR_OK;
}

/* Compares the number with value, or takes it when there is none. */
static bool
number_settle(struct numbers *numbers, enum number which, const BIGNUM *value)
{
	if (numbers->at[which])
		return BN_cmp(numbers->at[which], value) == 0;
	numbers->at[which] = BN_dup(value);
	return numbers->at[which] != NULL;
}

/* d*e = 1 modulo this prime less one; and the CRT exponent is d's. */
static bool
exponents_settle(
	struct numbers *numbers, const BIGNUM *less_one, enum number reduced)
{
	BIGNUM *const *at = numbers->at;

	return BN_mod_mul(numbers->a, at[D], at[E], less_one,
		       numbers->context) == 1 &&
		BN_is_one(numbers->a) &&
		BN_mod(numbers->a, at[D], less_one, numbers->context) == 1 &&
		number_settle(numbers, reduced, numbers->a);
}

static CK_RV
private_check(struct numbers *numbers, bool trusted)
{
	BIGNUM *const *at = numbers->at;

	if (BN_cmp(at[D], at[N]) >= 0 ||
		!exponents_settle(numbers, numbers->p1, DP) ||
		!exponents_settle(numbers, numbers->q1, DQ) ||
		!BN_mod_inverse(numbers->a, at[Q], at[P], numbers->context) ||
		!number_settle(numbers, QI, numbers->a))
		return refuse(CKR_ATTRIBUTE_VALUE_INVALID,
			"the parts of the RSA key contradict each other");
	if (!trusted &&
		(BN_check_prime(at[P], numbers->context, NULL) != 1 ||
			BN_check_prime(at[Q], numbers->context, NULL) != 1))
		return refuse(CKR_ATTRIBUTE_VALUE_INVALID,
			"an RSA factor is not a prime");
	return CKR_OK;
}

static bool
pair_make(BIGNUM *const at[], bool is_private, EVP_PKEY **pair)
{
	EVP_PKEY_CTX *context =
		EVP_PKEY_CTX_new_from_name(crypto_library(), "RSA", NULL);
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	OSSL_PARAM *parameters = NULL;
	bool done = context && builder;
	size_t i;

	for (i = 0; done && i < (is_private ? NUMBERS : D); i++)
		done = OSSL_PARAM_BLD_push_BN(
			       builder, rows[i].parameter, at[i]) == 1;
	done = done &&
		(parameters = OSSL_PARAM_BLD_to_param(builder)) != NULL &&
		EVP_PKEY_fromdata_init(context) == 1 &&
		EVP_PKEY_fromdata(context, pair,
			is_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
			parameters) == 1;
	OSSL_PARAM_free(parameters);
	OSSL_PARAM_BLD_free(builder);
	EVP_PKEY_CTX_free(context);
	return done;
}

/* What bad padding is answered with depends on the hash of d, at full length.
 */
static bool
rejection_make(const BIGNUM *d, struct key *key)
{
	struct secret exponent = { 0 };
	CK_ULONG length = key_modulus_length(key);
	bool done;

	done = secret_init(&exponent, length) &&
		BN_bn2binpad(d, exponent.at, (int)length) == (int)length &&
		EVP_Digest(exponent.at, length, key->rejection, NULL,
			hash_function(hash_find(CKM_SHA256)), NULL) == 1;
	secret_clear(&exponent);
	return done;
}

CK_RV
rsa_key_read(const CK_ATTRIBUTE *attributes, CK_ULONG count, bool trusted,
	struct key *key)
{
	bool is_private = key->class == CKO_PRIVATE_KEY;
	struct numbers numbers = { 0 };
	CK_RV rv;

	if (!attribute_of(attributes, count, CKA_MODULUS) ||
		(!is_private &&
			!attribute_of(attributes, count, CKA_PUBLIC_EXPONENT)))
		return refuse(CKR_TEMPLATE_INCOMPLETE, "half an RSA key");
	if (!numbers_read(
		    &numbers, is_private ? NUMBERS : D, attributes, count)) {
		rv = refuse(CKR_ATTRIBUTE_VALUE_INVALID, "RSA number too long");
		goto out;
	}
	if ((rv = public_check(numbers.at)) != CKR_OK)
		goto out;
	key->size = (CK_ULONG)BN_num_bits(numbers.at[N]);
	if (!is_private && !numbers.at[E]) {
		rv = refuse(CKR_ATTRIBUTE_VALUE_INVALID, "no RSA exponent");
		goto out;
	}
	if (is_private &&
		((rv = private_derive(&numbers)) != CKR_OK ||
			(rv = public_check(numbers.at)) != CKR_OK ||
			(rv = private_check(&numbers, trusted)) != CKR_OK))
		goto out;
	if (!pair_make(numbers.at, is_private, &key->pair) ||
		(is_private &&
			(!rejection_make(numbers.at[D], key) ||
				!rsa_check_make(
					key, numbers.at[N], numbers.at[E]))))
		rv = crypto_refuse(CKR_ATTRIBUTE_VALUE_INVALID, "RSA key");
out:
	numbers_clear(&numbers);
	return rv;
}

bool
rsa_modulus_is_short(const CK_ATTRIBUTE *modulus)
{
	const CK_BYTE *at = modulus->pValue;
	CK_ULONG length = modulus->ulValueLen;

	while (length && *at == 0) {
		at++;
		length--;
	}
	return length < RSA_BITS_SAFE / 8 ||
		(length == RSA_BITS_SAFE / 8 && *at < 0x80);
}

CK_RV
rsa_key_complete(const struct key *key, struct key_parts *parts)
{
	size_t i, last = key->class == CKO_PRIVATE_KEY ? NUMBERS : D;
	BIGNUM *number = NULL;
	bool done = true;

	for (i = 0; done && i < last; i++) {
		done = EVP_PKEY_get_bn_param(
			       key->pair, rows[i].parameter, &number) == 1 &&
			key_parts_add_number(parts, rows[i].type, number);
		BN_clear_free(number);
		number = NULL;
	}
	if (done && key->class == CKO_PUBLIC_KEY)
		done = key_parts_add_ulong(parts, CKA_MODULUS_BITS, key->size);
	return done ? public_info_add(key, parts) : CKR_HOST_MEMORY;
}
