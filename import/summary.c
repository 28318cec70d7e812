/* SPDX-License-Identifier: BSD-2-Clause */
/* Says what a bundle holds, before it is stored. */

#include "config.h"

#include "import/summary.h"

#include "pkcs11/text.h"

/* Texts of a line each, in a column wide enough for translations. */
static void
print_row(FILE *to, const char *name, const char *value)
{
	fprintf(to, "  %-14s %s\n", name, value);
}

static void
print_addresses(FILE *to, const struct certificate *certificate)
{
	size_t i;

	for (i = 0; i < certificate->addresses_count; i++)
		print_row(to, i == 0 ? _("e-mail") : "",
			certificate->addresses[i]);
}

static const char *
describe_mail_uses(const struct certificate *certificate)
{
	bool can_sign = certificate_can_sign(certificate);
	bool can_encrypt = certificate_can_encrypt(certificate);

	if (can_sign && can_encrypt)
		return _("sign mail, read mail encrypted to it");
	if (can_sign)
		return _("sign mail");
	if (can_encrypt)
		return _("read mail encrypted to it");
	return certificate->is_authority ? _("an authority's, not for mail")
					 : _("nothing with mail");
}

static void
print_validity(FILE *to, const struct certificate *certificate, int64_t now)
{
	char from[DATE_TEXT], until[DATE_TEXT], line[128];
	const char *remark = "";

	certificate_date_text(certificate->not_before, from);
	certificate_date_text(certificate->not_after, until);
	if (now > certificate->not_after)
		remark = _(" (expired: still good to read old mail)");
	else if (now < certificate->not_before)
		remark = _(" (not valid yet)");
	snprintf(line, sizeof(line), "%s - %s%s", from, until, remark);
	print_row(to, _("valid"), line);
}

static void
print_certificate(FILE *to, const struct certificate *certificate, int64_t now)
{
	char fingerprint[FINGERPRINT_TEXT];

	print_row(to, _("subject"), certificate->subject_text);
	print_addresses(to, certificate);
	print_row(to, _("issued by"), certificate->issuer_text);
	print_validity(to, certificate, now);
	print_row(to, _("may"), describe_mail_uses(certificate));
	certificate_fingerprint_text(certificate, fingerprint);
	print_row(to, _("SHA-256"), fingerprint);
}

/* What is missing is no alarm: a root of one's own organisation is in no file,
 * and in no system either. */
static void
print_chain(FILE *to, const struct chain *chain)
{
	const struct certificate *last = chain->certificates[chain->count - 1];
	size_t i;

	print_row(to, _("chain"),
		chain->is_complete ? _("complete")
				   : _("incomplete, it ends before its root"));
	for (i = 1; i < chain->count; i++)
		print_row(to, "", chain->certificates[i]->common_name);
	if (chain->has_root)
		return;
	print_row(to, "", last->issuer_name);
	print_row(to, "",
		chain->is_complete
			? _("(a root that this system knows)")
			: _("(not known here: if mail programs do not know it "
			    "either, import its certificate too)"));
}

static void
print_identity(FILE *to, const struct identity *identity, int64_t now)
{
	size_t i;

	fprintf(to, "%s\n", identity->label);
	print_row(to, _("private key"), identity->key->public.name);
	if (public_key_is_short(&identity->key->public))
		print_row(to, "", _("(too short to sign; it opens old mail)"));
	if (identity->certificates_count == 0)
		print_row(to, _("certificate"), _("none in this file"));
	for (i = 0; i < identity->certificates_count; i++)
		print_certificate(to, identity->certificates[i], now);
	if (identity->chain.count)
		print_chain(to, &identity->chain);
}

static void
print_others(FILE *to, const struct bundle *bundle)
{
	const struct certificate *certificate;
	bool is_first = true;
	size_t i;

	for (i = 0; i < bundle->certificates_count; i++) {
		certificate = &bundle->certificates[i];
		if (identity_of(bundle->identities, bundle->keys_count,
			    certificate))
			continue;
		if (is_first)
			fprintf(to, "%s\n", _("Certificates without a key"));
		is_first = false;
		print_row(to,
			certificate->is_authority ? _("authority") : _("other"),
			certificate->subject_text);
	}
}

void
summary_print(FILE *to, const struct bundle *bundle, int64_t now)
{
	size_t i;

	for (i = 0; i < bundle->keys_count; i++)
		print_identity(to, &bundle->identities[i], now);
	print_others(to, bundle);
	if (bundle->skipped_count)
		fprintf(to, "%s\n", _("Left out"));
	for (i = 0; i < bundle->skipped_count; i++)
		fprintf(to, "  %s: %s\n", bundle->skipped[i].what,
			bundle->skipped[i].why);
}
