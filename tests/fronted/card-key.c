/* SPDX-License-Identifier: BSD-2-Clause */
/* The card's keys and certificates: NAME.key and NAME.crt, PEM, in a folder. */

#include "config.h"

#include "tests/fronted/card-key.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>

static struct card_key keys[] = {
	{ 0x9a, 0x05, "9a", PIN_ONCE, NULL, { 0 } },
	{ 0x9c, 0x0a, "9c", PIN_ALWAYS, NULL, { 0 } },
	{ 0x9d, 0x0b, "9d", PIN_ONCE, NULL, { 0 } },
	{ 0x9e, 0x01, "9e", PIN_NEVER, NULL, { 0 } },
};
enum { KEYS = sizeof(keys) / sizeof(keys[0]) };

static FILE *
open_part(const char *folder, const char *name, const char *kind)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s.%s", folder, name, kind);
	return fopen(path, "r");
}

static void
load_key(struct card_key *key, const char *folder)
{
	FILE *file = open_part(folder, key->name, "key");

	if (!file)
		return;
	key->key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
	fclose(file);
}

static void
load_certificate(struct card_key *key, const char *folder)
{
	FILE *file = open_part(folder, key->name, "crt");
	X509 *certificate;
	unsigned char *der = NULL;
	int length;

	if (!file)
		return;
	certificate = PEM_read_X509(file, NULL, NULL, NULL);
	fclose(file);
	length = i2d_X509(certificate, &der);
	if (length > 0)
		bytes_copy(&key->certificate, der, (size_t)length);
	OPENSSL_free(der);
	X509_free(certificate);
}

void
card_keys_load(const char *folder)
{
	int i;

	for (i = 0; i < KEYS; i++) {
		load_key(&keys[i], folder);
		load_certificate(&keys[i], folder);
	}
}

struct card_key *
card_key_find(unsigned reference)
{
	int i;

	for (i = 0; i < KEYS; i++)
		if (keys[i].reference == reference && keys[i].key)
			return &keys[i];
	return NULL;
}

const struct card_key *
card_certificate_find(unsigned object)
{
	int i;

	for (i = 0; i < KEYS; i++)
		if (keys[i].object == object && keys[i].certificate.length)
			return &keys[i];
	return NULL;
}

unsigned
card_key_algorithm(const struct card_key *key)
{
	static const struct {
		int type, bits;
		unsigned algorithm;
	} rows[] = {
		{ EVP_PKEY_RSA, 1024, 0x06 },
		{ EVP_PKEY_RSA, 2048, 0x07 },
		{ EVP_PKEY_RSA, 3072, 0x05 },
		{ EVP_PKEY_EC, 256, 0x11 },
		{ EVP_PKEY_EC, 384, 0x14 },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].type == EVP_PKEY_get_base_id(key->key) &&
			rows[i].bits == EVP_PKEY_get_bits(key->key))
			return rows[i].algorithm;
	return 0;
}

/* The card knows no padding: its host has put it there, or takes it away. */
static bool
use_rsa(EVP_PKEY_CTX *context, EVP_PKEY *key, struct part input,
	unsigned char *to, size_t *length)
{
	return input.length == (size_t)EVP_PKEY_get_size(key) &&
		EVP_PKEY_decrypt_init(context) > 0 &&
		EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING) > 0 &&
		EVP_PKEY_decrypt(context, to, length, input.at, input.length) >
		0;
}

static bool
derive(EVP_PKEY_CTX *context, EVP_PKEY *key, struct part point,
	unsigned char *to, size_t *length)
{
	EVP_PKEY *peer = EVP_PKEY_new();
	bool is_fine = EVP_PKEY_copy_parameters(peer, key) > 0 &&
		EVP_PKEY_set1_encoded_public_key(peer, point.at, point.length) >
			0 &&
		EVP_PKEY_derive_init(context) > 0 &&
		EVP_PKEY_derive_set_peer(context, peer) > 0 &&
		EVP_PKEY_derive(context, to, length) > 0;

	EVP_PKEY_free(peer);
	return is_fine;
}

bool
card_key_use(const struct card_key *key, struct part input, bool derives,
	struct bytes *result)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key->key, NULL);
	unsigned char out[1024];
	size_t length = sizeof(out);
	bool is_fine;

	if (EVP_PKEY_get_base_id(key->key) == EVP_PKEY_RSA)
		is_fine = use_rsa(context, key->key, input, out, &length);
	else if (derives)
		is_fine = derive(context, key->key, input, out, &length);
	else
		is_fine = EVP_PKEY_sign_init(context) > 0 &&
			EVP_PKEY_sign(context, out, &length, input.at,
				input.length) > 0;
	EVP_PKEY_CTX_free(context);
	return is_fine && bytes_append(result, out, length);
}
