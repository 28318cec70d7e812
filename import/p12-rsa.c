/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks RSA keys, and completes those that are written without primes. */

#include "config.h"

#include "import/p12-library.h"
#include "import/p12-number.h"

#include <limits.h>
#include <string.h>

/* No honest RSA key is longer; what is would cost minutes to check. */
#define BITS_LIMIT 16384

#define PARTS (KEY_COEFFICIENT + 1)

struct rsa {
	BN_CTX *context;
	BIGNUM *n, *e;
	BIGNUM *part[PARTS];
};

BIGNUM *
number_read(BN_CTX *context, struct ber from)
{
	BIGNUM *result = BN_CTX_get(context);

	if (!result || from.length > INT_MAX)
		return NULL;
	BN_set_flags(result, BN_FLG_CONSTTIME);
	return BN_bin2bn(from.at, (int)from.length, result);
}

static bool
read_numbers(struct rsa *rsa, const struct key *key)
{
	const struct bytes *n = &key->public.value, *e = &key->public.exponent;
	bool done;
	size_t i;

	rsa->n = number_read(rsa->context, (struct ber){ n->at, n->length });
	rsa->e = number_read(rsa->context, (struct ber){ e->at, e->length });
	done = rsa->n && rsa->e && e->length <= n->length;
	for (i = 0; done && i < PARTS; i++) {
		rsa->part[i] = number_read(rsa->context, key->parts[i]);
		done = rsa->part[i] && key->parts[i].length <= n->length;
	}
	return done;
}

/* Squares root until it is one: what was before it is a square root of one,
 * and if it is not minus one, it shares a prime with n. */
static bool
split_by_root(struct rsa *rsa, BIGNUM *root, int squarings)
{
	BIGNUM *p = rsa->part[KEY_PRIME_1], *q = rsa->part[KEY_PRIME_2];
	BIGNUM *square = BN_CTX_get(rsa->context);
	BIGNUM *less = BN_CTX_get(rsa->context);

	if (!less || !BN_sub(less, rsa->n, BN_value_one()))
		return false;
	for (; squarings; squarings--) {
		if (BN_is_one(root) || BN_cmp(root, less) == 0 ||
			!BN_mod_sqr(square, root, rsa->n, rsa->context))
			return false;
		if (BN_is_one(square))
			return BN_sub(root, root, BN_value_one()) &&
				BN_gcd(p, root, rsa->n, rsa->context) &&
				BN_div(q, NULL, rsa->n, p, rsa->context);
		if (!BN_copy(root, square))
			return false;
	}
	return false;
}

/* A multiple of the order of every number, d e - 1, gives roots of one; each
 * base fails with a chance of one half. */
static bool
find_primes(struct rsa *rsa)
{
	BIGNUM *odd = BN_CTX_get(rsa->context);
	BIGNUM *root = BN_CTX_get(rsa->context);
	BIGNUM *base = BN_CTX_get(rsa->context);
	int squarings = 0;
	BN_ULONG small;
	bool done = false;

	if (!base || !BN_is_odd(rsa->n) ||
		!BN_mul(odd, rsa->part[KEY_PRIVATE_EXPONENT], rsa->e,
			rsa->context) ||
		!BN_sub(odd, odd, BN_value_one()) || BN_is_zero(odd))
		return false;
	for (; !BN_is_odd(odd); squarings++)
		if (!BN_rshift1(odd, odd))
			return false;
	for (small = 2; !done && small < 100; small++) {
		BN_CTX_start(rsa->context);
		done = BN_set_word(base, small) &&
			BN_mod_exp(root, base, odd, rsa->n, rsa->context) &&
			split_by_root(rsa, root, squarings);
		BN_CTX_end(rsa->context);
	}
	return done;
}

/* The part of d for one prime. */
static bool
compute_exponent(struct rsa *rsa, enum key_part prime, enum key_part exponent)
{
	BIGNUM *less = BN_CTX_get(rsa->context);

	return less && BN_sub(less, rsa->part[prime], BN_value_one()) &&
		BN_mod(rsa->part[exponent], rsa->part[KEY_PRIVATE_EXPONENT],
			less, rsa->context);
}

/* Some libraries write zeros for all that is not needed in theory. */
static bool
compute_missing(struct rsa *rsa)
{
	BIGNUM *p = rsa->part[KEY_PRIME_1], *q = rsa->part[KEY_PRIME_2];
	BIGNUM *coefficient = rsa->part[KEY_COEFFICIENT];

	if ((BN_is_zero(p) || BN_is_zero(q)) && !find_primes(rsa))
		return false;
	if (BN_is_zero(rsa->part[KEY_EXPONENT_1]) &&
		!compute_exponent(rsa, KEY_PRIME_1, KEY_EXPONENT_1))
		return false;
	if (BN_is_zero(rsa->part[KEY_EXPONENT_2]) &&
		!compute_exponent(rsa, KEY_PRIME_2, KEY_EXPONENT_2))
		return false;
	return !BN_is_zero(coefficient) ||
		BN_mod_inverse(coefficient, q, p, rsa->context);
}

/* d and e undo each other modulo prime - 1, and the part is d reduced by it. */
static bool
exponent_belongs(
	const struct rsa *rsa, const BIGNUM *prime, const BIGNUM *exponent)
{
	BIGNUM *less = BN_CTX_get(rsa->context);
	BIGNUM *product = BN_CTX_get(rsa->context);
	BIGNUM *reduced = BN_CTX_get(rsa->context);
	const BIGNUM *d = rsa->part[KEY_PRIVATE_EXPONENT];

	return reduced && BN_sub(less, prime, BN_value_one()) &&
		BN_mod_mul(product, d, rsa->e, less, rsa->context) &&
		BN_is_one(product) && BN_mod(reduced, d, less, rsa->context) &&
		BN_cmp(reduced, exponent) == 0;
}

static bool
primes_belong(const struct rsa *rsa)
{
	const BIGNUM *p = rsa->part[KEY_PRIME_1], *q = rsa->part[KEY_PRIME_2];
	BIGNUM *product = BN_CTX_get(rsa->context);

	return product && BN_is_odd(p) && BN_is_odd(q) && !BN_is_one(p) &&
		!BN_is_one(q) && BN_cmp(p, q) != 0 &&
		BN_mul(product, p, q, rsa->context) &&
		BN_cmp(product, rsa->n) == 0;
}

static bool
numbers_belong(const struct rsa *rsa)
{
	const BIGNUM *p = rsa->part[KEY_PRIME_1], *q = rsa->part[KEY_PRIME_2];
	BIGNUM *product = BN_CTX_get(rsa->context);

	return product && BN_is_odd(rsa->e) && !BN_is_one(rsa->e) &&
		primes_belong(rsa) &&
		exponent_belongs(rsa, p, rsa->part[KEY_EXPONENT_1]) &&
		exponent_belongs(rsa, q, rsa->part[KEY_EXPONENT_2]) &&
		BN_mod_mul(product, q, rsa->part[KEY_COEFFICIENT], p,
			rsa->context) &&
		BN_is_one(product);
}

/* Puts all parts anew: some may be longer than what the file had of them. */
static bool
rewrite(struct key *key, const struct rsa *rsa)
{
	struct secret values;
	size_t length = 0, i;

	for (i = 0; i < PARTS; i++)
		length += (size_t)BN_num_bytes(rsa->part[i]);
	if (!secret_init(&values, length))
		return false;
	for (i = 0, length = 0; i < PARTS; i++) {
		key->parts[i].at = values.at + length;
		key->parts[i].length =
			(size_t)BN_bn2bin(rsa->part[i], values.at + length);
		length += key->parts[i].length;
	}
	secret_clear(&key->values);
	key->values = values;
	return true;
}

static bool
has_missing(const struct key *key)
{
	size_t i;

	for (i = 0; i < PARTS; i++)
		if (key->parts[i].length == 0)
			return true;
	return false;
}

bool
rsa_complete(struct key *key)
{
	struct rsa rsa = { .context = BN_CTX_secure_new_ex(library()) };
	bool done;

	if (!rsa.context || key->public.bits > BITS_LIMIT) {
		BN_CTX_free(rsa.context);
		return false;
	}
	BN_CTX_start(rsa.context);
	done = read_numbers(&rsa, key);
	if (done && has_missing(key))
		done = compute_missing(&rsa) && rewrite(key, &rsa);
	done = done && numbers_belong(&rsa);
	BN_CTX_end(rsa.context);
	BN_CTX_free(rsa.context);
	return done;
}
