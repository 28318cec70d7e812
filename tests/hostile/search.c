/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls at random against keys that must stay: what no published attack names
 * may be found by chance. ATTACK_SEED and ATTACK_CALLS repeat or lengthen it.
 */

#include "config.h"

#include "tests/hostile/search.h"

#include "tests/conformance/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PARTS = 12, TIME_LIMIT = 1800 };

/* Any attributes of keys, true or false, and now and then one twice. */
static CK_ULONG
random_template(struct search *search, CK_ATTRIBUTE template[PARTS])
{
	static const CK_ATTRIBUTE_TYPE flags[] = { CKA_TOKEN, CKA_PRIVATE,
		CKA_SENSITIVE, CKA_EXTRACTABLE, CKA_WRAP_WITH_TRUSTED,
		CKA_SENSITIVE, CKA_EXTRACTABLE, CKA_WRAP_WITH_TRUSTED,
		CKA_TRUSTED, CKA_TRUSTED, CKA_TRUSTED, CKA_ENCRYPT, CKA_DECRYPT,
		CKA_SIGN, CKA_VERIFY, CKA_WRAP, CKA_UNWRAP, CKA_DERIVE,
		CKA_COPYABLE, CKA_MODIFIABLE };
	static CK_BBOOL claims[2] = { CK_FALSE, CK_TRUE };
	CK_ULONG i, count = draw(search, 1 + draw(search, 5));

	for (i = 0; i < count; i++)
		template[i] = (CK_ATTRIBUTE){
			flags[draw(search, sizeof(flags) / sizeof(*flags))],
			&claims[draw(search, 2)], sizeof(CK_BBOOL)
		};
	/* Writing to the token takes its time, on a busy disk most of all. */
	for (i = 0; i < count; i++)
		if (template[i].type == CKA_TOKEN && draw(search, 32))
			template[i].pValue = &claims[0];
	return count;
}

/* The same, of a key to be made. */
static CK_ULONG
random_key_template(struct search *search, CK_ATTRIBUTE template[PARTS])
{
	static CK_ULONG class = CKO_SECRET_KEY,
			lengths[] = { 1, 2, 8, 15, 16, 24, 32, 64 };
	static CK_ULONG types[] = { CKK_AES, CKK_AES, CKK_AES,
		CKK_GENERIC_SECRET, CKK_HKDF };
	CK_ULONG count = random_template(search, template);

	template[count++] = (CK_ATTRIBUTE){ CKA_CLASS, &class, sizeof(class) };
	template[count++] = (CK_ATTRIBUTE){ CKA_KEY_TYPE,
		&types[draw(search, 5)], sizeof(CK_ULONG) };
	if (draw(search, 2))
		template[count++] = (CK_ATTRIBUTE){ CKA_VALUE_LEN,
			&lengths[draw(search, 8)], sizeof(CK_ULONG) };
	return count;
}

static CK_RV
try_copy(struct search *search)
{
	const struct thing *from = any_thing(search);
	CK_ATTRIBUTE template[PARTS];
	CK_ULONG count = random_template(search, template);
	CK_OBJECT_HANDLE copy;
	CK_RV rv = p11->C_CopyObject(
		search->session, from->handle, template, count, &copy);

	if (rv == CKR_OK)
		keep_thing(search, copy, from->secret);
	return rv;
}

/* Not of the originals, which would be for nothing in the end: their copies
 * are as good. */
static CK_RV
try_change(struct search *search)
{
	CK_ATTRIBUTE template[PARTS];
	CK_ULONG count = random_template(search, template);
	const struct thing *thing = any_thing(search);

	if (thing < search->things + ORIGINALS)
		return CKR_ACTION_PROHIBITED;
	return p11->C_SetAttributeValue(
		search->session, thing->handle, template, count);
}

/* Whatever came out before is tried as a key. */
static CK_RV
try_create(struct search *search)
{
	const struct blob *blob = any_blob(search);
	CK_ATTRIBUTE template[PARTS];
	CK_ULONG count = random_key_template(search, template);
	CK_OBJECT_HANDLE key;
	CK_RV rv;

	template[count++] = (CK_ATTRIBUTE){ CKA_VALUE,
		(void *)(uintptr_t)blob->at, blob->length & ~7ul };
	rv = p11->C_CreateObject(search->session, template, count, &key);
	if (rv == CKR_OK)
		keep_thing(search, key, SECRET_KNOWN);
	return rv;
}

static CK_RV
try_generate(struct search *search)
{
	CK_ATTRIBUTE template[PARTS];
	CK_ULONG count = random_template(search, template);
	CK_OBJECT_HANDLE key;
	CK_RV rv;

	template[count++] = NUMBER(CKA_VALUE_LEN, 32);
	rv = p11->C_GenerateKey(search->session, MECHANISM(CKM_AES_KEY_GEN),
		template, count, &key);
	if (rv == CKR_OK)
		keep_thing(search, key, SECRET_OTHER);
	return rv;
}

static CK_MECHANISM
any_wrap(struct search *search)
{
	static const CK_MECHANISM_TYPE types[] = { CKM_AES_KEY_WRAP,
		CKM_AES_KEY_WRAP, CKM_AES_KEY_WRAP_KWP, CKM_AES_KEY_WRAP_PAD,
		CKM_NSS_AES_KEY_WRAP, CKM_NSS_AES_KEY_WRAP_PAD, CKM_RSA_PKCS,
		CKM_AES_ECB, CKM_AES_CBC_PAD, CKM_RSA_X_509 };

	return (CK_MECHANISM){
		types[draw(search, sizeof(types) / sizeof(*types))], NULL, 0
	};
}

static CK_RV
try_wrap(struct search *search)
{
	const struct thing *wrapping = any_thing(search),
			   *inside = any_thing(search);
	CK_MECHANISM mechanism = any_wrap(search);
	struct blob blob = { .length = sizeof(blob.at) };
	CK_RV rv;

	rv = p11->C_WrapKey(search->session, &mechanism, wrapping->handle,
		inside->handle, blob.at, &blob.length);
	if (rv != CKR_OK)
		return rv;
	if (secret_never_leaves(inside->secret) ||
		(inside->secret == SECRET_GUARDED &&
			wrapping->secret != SECRET_TRUSTED))
		theft(search, "a key left in a wrapping");
	blob.by = wrapping->secret;
	blob.inside = inside->secret;
	blob.mechanism = mechanism.mechanism;
	keep_blob(search, &blob);
	return rv;
}

/* Mostly what is a wrapping, by a key of the same value. */
static const struct thing *
any_match(struct search *search, const struct blob **blob)
{
	const struct thing *by;
	int tries = 0;

	do {
		*blob = any_blob(search);
		by = any_thing(search);
	} while (++tries < 100 &&
		(!(*blob)->mechanism || by->secret != (*blob)->by));
	return by;
}

static CK_RV
try_unwrap(struct search *search)
{
	const struct blob *blob;
	const struct thing *by = any_match(search, &blob);
	CK_MECHANISM mechanism = any_wrap(search);
	CK_ATTRIBUTE template[PARTS];
	CK_ULONG count = random_key_template(search, template);
	CK_OBJECT_HANDLE key;
	CK_RV rv;

	if (blob->mechanism && draw(search, 8))
		mechanism.mechanism = blob->mechanism;
	rv = p11->C_UnwrapKey(search->session, &mechanism, by->handle,
		(CK_BYTE *)(uintptr_t)blob->at, blob->length, template, count,
		&key);
	if (rv != CKR_OK)
		return rv;
	search->returned += blob->by == SECRET_TRUSTED &&
		by->secret == SECRET_TRUSTED && blob->inside == SECRET_GUARDED;
	keep_thing(search, key,
		blob->by == by->secret ? blob->inside : SECRET_OTHER);
	return rv;
}

static CK_RV
try_derive(struct search *search)
{
	static const CK_MECHANISM_TYPE others[] = { CKM_XOR_BASE_AND_DATA,
		CKM_CONCATENATE_BASE_AND_DATA, CKM_EXTRACT_KEY_FROM_KEY };
	CK_HKDF_PARAMS hkdf = { .bExtract = (CK_BBOOL)draw(search, 2),
		.bExpand = (CK_BBOOL)draw(search, 2),
		.prfHashMechanism = CKM_SHA256,
		.ulSaltType = CKF_HKDF_SALT_NULL };
	CK_ECDH1_DERIVE_PARAMS ecdh = { .kdf = CKD_NULL,
		.pPublicData = search->point,
		.ulPublicDataLen = sizeof(search->point) };
	CK_MECHANISM mechanisms[] = { { CKM_HKDF_DERIVE, &hkdf, sizeof(hkdf) },
		{ CKM_ECDH1_DERIVE, &ecdh, sizeof(ecdh) },
		{ others[draw(search, 3)], NULL, 0 } };
	const struct thing *base = any_thing(search);
	CK_ATTRIBUTE template[PARTS];
	CK_ULONG count = random_key_template(search, template);
	CK_OBJECT_HANDLE key;
	CK_RV rv;

	rv = p11->C_DeriveKey(search->session, &mechanisms[draw(search, 3)],
		base->handle, template, count, &key);
	if (rv == CKR_OK)
		keep_thing(search, key,
			secret_never_leaves(base->secret) &&
					base->secret != SECRET_EC
				? SECRET_DERIVED
				: SECRET_OTHER);
	return rv;
}

/* Encryption and decryption of anything that came out before. */
static CK_RV
try_cipher(struct search *search)
{
	static const CK_MECHANISM_TYPE types[] = { CKM_AES_ECB,
		CKM_AES_KEY_WRAP, CKM_AES_KEY_WRAP_KWP, CKM_AES_KEY_WRAP_PAD,
		CKM_RSA_PKCS, CKM_RSA_X_509 };
	CK_MECHANISM mechanism = { types[draw(search, 6)], NULL, 0 };
	CK_OBJECT_HANDLE key = any_thing(search)->handle;
	struct blob blob = *any_blob(search),
		    result = { .length = sizeof(result.at) };
	bool decrypts = draw(search, 2);
	CK_RV rv;

	rv = (decrypts ? p11->C_DecryptInit : p11->C_EncryptInit)(
		search->session, &mechanism, key);
	if (rv == CKR_OK)
		rv = (decrypts ? p11->C_Decrypt : p11->C_Encrypt)(
			search->session, blob.at, blob.length, result.at,
			&result.length);
	if (rv == CKR_OK)
		keep_blob(search, &result);
	return rv;
}

static CK_RV
try_signature(struct search *search)
{
	static const CK_MECHANISM_TYPE types[] = { CKM_SHA256_HMAC,
		CKM_RSA_PKCS, CKM_RSA_X_509, CKM_ECDSA };
	CK_MECHANISM mechanism = { types[draw(search, 4)], NULL, 0 };
	struct blob blob = { .length = sizeof(blob.at) };
	CK_RV rv;

	rv = p11->C_SignInit(
		search->session, &mechanism, any_thing(search)->handle);
	if (rv == CKR_OK)
		rv = p11->C_Sign(search->session, search->point, 32, blob.at,
			&blob.length);
	if (rv == CKR_OK)
		keep_blob(search, &blob);
	return rv;
}

/* Reading, digesting, and searching for what one could guess. */
static CK_RV
try_reading(struct search *search)
{
	static const CK_ATTRIBUTE_TYPE types[] = { CKA_VALUE, CKA_VALUE,
		CKA_PRIVATE_EXPONENT, CKA_PRIME_1, CKA_EXPONENT_2 };
	const struct thing *from = any_thing(search);
	struct blob blob = { .length = 0 };
	CK_ATTRIBUTE one = { types[draw(search, 5)], blob.at, sizeof(blob.at) };
	CK_RV rv = p11->C_GetAttributeValue(
		search->session, from->handle, &one, 1);

	if (rv != CKR_OK)
		return rv;
	if (secret_must_stay(from->secret))
		theft(search, "a value was read");
	blob.length = one.ulValueLen;
	keep_blob(search, &blob);
	return rv;
}

static CK_RV
try_confirming(struct search *search)
{
	CK_ATTRIBUTE guess = BYTES(CKA_VALUE, canary_value, CANARY_LENGTH);
	CK_RV rv;

	if (find(search->session, &guess, 1, NULL))
		theft(search, "a search confirmed the value");
	EXPECT_RV(p11->C_DigestInit(search->session, MECHANISM(CKM_SHA256)),
		CKR_OK);
	if (secret_must_stay(any_thing(search)->secret) &&
		p11->C_DigestKey(search->session, search->last->handle) ==
			CKR_OK)
		theft(search, "a value was digested");
	rv = p11->C_DigestInit(search->session, NULL);
	return rv;
}

/* How often of a hundred. */
static const struct {
	const char *name;
	CK_RV (*run)(struct search *search);
	unsigned weight;
} moves[] = {
	{ "copied", try_copy, 14 },
	{ "changed", try_change, 8 },
	{ "created", try_create, 6 },
	{ "generated", try_generate, 4 },
	{ "wrapped", try_wrap, 18 },
	{ "unwrapped", try_unwrap, 14 },
	{ "derived", try_derive, 10 },
	{ "enciphered", try_cipher, 10 },
	{ "signed", try_signature, 4 },
	{ "read", try_reading, 10 },
	{ "confirmed", try_confirming, 2 },
};
enum { MOVES = sizeof(moves) / sizeof(*moves) };

static size_t
any_move(struct search *search)
{
	unsigned at = draw(search, 100);
	size_t i;

	for (i = 0; i < MOVES - 1 && at >= moves[i].weight; i++)
		at -= moves[i].weight;
	return i;
}

static unsigned long
number_from(const char *variable, unsigned long otherwise)
{
	const char *text = getenv(variable);

	return text ? strtoul(text, NULL, 10) : otherwise;
}

CLAIM(calls_at_random_take_no_key_that_must_stay, "OURS")
{
	unsigned long calls = number_from("ATTACK_CALLS", 30000), i;
	unsigned long tried[MOVES] = { 0 }, done[MOVES] = { 0 };
	struct search search = { .seed = number_from("ATTACK_SEED", 1) };
	size_t move;

	/* More than usual may take longer than usual. */
	if (getenv("ATTACK_CALLS"))
		alarm(TIME_LIMIT);
	search_begin(&search);
	for (i = 0; i < calls; i++) {
		search.call = i;
		search.move = moves[move = any_move(&search)].name;
		tried[move]++;
		done[move] += moves[move].run(&search) == CKR_OK;
	}
	printf("# seed %lu, %lu calls:", search.seed_given, calls);
	for (move = 0; move < MOVES; move++)
		printf(" %s %lu of %lu%s", moves[move].name, done[move],
			tried[move], move + 1 < MOVES ? "," : "\n");
	printf("# wrapped by the trusted key and back: %lu; blobs searched: "
	       "%lu\n",
		search.returned, search.blobs_seen);
	/* A search in which nothing succeeds would show nothing. */
	for (move = 0; move < MOVES; move++)
		EXPECT(calls < 10000 || done[move] > 0);
	EXPECT(calls < 10000 || search.returned > 0);
}
