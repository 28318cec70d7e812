/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads X.509 certificates. [RFC5280 4.1] */

#include "config.h"

#include "import/certificate.h"

#include "import/certificate-extension.h"
#include "import/distinguished-name.h"
#include "import/p12-crypto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static bool
take_digits(struct ber *from, size_t count, int *number)
{
	for (*number = 0; count; count--) {
		if (from->length == 0 || from->at[0] < '0' || from->at[0] > '9')
			return false;
		*number = *number * 10 + (*from->at++ - '0');
		from->length--;
	}
	return true;
}

/* Seconds are left out, and zones written, by some old certificates; the
 * zones' minutes do not matter to a date. */
static bool
take_time(struct ber *from, int64_t *when)
{
	struct ber_item item;
	struct tm tm = { 0 };
	bool is_short;

	if (!ber_next(from, &item) ||
		(item.tag != BER_UTC_TIME && item.tag != BER_GENERALIZED_TIME))
		return false;
	is_short = item.tag == BER_UTC_TIME;
	if (!take_digits(&item.content, is_short ? 2 : 4, &tm.tm_year) ||
		!take_digits(&item.content, 2, &tm.tm_mon) ||
		!take_digits(&item.content, 2, &tm.tm_mday) ||
		!take_digits(&item.content, 2, &tm.tm_hour) ||
		!take_digits(&item.content, 2, &tm.tm_min))
		return false;
	if (!take_digits(&item.content, 2, &tm.tm_sec))
		tm.tm_sec = 0;
	if (is_short)
		tm.tm_year += tm.tm_year < 50 ? 100 : 0;
	else
		tm.tm_year -= 1900;
	tm.tm_mon--;
	*when = timegm(&tm);
	return true;
}

static bool
copy_whole(struct bytes *to, const struct ber_item *item)
{
	return bytes_copy(to, item->whole.at, item->whole.length);
}

static bool
take_validity(struct certificate *certificate, struct ber *from)
{
	struct ber inside;

	return ber_enter(from, BER_SEQUENCE, &inside) &&
		take_time(&inside, &certificate->not_before) &&
		take_time(&inside, &certificate->not_after);
}

static bool
take_names(struct certificate *certificate, const struct ber_item *subject,
	const struct ber_item *issuer)
{
	certificate->subject_text = distinguished_name_text(subject->whole);
	certificate->issuer_text = distinguished_name_text(issuer->whole);
	certificate->common_name = distinguished_name_common(subject->whole);
	certificate->issuer_name = distinguished_name_common(issuer->whole);
	return copy_whole(&certificate->subject, subject) &&
		copy_whole(&certificate->issuer, issuer) &&
		certificate->subject_text && certificate->issuer_text &&
		certificate->common_name && certificate->issuer_name;
}

static bool
take_body(struct certificate *certificate, struct ber body)
{
	struct ber_item serial, signature, issuer, subject, info, ignored;

	(void)ber_take(&body, BER_CONTEXT_CONSTRUCTED | 0, &ignored);
	if (!ber_take(&body, BER_INTEGER, &serial) ||
		!ber_take(&body, BER_SEQUENCE, &signature) ||
		!ber_take(&body, BER_SEQUENCE, &issuer) ||
		!take_validity(certificate, &body) ||
		!ber_take(&body, BER_SEQUENCE, &subject) ||
		!ber_take(&body, BER_SEQUENCE, &info) ||
		!copy_whole(&certificate->serial, &serial) ||
		!public_key_parse(&certificate->key, &info) ||
		!take_names(certificate, &subject, &issuer))
		return false;
	(void)ber_take(&body, BER_CONTEXT | 1, &ignored);
	(void)ber_take(&body, BER_CONTEXT | 2, &ignored);
	return certificate_take_extensions(certificate, body) &&
		certificate_take_addresses(certificate);
}

static bool
take_fingerprint(struct certificate *certificate, struct ber der)
{
	unsigned char digest[DIGEST_MAX];
	size_t length;

	if (!crypto_digest("SHA256", der, digest, &length) ||
		length != FINGERPRINT_LENGTH)
		return false;
	memcpy(certificate->fingerprint, digest, length);
	return true;
}

bool
certificate_parse(
	struct certificate *certificate, const void *der, size_t length)
{
	struct ber from = { der, length }, inside, body;
	struct ber_item whole;

	*certificate = (struct certificate){ 0 };
	if (!ber_take(&from, BER_SEQUENCE, &whole))
		return false;
	inside = whole.content;
	if (ber_enter(&inside, BER_SEQUENCE, &body) &&
		ber_peek(&inside) == BER_SEQUENCE &&
		take_body(certificate, body) &&
		copy_whole(&certificate->der, &whole) &&
		take_fingerprint(certificate, whole.whole))
		return true;
	certificate_clear(certificate);
	return false;
}

void
certificate_clear(struct certificate *certificate)
{
	size_t i;

	bytes_clear(&certificate->der);
	bytes_clear(&certificate->subject);
	bytes_clear(&certificate->issuer);
	bytes_clear(&certificate->serial);
	bytes_clear(&certificate->key_id);
	bytes_clear(&certificate->authority_id);
	public_key_clear(&certificate->key);
	free(certificate->subject_text);
	free(certificate->issuer_text);
	free(certificate->common_name);
	free(certificate->issuer_name);
	free(certificate->label);
	for (i = 0; i < certificate->addresses_count; i++)
		free(certificate->addresses[i]);
	free(certificate->addresses);
	*certificate = (struct certificate){ 0 };
}

bool
certificate_equal(
	const struct certificate *one, const struct certificate *other)
{
	return bytes_equal(&one->der, other->der.at, other->der.length);
}

void
certificate_date_text(int64_t when, char text[DATE_TEXT])
{
	time_t seconds = (time_t)when;
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) ||
		strftime(text, DATE_TEXT, "%Y-%m-%d", &tm) == 0)
		snprintf(text, DATE_TEXT, "?");
}

void
certificate_fingerprint_text(
	const struct certificate *certificate, char text[FINGERPRINT_TEXT])
{
	size_t i;

	for (i = 0; i < FINGERPRINT_LENGTH; i++)
		snprintf(text + 3 * i, 4, "%02X%s", certificate->fingerprint[i],
			i + 1 < FINGERPRINT_LENGTH ? ":" : "");
}
