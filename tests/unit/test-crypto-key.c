/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys: what is refused when one is made, and what is worked out. */

#include "config.h"

#include "tests/test.h"
#include "tests/unit/crypto-kit.h"

#include <string.h>

static CK_RV
rsa_try(CK_OBJECT_CLASS class, const struct rsa_numbers *numbers, bool trusted)
{
	struct attributes attributes;
	struct key *key = NULL;
	CK_RV rv;

	attributes_of_rsa(&attributes, class, numbers);
	rv = key_new(attributes.at, attributes.count, trusted, &key);
	EXPECT((rv == CKR_OK) == (key != NULL));
	key_free(key);
	return rv;
}

/* The test key with one number in place of its own. */
static CK_RV
rsa_try_with(CK_OBJECT_CLASS class, size_t which, const char *number)
{
	struct rsa_numbers numbers = rsa_test_numbers;
	CK_RV trusted;

	numbers.at[which] = number;
	trusted = rsa_try(class, &numbers, true);
	EXPECT_RV(rsa_try(class, &numbers, false), trusted);
	return trusted;
}

/* A number with its last digit changed; the parity stays. */
static const char *
changed(const char *number)
{
	static char text[1100];
	char *last = text + strlen(number) - 1;

	strcpy(text, number);
	*last = *last == '1' ? '3' : *last == '3' ? '1' : *last ^ 2;
	return text;
}

TEST(rsa_key_is_taken_when_it_is_whole)
{
	EXPECT_RV(rsa_try(CKO_PRIVATE_KEY, &rsa_test_numbers, false), CKR_OK);
	EXPECT_RV(rsa_try(CKO_PUBLIC_KEY, &rsa_test_numbers, false), CKR_OK);
}

TEST(rsa_key_with_any_one_wrong_number_is_refused)
{
	size_t i;

	for (i = 0; i < RSA_ALL; i++)
		EXPECT_RV(rsa_try_with(CKO_PRIVATE_KEY, i,
				  changed(rsa_test_numbers.at[i])),
			CKR_ATTRIBUTE_VALUE_INVALID);
}

TEST(rsa_key_with_a_bad_public_exponent_is_refused)
{
	static const char *const bad[] = { "00", "01", "02", "010000",
		"03000000000000000001" };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		EXPECT_RV(rsa_try_with(CKO_PRIVATE_KEY, RSA_E, bad[i]),
			CKR_ATTRIBUTE_VALUE_INVALID);
		EXPECT_RV(rsa_try_with(CKO_PUBLIC_KEY, RSA_E, bad[i]),
			CKR_ATTRIBUTE_VALUE_INVALID);
	}
}

TEST(rsa_key_with_an_empty_or_even_modulus_is_refused)
{
	static const char *const bad[] = { "", "00", "0000000000" };
	char even[1100];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		EXPECT_RV(rsa_try_with(CKO_PRIVATE_KEY, RSA_N, bad[i]),
			CKR_ATTRIBUTE_VALUE_INVALID);
		EXPECT_RV(rsa_try_with(CKO_PUBLIC_KEY, RSA_N, bad[i]),
			CKR_ATTRIBUTE_VALUE_INVALID);
	}
	strcpy(even, rsa_test_numbers.at[RSA_N]);
	even[strlen(even) - 1] = '0';
	EXPECT_RV(rsa_try_with(CKO_PUBLIC_KEY, RSA_N, even),
		CKR_ATTRIBUTE_VALUE_INVALID);
}

TEST(rsa_key_of_another_size_is_refused)
{
	char number[2100];

	memset(number, 'f', sizeof(number));
	strcpy(number + 2 * 63, "");
	EXPECT_RV(rsa_try_with(CKO_PUBLIC_KEY, RSA_N, number),
		CKR_KEY_SIZE_RANGE);
	memset(number, 'f', sizeof(number));
	strcpy(number + 2 * 1025, "");
	EXPECT_RV(rsa_try_with(CKO_PUBLIC_KEY, RSA_N, number),
		CKR_KEY_SIZE_RANGE);
}

TEST(rsa_key_with_leading_zeros_is_the_same_key)
{
	char number[1100] = "0000";

	strcpy(number + 4, rsa_test_numbers.at[RSA_N]);
	EXPECT_RV(rsa_try_with(CKO_PRIVATE_KEY, RSA_N, number), CKR_OK);
}

/* The numbers that are not in the given ones are those of the test key again.
 */
static void
completes(const struct rsa_numbers *given)
{
	struct key *key = rsa_key_of(CKO_PRIVATE_KEY, given);
	struct key_parts parts;
	static const CK_ATTRIBUTE_TYPE types[] = { CKA_MODULUS,
		CKA_PUBLIC_EXPONENT, CKA_PRIVATE_EXPONENT, CKA_PRIME_1,
		CKA_PRIME_2, CKA_EXPONENT_1, CKA_EXPONENT_2, CKA_COEFFICIENT };
	const unsigned char *right;
	size_t i, j, length, found = 0;

	EXPECT_RV(key_complete(key, &parts), CKR_OK);
	for (i = 0; i < parts.count; i++)
		for (j = 0; j < RSA_ALL; j++) {
			if (parts.at[i].type != types[j])
				continue;
			found++;
			right = test_hex(rsa_test_numbers.at[j], &length);
			while (*right == 0) {
				right++;
				length--;
			}
			EXPECT_BYTES(parts.at[i].value.at,
				parts.at[i].value.length, right, length);
		}
	EXPECT_NUMBER(found, RSA_ALL);
	key_parts_clear(&parts);
	key_free(key);
}

TEST(rsa_key_is_completed_from_modulus_and_exponents)
{
	struct rsa_numbers numbers = rsa_test_numbers;
	size_t i;

	completes(&numbers);
	for (i = RSA_DP; i < RSA_ALL; i++)
		numbers.at[i] = NULL;
	completes(&numbers);
	numbers.at[RSA_E] = NULL;
	completes(&numbers);
	numbers.at[RSA_Q] = NULL;
	completes(&numbers);
	numbers.at[RSA_P] = numbers.at[RSA_Q] = NULL;
	/* From n and d alone: e is one of the usual. */
	completes(&numbers);
	numbers.at[RSA_E] = rsa_test_numbers.at[RSA_E];
	completes(&numbers);
}

TEST(rsa_key_of_too_little_is_incomplete)
{
	struct rsa_numbers numbers = { { NULL } };

	EXPECT_RV(rsa_try(CKO_PRIVATE_KEY, &numbers, false),
		CKR_TEMPLATE_INCOMPLETE);
	numbers.at[RSA_N] = rsa_test_numbers.at[RSA_N];
	EXPECT_RV(rsa_try(CKO_PRIVATE_KEY, &numbers, false),
		CKR_TEMPLATE_INCOMPLETE);
	EXPECT_RV(rsa_try(CKO_PUBLIC_KEY, &numbers, false),
		CKR_TEMPLATE_INCOMPLETE);
	numbers.at[RSA_E] = rsa_test_numbers.at[RSA_E];
	EXPECT_RV(rsa_try(CKO_PRIVATE_KEY, &numbers, false),
		CKR_TEMPLATE_INCOMPLETE);
}

TEST(rsa_key_whose_exponent_is_not_the_moduluss_is_refused)
{
	struct rsa_numbers numbers = { { NULL } };

	numbers.at[RSA_N] = rsa_test_numbers.at[RSA_N];
	numbers.at[RSA_E] = rsa_test_numbers.at[RSA_E];
	numbers.at[RSA_D] = changed(rsa_test_numbers.at[RSA_D]);
	EXPECT_RV(rsa_try(CKO_PRIVATE_KEY, &numbers, false),
		CKR_ATTRIBUTE_VALUE_INVALID);
}

/* clang-format off */
/* Right in every equation between its numbers; but p is no prime. */
static const struct rsa_numbers composite = { {
	"e25092d38e35d7bdb8ef79b4d478fbeabe1418155df1630adc8618ef36f4"
	"d6bf0943a39d1fe336e4aca0f19111a82d5ff82555dee2f804efe93bf208"
	"26b493b2630ccc3e74cc2ac4f9210d63a707f0b789c035d3b6b6ac5e7d08"
	"f2a546b516b0d48fc8f538863f1940b1d7a60d2edc8aaadbd2c0f3f61c27"
	"376a432bdc7735c9b183ec5897924fa088d4ee6f9100a68f6a195ac15001"
	"b27708fa81616c6c4dc3366ba948d650ad91cc24aaa07fa9bd202924bb1d"
	"8982183f0bd715253d149483cf3f7bd6718d8d863e71ca734ed7e076cdee"
	"c1ffa675124f6f55912649391ef05dc67fa87c1c7bafec32b160714ecf42"
	"77781707e25b7ad7e818848e22181a71",
	"010001",
	"2a7d873b9a1128dad18c80b4bf49a1be9e86664928b4a7ec43a017b15e07"
	"95041408b380ce1a5a558fc5bde507442494c6a1b7e01b8c065d46d47eea"
	"21de3876bf1b0983d668f8c4b7a3898082bd3e682f403bbaeeac986b3b1d"
	"81751f73e3793ac76e2b003c503f7d0286e301c9a11595e3a4cb9e624041"
	"eaa9144879619662d7f2433cd20324daa07f4be11d3416acf74a86320ac4"
	"8cf5650d3aedc5f72cbd8c53034955b29698167033e9c8646cc1d924361f"
	"60420951148dbb2ff0e885f4ebc59d519db53b99ffd1f84c09706fc1e102"
	"cda5bfd071136b96fbb294873759b676df7cadc1a280fbea8f4f42a0f253"
	"143519cc3e6584bbbb0f992429ca6839",
	"e7904fefc33f8ad6610f2b1c5d770ac69ae365a148133d5f3f321a615258"
	"6dd0129287b41e0a8b9c58235a1e8f8deb530496aca09236cfdd6f443821"
	"272a169c451f89f9cab9f38ae30350f027a0ae28750242cc33193b721a63"
	"257e012253e9cf9cb6054372e1be671295d99ebae3bdc4c6b86714415909"
	"56d1308aa8936d95",
	"fa3275d2fbd5609b260ec2e3d40c04ef0a3f0cbce4df5914603c04b1e032"
	"b6eab9102e113d8e0fad773ea6e1a83e1539d7bad05c85c01d27d91f0e34"
	"ec9e362dd3693ada54d0995cff9e3325f8a7580a5c326653b87865a25303"
	"998d80174b801ab3afd3d1537380c44f7cb3b624975ed23593d2042627a5"
	"e5b08ec337f82a6d",
	"b883907e8f48c99b6b3987f3913232fef01a7437e0539c5a91e39d8ba0ee"
	"df89a5d2e6990a3b02e5f08132e519244fb815f6edd500ccf6330edf000e"
	"c2c351c2f17d61170e87bf5d12e8e88c84370faf23154b1ea534dcde5dd2"
	"54e4a388b3eea1c4d0713f3e824c929b0796a1596ff11da3eefa0bf4ca3a"
	"9bd81262da52a745",
	"f0f26b79d640f59a349a7ea17df25d45ff6e1ccc44f5bb09de6bae71c6e1"
	"d03a5822f6da6f97420de20a9a18333826a4dfd6ef164b506a4397db4a89"
	"395e5bfae1e0336753cad80731bc9eb170b7681802161f697cfba5951fb1"
	"15cda98fc58c072b08a74aadbd4c42c1f1ebf7fb613355e97704082ede7b"
	"eba98eb2fe51a639",
	"4c509709afeb7ebf147cb967d7c9aa611c27e671166359f3177c5af0470e"
	"72494f05f8b04ae6da1ba051f37bbe2777d298b07068a78dffb8d2cfa11b"
	"dd75663b27208c371bb8de8c1a2a9f3554ccaa9c46257ab0a2565a1f442c"
	"910a3d2c453d9ae572fa5c7765733f690669b786565c0d5ef76e60abc741"
	"e645b6817b037b8f",
} };
/* clang-format on */

TEST(rsa_key_with_a_factor_that_is_no_prime_is_refused)
{
	EXPECT_RV(rsa_try(CKO_PRIVATE_KEY, &composite, false),
		CKR_ATTRIBUTE_VALUE_INVALID);
}

static CK_RV
ec_try(CK_OBJECT_CLASS class, CK_KEY_TYPE type, const char *params,
	const char *value, const char *point)
{
	struct attributes attributes;
	struct key *key = NULL;
	CK_RV rv;

	attributes_of_ec(&attributes, class, type, params, value);
	if (point)
		attributes_add_hex(&attributes, CKA_EC_POINT, point);
	rv = key_new(attributes.at, attributes.count, false, &key);
	key_free(key);
	return rv;
}

/* The generator of P-256, which is the point of the scalar 1. */
#define G_X "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
#define G_Y "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
#define ORDER "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"

TEST(ec_scalar_out_of_range_is_refused)
{
	static const char *const bad[] = { "", "00",
		"00000000000000000000000000000000000000000000000000000000000000"
		"00",
		ORDER,
		"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
		"ff",
		ORDER "00" };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		EXPECT_RV(ec_try(CKO_PRIVATE_KEY, CKK_EC, P256, bad[i], NULL),
			CKR_ATTRIBUTE_VALUE_INVALID);
	EXPECT_RV(ec_try(CKO_PRIVATE_KEY, CKK_EC, P256, "01", NULL), CKR_OK);
	EXPECT_RV(ec_try(CKO_PRIVATE_KEY, CKK_EC, P256, "0001", NULL), CKR_OK);
}

TEST(ec_point_is_taken_raw_wrapped_or_compressed)
{
	static const char *const good[] = { "04" G_X G_Y,
		"0441"
		"04" G_X G_Y,
		"048141"
		"04" G_X G_Y,
		"03" G_X,
		"0421"
		"03" G_X };
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		EXPECT_RV(ec_try(CKO_PUBLIC_KEY, CKK_EC, P256, good[i], NULL),
			CKR_OK);
		EXPECT_RV(ec_try(CKO_PRIVATE_KEY, CKK_EC, P256, "01", good[i]),
			CKR_OK);
	}
}

TEST(ec_point_off_its_curve_or_malformed_is_refused)
{
	static const char *const bad[] = { "", "00", "0400",
		"0401"
		"00",
		"04" G_X G_X,
		"0441"
		"04" G_X G_X,
		"04" G_X, "02" G_X G_Y, "04" G_X G_Y "00",
		"0442"
		"04" G_X G_Y,
		"0440"
		"04" G_X G_Y,
		"04ffffffff00000001000000000000000000000000ffffffffffffffffffff"
		"ffff" G_Y };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		EXPECT_RV(ec_try(CKO_PUBLIC_KEY, CKK_EC, P256, bad[i], NULL),
			CKR_ATTRIBUTE_VALUE_INVALID);
}

/* A raw point whose second byte reads as the length of an OCTET STRING of the
 * rest is still a raw point: 1 in 256 keys has one. */
TEST(ec_point_that_looks_wrapped_is_read_by_its_length)
{
	struct key_parts public_parts, private_parts;
	const CK_MECHANISM mechanism = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
	struct attributes template = { .count = 0 };
	struct attributes attributes = { .count = 0 };
	const struct secret *wrapped = NULL;
	struct key *key;
	size_t i;

	attributes_add_hex(&template, CKA_EC_PARAMS, P256);
	do {
		EXPECT_RV(
			key_generate_pair(&mechanism, template.at,
				template.count, &public_parts, &private_parts),
			CKR_OK);
		for (i = 0; i < public_parts.count; i++)
			if (public_parts.at[i].type == CKA_EC_POINT)
				wrapped = &public_parts.at[i].value;
	} while (wrapped->at[3] != 63);
	attributes_add_ulong(&attributes, CKA_CLASS, CKO_PUBLIC_KEY);
	attributes_add_ulong(&attributes, CKA_KEY_TYPE, CKK_EC);
	attributes_add_hex(&attributes, CKA_EC_PARAMS, P256);
	attributes_add(&attributes, CKA_EC_POINT, wrapped->at + 2,
		wrapped->length - 2);
	key = key_of(&attributes);
	key_free(key);
}

TEST(ec_point_of_another_key_is_refused)
{
	EXPECT_RV(ec_try(CKO_PRIVATE_KEY, CKK_EC, P256, "02", "04" G_X G_Y),
		CKR_ATTRIBUTE_VALUE_INVALID);
}

TEST(ec_curve_that_is_unknown_or_of_another_kind_is_refused)
{
	static const char *const bad[] = { "", "06", "06052b81040021", ED25519,
		P256 "00", "0500", "130c656477617264733235353139" };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		EXPECT_RV(ec_try(CKO_PRIVATE_KEY, CKK_EC, bad[i], "01", NULL),
			CKR_CURVE_NOT_SUPPORTED);
	EXPECT_RV(ec_try(CKO_PRIVATE_KEY, CKK_EC_EDWARDS, X25519, "01", NULL),
		CKR_CURVE_NOT_SUPPORTED);
}

/* RFC 8032 7.1, the first test. */
#define ED_PRIVATE \
	"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
#define ED_PUBLIC \
	"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"

TEST(edwards_point_is_taken_raw_and_wrapped_and_must_fit)
{
	EXPECT_RV(ec_try(CKO_PRIVATE_KEY, CKK_EC_EDWARDS, ED25519, ED_PRIVATE,
			  ED_PUBLIC),
		CKR_OK);
	EXPECT_RV(ec_try(CKO_PRIVATE_KEY, CKK_EC_EDWARDS,
			  "130c656477617264733235353139", ED_PRIVATE,
			  "0420" ED_PUBLIC),
		CKR_OK);
	EXPECT_RV(ec_try(CKO_PUBLIC_KEY, CKK_EC_EDWARDS, ED25519,
			  "032100" ED_PUBLIC, NULL),
		CKR_OK);
	EXPECT_RV(ec_try(CKO_PRIVATE_KEY, CKK_EC_EDWARDS, ED25519, ED_PRIVATE,
			  ED_PRIVATE),
		CKR_ATTRIBUTE_VALUE_INVALID);
	EXPECT_RV(
		ec_try(CKO_PRIVATE_KEY, CKK_EC_EDWARDS, ED25519, "0102", NULL),
		CKR_ATTRIBUTE_VALUE_INVALID);
	EXPECT_RV(ec_try(CKO_PUBLIC_KEY, CKK_EC_EDWARDS, ED25519, "", NULL),
		CKR_ATTRIBUTE_VALUE_INVALID);
	EXPECT_RV(ec_try(CKO_PUBLIC_KEY, CKK_EC_EDWARDS, ED25519, "0420", NULL),
		CKR_ATTRIBUTE_VALUE_INVALID);
}

TEST(secret_key_of_an_impossible_length_is_refused)
{
	static const unsigned char value[33];
	static const CK_ULONG lengths[] = { 0, 1, 15, 17, 31, 33 };
	struct attributes attributes;
	struct key *key = NULL;
	size_t i;

	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		attributes_of_secret(&attributes, CKK_AES, value, lengths[i]);
		EXPECT_RV(key_new(attributes.at, attributes.count, false, &key),
			CKR_ATTRIBUTE_VALUE_INVALID);
	}
	attributes_of_secret(&attributes, CKK_GENERIC_SECRET, value, 0);
	EXPECT_RV(key_new(attributes.at, attributes.count, false, &key),
		CKR_ATTRIBUTE_VALUE_INVALID);
}

TEST(key_without_class_or_of_an_unknown_type_is_refused)
{
	struct attributes attributes = { .count = 0 };
	struct key *key = NULL;

	EXPECT_RV(key_new(attributes.at, 0, false, &key),
		CKR_TEMPLATE_INCOMPLETE);
	attributes_of_secret(&attributes, CKK_DSA, "x", 1);
	EXPECT_RV(key_new(attributes.at, attributes.count, false, &key),
		CKR_ATTRIBUTE_VALUE_INVALID);
	/* An attribute without a value is none. */
	attributes_of_secret(&attributes, CKK_AES, "x", 1);
	attributes.at[2].pValue = NULL;
	EXPECT_RV(key_new(attributes.at, attributes.count, false, &key),
		CKR_TEMPLATE_INCOMPLETE);
}

/* Each kind of pair, generated, completed and as PKCS #8 and back. */
static const struct {
	CK_MECHANISM_TYPE mechanism;
	CK_KEY_TYPE type;
	const char *params;
	CK_ULONG size;
} pairs[] = {
	{ CKM_RSA_PKCS_KEY_PAIR_GEN, CKK_RSA, NULL, 2048 },
	{ CKM_EC_KEY_PAIR_GEN, CKK_EC, P256, 256 },
	{ CKM_EC_KEY_PAIR_GEN, CKK_EC, P384, 384 },
	{ CKM_EC_KEY_PAIR_GEN, CKK_EC, P521, 521 },
	{ CKM_EC_KEY_PAIR_GEN, CKK_EC, SECP256K1, 256 },
	{ CKM_EC_KEY_PAIR_GEN, CKK_EC, BRAINPOOL_P512R1, 512 },
	{ CKM_EC_EDWARDS_KEY_PAIR_GEN, CKK_EC_EDWARDS, ED25519, 255 },
	{ CKM_EC_EDWARDS_KEY_PAIR_GEN, CKK_EC_EDWARDS, ED448, 448 },
	{ CKM_EC_MONTGOMERY_KEY_PAIR_GEN, CKK_EC_MONTGOMERY, X25519, 255 },
	{ CKM_EC_MONTGOMERY_KEY_PAIR_GEN, CKK_EC_MONTGOMERY, X448, 448 },
};

/* The public key information says which key it is. */
static void
expect_same_public(const struct key *one, const struct key *other)
{
	struct key_parts parts[2];
	const struct secret *info[2] = { NULL, NULL };
	size_t i, j;

	EXPECT_RV(key_complete(one, &parts[0]), CKR_OK);
	EXPECT_RV(key_complete(other, &parts[1]), CKR_OK);
	for (i = 0; i < 2; i++)
		for (j = 0; j < parts[i].count; j++)
			if (parts[i].at[j].type == CKA_PUBLIC_KEY_INFO)
				info[i] = &parts[i].at[j].value;
	EXPECT(info[0] && info[1]);
	EXPECT_BYTES(
		info[0]->at, info[0]->length, info[1]->at, info[1]->length);
	key_parts_clear(&parts[0]);
	key_parts_clear(&parts[1]);
}

TEST(generated_pairs_belong_together_and_survive_pkcs8)
{
	struct key *private, *public, *again;
	struct secret pkcs8 = { 0 };
	struct key_parts parts;
	const unsigned char *params;
	CK_ULONG bits = 2048;
	size_t i, length;

	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (pairs[i].params) {
			params = test_hex(pairs[i].params, &length);
			pair_of(pairs[i].mechanism, CKA_EC_PARAMS, params,
				length, &private, &public);
		} else {
			pair_of(pairs[i].mechanism, CKA_MODULUS_BITS, &bits,
				sizeof(bits), &private, &public);
		}
		EXPECT_NUMBER(key_size(private), pairs[i].size);
		EXPECT_NUMBER(key_type(public), pairs[i].type);
		EXPECT_NUMBER(key_class(public), CKO_PUBLIC_KEY);
		expect_same_public(private, public);
		EXPECT_RV(key_to_pkcs8(private, &pkcs8), CKR_OK);
		EXPECT_RV(key_from_pkcs8(&pkcs8, &parts), CKR_OK);
		again = key_of_parts(&parts);
		expect_same_public(again, public);
		secret_shorten(&pkcs8, pkcs8.length - 1);
		key_parts_clear(&parts);
		EXPECT_RV(key_from_pkcs8(&pkcs8, &parts),
			CKR_WRAPPED_KEY_INVALID);
		secret_clear(&pkcs8);
		key_free(private);
		key_free(public);
		key_free(again);
	}
}

TEST(generation_refuses_what_it_cannot_make)
{
	const CK_MECHANISM rsa = { CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0 };
	const CK_MECHANISM ec = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
	const CK_MECHANISM aes = { CKM_AES_KEY_GEN, NULL, 0 };
	struct key_parts one, two;
	struct attributes template = { .count = 0 };

	EXPECT_RV(key_generate_pair(&rsa, template.at, 0, &one, &two),
		CKR_TEMPLATE_INCOMPLETE);
	EXPECT_RV(key_generate_pair(&ec, template.at, 0, &one, &two),
		CKR_TEMPLATE_INCOMPLETE);
	EXPECT_RV(key_generate(&aes, template.at, 0, &one),
		CKR_TEMPLATE_INCOMPLETE);
	EXPECT_RV(key_generate(&rsa, template.at, 0, &one),
		CKR_MECHANISM_INVALID);
	attributes_add_ulong(&template, CKA_MODULUS_BITS, 1024);
	attributes_add_ulong(&template, CKA_VALUE_LEN, 17);
	EXPECT_RV(key_generate_pair(
			  &rsa, template.at, template.count, &one, &two),
		CKR_KEY_SIZE_RANGE);
	EXPECT_RV(key_generate(&aes, template.at, template.count, &one),
		CKR_KEY_SIZE_RANGE);
	template.count = 0;
	attributes_add_ulong(&template, CKA_MODULUS_BITS, 2049);
	EXPECT_RV(key_generate_pair(
			  &rsa, template.at, template.count, &one, &two),
		CKR_KEY_SIZE_RANGE);
	template.count = 0;
	attributes_add_ulong(&template, CKA_MODULUS_BITS, 2048);
	attributes_add_hex(&template, CKA_PUBLIC_EXPONENT, "03");
	EXPECT_RV(key_generate_pair(
			  &rsa, template.at, template.count, &one, &two),
		CKR_ATTRIBUTE_VALUE_INVALID);
}

TEST(generated_secrets_have_their_length_and_differ)
{
	static const CK_MECHANISM_TYPE types[] = { CKM_AES_KEY_GEN,
		CKM_GENERIC_SECRET_KEY_GEN, CKM_HKDF_KEY_GEN };
	struct attributes template = { .count = 0 };
	struct key_parts one, two;
	CK_MECHANISM mechanism = { 0, NULL, 0 };
	size_t i;

	attributes_add_ulong(&template, CKA_VALUE_LEN, 32);
	for (i = 0; i < 3; i++) {
		mechanism.mechanism = types[i];
		EXPECT_RV(key_generate(&mechanism, template.at, template.count,
				  &one),
			CKR_OK);
		EXPECT_RV(key_generate(&mechanism, template.at, template.count,
				  &two),
			CKR_OK);
		EXPECT_NUMBER(one.at[2].type, CKA_VALUE);
		EXPECT_NUMBER(one.at[2].value.length, 32);
		EXPECT(!secret_equal(&one.at[2].value, two.at[2].value.at, 32));
		key_parts_clear(&one);
		key_parts_clear(&two);
	}
}
