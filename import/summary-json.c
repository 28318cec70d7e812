/* SPDX-License-Identifier: BSD-2-Clause */
/* Says what a bundle holds, to programs: in the words in which the command
 * lists what a token holds. */

#include "config.h"

#include "import/summary.h"

#include <time.h>

static void
write_time(struct json *json, const char *name, int64_t when)
{
	char text[40] = "";
	struct tm parts;
	time_t seconds = (time_t)when;

	if (gmtime_r(&seconds, &parts))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
	json_text(json, name, text);
}

static void
write_uses(struct json *json, const struct certificate *certificate)
{
	json_open_array(json, "uses");
	if (certificate_can_sign(certificate))
		json_text(json, NULL, "sign");
	if (certificate_can_encrypt(certificate))
		json_text(json, NULL, "encrypt");
	if (certificate->is_authority)
		json_text(json, NULL, "issue");
	json_close_array(json);
}

void
summary_certificate_json(
	struct json *json, const struct certificate *certificate, int64_t now)
{
	char fingerprint[FINGERPRINT_TEXT];
	size_t i;

	certificate_fingerprint_text(certificate, fingerprint);
	json_text(json, "subject", certificate->subject_text);
	json_open_array(json, "addresses");
	for (i = 0; i < certificate->addresses_count; i++)
		json_text(json, NULL, certificate->addresses[i]);
	json_close_array(json);
	json_text(json, "issuer", certificate->issuer_text);
	json_hex(json, "serial", certificate->serial.at,
		certificate->serial.length);
	write_time(json, "not_before", certificate->not_before);
	write_time(json, "not_after", certificate->not_after);
	json_boolean(json, "valid", certificate_is_valid_at(certificate, now));
	write_uses(json, certificate);
	json_text(json, "fingerprint", fingerprint);
}

void
summary_chain_json(struct json *json, const struct chain *chain)
{
	size_t i;

	json_open_array(json, "chain");
	for (i = 0; i < chain->count; i++)
		json_text(json, NULL, chain->certificates[i]->subject_text);
	json_close_array(json);
	json_boolean(json, "chain_complete", chain->is_complete);
}

static void
write_certificate(
	struct json *json, const struct certificate *certificate, int64_t now)
{
	json_open_object(json, NULL);
	summary_certificate_json(json, certificate, now);
	json_close_object(json);
}

/* The newest certificate speaks for the identity; all follow. */
static void
write_identity(struct json *json, const struct identity *identity, int64_t now)
{
	const struct public_key *public = &identity->key->public;
	size_t i;

	json_open_object(json, NULL);
	json_text(json, "label", identity->label);
	json_hex(json, "id", identity->id, sizeof(identity->id));
	json_text(json, "key_type",
		public->kind == KEY_RSA ? "RSA" : public->name);
	json_number(json, "key_size", public->bits);
	if (identity->certificates_count) {
		summary_certificate_json(json, identity->certificates[0], now);
		summary_chain_json(json, &identity->chain);
	}
	json_open_array(json, "certificates");
	for (i = 0; i < identity->certificates_count; i++)
		write_certificate(json, identity->certificates[i], now);
	json_close_array(json);
	json_close_object(json);
}

static void
write_others(struct json *json, const struct bundle *bundle, int64_t now)
{
	const struct certificate *certificate;
	size_t i;

	json_open_array(json, "certificates");
	for (i = 0; i < bundle->certificates_count; i++) {
		certificate = &bundle->certificates[i];
		if (!identity_of(bundle->identities, bundle->keys_count,
			    certificate))
			write_certificate(json, certificate, now);
	}
	json_close_array(json);
}

static void
write_skipped(struct json *json, const struct bundle *bundle)
{
	size_t i;

	json_open_array(json, "skipped");
	for (i = 0; i < bundle->skipped_count; i++) {
		json_open_object(json, NULL);
		json_text(json, "what", bundle->skipped[i].what);
		json_text(json, "why", bundle->skipped[i].why);
		json_close_object(json);
	}
	json_close_array(json);
}

void
summary_json(struct json *json, const char *name, const struct bundle *bundle,
	int64_t now)
{
	size_t i;

	json_open_object(json, name);
	json_text(json, "format", bundle->format);
	json_open_array(json, "identities");
	for (i = 0; i < bundle->keys_count; i++)
		write_identity(json, &bundle->identities[i], now);
	json_close_array(json);
	write_others(json, bundle, now);
	write_skipped(json, bundle);
	json_close_object(json);
}
