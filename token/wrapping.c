/* SPDX-License-Identifier: BSD-2-Clause */
/* How a PIN opens the root key, and which wrong PINs were tried already. */

#include "config.h"

#include "token/wrapping.h"

#include "pkcs11/log.h"

#include <string.h>

/* Where things are in a wrapping. */
enum {
	AT_VERSION = 0,
	AT_COST = 1,
	AT_BLOCK = 5,
	AT_LANES = 9,
	AT_SALT = 13,
	AT_SEALED = AT_SALT + WRAPPING_SALT,
	WRAPPING_VERSION = 1,
	GUARDED_VERSION = 2 /* not by the PIN alone */
};

/* One block of scrypt is 128 * r bytes: with r = 8 a unit of N is a KiB. */
static const uint32_t block_new = 8, lanes_new = 1;
/* A file must not make us take the machine's memory or a day of its time. */
static const uint32_t lanes_most = 16, memory_most = 1 << 20;
static const uint32_t memory_least = 16;

static void
put_number(unsigned char *at, uint32_t number)
{
	int i;

	for (i = 0; i < 4; i++, number >>= 8)
		at[i] = number & 0xff;
}

static uint32_t
take_number(const unsigned char *at)
{
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
		(uint32_t)at[3] << 24;
}

static bool
take_stretch(const unsigned char *wrapping, struct stretch *stretch)
{
	uint32_t cost = take_number(wrapping + AT_COST);
	uint32_t block = take_number(wrapping + AT_BLOCK);
	uint32_t lanes = take_number(wrapping + AT_LANES);

	if ((wrapping[AT_VERSION] != WRAPPING_VERSION &&
		    wrapping[AT_VERSION] != GUARDED_VERSION) ||
		cost < 2 || (cost & (cost - 1)) != 0 || block == 0 ||
		lanes == 0 || lanes > lanes_most || block > 1024 ||
		(uint64_t)cost * block / 8 > memory_most)
		return false;
	*stretch = (struct stretch){ cost, block, lanes };
	return true;
}

uint32_t
wrapping_memory(const unsigned char wrapping[WRAPPING_SIZE])
{
	struct stretch stretch;

	if (!take_stretch(wrapping, &stretch))
		return 0;
	return (uint32_t)((uint64_t)stretch.cost * stretch.block / 8);
}

bool
wrapping_key(const unsigned char head[WRAPPING_HEAD], const struct span *pin,
	struct secret *key)
{
	const struct span salt = { head + AT_SALT, WRAPPING_SALT };
	struct stretch stretch;

	return take_stretch(head, &stretch) &&
		seal_stretch(&stretch, pin, &salt, key);
}

bool
wrapping_is_guarded(const unsigned char wrapping[WRAPPING_SIZE])
{
	return wrapping[AT_VERSION] == GUARDED_VERSION;
}

/* What the sealed key is bound to: owner, version, parameters and salt. */
enum { BOUND = 4 };

static void
bind_owner(const struct wrapping_owner *owner, const unsigned char *wrapping,
	unsigned char *user, struct span bound[BOUND])
{
	static const char purpose[] = "privyseal root key";

	*user = owner->user & 0xff;
	bound[0] = (struct span){ purpose, sizeof(purpose) - 1 };
	bound[1] = (struct span){ owner->token, sizeof(owner->token) };
	bound[2] = (struct span){ user, 1 };
	bound[3] = (struct span){ wrapping, AT_SEALED };
}

static uint32_t
power_of_two_below(uint32_t memory)
{
	uint32_t power = memory_least;

	while (power < memory_most && power * 2 <= memory)
		power *= 2;
	return power;
}

/* The KDF's key becomes one that takes the guard's secret too. */
static CK_RV
ask_guard(const struct wrapping_guard *guard, struct secret *key)
{
	static const struct span purpose = { "privyseal guard", 15 };
	unsigned char digest[DIGEST_SIZE];
	struct secret authorisation = { 0 }, secret = { 0 };
	struct span span;
	CK_RV rv = CKR_HOST_MEMORY;

	if (!seal_keyed_digest(key, &purpose, 1, digest) ||
		!secret_copy(&authorisation, digest, DIGEST_SIZE))
		goto out;
	rv = guard->give(guard->context, &authorisation, &secret);
	if (rv != CKR_OK)
		goto out;
	span = (struct span){ secret.at, secret.length };
	if (seal_keyed_digest(key, &span, 1, digest))
		memcpy(key->at, digest, DIGEST_SIZE);
	else
		rv = CKR_HOST_MEMORY;
out:
	wipe(digest, sizeof(digest));
	secret_clear(&authorisation);
	secret_clear(&secret);
	return rv;
}

CK_RV
wrapping_make(const struct wrapping_owner *owner, const struct span *pin,
	uint32_t memory, const struct wrapping_guard *guard,
	const struct secret *root, unsigned char wrapping[WRAPPING_SIZE])
{
	struct stretch stretch = { power_of_two_below(memory), block_new,
		lanes_new };
	struct span salt = { wrapping + AT_SALT, WRAPPING_SALT }, bound[BOUND];
	struct secret key = { 0 };
	struct bytes sealed = { 0 };
	unsigned char user;
	CK_RV rv = CKR_HOST_MEMORY;

	wrapping[AT_VERSION] = guard ? GUARDED_VERSION : WRAPPING_VERSION;
	put_number(wrapping + AT_COST, stretch.cost);
	put_number(wrapping + AT_BLOCK, stretch.block);
	put_number(wrapping + AT_LANES, stretch.lanes);
	if (!seal_random(wrapping + AT_SALT, WRAPPING_SALT) ||
		!seal_stretch(&stretch, pin, &salt, &key))
		goto out;
	if (guard && (rv = ask_guard(guard, &key)) != CKR_OK)
		goto out;
	rv = CKR_HOST_MEMORY;
	bind_owner(owner, wrapping, &user, bound);
	if (!seal(&key, bound, BOUND, root->at, root->length, &sealed))
		goto out;
	memcpy(wrapping + AT_SEALED, sealed.at, sealed.length);
	rv = CKR_OK;
out:
	secret_clear(&key);
	bytes_clear(&sealed);
	return rv;
}

CK_RV
wrapping_open(const struct wrapping_owner *owner, const struct span *pin,
	const struct wrapping_guard *guard,
	const unsigned char wrapping[WRAPPING_SIZE], struct secret *root)
{
	struct span salt = { wrapping + AT_SALT, WRAPPING_SALT }, bound[BOUND];
	struct secret key = { 0 };
	struct stretch stretch;
	unsigned char user;
	CK_RV rv = CKR_OK;

	if (!take_stretch(wrapping, &stretch))
		return refuse(CKR_DEVICE_ERROR,
			"the wrapping of the root key is malformed");
	if (wrapping_is_guarded(wrapping) && !guard)
		return refuse(CKR_DEVICE_ERROR,
			"a guarded PIN, and nothing that guards it");
	if (!seal_stretch(&stretch, pin, &salt, &key))
		return CKR_HOST_MEMORY;
	if (wrapping_is_guarded(wrapping))
		rv = ask_guard(guard, &key);
	bind_owner(owner, wrapping, &user, bound);
	if (rv == CKR_OK &&
		!unseal(&key, bound, BOUND, wrapping + AT_SEALED,
			WRAPPING_SIZE - AT_SEALED, root))
		rv = CKR_PIN_INCORRECT;
	secret_clear(&key);
	return rv;
}

/* The salt is the wrapping's own: a new PIN makes the old digests void. */
static bool
digest_pin(const struct wrong_pins *wrong, const struct span *pin,
	const unsigned char *wrapping, unsigned char digest[DIGEST_SIZE])
{
	struct span spans[] = { { wrapping, WRAPPING_SIZE }, *pin };

	return wrong->key.at &&
		seal_keyed_digest(
			&wrong->key, spans, SPAN_COUNT(spans), digest);
}

bool
wrong_pins_have(const struct wrong_pins *wrong, const struct span *pin,
	const unsigned char wrapping[WRAPPING_SIZE])
{
	unsigned char digest[DIGEST_SIZE];
	unsigned i;

	if (!digest_pin(wrong, pin, wrapping, digest))
		return false;
	for (i = 0; i < WRONG_PINS && i < wrong->count; i++)
		if (memcmp(wrong->digests[i], digest, DIGEST_SIZE) == 0)
			return true;
	return false;
}

void
wrong_pins_add(struct wrong_pins *wrong, const struct span *pin,
	const unsigned char wrapping[WRAPPING_SIZE])
{
	if (!wrong->key.at &&
		(!secret_init(&wrong->key, SEAL_KEY_SIZE) ||
			!seal_random(wrong->key.at, wrong->key.length))) {
		secret_clear(&wrong->key);
		return;
	}
	if (digest_pin(wrong, pin, wrapping,
		    wrong->digests[wrong->count % WRONG_PINS]))
		wrong->count++;
}

void
wrong_pins_clear(struct wrong_pins *wrong)
{
	secret_clear(&wrong->key);
	*wrong = (struct wrong_pins){ 0 };
}
