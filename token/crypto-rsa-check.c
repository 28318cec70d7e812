/* SPDX-License-Identifier: BSD-2-Clause */
/* RSA results, checked by the public half of the key before they leave. */

#include "config.h"

#include "token/crypto.h"

#include <openssl/bn.h>
#include <openssl/crypto.h>

bool
rsa_check_make(struct key *key, const BIGNUM *n, const BIGNUM *e)
{
	BN_CTX *context = BN_CTX_new_ex(crypto_library());
	bool done;

	key->modulus = BN_MONT_CTX_new();
	key->exponent = BN_dup(e);
	done = context && key->modulus && key->exponent &&
		BN_MONT_CTX_set(key->modulus, n, context) == 1;
	BN_CTX_free(context);
	return done;
}

void
rsa_check_clear(struct key *key)
{
	BN_MONT_CTX_free(key->modulus);
	BN_free(key->exponent);
}

/* power = base to the key's exponent. All is public, so time may tell it. The
 * exponent is odd: the last factor is the plain base, and with it the power is
 * plain too. */
static bool
raise(const struct key *key, const BIGNUM *base, BIGNUM *power, BIGNUM *factor,
	BN_CTX *context)
{
	BN_MONT_CTX *modulus = key->modulus;
	int bit = BN_num_bits(key->exponent) - 1;
	bool done = BN_to_montgomery(factor, base, modulus, context) == 1 &&
		BN_copy(power, factor);

	while (done && --bit >= 0) {
		done = BN_mod_mul_montgomery(
			       power, power, power, modulus, context) == 1;
		if (done && BN_is_bit_set(key->exponent, bit))
			done = BN_mod_mul_montgomery(power, power,
				       bit ? factor : base, modulus,
				       context) == 1;
	}
	return done;
}

bool
rsa_result_is_right(const struct key *key, const CK_BYTE *result,
	const CK_BYTE *input, CK_ULONG length)
{
	unsigned char again[RSA_LENGTH_MAX];
	BN_CTX *context = BN_CTX_new_ex(crypto_library());
	BIGNUM *base, *power, *factor;
	bool is_right;

	if (!context)
		return false;
	BN_CTX_start(context);
	base = BN_CTX_get(context);
	power = BN_CTX_get(context);
	factor = BN_CTX_get(context);
	is_right = factor && BN_bin2bn(result, (int)length, base) &&
		raise(key, base, power, factor, context) &&
		BN_bn2binpad(power, again, (int)length) == (int)length &&
		CRYPTO_memcmp(again, input, length) == 0;
	BN_CTX_end(context);
	BN_CTX_free(context);
	return is_right;
}
