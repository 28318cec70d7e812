/* SPDX-License-Identifier: BSD-2-Clause */
/* Says what a bundle holds, for scripts. */

#include "config.h"

#include "import/summary.h"

#include <string.h>
#include <time.h>

/* The texts are UTF-8 already, checked where they were read. */
void
summary_print_json_text(FILE *to, const char *text)
{
	if (!text) {
		fputs("null", to);
		return;
	}
	putc('"', to);
	for (; *text; text++) {
		if (strchr("\"\\", *text))
			fprintf(to, "\\%c", *text);
		else if ((unsigned char)*text < 0x20)
			fprintf(to, "\\u%04x", (unsigned char)*text);
		else
			putc(*text, to);
	}
	putc('"', to);
}

static void
print_member(FILE *to, const char *name, const char *value)
{
	fprintf(to, "\"%s\": ", name);
	summary_print_json_text(to, value);
}

static const char *
truth(bool claim)
{
	return claim ? "true" : "false";
}

static void
print_time(FILE *to, const char *name, int64_t when)
{
	time_t seconds = (time_t)when;
	char text[64] = "";
	struct tm tm;

	if (gmtime_r(&seconds, &tm))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	print_member(to, name, text);
}

static void
print_hex(FILE *to, const char *name, const unsigned char *at, size_t length)
{
	size_t i;

	fprintf(to, "\"%s\": \"", name);
	for (i = 0; i < length; i++)
		fprintf(to, "%02x", at[i]);
	putc('"', to);
}

static void
print_addresses(FILE *to, const struct certificate *certificate)
{
	size_t i;

	fputs("\"addresses\": [", to);
	for (i = 0; i < certificate->addresses_count; i++) {
		fputs(i ? ", " : "", to);
		summary_print_json_text(to, certificate->addresses[i]);
	}
	fputs("], ", to);
}

/* The names of uses, each with the comma before it where one is needed. */
static void
print_uses(FILE *to, bool can_sign, bool can_encrypt)
{
	fprintf(to, "\"uses\": [%s%s%s], ", can_sign ? "\"sign\"" : "",
		can_sign && can_encrypt ? ", " : "",
		can_encrypt ? "\"encrypt\"" : "");
}

void
summary_print_certificate_json(
	FILE *to, const struct certificate *certificate, int64_t now)
{
	print_member(to, "subject", certificate->subject_text);
	fputs(", ", to);
	print_member(to, "name", certificate->common_name);
	fputs(", ", to);
	print_addresses(to, certificate);
	print_member(to, "issuer", certificate->issuer_text);
	fputs(", ", to);
	print_time(to, "not-before", certificate->not_before);
	fputs(", ", to);
	print_time(to, "not-after", certificate->not_after);
	fprintf(to, ", \"valid\": %s, ",
		truth(certificate_is_valid_at(certificate, now)));
	print_uses(to, certificate_can_sign(certificate),
		certificate_can_encrypt(certificate));
	fprintf(to, "\"authority\": %s, ", truth(certificate->is_authority));
	print_member(to, "key", certificate->key.name);
	fprintf(to, ", \"key-bits\": %u, ", certificate->key.bits);
	print_hex(to, "serial", certificate->serial.at + 2,
		certificate->serial.length > 2 ? certificate->serial.length - 2
					       : 0);
	fputs(", ", to);
	print_hex(to, "sha256", certificate->fingerprint, FINGERPRINT_LENGTH);
}

static void
print_certificates(FILE *to, const struct certificate *const *certificates,
	size_t count, int64_t now)
{
	size_t i;

	for (i = 0; i < count; i++) {
		fputs(i ? ", {" : "{", to);
		summary_print_certificate_json(to, certificates[i], now);
		putc('}', to);
	}
}

static void
print_identity(FILE *to, const struct identity *identity, int64_t now)
{
	const struct chain *chain = &identity->chain;
	size_t i;

	putc('{', to);
	print_member(to, "label", identity->label);
	fputs(", ", to);
	print_hex(to, "id", identity->id, sizeof(identity->id));
	fputs(", ", to);
	print_member(to, "key", identity->key->public.name);
	fprintf(to, ", \"key-bits\": %u, \"certificates\": [",
		identity->key->public.bits);
	print_certificates(
		to, identity->certificates, identity->certificates_count, now);
	fputs("], \"chain\": [", to);
	for (i = 0; i < chain->count; i++) {
		fputs(i ? ", " : "", to);
		summary_print_json_text(
			to, chain->certificates[i]->subject_text);
	}
	fprintf(to, "], \"chain-complete\": %s}", truth(chain->is_complete));
}

static void
print_others(FILE *to, const struct bundle *bundle, int64_t now)
{
	const struct certificate *certificate;
	const char *between = "";
	size_t i;

	for (i = 0; i < bundle->certificates_count; i++) {
		certificate = &bundle->certificates[i];
		if (identity_of(bundle->identities, bundle->keys_count,
			    certificate))
			continue;
		fputs(between, to);
		print_certificates(to, &certificate, 1, now);
		between = ", ";
	}
}

static void
print_skipped(FILE *to, const struct bundle *bundle)
{
	size_t i;

	for (i = 0; i < bundle->skipped_count; i++) {
		fputs(i ? ", {" : "{", to);
		print_member(to, "what", bundle->skipped[i].what);
		fputs(", ", to);
		print_member(to, "why", bundle->skipped[i].why);
		putc('}', to);
	}
}

void
summary_print_json(FILE *to, const struct bundle *bundle, int64_t now)
{
	size_t i;

	putc('{', to);
	print_member(to, "format", bundle->format);
	fputs(", \"identities\": [", to);
	for (i = 0; i < bundle->keys_count; i++) {
		fputs(i ? ", " : "", to);
		print_identity(to, &bundle->identities[i], now);
	}
	fputs("], \"certificates\": [", to);
	print_others(to, bundle, now);
	fputs("], \"skipped\": [", to);
	print_skipped(to, bundle);
	fputs("]}\n", to);
}
