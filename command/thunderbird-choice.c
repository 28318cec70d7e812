/* SPDX-License-Identifier: BSD-2-Clause */
/* Which certificates serve an address, and what Thunderbird calls them. */

#include "config.h"

#include "command/thunderbird.h"

#include "command/base64.h"
#include "pkcs11/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
put_long(unsigned char *at, size_t value)
{
	at[0] = (unsigned char)(value >> 24);
	at[1] = (unsigned char)(value >> 16);
	at[2] = (unsigned char)(value >> 8);
	at[3] = (unsigned char)value;
}

/* Two zeros (once a module and a slot), two lengths, serial number, issuer. The
 * serial number is the INTEGER's content: its DER has a header of two bytes. */
char *
thunderbird_certificate_key(const struct certificate *certificate)
{
	const size_t header = 2, fixed = 16;
	size_t serial, length;
	struct bytes text = { 0 };
	unsigned char *key;

	if (certificate->serial.length < header)
		return NULL;
	serial = certificate->serial.length - header;
	length = fixed + serial + certificate->issuer.length;
	key = calloc(1, length);
	if (!key)
		return NULL;
	put_long(key + 8, serial);
	put_long(key + 12, certificate->issuer.length);
	memcpy(key + fixed, certificate->serial.at + header, serial);
	memcpy(key + fixed + serial, certificate->issuer.at,
		certificate->issuer.length);
	if (!base64_append(&text, key, length, "") ||
		!bytes_append(&text, "", 1))
		bytes_clear(&text);
	free(key);
	return (char *)text.at;
}

/* "Alice [12:34:AB]", as Thunderbird shows its choice. */
static const char *
person(const struct certificate *certificate)
{
	return certificate->common_name ? certificate->common_name
					: certificate->subject_text;
}

char *
thunderbird_certificate_name(const struct certificate *certificate)
{
	const unsigned char *serial = certificate->serial.at + 2;
	size_t i, length = certificate->serial.length - 2;
	char *digits = calloc(1, 3 * length + 1), *name = NULL;

	if (!digits)
		return NULL;
	if (length > 1 && serial[0] == 0) {
		serial++;
		length--;
	}
	for (i = 0; i < length; i++)
		sprintf(digits + 3 * i, "%02X%s", serial[i],
			i + 1 < length ? ":" : "");
	if (asprintf(&name, "%s [%s]", person(certificate), digits) < 0)
		name = NULL;
	free(digits);
	return name;
}

const struct certificate *
thunderbird_choose(
	const struct thunderbird_wish *wish, const char *address, bool signs)
{
	const struct certificate *best = NULL, *it;
	size_t i;

	for (i = 0; i < wish->certificates_count; i++) {
		it = wish->certificates[i];
		if (!certificate_has_address(it, address) ||
			!certificate_is_for_email(it) ||
			!certificate_is_valid_at(it, wish->now) ||
			!(signs ? certificate_can_sign(it)
				: certificate_can_encrypt(it)))
			continue;
		if (!best || it->not_before > best->not_before)
			best = it;
	}
	return best;
}

/* "Alice (issued by CA, until 2027-03-01)"; the caller frees it. */
static char *
choice_text(const struct certificate *certificate)
{
	char until[DATE_TEXT], *text;

	certificate_date_text(certificate->not_after, until);
	if (asprintf(&text, _("%s (issued by %s, until %s)"),
		    person(certificate), certificate->issuer_name, until) < 0)
		return NULL;
	return text;
}

void
thunderbird_choices_print(const char *address, const struct certificate *signer,
	const struct certificate *reader)
{
	char *signs = signer ? choice_text(signer) : NULL;
	char *reads = reader ? choice_text(reader) : NULL;

	printf("  %s\n", address);
	if (signs)
		printf(_("    signs with %s\n"), signs);
	if (reads)
		printf(_("    decrypts with %s\n"), reads);
	free(signs);
	free(reads);
}
