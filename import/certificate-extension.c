/* SPDX-License-Identifier: BSD-2-Clause */
/* The extensions and addresses of a certificate. [RFC5280 4.2] */

#include "config.h"

#include "import/certificate-extension.h"

#include "import/distinguished-name.h"

#include <stdlib.h>
#include <string.h>

#define ADDRESSES_LIMIT 256

static bool
looks_like_address(const char *text)
{
	const char *at = strchr(text, '@');

	return at && at != text && at[1] && !strpbrk(text, " <>\"");
}

/* Takes the text over. */
static bool
add_address(struct certificate *certificate, char *text)
{
	char **grown;

	if (!text || !looks_like_address(text) ||
		certificate->addresses_count == ADDRESSES_LIMIT ||
		certificate_has_address(certificate, text)) {
		free(text);
		return true;
	}
	grown = realloc(certificate->addresses,
		(certificate->addresses_count + 1) * sizeof(*grown));
	if (!grown) {
		free(text);
		return false;
	}
	grown[certificate->addresses_count++] = text;
	certificate->addresses = grown;
	return true;
}

/* An otherName that holds an address in UTF-8. [RFC9598] */
static bool
take_other_name(struct certificate *certificate, struct ber name)
{
	struct ber inside;
	struct ber_item value;
	char oid[BER_OID_TEXT];

	if (!ber_take_oid(&name, oid) ||
		strcmp(oid, "1.3.6.1.5.5.7.8.9") != 0 ||
		!ber_enter(&name, BER_CONTEXT_CONSTRUCTED | 0, &inside) ||
		!ber_next(&inside, &value))
		return true;
	return add_address(certificate, ber_text(&value));
}

static bool
take_alternative_names(struct certificate *certificate, struct ber value)
{
	struct ber names;
	struct ber_item name;

	if (!ber_enter(&value, BER_SEQUENCE, &names))
		return true;
	while (ber_next(&names, &name)) {
		if (name.tag == (BER_CONTEXT | 1)) {
			name.tag = BER_IA5_STRING;
			if (!add_address(certificate, ber_text(&name)))
				return false;
		} else if (name.tag == (BER_CONTEXT_CONSTRUCTED | 0) &&
			!take_other_name(certificate, name.content)) {
			return false;
		}
	}
	return true;
}

static bool
take_usage(struct certificate *certificate, struct ber value)
{
	struct ber_item bits;
	size_t i;

	if (!ber_take(&value, BER_BIT_STRING, &bits))
		return true;
	certificate->has_usage = true;
	for (i = 0; i < 9 && 1 + i / 8 < bits.content.length; i++)
		if (bits.content.at[1 + i / 8] & (0x80 >> i % 8))
			certificate->usage |= 1u << i;
	return true;
}

static bool
take_extended_usage(struct certificate *certificate, struct ber value)
{
	struct ber purposes;
	char oid[BER_OID_TEXT];

	if (!ber_enter(&value, BER_SEQUENCE, &purposes))
		return true;
	certificate->has_extended_usage = true;
	while (ber_take_oid(&purposes, oid)) {
		if (strcmp(oid, "1.3.6.1.5.5.7.3.4") == 0)
			certificate->names_email_protection = true;
		if (strcmp(oid, "2.5.29.37.0") == 0)
			certificate->names_any_purpose = true;
	}
	return true;
}

static bool
take_constraints(struct certificate *certificate, struct ber value)
{
	struct ber inside;
	struct ber_item flag;

	if (ber_enter(&value, BER_SEQUENCE, &inside) &&
		ber_take(&inside, BER_BOOLEAN, &flag))
		certificate->is_authority =
			flag.content.length == 1 && flag.content.at[0] != 0;
	return true;
}

static bool
take_key_id(struct certificate *certificate, struct ber value)
{
	struct ber_item id;

	return !ber_take(&value, BER_OCTET_STRING, &id) ||
		certificate->key_id.at ||
		bytes_copy(
			&certificate->key_id, id.content.at, id.content.length);
}

static bool
take_authority_id(struct certificate *certificate, struct ber value)
{
	struct ber inside;
	struct ber_item id;

	return !ber_enter(&value, BER_SEQUENCE, &inside) ||
		!ber_take(&inside, BER_CONTEXT | 0, &id) ||
		certificate->authority_id.at ||
		bytes_copy(&certificate->authority_id, id.content.at,
			id.content.length);
}

static const struct extension {
	const char *oid;
	bool (*take)(struct certificate *certificate, struct ber value);
} extensions[] = {
	{ "2.5.29.14", take_key_id },
	{ "2.5.29.15", take_usage },
	{ "2.5.29.17", take_alternative_names },
	{ "2.5.29.19", take_constraints },
	{ "2.5.29.35", take_authority_id },
	{ "2.5.29.37", take_extended_usage },
};

static bool
take_extension(struct certificate *certificate, struct ber extension)
{
	struct ber_item critical, value;
	char oid[BER_OID_TEXT];
	size_t i;

	if (!ber_take_oid(&extension, oid))
		return true;
	(void)ber_take(&extension, BER_BOOLEAN, &critical);
	if (!ber_take(&extension, BER_OCTET_STRING, &value))
		return true;
	for (i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++)
		if (strcmp(extensions[i].oid, oid) == 0)
			return extensions[i].take(certificate, value.content);
	return true;
}

bool
certificate_take_extensions(struct certificate *certificate, struct ber from)
{
	struct ber outer, list, extension;

	if (!ber_enter(&from, BER_CONTEXT_CONSTRUCTED | 3, &outer) ||
		!ber_enter(&outer, BER_SEQUENCE, &list))
		return true;
	while (ber_enter(&list, BER_SEQUENCE, &extension))
		if (!take_extension(certificate, extension))
			return false;
	return true;
}

bool
certificate_take_addresses(struct certificate *certificate)
{
	struct ber name = { certificate->subject.at,
		certificate->subject.length };
	char *text;
	size_t i;

	for (i = 0; i < ADDRESSES_LIMIT; i++) {
		text = distinguished_name_address(name, i);
		if (!text)
			break;
		if (!add_address(certificate, text))
			return false;
	}
	return true;
}
