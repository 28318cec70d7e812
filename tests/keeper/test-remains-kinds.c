/* SPDX-License-Identifier: BSD-2-Clause */
/* What is left of keys on curves, of secret keys, of what they open, and of
 * PINs that were wrong: root looks through worker and listener. */

#include "config.h"

#include "tests/keeper/application.h"
#include "tests/keeper/remains.h"
#include "tests/keeper/stage.h"
#include "tests/test.h"

#include <string.h>
#include <unistd.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

enum { LONGEST = 48, POINT = 97 };

static const struct kind {
	const char *name, *of_library;
	CK_KEY_TYPE type;
	const char *curve;
	CK_ULONG curve_length;
	CK_MECHANISM_TYPE mechanism;
	CK_ATTRIBUTE_TYPE use;
	size_t length;
} kinds[] = {
	{ "key: P-256", "P-256", CKK_EC, "\6\10\x2a\x86\x48\xce\x3d\3\1\7", 10,
		CKM_ECDSA_SHA256, CKA_SIGN, 32 },
	{ "key: P-384", "P-384", CKK_EC, "\6\5\x2b\x81\4\0\x22", 7,
		CKM_ECDSA_SHA384, CKA_SIGN, 48 },
	{ "key: Ed25519", "ED25519", CKK_EC_EDWARDS, "\6\3\x2b\x65\x70", 5,
		CKM_EDDSA, CKA_SIGN, 32 },
	{ "key: P-256 that derives", "P-256", CKK_EC,
		"\6\10\x2a\x86\x48\xce\x3d\3\1\7", 10, CKM_ECDH1_DERIVE,
		CKA_DERIVE, 32 },
	{ "key: P-384 that derives", "P-384", CKK_EC, "\6\5\x2b\x81\4\0\x22", 7,
		CKM_ECDH1_DERIVE, CKA_DERIVE, 48 },
	{ "key: X25519", "X25519", CKK_EC_MONTGOMERY, "\6\3\x2b\x65\x6e", 5,
		CKM_ECDH1_DERIVE, CKA_DERIVE, 32 },
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
static CK_OBJECT_CLASS private_key = CKO_PRIVATE_KEY,
		       secret_key = CKO_SECRET_KEY;
static CK_KEY_TYPE aes = CKK_AES;
static CK_BYTE aes_value[32];
/* What a message is encrypted by, and what it says. */
static CK_BYTE content_key[32];
static CK_BYTE words[] = "Attack at dawn, and tell nobody of it before.";

static EVP_PKEY *
make_pair(const struct kind *kind, unsigned char value[LONGEST])
{
	EVP_PKEY *pair = kind->type == CKK_EC
		? EVP_EC_gen(kind->of_library)
		: EVP_PKEY_Q_keygen(NULL, NULL, kind->of_library);
	BIGNUM *scalar = NULL;
	size_t length = LONGEST;

	EXPECT(pair != NULL);
	if (kind->type == CKK_EC) {
		EXPECT(EVP_PKEY_get_bn_param(
			       pair, OSSL_PKEY_PARAM_PRIV_KEY, &scalar) == 1);
		EXPECT(BN_bn2binpad(scalar, value, (int)kind->length) > 0);
		BN_clear_free(scalar);
	} else {
		EXPECT(EVP_PKEY_get_raw_private_key(pair, value, &length) == 1);
		EXPECT_NUMBER(length, kind->length);
	}
	return pair;
}

/* Ed25519 signs by the halves of the seed's hash. */
static void
seek_expanded(const unsigned char seed[32])
{
	unsigned char hash[64];

	SHA512(seed, 32, hash);
	hash[0] &= 248;
	hash[31] &= 63;
	hash[31] |= 64;
	remains_seek("passing: Ed25519 scalar", hash, 32);
	remains_seek("passing: Ed25519 prefix", hash + 32, 32);
}

static CK_OBJECT_HANDLE
put_key(CK_SESSION_HANDLE session, const struct kind *kind,
	unsigned char value[LONGEST])
{
	CK_KEY_TYPE type = kind->type;
	CK_ATTRIBUTE template[] = { { CKA_CLASS, &private_key,
					    sizeof(private_key) },
		{ CKA_KEY_TYPE, &type, sizeof(type) }, { CKA_TOKEN, &yes, 1 },
		{ CKA_PRIVATE, &yes, 1 },
		{ CKA_EC_PARAMS, (void *)(size_t)kind->curve,
			kind->curve_length },
		{ CKA_VALUE, value, kind->length }, { kind->use, &yes, 1 } };
	CK_OBJECT_HANDLE key;

	EXPECT_RV(module->C_CreateObject(session, template, 7, &key), CKR_OK);
	remains_seek(kind->name, value, kind->length);
	return key;
}

static void
sign(CK_SESSION_HANDLE session, const struct kind *kind, CK_OBJECT_HANDLE key)
{
	CK_MECHANISM mechanism = { kind->mechanism, NULL, 0 };
	CK_BYTE signature[256];
	CK_ULONG length = sizeof(signature);

	EXPECT_RV(module->C_SignInit(session, &mechanism, key), CKR_OK);
	EXPECT_RV(module->C_Sign(
			  session, words, sizeof(words), signature, &length),
		CKR_OK);
}

static size_t
point_of(EVP_PKEY *pair, const struct kind *kind, unsigned char point[POINT])
{
	size_t length = POINT;

	if (kind->type == CKK_EC)
		EXPECT(EVP_PKEY_get_octet_string_param(pair,
			       OSSL_PKEY_PARAM_PUB_KEY, point, POINT,
			       &length) == 1);
	else
		EXPECT(EVP_PKEY_get_raw_public_key(pair, point, &length) == 1);
	return length;
}

/* What both sides come to, by the library: the secret itself, and the key that
 * X9.63 makes of it. */
static void
seek_agreed(EVP_PKEY *own, EVP_PKEY *peer)
{
	unsigned char agreed[LONGEST + 4], hash[32];
	size_t length = LONGEST;
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(own, NULL);

	EXPECT(context && EVP_PKEY_derive_init(context) == 1);
	EXPECT(EVP_PKEY_derive_set_peer(context, peer) == 1);
	EXPECT(EVP_PKEY_derive(context, agreed, &length) == 1);
	EVP_PKEY_CTX_free(context);
	remains_seek("passing: an agreed secret", agreed, length);
	memcpy(agreed + length, "\0\0\0\1", 4);
	SHA256(agreed, length + 4, hash);
	remains_seek("content: a derived key", hash, sizeof(hash));
}

static CK_OBJECT_HANDLE
derive(CK_SESSION_HANDLE session, const struct kind *kind, CK_OBJECT_HANDLE key,
	EVP_PKEY *own)
{
	unsigned char value[LONGEST], point[POINT];
	EVP_PKEY *peer = make_pair(kind, value);
	CK_ECDH1_DERIVE_PARAMS with = { CKD_SHA256_KDF, 0, NULL,
		point_of(peer, kind, point), point };
	CK_MECHANISM mechanism = { CKM_ECDH1_DERIVE, &with, sizeof(with) };
	CK_ULONG length = 32;
	CK_ATTRIBUTE template[] = { { CKA_CLASS, &secret_key,
					    sizeof(secret_key) },
		{ CKA_KEY_TYPE, &aes, sizeof(aes) }, { CKA_TOKEN, &no, 1 },
		{ CKA_VALUE_LEN, &length, sizeof(length) },
		{ CKA_ENCRYPT, &yes, 1 } };
	CK_OBJECT_HANDLE derived;

	EXPECT_RV(module->C_DeriveKey(
			  session, &mechanism, key, template, 5, &derived),
		CKR_OK);
	seek_agreed(own, peer);
	EVP_PKEY_free(peer);
	return derived;
}

static CK_OBJECT_HANDLE
put_aes(CK_SESSION_HANDLE session)
{
	CK_ATTRIBUTE template[] = { { CKA_CLASS, &secret_key,
					    sizeof(secret_key) },
		{ CKA_KEY_TYPE, &aes, sizeof(aes) }, { CKA_TOKEN, &yes, 1 },
		{ CKA_PRIVATE, &yes, 1 },
		{ CKA_VALUE, aes_value, sizeof(aes_value) },
		{ CKA_DECRYPT, &yes, 1 }, { CKA_ENCRYPT, &yes, 1 } };
	CK_OBJECT_HANDLE key;

	EXPECT_RV(
		module->C_GenerateRandom(session, aes_value, sizeof(aes_value)),
		CKR_OK);
	EXPECT_RV(module->C_CreateObject(session, template, 7, &key), CKR_OK);
	remains_seek("key: AES", aes_value, sizeof(aes_value));
	return key;
}

/* There and back by AES-CBC. */
static void
encipher(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
	CK_BYTE vector[16] = { 1 }, sealed[64], plain[64];
	CK_MECHANISM mechanism = { CKM_AES_CBC_PAD, vector, 16 };
	CK_ULONG length = sizeof(sealed), plain_length = sizeof(plain);

	EXPECT_RV(module->C_EncryptInit(session, &mechanism, key), CKR_OK);
	EXPECT_RV(module->C_Encrypt(
			  session, words, sizeof(words), sealed, &length),
		CKR_OK);
	EXPECT_RV(module->C_DecryptInit(session, &mechanism, key), CKR_OK);
	EXPECT_RV(module->C_Decrypt(
			  session, sealed, length, plain, &plain_length),
		CKR_OK);
	EXPECT_BYTES(plain, plain_length, words, sizeof(words));
}

/* It stays, whatever is asked. */
static void
export_nothing(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
	CK_BYTE value[64];
	CK_ATTRIBUTE wanted = { CKA_VALUE, value, sizeof(value) };

	EXPECT_RV(module->C_GetAttributeValue(session, key, &wanted, 1),
		CKR_ATTRIBUTE_SENSITIVE);
}

/* One key of each kind, each of them used. */
static CK_SESSION_HANDLE
use_all(const char *configuration)
{
	unsigned char value[LONGEST];
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE key;
	EVP_PKEY *pair;
	size_t i;

	application_set_up(configuration);
	session = application_session();
	application_login(session);
	for (i = 0; i < KINDS; i++) {
		pair = make_pair(&kinds[i], value);
		key = put_key(session, &kinds[i], value);
		if (kinds[i].use == CKA_SIGN)
			sign(session, &kinds[i], key);
		else
			(void)derive(session, &kinds[i], key, pair);
		if (kinds[i].type == CKK_EC_EDWARDS)
			seek_expanded(value);
		export_nothing(session, key);
		EVP_PKEY_free(pair);
	}
	key = put_aes(session);
	encipher(session, key);
	export_nothing(session, key);
	return session;
}

TEST(no_part_of_any_key_is_left_after_logout)
{
	CK_SESSION_HANDLE session = use_all("");
	pid_t worker = stage_worker();

	remains_expect(worker, "key: ");
	remains_expect(worker, "content: ");
	EXPECT_NUMBER(remains_in(worker, "passing: "), 0);
	EXPECT_NUMBER(remains_in(remains_listener(), NULL), 0);
	EXPECT_RV(module->C_Logout(session), CKR_OK);
	EXPECT_NUMBER(stage_worker(), worker);
	EXPECT_NUMBER(remains_in(worker, NULL), 0);
	EXPECT_NUMBER(remains_in(remains_listener(), NULL), 0);
}

static CK_STATE
state_of(CK_SESSION_HANDLE session)
{
	CK_SESSION_INFO info;

	EXPECT_RV(module->C_GetSessionInfo(session, &info), CKR_OK);
	return info.state;
}

TEST(no_part_of_any_key_is_left_after_a_lock_by_idleness)
{
	CK_SESSION_HANDLE session = use_all("lock-after = 10\n");
	pid_t worker = stage_worker();

	remains_expect(worker, "key: P-256");
	EXPECT(WITHIN(40000, state_of(session) == CKS_RW_PUBLIC_SESSION));
	EXPECT_NUMBER(stage_worker(), worker);
	EXPECT_NUMBER(remains_in(worker, NULL), 0);
	EXPECT_NUMBER(remains_in(remains_listener(), NULL), 0);
}

TEST(no_part_of_any_key_is_in_the_listener_after_the_client)
{
	pid_t keeper, worker;

	(void)use_all("");
	keeper = remains_listener();
	worker = stage_worker();
	EXPECT_RV(module->C_Finalize(NULL), CKR_OK);
	EXPECT(WITHIN(10000, !stage_is_running(worker)));
	EXPECT_NUMBER(remains_in(keeper, NULL), 0);
}

TEST(no_part_of_any_key_is_in_any_file)
{
	(void)use_all("");
	EXPECT_NUMBER(remains_in_files(stage_path(""), NULL), 0);
	EXPECT(remains_files_seen() >= 4);
	EXPECT_NUMBER(remains_in_open_files(stage_worker(), NULL), 0);
	EXPECT_NUMBER(remains_in_open_files(remains_listener(), NULL), 0);
}

/* As the token hands it out when it may: also that leaves nothing behind. */
TEST(no_part_of_a_key_that_was_made_here_is_left_after_logout)
{
	CK_MECHANISM mechanism = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
	CK_ATTRIBUTE public_template[] = { { CKA_EC_PARAMS,
		(void *)(size_t)kinds[0].curve, kinds[0].curve_length } };
	CK_ATTRIBUTE private_template[] = { { CKA_TOKEN, &yes, 1 },
		{ CKA_SENSITIVE, &no, 1 }, { CKA_EXTRACTABLE, &yes, 1 },
		{ CKA_SIGN, &yes, 1 } };
	CK_BYTE value[32];
	CK_ATTRIBUTE wanted = { CKA_VALUE, value, sizeof(value) };
	CK_OBJECT_HANDLE public, private;
	CK_SESSION_HANDLE session;

	application_set_up("");
	session = application_session();
	application_login(session);
	EXPECT_RV(
		module->C_GenerateKeyPair(session, &mechanism, public_template,
			1, private_template, 4, &public, &private),
		CKR_OK);
	sign(session, &kinds[0], private);
	EXPECT_RV(module->C_GetAttributeValue(session, private, &wanted, 1),
		CKR_OK);
	remains_seek("key: made here", value, sizeof(value));
	remains_expect(stage_worker(), "key: ");
	EXPECT_NUMBER(remains_in(remains_listener(), NULL), 0);
	EXPECT_RV(module->C_Logout(session), CKR_OK);
	EXPECT_NUMBER(remains_in(stage_worker(), NULL), 0);
	EXPECT_NUMBER(remains_in_files(stage_path(""), NULL), 0);
}

/* An RSA key that opens mails, made by the token; *sealed is the content's key
 * as a sender encrypts it. */
static CK_OBJECT_HANDLE
make_opener(CK_SESSION_HANDLE session, CK_BYTE sealed[256])
{
	CK_MECHANISM generate = { CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0 };
	CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };
	CK_ULONG bits = 2048, length = 256;
	CK_ATTRIBUTE public_template[] = { { CKA_MODULUS_BITS, &bits,
						   sizeof(bits) },
		{ CKA_ENCRYPT, &yes, 1 } };
	CK_ATTRIBUTE private_template[] = { { CKA_TOKEN, &yes, 1 },
		{ CKA_DECRYPT, &yes, 1 }, { CKA_UNWRAP, &yes, 1 } };
	CK_OBJECT_HANDLE public, private;

	EXPECT_RV(module->C_GenerateKeyPair(session, &generate, public_template,
			  2, private_template, 3, &public, &private),
		CKR_OK);
	EXPECT_RV(module->C_GenerateRandom(
			  session, content_key, sizeof(content_key)),
		CKR_OK);
	EXPECT_RV(module->C_EncryptInit(session, &mechanism, public), CKR_OK);
	EXPECT_RV(module->C_Encrypt(session, content_key, sizeof(content_key),
			  sealed, &length),
		CKR_OK);
	remains_seek("content: key", content_key, sizeof(content_key));
	remains_seek("content: words", words, sizeof(words) - 1);
	return private;
}

TEST(nothing_of_a_mail_is_left_when_it_was_decrypted)
{
	CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };
	CK_BYTE sealed[256], plain[256];
	CK_ULONG length = sizeof(plain);
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE key;

	application_set_up("");
	session = application_session();
	application_login(session);
	key = make_opener(session, sealed);
	EXPECT_RV(module->C_DecryptInit(session, &mechanism, key), CKR_OK);
	EXPECT_RV(module->C_Decrypt(
			  session, sealed, sizeof(sealed), plain, &length),
		CKR_OK);
	EXPECT_BYTES(plain, length, content_key, sizeof(content_key));
	/* The search finds it where it is. */
	remains_expect(getpid(), "content: ");
	EXPECT_NUMBER(remains_in(remains_listener(), NULL), 0);
	EXPECT_RV(module->C_Logout(session), CKR_OK);
	EXPECT_NUMBER(remains_in(stage_worker(), NULL), 0);
}

TEST(nothing_of_a_mail_is_left_when_its_key_was_unwrapped_and_destroyed)
{
	CK_MECHANISM mechanism = { CKM_RSA_PKCS, NULL, 0 };
	CK_ATTRIBUTE template[] = { { CKA_CLASS, &secret_key,
					    sizeof(secret_key) },
		{ CKA_KEY_TYPE, &aes, sizeof(aes) }, { CKA_ENCRYPT, &yes, 1 },
		{ CKA_DECRYPT, &yes, 1 } };
	CK_BYTE sealed[256];
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE key, unwrapped;

	application_set_up("");
	session = application_session();
	application_login(session);
	key = make_opener(session, sealed);
	EXPECT_RV(module->C_UnwrapKey(session, &mechanism, key, sealed,
			  sizeof(sealed), template, 4, &unwrapped),
		CKR_OK);
	encipher(session, unwrapped);
	remains_expect(stage_worker(), "content: key");
	EXPECT_NUMBER(remains_in(remains_listener(), NULL), 0);
	/* Before anybody has logged out. */
	EXPECT_RV(module->C_DestroyObject(session, unwrapped), CKR_OK);
	EXPECT_NUMBER(remains_in(stage_worker(), NULL), 0);
}

TEST(no_pin_is_left_when_it_was_wrong)
{
	CK_UTF8CHAR wrong[] = "another PIN of many bytes";
	CK_UTF8CHAR right[] = "the PIN of many more bytes";
	CK_UTF8CHAR first[] = "correct horse";
	CK_SESSION_HANDLE session;
	pid_t worker;

	application_set_up("");
	session = application_session();
	application_login(session);
	worker = stage_worker();
	remains_seek("PIN: wrong", wrong, sizeof(wrong) - 1);
	remains_seek("PIN: right", right, sizeof(right) - 1);
	EXPECT_RV(module->C_SetPIN(session, first, sizeof(first) - 1, right,
			  sizeof(right) - 1),
		CKR_OK);
	EXPECT_RV(module->C_Logout(session), CKR_OK);
	EXPECT_RV(module->C_Login(session, CKU_USER, wrong, sizeof(wrong) - 1),
		CKR_PIN_INCORRECT);
	remains_expect(getpid(), "PIN: ");
	EXPECT_NUMBER(remains_in(worker, NULL), 0);
	EXPECT_NUMBER(remains_in(remains_listener(), NULL), 0);
	EXPECT_RV(module->C_Login(session, CKU_USER, right, sizeof(right) - 1),
		CKR_OK);
	EXPECT_NUMBER(remains_in(worker, "wrong"), 0);
	EXPECT_NUMBER(remains_in(remains_listener(), NULL), 0);
	EXPECT_RV(module->C_Logout(session), CKR_OK);
	EXPECT_NUMBER(remains_in(worker, NULL), 0);
	EXPECT_NUMBER(remains_in_files(stage_path(""), NULL), 0);
}
