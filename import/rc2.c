/* SPDX-License-Identifier: BSD-2-Clause */
/* RC2 and RC4, decryption only. [RFC2268] */

#include "config.h"

#include "import/rc2.h"

#include <stdint.h>
#include <string.h>

#define BLOCK 8
#define WORDS 64

/* clang-format off */
/* A permutation of the bytes by the digits of pi. [RFC2268 2] */
static const uint8_t pi_table[256] = {
	0xd9, 0x78, 0xf9, 0xc4, 0x19, 0xdd, 0xb5, 0xed, 0x28, 0xe9, 0xfd, 0x79,
	0x4a, 0xa0, 0xd8, 0x9d, 0xc6, 0x7e, 0x37, 0x83, 0x2b, 0x76, 0x53, 0x8e,
	0x62, 0x4c, 0x64, 0x88, 0x44, 0x8b, 0xfb, 0xa2, 0x17, 0x9a, 0x59, 0xf5,
	0x87, 0xb3, 0x4f, 0x13, 0x61, 0x45, 0x6d, 0x8d, 0x09, 0x81, 0x7d, 0x32,
	0xbd, 0x8f, 0x40, 0xeb, 0x86, 0xb7, 0x7b, 0x0b, 0xf0, 0x95, 0x21, 0x22,
	0x5c, 0x6b, 0x4e, 0x82, 0x54, 0xd6, 0x65, 0x93, 0xce, 0x60, 0xb2, 0x1c,
	0x73, 0x56, 0xc0, 0x14, 0xa7, 0x8c, 0xf1, 0xdc, 0x12, 0x75, 0xca, 0x1f,
	0x3b, 0xbe, 0xe4, 0xd1, 0x42, 0x3d, 0xd4, 0x30, 0xa3, 0x3c, 0xb6, 0x26,
	0x6f, 0xbf, 0x0e, 0xda, 0x46, 0x69, 0x07, 0x57, 0x27, 0xf2, 0x1d, 0x9b,
	0xbc, 0x94, 0x43, 0x03, 0xf8, 0x11, 0xc7, 0xf6, 0x90, 0xef, 0x3e, 0xe7,
	0x06, 0xc3, 0xd5, 0x2f, 0xc8, 0x66, 0x1e, 0xd7, 0x08, 0xe8, 0xea, 0xde,
	0x80, 0x52, 0xee, 0xf7, 0x84, 0xaa, 0x72, 0xac, 0x35, 0x4d, 0x6a, 0x2a,
	0x96, 0x1a, 0xd2, 0x71, 0x5a, 0x15, 0x49, 0x74, 0x4b, 0x9f, 0xd0, 0x5e,
	0x04, 0x18, 0xa4, 0xec, 0xc2, 0xe0, 0x41, 0x6e, 0x0f, 0x51, 0xcb, 0xcc,
	0x24, 0x91, 0xaf, 0x50, 0xa1, 0xf4, 0x70, 0x39, 0x99, 0x7c, 0x3a, 0x85,
	0x23, 0xb8, 0xb4, 0x7a, 0xfc, 0x02, 0x36, 0x5b, 0x25, 0x55, 0x97, 0x31,
	0x2d, 0x5d, 0xfa, 0x98, 0xe3, 0x8a, 0x92, 0xae, 0x05, 0xdf, 0x29, 0x10,
	0x67, 0x6c, 0xba, 0xc9, 0xd3, 0x00, 0xe6, 0xcf, 0xe1, 0x9e, 0xa8, 0x2c,
	0x63, 0x16, 0x01, 0x3f, 0x58, 0xe2, 0x89, 0xa9, 0x0d, 0x38, 0x34, 0x1b,
	0xab, 0x33, 0xff, 0xb0, 0xbb, 0x48, 0x0c, 0x5f, 0xb9, 0xb1, 0xcd, 0x2e,
	0xc5, 0xf3, 0xdb, 0x47, 0xe5, 0xa5, 0x9c, 0x77, 0x0a, 0xa6, 0x20, 0x68,
	0xfe, 0x7f, 0xc1, 0xad,
};
/* clang-format on */

static void
expand_key(struct ber key, unsigned int bits, uint16_t words[WORDS])
{
	uint8_t expanded[2 * WORDS];
	size_t length = (bits + 7) / 8, i;
	unsigned int mask = 0xffu >> (8 * length - bits);

	memcpy(expanded, key.at, key.length);
	for (i = key.length; i < sizeof(expanded); i++)
		expanded[i] =
			pi_table[(expanded[i - 1] + expanded[i - key.length]) &
				0xff];
	i = sizeof(expanded) - length;
	expanded[i] = pi_table[expanded[i] & mask];
	while (i--)
		expanded[i] = pi_table[expanded[i + 1] ^ expanded[i + length]];
	for (i = 0; i < WORDS; i++)
		words[i] =
			(uint16_t)(expanded[2 * i] | expanded[2 * i + 1] << 8);
	wipe(expanded, sizeof(expanded));
}

static void
unmix(uint16_t r[4], const uint16_t words[WORDS], unsigned int *next)
{
	static const unsigned int turns[4] = { 1, 2, 3, 5 };
	unsigned int i;
	uint16_t x;

	for (i = 4; i-- > 0;) {
		x = (uint16_t)(r[i] >> turns[i] | r[i] << (16 - turns[i]));
		x = (uint16_t)(x - words[--*next]);
		x = (uint16_t)(x - (r[(i + 3) % 4] & r[(i + 2) % 4]));
		r[i] = (uint16_t)(x - (~r[(i + 3) % 4] & r[(i + 1) % 4]));
	}
}

static void
unmash(uint16_t r[4], const uint16_t words[WORDS])
{
	unsigned int i;

	for (i = 4; i-- > 0;)
		r[i] = (uint16_t)(r[i] - words[r[(i + 3) % 4] % WORDS]);
}

/* Sixteen rounds of mixing, with one of mashing after the fifth and the
 * eleventh: backwards. */
static void
decrypt_block(const uint16_t words[WORDS], const unsigned char *sealed,
	unsigned char plain[BLOCK])
{
	unsigned int next = WORDS, round, i;
	uint16_t r[4];

	for (i = 0; i < 4; i++)
		r[i] = (uint16_t)(sealed[2 * i] | sealed[2 * i + 1] << 8);
	for (round = 16; round > 0; round--) {
		if (round == 11 || round == 5)
			unmash(r, words);
		unmix(r, words, &next);
	}
	for (i = 0; i < 4; i++) {
		plain[2 * i] = (unsigned char)r[i];
		plain[2 * i + 1] = (unsigned char)(r[i] >> 8);
	}
}

/* The last byte says how many were added, each with that value. */
static bool
remove_padding(struct secret *plain)
{
	size_t count = plain->at[plain->length - 1], i;

	if (count == 0 || count > BLOCK)
		return false;
	for (i = 1; i <= count; i++)
		if (plain->at[plain->length - i] != count)
			return false;
	secret_shorten(plain, plain->length - count);
	return true;
}

bool
rc2_decrypt(struct ber key, unsigned int bits, struct ber iv, struct ber sealed,
	struct secret *plain)
{
	uint16_t words[WORDS];
	const unsigned char *before = iv.at;
	size_t at, i;

	if (key.length == 0 || key.length > 2 * WORDS || bits == 0 ||
		bits > 16 * WORDS || iv.length != BLOCK || sealed.length == 0 ||
		sealed.length % BLOCK || !secret_init(plain, sealed.length))
		return false;
	expand_key(key, bits, words);
	for (at = 0; at < sealed.length; at += BLOCK) {
		decrypt_block(words, sealed.at + at, plain->at + at);
		for (i = 0; i < BLOCK; i++)
			plain->at[at + i] ^= before[i];
		before = sealed.at + at;
	}
	wipe(words, sizeof(words));
	if (remove_padding(plain))
		return true;
	secret_clear(plain);
	return false;
}

bool
rc4_decrypt(struct ber key, struct ber sealed, struct secret *plain)
{
	uint8_t state[256], moved, x = 0, y = 0;
	size_t i;

	if (key.length == 0 || !secret_init(plain, sealed.length))
		return false;
	for (i = 0; i < sizeof(state); i++)
		state[i] = (uint8_t)i;
	for (i = 0; i < sizeof(state); i++) {
		y = (uint8_t)(y + state[i] + key.at[i % key.length]);
		moved = state[i];
		state[i] = state[y];
		state[y] = moved;
	}
	for (i = 0, y = 0; i < sealed.length; i++) {
		moved = state[++x];
		y = (uint8_t)(y + moved);
		state[x] = state[y];
		state[y] = moved;
		plain->at[i] =
			sealed.at[i] ^ state[(uint8_t)(state[x] + moved)];
	}
	wipe(state, sizeof(state));
	return true;
}
