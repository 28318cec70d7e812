/* SPDX-License-Identifier: BSD-2-Clause */
/* AES: published vectors, and nettle for all lengths and pieces. */

#include "config.h"

#include "tests/test.h"
#include "tests/unit/crypto-kit.h"

#include <string.h>

#include <nettle/aes.h>
#include <nettle/cbc.h>
#include <nettle/ctr.h>
#include <nettle/gcm.h>

enum { MESSAGE = 300, ROOM = MESSAGE + 64 };

static unsigned char message[MESSAGE], secret[32], iv[16];

static void
fill(void)
{
	size_t i;

	for (i = 0; i < MESSAGE; i++)
		message[i] = (unsigned char)(i * 11 + 5);
	for (i = 0; i < 32; i++)
		secret[i] = (unsigned char)(i * 3 + 1);
	for (i = 0; i < 16; i++)
		iv[i] = (unsigned char)(250 - i);
}

/* The whole of in by pieces of this many bytes. */
static CK_RV
in_pieces(const CK_MECHANISM *mechanism, CK_FLAGS use, struct key *key,
	const unsigned char *in, CK_ULONG length, CK_ULONG piece,
	unsigned char *out, CK_ULONG *out_length)
{
	struct operation *operation;
	CK_ULONG at, part, given = 0, room;
	CK_RV rv;

	EXPECT_RV(operation_new(mechanism, use, key, &operation), CKR_OK);
	for (at = 0; at < length; at += part) {
		part = length - at < piece ? length - at : piece;
		EXPECT_RV(
			operation_update(operation, in + at, part, NULL, &room),
			CKR_OK);
		EXPECT_RV(operation_update(
				  operation, in + at, part, out + given, &room),
			CKR_OK);
		given += room;
	}
	room = ROOM - given;
	rv = operation_finish(operation, out + given, &room);
	*out_length = given + room;
	operation_free(operation);
	return rv;
}

/* nettle's encryption of length bytes. */
static void
judge(CK_MECHANISM_TYPE type, const unsigned char *in, size_t length,
	unsigned char *out)
{
	unsigned char chain[16];
	struct aes256_ctx aes;

	memcpy(chain, iv, 16);
	aes256_set_encrypt_key(&aes, secret);
	if (type == CKM_AES_ECB)
		aes256_encrypt(&aes, length, out, in);
	else if (type == CKM_AES_CTR)
		ctr_crypt(&aes, (nettle_cipher_func *)aes256_encrypt, 16, chain,
			length, out, in);
	else
		cbc_encrypt(&aes, (nettle_cipher_func *)aes256_encrypt, 16,
			chain, length, out, in);
}

static void
mode_try(const CK_MECHANISM *mechanism, size_t length, bool pads)
{
	struct key *key = secret_key_of(CKK_AES, secret, 32);
	unsigned char padded[ROOM], right[ROOM], out[ROOM], again[ROOM];
	size_t whole = pads ? (length / 16 + 1) * 16 : length;
	CK_ULONG piece, given;

	memset(padded, (int)(whole - length), sizeof(padded));
	memcpy(padded, message, length);
	judge(mechanism->mechanism, padded, whole, right);
	for (piece = 1; piece < 40; piece += 6) {
		EXPECT_RV(in_pieces(mechanism, CKF_ENCRYPT, key, message,
				  length, piece, out, &given),
			CKR_OK);
		EXPECT_BYTES(out, given, right, whole);
		EXPECT_RV(in_pieces(mechanism, CKF_DECRYPT, key, right, whole,
				  piece, again, &given),
			CKR_OK);
		EXPECT_BYTES(again, given, message, length);
	}
	given = ROOM;
	EXPECT_RV(run_once(mechanism->mechanism, mechanism->pParameter,
			  mechanism->ulParameterLen, CKF_ENCRYPT, key, message,
			  length, out, &given),
		CKR_OK);
	EXPECT_BYTES(out, given, right, whole);
	key_free(key);
}

TEST(modes_of_every_length_and_in_pieces_are_nettles)
{
	CK_AES_CTR_PARAMS counter = { 128, { 0 } };
	const CK_MECHANISM ecb = { CKM_AES_ECB, NULL, 0 };
	const CK_MECHANISM cbc = { CKM_AES_CBC, iv, 16 };
	const CK_MECHANISM padded = { CKM_AES_CBC_PAD, iv, 16 };
	const CK_MECHANISM ctr = { CKM_AES_CTR, &counter, sizeof(counter) };
	size_t length;

	fill();
	memcpy(counter.cb, iv, 16);
	for (length = 0; length <= 96; length += 16) {
		mode_try(&ecb, length, false);
		mode_try(&cbc, length, false);
	}
	for (length = 0; length < 100; length += 3) {
		mode_try(&padded, length, true);
		mode_try(&ctr, length, false);
	}
	mode_try(&padded, 16, true);
	mode_try(&padded, 32, true);
}

TEST(blocks_that_are_not_whole_are_refused)
{
	struct key *key = secret_key_of(CKK_AES, secret, 16);
	unsigned char out[ROOM];
	CK_ULONG length = ROOM;

	EXPECT_RV(run_once(CKM_AES_CBC, iv, 16, CKF_ENCRYPT, key, message, 17,
			  out, &length),
		CKR_DATA_LEN_RANGE);
	EXPECT_RV(run_once(CKM_AES_ECB, NULL, 0, CKF_DECRYPT, key, message, 15,
			  out, &length),
		CKR_ENCRYPTED_DATA_LEN_RANGE);
	EXPECT_RV(run_once(CKM_AES_CBC_PAD, iv, 16, CKF_DECRYPT, key, message,
			  17, out, &length),
		CKR_ENCRYPTED_DATA_LEN_RANGE);
	EXPECT_RV(run_once(CKM_AES_CBC_PAD, iv, 16, CKF_DECRYPT, key, message,
			  32, out, &length),
		CKR_ENCRYPTED_DATA_INVALID);
	key_free(key);
}

TEST(counter_never_comes_round)
{
	CK_AES_CTR_PARAMS counter = { 8, { 0 } };
	struct key *key = secret_key_of(CKK_AES, secret, 16);
	unsigned char out[ROOM];
	CK_ULONG length = ROOM;

	counter.cb[15] = 0xf0;
	EXPECT_RV(run_once(CKM_AES_CTR, &counter, sizeof(counter), CKF_ENCRYPT,
			  key, message, 256, out, &length),
		CKR_OK);
	length = ROOM;
	EXPECT_RV(run_once(CKM_AES_CTR, &counter, sizeof(counter), CKF_ENCRYPT,
			  key, message, 257, out, &length),
		CKR_DATA_LEN_RANGE);
	counter.ulCounterBits = 0;
	EXPECT_RV(run_once(CKM_AES_CTR, &counter, sizeof(counter), CKF_ENCRYPT,
			  key, message, 1, out, &length),
		CKR_MECHANISM_PARAM_INVALID);
	counter.ulCounterBits = 129;
	EXPECT_RV(run_once(CKM_AES_CTR, &counter, sizeof(counter), CKF_ENCRYPT,
			  key, message, 1, out, &length),
		CKR_MECHANISM_PARAM_INVALID);
	key_free(key);
}

static void
gcm_judge(size_t iv_length, size_t aad, size_t length, unsigned char *out)
{
	struct gcm_aes256_ctx gcm;

	gcm_aes256_set_key(&gcm, secret);
	gcm_aes256_set_iv(&gcm, iv_length, message);
	gcm_aes256_update(&gcm, aad, message + 5);
	gcm_aes256_encrypt(&gcm, length, out, message);
	gcm_aes256_digest(&gcm, 16, out + length);
}

TEST(gcm_of_every_length_and_in_pieces_is_nettles)
{
	static const size_t iv_lengths[] = { 12, 1, 16, 64 };
	struct key *key;
	unsigned char right[ROOM], out[ROOM];
	CK_GCM_PARAMS params = { message, 12, 96, message + 5, 0, 128 };
	const CK_MECHANISM gcm = { CKM_AES_GCM, &params, sizeof(params) };
	size_t i, length;
	CK_ULONG given;

	fill();
	key = secret_key_of(CKK_AES, secret, 32);
	for (i = 0; i < 4; i++)
		for (length = 0; length < 100; length += 9) {
			params.ulIvLen = iv_lengths[i];
			params.ulAADLen = i * 20;
			gcm_judge(
				params.ulIvLen, params.ulAADLen, length, right);
			EXPECT_RV(in_pieces(&gcm, CKF_ENCRYPT, key, message,
					  length, 7 + i, out, &given),
				CKR_OK);
			EXPECT_BYTES(out, given, right, length + 16);
			EXPECT_RV(in_pieces(&gcm, CKF_DECRYPT, key, right,
					  length + 16, 7 + i, out, &given),
				CKR_OK);
			EXPECT_BYTES(out, given, message, length);
			params.ulTagBits = 96;
			given = ROOM;
			EXPECT_RV(run_once(CKM_AES_GCM, &params, sizeof(params),
					  CKF_DECRYPT, key, right, length + 12,
					  out, &given),
				CKR_OK);
			EXPECT_BYTES(out, given, message, length);
			params.ulTagBits = 128;
		}
	key_free(key);
}

TEST(gcm_gives_nothing_of_a_changed_text)
{
	struct key *key;
	CK_GCM_PARAMS params = { iv, 12, 96, message, 20, 128 };
	const CK_MECHANISM gcm = { CKM_AES_GCM, &params, sizeof(params) };
	unsigned char in[ROOM], out[ROOM];
	CK_ULONG length = ROOM, given;
	size_t i, j;

	fill();
	key = secret_key_of(CKK_AES, secret, 16);
	EXPECT_RV(run_once(CKM_AES_GCM, &params, sizeof(params), CKF_ENCRYPT,
			  key, message, 50, in, &length),
		CKR_OK);
	for (i = 0; i < length; i++) {
		in[i] ^= 1;
		memset(out, 0, sizeof(out));
		given = ROOM;
		EXPECT_RV(run_once(CKM_AES_GCM, &params, sizeof(params),
				  CKF_DECRYPT, key, in, length, out, &given),
			CKR_ENCRYPTED_DATA_INVALID);
		EXPECT_RV(in_pieces(&gcm, CKF_DECRYPT, key, in, length, 16, out,
				  &given),
			CKR_ENCRYPTED_DATA_INVALID);
		for (j = 0; j < sizeof(out); j++)
			EXPECT_NUMBER(out[j], 0);
		in[i] ^= 1;
	}
	params.ulAADLen = 19;
	given = ROOM;
	EXPECT_RV(run_once(CKM_AES_GCM, &params, sizeof(params), CKF_DECRYPT,
			  key, in, length, out, &given),
		CKR_ENCRYPTED_DATA_INVALID);
	EXPECT_RV(run_once(CKM_AES_GCM, &params, sizeof(params), CKF_DECRYPT,
			  key, in, 15, out, &given),
		CKR_ENCRYPTED_DATA_LEN_RANGE);
	key_free(key);
}

TEST(gcm_refuses_parameters_that_cannot_be)
{
	static const CK_GCM_PARAMS bad[] = {
		{ NULL, 12, 96, NULL, 0, 128 },
		{ iv, 0, 0, NULL, 0, 128 },
		{ iv, (CK_ULONG)-1, 0, NULL, 0, 128 },
		{ iv, 12, 96, NULL, 1, 128 },
		{ iv, 12, 96, iv, (CK_ULONG)-1, 128 },
		{ iv, 12, 96, NULL, 0, 0 },
		{ iv, 12, 96, NULL, 0, 127 },
		{ iv, 12, 96, NULL, 0, 136 },
	};
	struct key *key = secret_key_of(CKK_AES, secret, 16);
	unsigned char out[ROOM];
	CK_ULONG length = ROOM;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		EXPECT_RV(run_once(CKM_AES_GCM, &bad[i], sizeof(bad[i]),
				  CKF_ENCRYPT, key, message, 1, out, &length),
			CKR_MECHANISM_PARAM_INVALID);
	key_free(key);
}

/* RFC 3394 4, RFC 5649 6. */
static const struct wrapping {
	CK_MECHANISM_TYPE mechanism;
	const char *kek, *plain, *wrapped;
} wrappings[] = {
	{ CKM_AES_KEY_WRAP, "000102030405060708090A0B0C0D0E0F",
		"00112233445566778899AABBCCDDEEFF",
		"1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5" },
	{ CKM_AES_KEY_WRAP, "000102030405060708090A0B0C0D0E0F1011121314151617",
		"00112233445566778899AABBCCDDEEFF",
		"96778B25AE6CA435F92B5B97C050AED2468AB8A17AD84E5D" },
	{ CKM_AES_KEY_WRAP,
		"000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E"
		"1F",
		"00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E"
		"0F",
		"28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F4"
		"3BFB988B9B7A02DD21" },
	{ CKM_NSS_AES_KEY_WRAP,
		"000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E"
		"1F",
		"00112233445566778899AABBCCDDEEFF",
		"64E8C3F9CE0F5BA263E9777905818A2A93C8191E7D6E8AE7" },
	{ CKM_AES_KEY_WRAP_KWP,
		"5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8",
		"c37b7e6492584340bed12207808941155068f738",
		"138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b"
		"6a" },
	{ CKM_AES_KEY_WRAP_KWP,
		"5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8",
		"466f7250617369", "afbeb0f07dfbf5419200f2ccb50bb24f" },
};

TEST(key_wraps_are_the_published_ones)
{
	size_t i, kek_length, plain_length, wrapped_length;
	const unsigned char *kek, *plain, *wrapped;
	struct secret value = { 0 }, again = { 0 };
	CK_MECHANISM mechanism = { 0, NULL, 0 };
	struct bytes made = { 0 };
	unsigned char out[ROOM];
	CK_ULONG length;
	struct key *key;

	for (i = 0; i < sizeof(wrappings) / sizeof(wrappings[0]); i++) {
		kek = test_hex(wrappings[i].kek, &kek_length);
		plain = test_hex(wrappings[i].plain, &plain_length);
		wrapped = test_hex(wrappings[i].wrapped, &wrapped_length);
		key = secret_key_of(CKK_AES, kek, kek_length);
		mechanism.mechanism = wrappings[i].mechanism;
		EXPECT(secret_copy(&value, plain, plain_length));
		EXPECT_RV(key_wrap(&mechanism, key, &value, &made), CKR_OK);
		EXPECT_BYTES(made.at, made.length, wrapped, wrapped_length);
		EXPECT_RV(key_unwrap(&mechanism, key, wrapped, wrapped_length,
				  CKK_GENERIC_SECRET, 0, &again),
			CKR_OK);
		EXPECT_BYTES(again.at, again.length, plain, plain_length);
		secret_clear(&again);
		/* The same by C_Decrypt, as NSS asks for it. */
		length = ROOM;
		EXPECT_RV(run_once(mechanism.mechanism, NULL, 0, CKF_DECRYPT,
				  key, wrapped, wrapped_length, out, &length),
			CKR_OK);
		EXPECT_BYTES(out, length, plain, plain_length);
		EXPECT_RV(key_unwrap(&mechanism, key, wrapped, wrapped_length,
				  CKK_GENERIC_SECRET, plain_length - 1, &again),
			CKR_WRAPPED_KEY_LEN_RANGE);
		secret_clear(&value);
		bytes_clear(&made);
		key_free(key);
	}
}

TEST(key_wraps_that_were_changed_or_cut_are_refused)
{
	struct key *key = secret_key_of(CKK_AES, secret, 32);
	static const CK_MECHANISM_TYPE types[] = { CKM_AES_KEY_WRAP,
		CKM_AES_KEY_WRAP_KWP, CKM_AES_KEY_WRAP_PAD,
		CKM_NSS_AES_KEY_WRAP_PAD };
	CK_MECHANISM mechanism = { 0, NULL, 0 };
	struct secret value = { 0 }, again = { 0 };
	struct bytes made = { 0 };
	size_t i, j;

	EXPECT(secret_copy(&value, message, 24));
	for (i = 0; i < 4; i++) {
		mechanism.mechanism = types[i];
		EXPECT_RV(key_wrap(&mechanism, key, &value, &made), CKR_OK);
		EXPECT_RV(key_unwrap(&mechanism, key, made.at, made.length,
				  CKK_AES, 0, &again),
			CKR_OK);
		EXPECT_BYTES(again.at, again.length, message, 24);
		secret_clear(&again);
		for (j = 0; j < made.length; j++) {
			made.at[j] ^= 0x80;
			EXPECT_RV(key_unwrap(&mechanism, key, made.at,
					  made.length, CKK_AES, 0, &again),
				CKR_WRAPPED_KEY_INVALID);
			made.at[j] ^= 0x80;
		}
		EXPECT_RV(key_unwrap(&mechanism, key, made.at, made.length - 1,
				  CKK_AES, 0, &again),
			CKR_WRAPPED_KEY_LEN_RANGE);
		EXPECT_RV(key_unwrap(&mechanism, key, made.at, 8, CKK_AES, 0,
				  &again),
			CKR_WRAPPED_KEY_LEN_RANGE);
		bytes_clear(&made);
	}
	secret_clear(&value);
	key_free(key);
}

/* The library wipes more than its caller has room for. */
TEST(key_wraps_that_are_wrong_leave_alone_what_is_behind_the_room)
{
	static const CK_MECHANISM_TYPE types[] = { CKM_AES_KEY_WRAP,
		CKM_AES_KEY_WRAP_KWP, CKM_AES_KEY_WRAP_PAD };
	struct key *key = secret_key_of(CKK_AES, secret, 32);
	unsigned char out[64], behind[24];
	CK_ULONG length;
	size_t i;

	memset(behind, 0xa5, sizeof(behind));
	for (i = 0; i < 3; i++)
		for (length = 16; length < 40; length += 8) {
			CK_ULONG room = length - 8;

			memset(out, 0xa5, sizeof(out));
			EXPECT(run_once(types[i], NULL, 0, CKF_DECRYPT, key,
				       message, length, out, &room) != CKR_OK);
			EXPECT_BYTES(out + length - 8, sizeof(behind), behind,
				sizeof(behind));
		}
	key_free(key);
}

/* Right to RFC 3394, but what comes out does not end in PKCS #7 padding. */
TEST(key_wrap_whose_padding_is_wrong_is_refused)
{
	static const unsigned char last[] = { 0, 9, 32, 255 };
	const CK_MECHANISM plain = { CKM_AES_KEY_WRAP, NULL, 0 };
	const CK_MECHANISM padded = { CKM_AES_KEY_WRAP_PAD, NULL, 0 };
	struct key *key = secret_key_of(CKK_AES, secret, 32);
	struct secret value = { 0 }, again = { 0 };
	struct bytes made = { 0 };
	size_t i;

	EXPECT(secret_init(&value, 32));
	for (i = 0; i < sizeof(last); i++) {
		memset(value.at, last[i], value.length);
		EXPECT_RV(key_wrap(&plain, key, &value, &made), CKR_OK);
		EXPECT_RV(key_unwrap(&padded, key, made.at, made.length,
				  CKK_GENERIC_SECRET, 0, &again),
			CKR_WRAPPED_KEY_INVALID);
		bytes_clear(&made);
	}
	memset(value.at, 3, value.length);
	value.at[30] = 2;
	EXPECT_RV(key_wrap(&plain, key, &value, &made), CKR_OK);
	EXPECT_RV(key_unwrap(&padded, key, made.at, made.length,
			  CKK_GENERIC_SECRET, 0, &again),
		CKR_WRAPPED_KEY_INVALID);
	bytes_clear(&made);
	secret_clear(&value);
	key_free(key);
}

TEST(key_wrap_of_any_length_comes_back_where_there_is_padding)
{
	struct key *key = secret_key_of(CKK_AES, secret, 24);
	static const CK_MECHANISM_TYPE types[] = { CKM_AES_KEY_WRAP_KWP,
		CKM_AES_KEY_WRAP_PAD };
	CK_MECHANISM mechanism = { 0, NULL, 0 };
	struct secret value = { 0 }, again = { 0 };
	struct bytes made = { 0 };
	size_t i, length;

	for (i = 0; i < 2; i++)
		for (length = i == 0 ? 1 : 8; length < 60; length++) {
			mechanism.mechanism = types[i];
			EXPECT(secret_copy(&value, message, length));
			EXPECT_RV(key_wrap(&mechanism, key, &value, &made),
				CKR_OK);
			EXPECT_RV(key_unwrap(&mechanism, key, made.at,
					  made.length, CKK_GENERIC_SECRET,
					  length, &again),
				CKR_OK);
			EXPECT_BYTES(again.at, again.length, message, length);
			secret_clear(&again);
			secret_clear(&value);
			bytes_clear(&made);
		}
	mechanism.mechanism = CKM_AES_KEY_WRAP;
	EXPECT(secret_copy(&value, message, 20));
	EXPECT_RV(key_wrap(&mechanism, key, &value, &made), CKR_KEY_SIZE_RANGE);
	secret_clear(&value);
	key_free(key);
}
