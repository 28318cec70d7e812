/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys for the tests of the crypto, and short ways to use them. */

#include "config.h"

#include "tests/unit/crypto-kit.h"

#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

/* clang-format off */
/* Made for these tests. */
const struct rsa_numbers rsa_test_numbers = { {
	"8e77b9ed0b06757011bd7226956f51e251407ceb39137dc771978f8ce297"
	"8316b38e48c32ee87655301dc27b4d5ba8beec21fe1a919a294ae0b0fe94"
	"429ac61b6c64a2aa9fcf27e2446a7684c72e6b15f526fa87c7c348ef10d6"
	"e6f25c1ce10d9494775a860eaaf2364a6e028cc1f9548fc205e40e2148e9"
	"177d500bae7fef8373e481cf2f60a88d6818e5bfd5a74a8608e0be074979"
	"07d1f96987c78122672f9632a08db9e034ee851d82629d1f6beafb2d4374"
	"24f9b108ff6f31d9bb9310c85dde45d896659cbea981ed6a33e2292e71a2"
	"298f934976bb5780d9527d2212bca100e1d9a5ca5cb3d67707caf27e5ed5"
	"c4fb72a149f97be81c8a1e54333c1fe3",
	"010001",
	"0bfd803f61507f826ec11ea1fd57ab70e707b76665f257014f1fc356c71c"
	"9b4d70cfdbc88437cfa5bc714a14988920a598e2af8120449f8f0c0eb963"
	"a9a0b465a074c3caa5128937c8d6f0f7472587f65c209605e6c66fbff70f"
	"2f215ca6983ba2b29ac2454abcbbba87ff199081241bd2d185da10ba5fbe"
	"dbaee7400f1aa3575bbc220fb7b61cb7badc0fd6607ac35d82e1cf0c8678"
	"7f36535298030465f3c570ff87f22824d1f0d0c28c1468e1e16fdc820e68"
	"34c9ec2634585f7f506f328f3b9e050ea3bbe618d1ab787ca0d692ff7cdf"
	"831db3ab7b56cdc8318c7961345d8ee58d7e8fded2a83c1b75daee2b9e54"
	"24d7e9b4443ec37eebf1a679b4bafcb1",
	"c0fcce573e59aba82e61bc3f31bb156580169a13a8cc7467accb14246b26"
	"5fd3f24e28edc4156dd9c5c759d4808df4bdb01fc0fb868916f2195c8f04"
	"b6c3f4940a1832bf52c9dd19cc5c8de2fd793161a5b8a4c035042ab1f3d5"
	"43c52ceee8fbf0fe43271ec906ff72b172061249801925e7259bbac4e89b"
	"ace928ecce0df639",
	"bcfc21e0895d0c8f39d166507ebd3aa33503aa4585dc98ea6be3c70f497d"
	"384a4ad7991284f27502264b9569628fb7cbcffbf03de5a5b3986a46ff5d"
	"1b085e72736e6a435ae9ee8cc944864f41077e0633424ece577473d49ca2"
	"88a233db34d355601fdc3084fc13f72dd0c1f3598761f3ef802d1f0dd90a"
	"961035090ef966fb",
	"6ab76122bd47b8b4777174373db8c64c2a58553b29cc65522f2add288657"
	"e205c1a796da63e3b5ab06c305d98c7cf329318b5d9bb8f975c6ca5f7476"
	"96da2514f7c009cfe267ddebb626380f9d3ab723d810128a76c6a7156050"
	"3df97aaf62066f6d2a952760e28dbf4e804efb2dc9b81e4d836e6a0918d7"
	"7cf631bb40f65781",
	"bad91e357e1a7d7c6e51d6b2e75bf849bcf4aeb8a62d0113653083735dd9"
	"6c7a279d1a3ef12b36fcb5182dd5501980430693b567bd52234b2268a7ba"
	"4a2bf01580833e94f1a230b50999b2a1514e330fb6466cdc1e23891240fb"
	"81d3bd29920510784587d280e92a644cec0596b081e61ae444fa57a5bd5d"
	"7618f816c8b35559",
	"5bbc4bd77c64a4f167a22b2232f1f6fb2e5a2287bcf4cb3d35dd9c06c784"
	"e033578fe0d595c95402ebf1d42657bb1a4da4725b37b8cdf77a88f9df43"
	"c2ef3fcfa7e010ce76808bbb2b1e6758c5966b72352647053f029b97ab21"
	"409ea6be54794898d252398cf19106b0243de747b45ac44aba3c1745385a"
	"9b9a2a9d8f9ecd1d",
} };
/* clang-format on */

static const CK_ATTRIBUTE_TYPE rsa_types[RSA_ALL] = {
	[RSA_N] = CKA_MODULUS,
	[RSA_E] = CKA_PUBLIC_EXPONENT,
	[RSA_D] = CKA_PRIVATE_EXPONENT,
	[RSA_P] = CKA_PRIME_1,
	[RSA_Q] = CKA_PRIME_2,
	[RSA_DP] = CKA_EXPONENT_1,
	[RSA_DQ] = CKA_EXPONENT_2,
	[RSA_QI] = CKA_COEFFICIENT,
};

void
attributes_add(struct attributes *attributes, CK_ATTRIBUTE_TYPE type,
	const void *value, size_t length)
{
	CK_ATTRIBUTE *attribute = &attributes->at[attributes->count++];
	void *copy = test_memory(length + 1);

	memcpy(copy, value, length);
	*attribute = (CK_ATTRIBUTE){ type, copy, length };
}

void
attributes_add_hex(struct attributes *attributes, CK_ATTRIBUTE_TYPE type,
	const char *digits)
{
	size_t length;
	const unsigned char *value = test_hex(digits, &length);

	attributes_add(attributes, type, value, length);
}

void
attributes_add_ulong(
	struct attributes *attributes, CK_ATTRIBUTE_TYPE type, CK_ULONG value)
{
	attributes_add(attributes, type, &value, sizeof(value));
}

static void
attributes_begin(
	struct attributes *attributes, CK_OBJECT_CLASS class, CK_KEY_TYPE type)
{
	attributes->count = 0;
	attributes_add_ulong(attributes, CKA_CLASS, class);
	attributes_add_ulong(attributes, CKA_KEY_TYPE, type);
}

void
attributes_of_rsa(struct attributes *attributes, CK_OBJECT_CLASS class,
	const struct rsa_numbers *numbers)
{
	size_t i;

	attributes_begin(attributes, class, CKK_RSA);
	for (i = 0; i < (class == CKO_PRIVATE_KEY ? RSA_ALL : RSA_D); i++)
		if (numbers->at[i])
			attributes_add_hex(
				attributes, rsa_types[i], numbers->at[i]);
}

void
attributes_of_ec(struct attributes *attributes, CK_OBJECT_CLASS class,
	CK_KEY_TYPE type, const char *params, const char *value)
{
	attributes_begin(attributes, class, type);
	attributes_add_hex(attributes, CKA_EC_PARAMS, params);
	attributes_add_hex(attributes,
		class == CKO_PRIVATE_KEY ? CKA_VALUE : CKA_EC_POINT, value);
}

void
attributes_of_secret(struct attributes *attributes, CK_KEY_TYPE type,
	const void *value, size_t length)
{
	attributes_begin(attributes, CKO_SECRET_KEY, type);
	attributes_add(attributes, CKA_VALUE, value, length);
}

struct key *
key_of(const struct attributes *attributes)
{
	struct key *key = NULL;

	EXPECT_RV(key_new(attributes->at, attributes->count, false, &key),
		CKR_OK);
	return key;
}

struct key *
rsa_key_of(CK_OBJECT_CLASS class, const struct rsa_numbers *numbers)
{
	struct attributes attributes;

	attributes_of_rsa(&attributes, class, numbers);
	return key_of(&attributes);
}

struct key *
ec_key_of(CK_OBJECT_CLASS class, CK_KEY_TYPE type, const char *params,
	const char *value)
{
	struct attributes attributes;

	attributes_of_ec(&attributes, class, type, params, value);
	return key_of(&attributes);
}

struct key *
secret_key_of(CK_KEY_TYPE type, const void *value, size_t length)
{
	struct attributes attributes;

	attributes_of_secret(&attributes, type, value, length);
	return key_of(&attributes);
}

struct key *
key_of_parts(const struct key_parts *parts)
{
	struct attributes attributes = { .count = 0 };
	size_t i;

	for (i = 0; i < parts->count; i++)
		attributes_add(&attributes, parts->at[i].type,
			parts->at[i].value.at, parts->at[i].value.length);
	return key_of(&attributes);
}

void
pair_of(CK_MECHANISM_TYPE generation, CK_ATTRIBUTE_TYPE type, const void *value,
	size_t length, struct key **private_key, struct key **public_key)
{
	CK_MECHANISM mechanism = { generation, NULL, 0 };
	struct key_parts public_parts = { .count = 0 };
	struct key_parts private_parts = { .count = 0 };
	struct attributes template = { .count = 0 };

	attributes_add(&template, type, value, length);
	EXPECT_RV(key_generate_pair(&mechanism, template.at, template.count,
			  &public_parts, &private_parts),
		CKR_OK);
	*private_key = key_of_parts(&private_parts);
	*public_key = key_of_parts(&public_parts);
	key_parts_clear(&public_parts);
	key_parts_clear(&private_parts);
}

CK_RV
run_once(CK_MECHANISM_TYPE type, const void *parameter, size_t parameter_length,
	CK_FLAGS use, struct key *key, const void *in, size_t in_length,
	unsigned char *out, CK_ULONG *out_length)
{
	CK_MECHANISM mechanism = { type, (void *)(size_t)parameter,
		parameter_length };
	struct operation *operation = NULL;
	CK_RV rv;

	rv = operation_new(&mechanism, use, key, &operation);
	if (rv == CKR_OK)
		rv = operation_once(operation, in, in_length, out, out_length);
	operation_free(operation);
	return rv;
}

CK_RV
verify_once(CK_MECHANISM_TYPE type, const void *parameter,
	size_t parameter_length, struct key *key, const void *in,
	size_t in_length, const void *signature, size_t length)
{
	CK_MECHANISM mechanism = { type, (void *)(size_t)parameter,
		parameter_length };
	struct operation *operation = NULL;
	CK_RV rv;

	rv = operation_new(&mechanism, CKF_VERIFY, key, &operation);
	if (rv == CKR_OK)
		rv = operation_verify_once(
			operation, in, in_length, signature, length);
	operation_free(operation);
	return rv;
}
