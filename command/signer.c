/* SPDX-License-Identifier: BSD-2-Clause */
/* Signs with a key on a token: the scheme, and what X.509 calls it. */

#include "config.h"

#include "command/signer.h"

#include "command/cms-crypto.h"
#include "command/object.h"
#include "command/say.h"
#include "import/ber.h"
#include "pkcs11/text.h"

#include <string.h>

#define RSA "1.2.840.113549.1.1."
#define ECDSA "1.2.840.10045.4.3."
#define NIST_HASH "2.16.840.1.101.3.4.2."

/* clang-format off */
static const struct hash hashes[] = {
	{ "sha256", "SHA256", "sha-256", NIST_HASH "1", 32, CKM_SHA256, CKG_MGF1_SHA256 },
	{ "sha384", "SHA384", "sha-384", NIST_HASH "2", 48, CKM_SHA384, CKG_MGF1_SHA384 },
	{ "sha512", "SHA512", "sha-512", NIST_HASH "3", 64, CKM_SHA512, CKG_MGF1_SHA512 },
	/* Only for opening old mail, never for signing. */
	{ "sha1", "SHA1", "sha-1", "1.3.14.3.2.26", 20, CKM_SHA_1, CKG_MGF1_SHA1 },
	{ "sha224", "SHA224", "sha-224", NIST_HASH "4", 28, CKM_SHA224, CKG_MGF1_SHA224 },
};
enum { SIGNING_HASHES = 3 };

/* What the token is given. */
enum input { DIGEST_INFO, DIGEST, MESSAGE };

struct scheme {
	CK_KEY_TYPE key_type;
	bool is_pss;
	/* NULL: any. Edwards curves bring their own hash. */
	const char *hash;
	CK_MECHANISM_TYPE mechanism;
	enum input input;
	/* X.509's name of it, by hash where it depends on one. */
	const char *oid[SIGNING_HASHES];
	bool has_null_parameters;
};

static const struct scheme schemes[] = {
	{ CKK_RSA, false, NULL, CKM_RSA_PKCS, DIGEST_INFO, { RSA "11", RSA "12", RSA "13" }, true },
	{ CKK_RSA, true, NULL, CKM_RSA_PKCS_PSS, DIGEST, { RSA "10", RSA "10", RSA "10" }, false },
	{ CKK_EC, false, NULL, CKM_ECDSA, DIGEST, { ECDSA "2", ECDSA "3", ECDSA "4" }, false },
	{ CKK_EC_EDWARDS, false, "sha512", CKM_EDDSA, MESSAGE, { NULL, NULL, "1.3.101.112" }, false },
};
/* clang-format on */

const struct hash *
hash_named(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++)
		if (strcmp(hashes[i].name, name) == 0)
			return &hashes[i];
	return NULL;
}

const struct hash *
hash_find_by_oid(const char *oid)
{
	size_t i;

	for (i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++)
		if (strcmp(hashes[i].oid, oid) == 0)
			return &hashes[i];
	return NULL;
}

bool
hash_can_sign(const struct hash *hash)
{
	return hash && hash - hashes < SIGNING_HASHES;
}

/* As strong as the key, where that is customary. */
static const char *
befitting_hash(const struct held_key *key)
{
	if (key->type == CKK_EC && key->bits > 384)
		return "sha512";
	if (key->type == CKK_EC && key->bits > 256)
		return "sha384";
	return "sha256";
}

static bool
is_ed448(const struct held_key *key)
{
	return key->type == CKK_EC_EDWARDS && key->bits > 256;
}

static bool
refuse_kind(const struct held_key *key)
{
	complain(_("Keys of the kind %s cannot sign mail here."), key->kind);
	return false;
}

static bool
init(struct signer *signer, const struct token *token,
	const struct held_key *key, const char *name, bool with_pss)
{
	const struct scheme *scheme;
	size_t i;

	*signer = (struct signer){
		.token = token, .key = key->private, .is_ed448 = is_ed448(key)
	};
	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		scheme = &schemes[i];
		if (scheme->key_type == key->type && scheme->is_pss == with_pss)
			signer->scheme = scheme;
	}
	if (!signer->scheme)
		return refuse_kind(key);
	if (signer->scheme->hash)
		name = signer->scheme->hash;
	else if (!name)
		name = befitting_hash(key);
	signer->hash = hash_named(name);
	if (hash_can_sign(signer->hash))
		return true;
	complain(_("The digest is sha256, sha384 or sha512."));
	return false;
}

/* With Ed448 goes SHAKE256 [RFC8419], which is no hash of ours. */
bool
signer_init(struct signer *signer, const struct token *token,
	const struct held_key *key, const char *name, bool with_pss)
{
	if (is_ed448(key))
		return refuse_kind(key);
	return init(signer, token, key, name, with_pss);
}

bool
signer_init_bare(struct signer *signer, const struct token *token,
	const struct held_key *key)
{
	return init(signer, token, key, NULL, false);
}

static void
put_pss_parameters(const struct hash *hash, struct der *der)
{
	size_t all = der_mark(der), part;

	part = der_mark(der);
	der_put_algorithm(der, hash->oid, true);
	der_wrap(der, part, BER_CONTEXT_CONSTRUCTED | 0);
	part = der_mark(der);
	der_put_oid(der, RSA "8");
	der_put_algorithm(der, hash->oid, true);
	der_wrap(der, part, BER_SEQUENCE);
	der_wrap(der, part, BER_CONTEXT_CONSTRUCTED | 1);
	part = der_mark(der);
	der_put_number(der, (unsigned)hash->length);
	der_wrap(der, part, BER_CONTEXT_CONSTRUCTED | 2);
	der_wrap(der, all, BER_SEQUENCE);
}

void
signer_put_algorithm(const struct signer *signer, bool is_cms, struct der *der)
{
	const struct scheme *scheme = signer->scheme;
	const char *oid = scheme->oid[signer->hash - hashes];
	size_t mark = der_mark(der);

	if (is_cms && scheme->input == DIGEST_INFO)
		oid = RSA "1";
	der_put_oid(der, oid);
	if (scheme->has_null_parameters)
		der_put(der, BER_NULL, NULL, 0);
	if (scheme->is_pss)
		put_pss_parameters(signer->hash, der);
	der_wrap(der, mark, BER_SEQUENCE);
}

/* What goes into C_Sign. */
static bool
prepare(const struct signer *signer, const void *message, size_t length,
	struct der *der)
{
	unsigned char digest[DIGEST_LONGEST];
	size_t mark = der_mark(der);

	if (signer->scheme->input == MESSAGE) {
		der_put_whole(der, message, length);
		return !der->has_failed;
	}
	if (cms_digest(signer->hash->openssl, message, length, digest) !=
		signer->hash->length)
		return false;
	if (signer->scheme->input == DIGEST_INFO) {
		der_put_algorithm(der, signer->hash->oid, true);
		der_put(der, BER_OCTET_STRING, digest, signer->hash->length);
		der_wrap(der, mark, BER_SEQUENCE);
	} else {
		der_put_whole(der, digest, signer->hash->length);
	}
	return !der->has_failed;
}

static CK_RV
begin(const struct signer *signer)
{
	CK_RSA_PKCS_PSS_PARAMS pss = { signer->hash->mechanism,
		signer->hash->mgf, signer->hash->length };
	CK_EDDSA_PARAMS eddsa = { CK_FALSE, 0, NULL };
	CK_MECHANISM mechanism = { signer->scheme->mechanism, NULL, 0 };
	const struct token *token = signer->token;
	CK_RV rv;

	if (signer->scheme->is_pss) {
		mechanism.pParameter = &pss;
		mechanism.ulParameterLen = sizeof(pss);
	}
	if (signer->is_ed448) {
		mechanism.pParameter = &eddsa;
		mechanism.ulParameterLen = sizeof(eddsa);
	}
	rv = token->calls->C_SignInit(token->session, &mechanism, signer->key);
	/* Some vendors know it by the key alone. */
	if (rv == CKR_MECHANISM_PARAM_INVALID && signer->is_ed448) {
		mechanism.pParameter = NULL;
		mechanism.ulParameterLen = 0;
		rv = token->calls->C_SignInit(
			token->session, &mechanism, signer->key);
	}
	if (rv == CKR_OK &&
		object_claims(token, signer->key, CKA_ALWAYS_AUTHENTICATE))
		rv = token_confirm(token);
	return rv;
}

/* ECDSA: the token gives two numbers side by side, X.509 wants a SEQUENCE. */
static bool
dress(const struct signer *signer, const unsigned char *raw, size_t length,
	struct bytes *signature)
{
	struct der der = { 0 };

	if (signer->scheme->key_type != CKK_EC)
		return bytes_copy(signature, raw, length);
	der_put_unsigned(&der, raw, length / 2);
	der_put_unsigned(&der, raw + length / 2, length / 2);
	der_wrap(&der, 0, BER_SEQUENCE);
	if (der.has_failed) {
		der_clear(&der);
		return false;
	}
	*signature = der.bytes;
	return true;
}

bool
signer_apply(const struct signer *signer, const void *message, size_t length,
	struct bytes *signature)
{
	const struct token *token = signer->token;
	unsigned char raw[2048];
	CK_ULONG raw_length = sizeof(raw);
	struct der input = { 0 };
	CK_RV rv = CKR_HOST_MEMORY;

	if (prepare(signer, message, length, &input))
		rv = begin(signer);
	if (rv == CKR_OK)
		rv = token->calls->C_Sign(token->session, input.bytes.at,
			input.bytes.length, raw, &raw_length);
	if (rv == CKR_OK && !dress(signer, raw, raw_length, signature))
		rv = CKR_HOST_MEMORY;
	der_clear(&input);
	if (rv != CKR_OK)
		complain_about(rv, _("Cannot sign"));
	return rv == CKR_OK;
}
