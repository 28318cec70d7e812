/* SPDX-License-Identifier: BSD-2-Clause */
/* The old encryption of keys in PEM, told by its headers. [RFC1421 4.6] */

#include "config.h"

#include "import/pem-seal.h"

#include "import/p12-crypto.h"
#include "pkcs11/text.h"

#include <string.h>

#define DEK_INFO "DEK-Info: "
#define MD5_LENGTH 16
#define SALT_LENGTH 8

/* Takes a line without its end. */
static bool
take_line(struct ber *from, struct ber *line)
{
	const unsigned char *end;

	if (from->length == 0)
		return false;
	end = memchr(from->at, '\n', from->length);
	line->at = from->at;
	line->length = end ? (size_t)(end - from->at) : from->length;
	from->at += line->length + (end ? 1 : 0);
	from->length -= line->length + (end ? 1 : 0);
	if (line->length && line->at[line->length - 1] == '\r')
		line->length--;
	return true;
}

bool
pem_take_headers(struct ber *text, struct ber *dek_info)
{
	struct ber rest = *text, line;
	bool has_headers = false;

	*dek_info = (struct ber){ 0 };
	/* An empty line ends them. */
	while (take_line(&rest, &line) && line.length &&
		(has_headers || memchr(line.at, ':', line.length))) {
		has_headers = true;
		if (line.length > strlen(DEK_INFO) &&
			memcmp(line.at, DEK_INFO, strlen(DEK_INFO)) == 0) {
			dek_info->at = line.at + strlen(DEK_INFO);
			dek_info->length = line.length - strlen(DEK_INFO);
		}
	}
	if (has_headers)
		*text = rest;
	return has_headers;
}

static const struct sealing {
	const char *name;
	const char *cipher; /* of the library */
	size_t key_length, iv_length;
} sealings[] = {
	{ "AES-128-CBC", "AES-128-CBC", 16, 16 },
	{ "AES-192-CBC", "AES-192-CBC", 24, 16 },
	{ "AES-256-CBC", "AES-256-CBC", 32, 16 },
	{ "DES-EDE3-CBC", "DES-EDE3-CBC", 24, 8 },
	{ "DES-CBC", "DES-EDE3-CBC", 8, 8 },
	{ "CAMELLIA-128-CBC", "CAMELLIA-128-CBC", 16, 16 },
	{ "CAMELLIA-256-CBC", "CAMELLIA-256-CBC", 32, 16 },
};

static const struct sealing *
find_sealing(struct ber name)
{
	size_t i;

	for (i = 0; i < sizeof(sealings) / sizeof(sealings[0]); i++)
		if (name.length == strlen(sealings[i].name) &&
			memcmp(name.at, sealings[i].name, name.length) == 0)
			return &sealings[i];
	return NULL;
}

static bool
take_hex(struct ber *from, unsigned char *at, size_t length)
{
	static const char digits[] = "0123456789ABCDEF0123456789abcdef";
	const char *high, *low;
	size_t i;

	if (from->length < 2 * length)
		return false;
	for (i = 0; i < length; i++) {
		high = memchr(digits, from->at[2 * i], sizeof(digits) - 1);
		low = memchr(digits, from->at[2 * i + 1], sizeof(digits) - 1);
		if (!high || !low)
			return false;
		at[i] = (unsigned char)((high - digits) % 16 << 4 |
			(low - digits) % 16);
	}
	from->at += 2 * length;
	from->length -= 2 * length;
	return true;
}

/* MD5 of what came before, passphrase and salt, until there is enough. */
static bool
derive(const struct secret *passphrase, const unsigned char *salt,
	struct secret *key)
{
	struct secret text = { 0 };
	unsigned char sum[DIGEST_MAX];
	struct ber from;
	size_t filled, length, take;
	bool done = false;

	if (!secret_init(&text, MD5_LENGTH + passphrase->length + SALT_LENGTH))
		return false;
	memcpy(text.at + MD5_LENGTH, passphrase->at, passphrase->length);
	memcpy(text.at + MD5_LENGTH + passphrase->length, salt, SALT_LENGTH);
	from = (struct ber){ text.at + MD5_LENGTH, text.length - MD5_LENGTH };
	for (filled = 0; filled < key->length; filled += take) {
		if (!crypto_digest("MD5", from, sum, &length))
			goto out;
		take = key->length - filled < length ? key->length - filled
						     : length;
		memcpy(key->at + filled, sum, take);
		memcpy(text.at, sum, MD5_LENGTH);
		from = (struct ber){ text.at, text.length };
	}
	done = true;
out:
	wipe(sum, sizeof(sum));
	secret_clear(&text);
	return done;
}

static bool
decrypt(const struct sealing *sealing, const struct secret *passphrase,
	struct ber iv, struct ber sealed, struct secret *plain)
{
	struct secret key = { 0 };
	struct ber view;
	size_t i;
	bool done = false;

	/* Single DES is triple DES with one key. */
	if (!secret_init(&key,
		    sealing->key_length == 8 ? 24 : sealing->key_length) ||
		!derive(passphrase, iv.at, &key))
		goto out;
	for (i = sealing->key_length; i < key.length; i++)
		key.at[i] = key.at[i - sealing->key_length];
	view = (struct ber){ key.at, key.length };
	done = crypto_decrypt(sealing->cipher, view, iv, sealed, plain);
out:
	secret_clear(&key);
	return done;
}

enum refusal
pem_open(struct opener *opener, struct ber dek_info, struct ber sealed,
	struct secret *plain, struct failure *failure)
{
	unsigned char iv[16];
	const unsigned char *comma;
	const struct sealing *sealing = NULL;
	struct ber name = dek_info, view;

	comma = memchr(dek_info.at, ',', dek_info.length);
	if (comma) {
		name.length = (size_t)(comma - dek_info.at);
		dek_info.at += name.length + 1;
		dek_info.length -= name.length + 1;
		sealing = find_sealing(name);
	}
	if (!sealing)
		return fail(failure, REFUSAL_ALGORITHM_UNKNOWN, "%.*s",
			name.length > 40 ? 40 : (int)name.length, name.at);
	if (!take_hex(&dek_info, iv, sealing->iv_length))
		return fail(failure, REFUSAL_DAMAGED, "DEK-Info");
	if (!opener->passphrase)
		return fail(failure, REFUSAL_PASSPHRASE_NEEDED, "%s", "");
	view = (struct ber){ iv, sealing->iv_length };
	if (!decrypt(sealing, opener->passphrase, view, sealed, plain) ||
		plain->length == 0 || plain->at[0] != BER_SEQUENCE)
		return fail(failure, REFUSAL_PASSPHRASE_WRONG, "%s", "");
	return REFUSAL_NONE;
}
