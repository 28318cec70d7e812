/* SPDX-License-Identifier: BSD-2-Clause */
/* How the readers of formats fill a bundle. */

#include "config.h"

#include "import/bundle-build.h"

#include "pkcs11/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Arrays grow by doubling: their count alone tells their room. */
static bool
make_room(void **array, size_t count, size_t size)
{
	void *grown;

	if (count & (count - 1))
		return true;
	grown = realloc(*array, (count ? 2 * count : 1) * size);
	if (!grown)
		return false;
	*array = grown;
	return true;
}

enum refusal
bundle_skip(struct intake *intake, const char *what, const char *why,
	bool is_key, enum refusal refusal)
{
	struct bundle *bundle = intake->bundle;
	void *room = bundle->skipped;
	struct skipped skipped = { .is_key = is_key, .refusal = refusal };

	if (!make_room(&room, bundle->skipped_count, sizeof(skipped)))
		return REFUSAL_MEMORY;
	bundle->skipped = room;
	skipped.what = strdup(what);
	skipped.why = strdup(why);
	bundle->skipped[bundle->skipped_count++] = skipped;
	return skipped.what && skipped.why ? REFUSAL_NONE : REFUSAL_MEMORY;
}

/* Why one key is left out while the others may do. */
static const struct reason {
	enum refusal refusal;
	const char *why;
} reasons[] = {
	{ REFUSAL_PASSPHRASE_WRONG,
		N_("another passphrase than the file's protects it") },
	{ REFUSAL_ALGORITHM_UNKNOWN,
		N_("the algorithm that protects it is unknown") },
	{ REFUSAL_DAMAGED, N_("it is damaged") },
	{ REFUSAL_KEY_INVALID, N_("it contradicts itself") },
};

static enum refusal
skip_key(struct intake *intake, const char *label, enum refusal refusal)
{
	char what[256], why[400];
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].refusal == refusal)
			break;
	if (i == sizeof(reasons) / sizeof(reasons[0]))
		return refusal;
	snprintf(what, sizeof(what), "%s%s%.100s", _("a private key"),
		label ? ": " : "", label ? label : "");
	snprintf(why, sizeof(why), "%s%s%s", _(reasons[i].why),
		intake->failure->detail[0] ? ": " : "",
		intake->failure->detail);
	return bundle_skip(intake, what, why, true, refusal);
}

static enum refusal
skip_kind(struct intake *intake, const struct key *key)
{
	char what[BER_OID_TEXT + 80];

	snprintf(what, sizeof(what), "%s (%s)", _("a private key"),
		key->public.name);
	return bundle_skip(intake, what,
		_("tokens cannot hold keys of this kind"), true, REFUSAL_NONE);
}

static bool
has_key(const struct bundle *bundle, const struct key *key)
{
	size_t i;

	for (i = 0; i < bundle->keys_count; i++)
		if (public_key_equal(&bundle->keys[i].public, &key->public))
			return true;
	return false;
}

/* Takes the key over. */
static enum refusal
keep_key(struct intake *intake, struct key *key, const char *label)
{
	struct bundle *bundle = intake->bundle;
	void *room = bundle->keys;

	if (label && *label && !(key->label = strdup(label))) {
		key_clear(key);
		return REFUSAL_MEMORY;
	}
	if (has_key(bundle, key)) {
		bundle->keys_repeated++;
		key_clear(key);
		return REFUSAL_NONE;
	}
	if (bundle->keys_count == BUNDLE_KEYS_LIMIT ||
		!make_room(&room, bundle->keys_count, sizeof(*key))) {
		key_clear(key);
		return fail(intake->failure, REFUSAL_FILE_TOO_LARGE, "%s",
			_("too many keys"));
	}
	bundle->keys = room;
	bundle->keys[bundle->keys_count++] = *key;
	*key = (struct key){ 0 };
	return REFUSAL_NONE;
}

enum refusal
bundle_add_key(struct intake *intake, struct ber from, const char *label)
{
	struct key key;
	enum refusal refusal;

	refusal = key_parse(&key, from, intake->failure);
	if (refusal != REFUSAL_NONE)
		return skip_key(intake, label, refusal);
	if (key.public.kind != KEY_OTHER)
		return keep_key(intake, &key, label);
	refusal = skip_kind(intake, &key);
	key_clear(&key);
	return refusal;
}

enum refusal
bundle_open(struct intake *intake, const struct ber_item *algorithm,
	struct ber sealed, struct secret *plain)
{
	enum refusal refusal;

	refusal = pbe_open(
		intake->opener, algorithm, sealed, plain, intake->failure);
	if (refusal == REFUSAL_NONE)
		intake->opened++;
	intake->is_over =
		intake->is_trial && refusal != REFUSAL_ALGORITHM_UNKNOWN;
	return refusal;
}

enum refusal
bundle_add_sealed_key(struct intake *intake, struct ber from, const char *label)
{
	struct ber inside, sealed;
	struct ber_item algorithm;
	struct secret joined = { 0 }, plain = { 0 };
	enum refusal refusal;

	if (!ber_enter(&from, BER_SEQUENCE, &inside) ||
		!ber_take(&inside, BER_SEQUENCE, &algorithm) ||
		!ber_take_string(&inside, BER_OCTET_STRING, &joined, &sealed))
		refusal = fail(intake->failure, REFUSAL_DAMAGED, "%s",
			_("a sealed key is malformed"));
	else
		refusal = bundle_open(intake, &algorithm, sealed, &plain);
	if (refusal == REFUSAL_NONE) {
		intake->opened++;
		refusal = bundle_add_key(
			intake, (struct ber){ plain.at, plain.length }, label);
	} else {
		refusal = skip_key(intake, label, refusal);
	}
	secret_clear(&plain);
	secret_clear(&joined);
	return refusal;
}

/* Takes a label over to the certificate that had none: files repeat
 * certificates, and name only one of the copies. */
static bool
take_label(struct certificate *certificate, const char *label)
{
	if (!label || !*label || certificate->label)
		return true;
	certificate->label = strdup(label);
	return certificate->label != NULL;
}

static struct certificate *
find_certificate(struct bundle *bundle, const struct certificate *certificate)
{
	size_t i;

	for (i = 0; i < bundle->certificates_count; i++)
		if (memcmp(bundle->certificates[i].fingerprint,
			    certificate->fingerprint, FINGERPRINT_LENGTH) == 0)
			return &bundle->certificates[i];
	return NULL;
}

static enum refusal
keep_certificate(struct intake *intake, struct certificate *certificate,
	const char *label)
{
	struct bundle *bundle = intake->bundle;
	struct certificate *known = find_certificate(bundle, certificate);
	void *room = bundle->certificates;
	bool done;

	if (known) {
		bundle->certificates_repeated++;
		certificate_clear(certificate);
		return take_label(known, label) ? REFUSAL_NONE : REFUSAL_MEMORY;
	}
	done = bundle->certificates_count < BUNDLE_CERTIFICATES_LIMIT &&
		take_label(certificate, label) &&
		make_room(&room, bundle->certificates_count,
			sizeof(*certificate));
	if (!done) {
		certificate_clear(certificate);
		return fail(intake->failure, REFUSAL_FILE_TOO_LARGE, "%s",
			_("too many certificates"));
	}
	bundle->certificates = room;
	bundle->certificates[bundle->certificates_count++] = *certificate;
	*certificate = (struct certificate){ 0 };
	return REFUSAL_NONE;
}

enum refusal
bundle_add_certificate(
	struct intake *intake, struct ber from, const char *label)
{
	struct certificate certificate;

	if (certificate_parse(&certificate, from.at, from.length))
		return keep_certificate(intake, &certificate, label);
	return bundle_skip(intake, _("a certificate"), _("it is damaged"),
		false, REFUSAL_DAMAGED);
}
