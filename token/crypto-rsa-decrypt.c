/* SPDX-License-Identifier: BSD-2-Clause */
/* RSA decryption by PKCS #1 v1.5, with implicit rejection. */

#include "config.h"

#include "token/rsa.h"

#include "pkcs11/log.h"

#include <string.h>

#include <openssl/evp.h>

/*
 * Whether the padding is right must not be seen in the answer nor in its time:
 * either lets an attacker decrypt by asking often (Bleichenbacher). So wrong
 * padding gives a message too, of a length and content that follow from the key
 * and the ciphertext and look random [draft-irtf-cfrg-rsa-guidance 7].
 * Everything below does the same steps for both; lengths become known, which is
 * right: the caller gets one anyway, and it is as likely to be the one as the
 * other's.
 *
 * The library does this itself from 3.2 on, but not before; with no padding it
 * gives the same number on all versions.
 */
enum {
	PADDING_MIN = 8,
	HEADER = 2,
	LENGTHS = 128, /* candidates for the message's length, of 16 bits */
	PIECE = 32,    /* SHA-256 gives so much at a time */
};

/* Masks: all bits, or none. Values stay far below the top bit. */

static uint32_t
mask_of_bit(uint32_t bit)
{
	return 0 - bit;
}

static uint32_t
is_less(uint32_t a, uint32_t b)
{
	return mask_of_bit((a - b) >> 31);
}

static uint32_t
is_zero(uint32_t a)
{
	return is_less(a, 1);
}

static uint32_t
choose(uint32_t mask, uint32_t if_set, uint32_t if_not)
{
	/* The compiler must not know that mask is all or none: it could make
	 * a branch of that. */
	__asm__("" : "+r"(mask));
	return (mask & if_set) | (~mask & if_not);
}

/* The draft's PRF: HMAC-SHA-256 over a counter, a label and the length. */
static bool
stretch(const unsigned char secret[PIECE], const char *label,
	unsigned char *out, size_t length)
{
	const struct hash *hash = hash_find(CKM_SHA256);
	unsigned char counter[2], bits[2], piece[PIECE];
	const struct piece pieces[] = {
		{ counter, sizeof(counter) },
		{ label, strlen(label) },
		{ bits, sizeof(bits) },
	};
	size_t done, part, i = 0;
	bool right = true;

	bits[0] = (unsigned char)(length * 8 >> 8);
	bits[1] = (unsigned char)(length * 8);
	for (done = 0; right && done < length; done += part, i++) {
		part = length - done < PIECE ? length - done : PIECE;
		counter[0] = (unsigned char)(i >> 8);
		counter[1] = (unsigned char)i;
		right = hash_hmac(hash, secret, PIECE, pieces, 3, piece);
		memcpy(out + done, piece, part);
	}
	wipe(piece, sizeof(piece));
	return right;
}

/* The length that the answer to bad padding has: the last candidate that is
 * possible. */
static uint32_t
synthetic_length(const unsigned char candidates[2 * LENGTHS], uint32_t limit)
{
	uint32_t mask = limit, length = 0, candidate;
	size_t i;

	mask |= mask >> 1;
	mask |= mask >> 2;
	mask |= mask >> 4;
	mask |= mask >> 8;
	for (i = 0; i < LENGTHS; i++) {
		candidate = ((uint32_t)candidates[2 * i] << 8 |
				    candidates[2 * i + 1]) &
			mask;
		length = choose(is_less(candidate, limit), candidate, length);
	}
	return length;
}

/* All set when the padding is right; *start is where the message begins. */
static uint32_t
padding_read(const unsigned char *at, uint32_t length, uint32_t *start)
{
	uint32_t i, zero, zero_at = 0, found = 0;
	uint32_t good = is_zero(at[0]) & is_zero(at[1] ^ 2u);

	for (i = HEADER; i < length; i++) {
		zero = is_zero(at[i]);
		zero_at = choose(zero & ~found, i, zero_at);
		found |= zero;
	}
	*start = zero_at + 1;
	/* None found: zero_at is 0, which is too early as well. */
	return good & ~is_less(zero_at, HEADER + PADDING_MIN);
}

/* What one decryption works with; wiped as a whole. */
struct work {
	unsigned char padded[RSA_LENGTH_MAX];
	unsigned char synthetic[RSA_LENGTH_MAX];
	unsigned char candidates[2 * LENGTHS];
	unsigned char secret[PIECE];
};

/* The answer to bad padding: it depends on the key and on the ciphertext. */
static bool
synthetic_make(const struct key *key, const CK_BYTE *in, CK_ULONG length,
	struct work *work)
{
	const struct piece ciphertext = { in, length };

	return hash_hmac(hash_find(CKM_SHA256), key->rejection,
		       sizeof(key->rejection), &ciphertext, 1, work->secret) &&
		stretch(work->secret, "message", work->synthetic, length) &&
		stretch(work->secret, "length", work->candidates,
			sizeof(work->candidates));
}

/* Is the length one of those that are legal? */
static uint32_t
is_legal(uint32_t length, const struct lengths *legal)
{
	uint32_t found = mask_of_bit(legal->count == 0);
	size_t i;

	for (i = 0; i < legal->count; i++)
		found |= is_zero(length ^ (uint32_t)legal->at[i]);
	return found;
}

/* One of the legal lengths, without a division and a look-up that depend on
 * which. */
static uint32_t
legal_length(unsigned char candidate, const struct lengths *legal)
{
	uint32_t which = (uint32_t)(candidate * legal->count) >> 8;
	uint32_t length = 0;
	size_t i;

	for (i = 0; i < legal->count; i++)
		length = choose(is_zero(which ^ (uint32_t)i),
			(uint32_t)legal->at[i], length);
	return length;
}

/* Where the message begins that goes out: the real one if *good, which is then
 * all set, or the synthetic. Both end at length. */
static uint32_t
start_choose(const struct work *work, uint32_t length,
	const struct lengths *legal, uint32_t *good)
{
	uint32_t limit = length - HEADER - PADDING_MIN;
	uint32_t synthetic, start;

	synthetic = legal->count ? legal_length(work->candidates[0], legal)
				 : synthetic_length(work->candidates, limit);
	*good = padding_read(work->padded, length, &start);
	*good &= is_legal(length - start, legal);
	return choose(*good, start, length - synthetic);
}

/* From here on start is no secret: the caller gets the length. */
static CK_ULONG
message_choose(const struct work *work, uint32_t length, uint32_t start,
	uint32_t good, CK_BYTE *out)
{
	uint32_t i;

	for (i = start; i < length; i++)
		out[i - start] = (CK_BYTE)choose(
			good, work->padded[i], work->synthetic[i]);
	return length - start;
}

CK_RV
rsa_pkcs1_decrypt(struct key *key, const struct lengths *legal,
	const CK_BYTE *in, CK_ULONG in_length, CK_BYTE *out,
	CK_ULONG *out_length)
{
	struct work work;
	uint32_t start, good;
	CK_RV rv = rsa_decrypt_raw(key, in, in_length, work.padded);

	if (rv == CKR_OK && !synthetic_make(key, in, in_length, &work))
		rv = crypto_refuse(CKR_DEVICE_ERROR, "HMAC");
	if (rv == CKR_OK) {
		start = start_choose(&work, (uint32_t)in_length, legal, &good);
		*out_length = message_choose(
			&work, (uint32_t)in_length, start, good, out);
	}
	wipe(&work, sizeof(work));
	return rv;
}

CK_RV
rsa_pkcs1_recover(struct key *key, const CK_BYTE *in, CK_ULONG in_length,
	CK_BYTE *out, CK_ULONG *out_length)
{
	EVP_PKEY_CTX *context;
	unsigned char padded[RSA_LENGTH_MAX];
	size_t length = sizeof(padded), start = HEADER;
	CK_RV rv = CKR_OK;

	if (in_length != key_modulus_length(key))
		return refuse(CKR_SIGNATURE_LEN_RANGE, "RSA signature of %lu",
			in_length);
	context = key_context_new(key, CONTEXT_ENCRYPT_RAW);
	if (!context ||
		EVP_PKEY_encrypt(context, padded, &length, in, in_length) != 1)
		rv = crypto_refuse(CKR_SIGNATURE_INVALID, "RSA");
	EVP_PKEY_CTX_free(context);
	if (rv != CKR_OK)
		return rv;
	/* Nothing here is secret: 00 01, at least eight ff, 00, message. */
	while (start < length && padded[start] == 0xff)
		start++;
	if (padded[0] != 0 || padded[1] != 1 || start < HEADER + PADDING_MIN ||
		start == length || padded[start] != 0)
		return refuse(CKR_SIGNATURE_INVALID, "RSA padding");
	start++;
	memcpy(out, padded + start, length - start);
	*out_length = length - start;
	return CKR_OK;
}
