/* SPDX-License-Identifier: BSD-2-Clause */
/* Stores a bundle into a token of any PKCS #11 module. */

#include "config.h"

#include "import/deposit.h"

#include "import/deposit-check.h"
#include "import/deposit-find.h"
#include "import/deposit-template.h"
#include "import/label.h"
#include "pkcs11/name.h"
#include "pkcs11/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct deposit {
	struct target target;
	const struct bundle *bundle;
	struct deposit_result *result;
	bool *fits;    /* which keys the token can hold */
	char *crowded; /* a label whose numbers are all taken; owned */
};

/* After a few numbers the fingerprint makes a label unlike the others: a bag of
 * a thousand equal names must not take a million searches. */
#define NUMBERS_TRIED 9

/* A large number out of a digest. */
static unsigned int
unlike_others(const unsigned char *digest)
{
	return 1u << 31 | (unsigned int)digest[0] << 24 |
		(unsigned int)digest[1] << 16 | (unsigned int)digest[2] << 8 |
		digest[3];
}

/* A label, new, that no object of the class has. */
static CK_RV
find_free_label(struct deposit *deposit, CK_OBJECT_CLASS object_class,
	const char *wanted, unsigned int unlike, char **label)
{
	unsigned int number;
	bool taken;
	CK_RV rv;

	number = deposit->crowded && strcmp(deposit->crowded, wanted) == 0
		? NUMBERS_TRIED + 1
		: 1;
	for (; number <= NUMBERS_TRIED; number++) {
		*label = number == 1 ? strdup(wanted)
				     : label_number(wanted, number);
		if (!*label)
			return CKR_HOST_MEMORY;
		rv = target_has_label(
			&deposit->target, object_class, *label, &taken);
		if (rv == CKR_OK && !taken)
			return CKR_OK;
		free(*label);
		*label = NULL;
		if (rv != CKR_OK)
			return rv;
	}
	free(deposit->crowded);
	deposit->crowded = strdup(wanted);
	*label = label_number(wanted, unlike);
	return *label ? CKR_OK : CKR_HOST_MEMORY;
}

/* What an object of the token says of itself: kept for those that join it. */
static CK_RV
read_badge(
	struct deposit *deposit, CK_OBJECT_HANDLE object, struct badge *badge)
{
	struct bytes label = { 0 };
	CK_RV rv;

	rv = target_read(&deposit->target, object, CKA_ID, &badge->id);
	if (rv == CKR_OK)
		rv = target_read(&deposit->target, object, CKA_LABEL, &label);
	if (rv == CKR_OK && label.length) {
		badge->label = strndup((const char *)label.at, label.length);
		if (!badge->label)
			rv = CKR_HOST_MEMORY;
	}
	bytes_clear(&label);
	return rv;
}

static CK_RV
create(struct deposit *deposit, struct template *template,
	struct deposit_count *count)
{
	CK_OBJECT_HANDLE object;
	CK_RV rv = target_create(&deposit->target, template, &object);

	if (rv == CKR_OK)
		count->stored++;
	return rv;
}

/* Gives what is missing in the badge its value of our own. */
static CK_RV
complete_badge(struct deposit *deposit, const struct identity *identity,
	struct badge *badge)
{
	unsigned int unlike = unlike_others(identity->id);

	if (badge->id.length == 0) {
		bytes_clear(&badge->id);
		if (!bytes_copy(&badge->id, identity->id, sizeof(identity->id)))
			return CKR_HOST_MEMORY;
	}
	if (badge->label)
		return CKR_OK;
	return find_free_label(deposit, CKO_PRIVATE_KEY, identity->label,
		unlike, &badge->label);
}

static CK_RV
store_private_key(struct deposit *deposit, const struct identity *identity,
	struct badge *badge)
{
	struct template template;
	CK_OBJECT_HANDLE object;
	bool present;
	CK_RV rv;

	rv = target_find_private_key(&deposit->target, identity, &object);
	if (rv != CKR_OK)
		return rv;
	present = object != CK_INVALID_HANDLE;
	if (present)
		rv = read_badge(deposit, object, badge);
	if (rv == CKR_OK)
		rv = complete_badge(deposit, identity, badge);
	if (rv != CKR_OK)
		return rv;
	if (present) {
		deposit->result->private_keys.present++;
		return CKR_OK;
	}
	template_private_key(&template, identity, badge);
	return create(deposit, &template, &deposit->result->private_keys);
}

static CK_RV
store_public_key(struct deposit *deposit, const struct identity *identity,
	const struct badge *badge)
{
	struct template template;
	unsigned char room[POINT_ROOM];
	CK_OBJECT_HANDLE object;
	CK_RV rv;

	rv = target_find_public_key(&deposit->target, identity, &object);
	if (rv != CKR_OK)
		return rv;
	if (object != CK_INVALID_HANDLE) {
		deposit->result->public_keys.present++;
		return CKR_OK;
	}
	template_public_key(&template, identity, badge, room, true);
	return create(deposit, &template, &deposit->result->public_keys);
}

static CK_RV
store_certificate(struct deposit *deposit,
	const struct certificate *certificate, const struct bytes *id,
	const char *label, bool has_key)
{
	unsigned int unlike = unlike_others(certificate->fingerprint);
	struct badge badge = { .id = *id };
	struct template template;
	bool present;
	CK_RV rv;

	rv = target_find_certificate(&deposit->target, certificate, &present);
	if (rv != CKR_OK)
		return rv;
	if (present) {
		deposit->result->certificates.present++;
		return CKR_OK;
	}
	rv = find_free_label(
		deposit, CKO_CERTIFICATE, label, unlike, &badge.label);
	if (rv != CKR_OK)
		return rv;
	template_certificate(&template, certificate, &badge, has_key);
	rv = create(deposit, &template, &deposit->result->certificates);
	free(badge.label);
	return rv;
}

/* The key first: without it the rest would look like somebody else's. */
static CK_RV
store_identity(struct deposit *deposit, const struct identity *identity)
{
	struct badge badge = { 0 };
	CK_RV rv;
	size_t i;

	rv = store_private_key(deposit, identity, &badge);
	if (rv == CKR_OK)
		rv = store_public_key(deposit, identity, &badge);
	for (i = 0; rv == CKR_OK && i < identity->certificates_count; i++)
		rv = store_certificate(deposit, identity->certificates[i],
			&badge.id, badge.label, true);
	badge_clear(&badge);
	return rv;
}

/* A certificate of nobody here: an authority's, another person's, or one whose
 * key the token cannot hold. */
static CK_RV
store_other(struct deposit *deposit, const struct certificate *certificate)
{
	unsigned char digest[PUBLIC_KEY_ID_LENGTH];
	struct bytes id = { digest, sizeof(digest) };
	char *label;
	CK_RV rv;

	label = label_choose(certificate->label, certificate, NULL);
	if (!label || !public_key_id(&certificate->key, digest))
		rv = CKR_HOST_MEMORY;
	else
		rv = store_certificate(deposit, certificate, &id, label, false);
	free(label);
	return rv;
}

static CK_RV
store_all(struct deposit *deposit)
{
	const struct bundle *bundle = deposit->bundle;
	const struct identity *owner;
	CK_RV rv = CKR_OK;
	size_t i;

	for (i = 0; rv == CKR_OK && i < bundle->keys_count; i++)
		if (deposit->fits[i])
			rv = store_identity(deposit, &bundle->identities[i]);
	for (i = 0; rv == CKR_OK && i < bundle->certificates_count; i++) {
		owner = identity_of(bundle->identities, bundle->keys_count,
			&bundle->certificates[i]);
		if (!owner || !deposit->fits[owner - bundle->identities])
			rv = store_other(deposit, &bundle->certificates[i]);
	}
	return rv;
}

static void
note_unsupported(struct deposit_result *result, const struct identity *identity)
{
	size_t used = strlen(result->unsupported);

	result->keys_unsupported++;
	snprintf(result->unsupported + used, sizeof(result->unsupported) - used,
		"%s%s", used ? ", " : "", identity->key->public.name);
}

static CK_RV
check_all(struct deposit *deposit)
{
	const struct bundle *bundle = deposit->bundle;
	CK_RV rv = CKR_OK;
	size_t i;

	for (i = 0; rv == CKR_OK && i < bundle->keys_count; i++) {
		rv = target_check_key(&deposit->target, &bundle->identities[i],
			&deposit->fits[i]);
		if (rv == CKR_OK && !deposit->fits[i])
			note_unsupported(
				deposit->result, &bundle->identities[i]);
	}
	return rv;
}

static bool
has_stored(const struct deposit_result *result)
{
	return result->private_keys.stored || result->public_keys.stored ||
		result->certificates.stored;
}

static enum refusal
explain(const struct deposit_result *result, struct failure *failure)
{
	return fail(failure,
		has_stored(result) ? REFUSAL_INTERRUPTED : REFUSAL_TOKEN, "%s",
		rv_name(result->rv));
}

enum refusal
deposit_store(CK_FUNCTION_LIST *functions, CK_SESSION_HANDLE session,
	const struct bundle *bundle, struct deposit_result *result,
	struct failure *failure)
{
	struct deposit deposit = { .target = { functions, session },
		.bundle = bundle,
		.result = result };
	enum refusal refusal = REFUSAL_NONE;

	*result = (struct deposit_result){ 0 };
	deposit.fits = calloc(bundle->keys_count + 1, sizeof(*deposit.fits));
	if (!deposit.fits)
		return fail(failure, REFUSAL_MEMORY, "%s", "");
	result->rv = check_all(&deposit);
	if (result->rv == CKR_OK && bundle->keys_count &&
		result->keys_unsupported == bundle->keys_count) {
		result->rv = CKR_KEY_TYPE_INCONSISTENT;
		refusal = fail(failure, REFUSAL_TOKEN, "%s: %s",
			_("it cannot hold this kind or size of key"),
			result->unsupported);
	} else {
		if (result->rv == CKR_OK)
			result->rv = store_all(&deposit);
		if (result->rv != CKR_OK)
			refusal = explain(result, failure);
	}
	free(deposit.fits);
	free(deposit.crowded);
	return refusal;
}
