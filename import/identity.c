/* SPDX-License-Identifier: BSD-2-Clause */
/* An identity: a private key with the certificates of its public half. */

#include "config.h"

#include "import/identity.h"

#include "import/label.h"

#include <stdlib.h>

/* The uses that KeyUsage grants to a key of a kind. A bit that only another
 * kind can use grants nothing. */
static const struct grant {
	enum key_kind kind;
	unsigned int usages; /* any of them */
	unsigned int uses;
} grants[] = {
	{ KEY_RSA,
		USAGE_DIGITAL_SIGNATURE | USAGE_NON_REPUDIATION |
			USAGE_CERTIFICATE_SIGN | USAGE_CRL_SIGN,
		IDENTITY_SIGNS },
	{ KEY_RSA, USAGE_KEY_ENCIPHERMENT | USAGE_DATA_ENCIPHERMENT,
		IDENTITY_DECRYPTS },
};

/* What keys of a kind can do at all; all of it, unless certificates say less.
 * Curves are not narrowed: the same EC key signs and agrees in too many
 * certificates that name only one of both. */
static unsigned int
possible_uses(const struct public_key *key)
{
	switch (key->kind) {
	case KEY_RSA:
		return (public_key_is_short(key) ? 0 : IDENTITY_SIGNS) |
			(key->is_for_pss_only ? 0 : IDENTITY_DECRYPTS);
	case KEY_EC:
		return IDENTITY_SIGNS | IDENTITY_DERIVES;
	case KEY_EDWARDS:
		return IDENTITY_SIGNS;
	case KEY_MONTGOMERY:
		return IDENTITY_DERIVES;
	case KEY_OTHER:
		break;
	}
	return 0;
}

static unsigned int
granted_uses(const struct public_key *key, unsigned int usage)
{
	unsigned int uses = 0;
	size_t i;

	for (i = 0; i < sizeof(grants) / sizeof(grants[0]); i++)
		if (grants[i].kind == key->kind && grants[i].usages & usage)
			uses |= grants[i].uses;
	return uses;
}

/* All certificates of the key together: an old one may still be needed to read
 * old mail. */
static unsigned int
find_uses(const struct identity *identity)
{
	const struct public_key *key = &identity->key->public;
	unsigned int possible = possible_uses(key), granted = 0;
	size_t i;

	if (key->kind != KEY_RSA)
		return possible;
	for (i = 0; i < identity->certificates_count; i++) {
		if (!identity->certificates[i]->has_usage)
			return possible;
		granted |= granted_uses(key, identity->certificates[i]->usage);
	}
	return granted & possible ? granted & possible : possible;
}

/* Newest first, and of equals the one that stays valid the longest. */
static int
compare_age(const void *left, const void *right)
{
	const struct certificate *one = *(
					 const struct certificate *const *)left,
				 *other = *(const struct certificate *const *)
						  right;

	if (one->not_before != other->not_before)
		return one->not_before > other->not_before ? -1 : 1;
	if (one->not_after != other->not_after)
		return one->not_after > other->not_after ? -1 : 1;
	return 0;
}

static bool
collect(struct identity *identity, const struct certificate *certificates,
	size_t count)
{
	size_t i, matching = 0;

	for (i = 0; i < count; i++)
		matching += public_key_equal(
			&certificates[i].key, &identity->key->public);
	if (matching == 0)
		return true;
	identity->certificates =
		calloc(matching, sizeof(*identity->certificates));
	if (!identity->certificates)
		return false;
	for (i = 0; i < count; i++)
		if (public_key_equal(
			    &certificates[i].key, &identity->key->public))
			identity->certificates[identity->certificates_count++] =
				&certificates[i];
	qsort(identity->certificates, matching, sizeof(*identity->certificates),
		compare_age);
	return true;
}

static bool
describe(struct identity *identity, const struct certificate *const *pool,
	size_t count)
{
	const struct certificate *newest = NULL;
	const char *friendly_name = identity->key->label;

	if (identity->certificates_count) {
		newest = identity->certificates[0];
		chain_build(&identity->chain, newest, pool, count);
		if (!friendly_name)
			friendly_name = newest->label;
	}
	identity->uses = find_uses(identity);
	identity->label = label_choose(friendly_name, newest, identity->key);
	return identity->label &&
		public_key_id(&identity->key->public, identity->id);
}

static bool
match_all(struct identity *identities, const struct key *keys,
	size_t keys_count, const struct certificate *certificates,
	size_t certificates_count)
{
	const struct certificate **pool =
		calloc(certificates_count + 1, sizeof(*pool));
	bool done = pool != NULL;
	size_t i;

	for (i = 0; pool && i < certificates_count; i++)
		pool[i] = &certificates[i];
	for (i = 0; done && i < keys_count; i++) {
		identities[i].key = &keys[i];
		done = collect(&identities[i], certificates,
			       certificates_count) &&
			describe(&identities[i], pool, certificates_count);
	}
	free(pool);
	return done;
}

bool
identities_match(const struct key *keys, size_t keys_count,
	const struct certificate *certificates, size_t certificates_count,
	struct identity **result)
{
	struct identity *identities =
		calloc(keys_count + 1, sizeof(*identities));

	if (!identities)
		return false;
	if (!match_all(identities, keys, keys_count, certificates,
		    certificates_count)) {
		identities_free(identities, keys_count);
		return false;
	}
	*result = identities;
	return true;
}

void
identities_free(struct identity *identities, size_t count)
{
	size_t i;

	for (i = 0; identities && i < count; i++) {
		free(identities[i].certificates);
		free(identities[i].label);
	}
	free(identities);
}

const struct identity *
identity_of(const struct identity *identities, size_t count,
	const struct certificate *certificate)
{
	size_t i, j;

	for (i = 0; i < count; i++)
		for (j = 0; j < identities[i].certificates_count; j++)
			if (certificate_equal(
				    identities[i].certificates[j], certificate))
				return &identities[i];
	return NULL;
}
