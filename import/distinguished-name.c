/* SPDX-License-Identifier: BSD-2-Clause */
/* The Name of a certificate's subject or issuer, as text. */

#include "config.h"

#include "import/distinguished-name.h"

#include <stdlib.h>
#include <string.h>

/* The parts of a Name that people know by a short name. [RFC4519] */
static const struct part_name {
	const char *oid, *name;
} part_names[] = {
	{ "2.5.4.3", "CN" },
	{ "2.5.4.4", "SN" },
	{ "2.5.4.5", "serialNumber" },
	{ "2.5.4.6", "C" },
	{ "2.5.4.7", "L" },
	{ "2.5.4.8", "ST" },
	{ "2.5.4.9", "street" },
	{ "2.5.4.10", "O" },
	{ "2.5.4.11", "OU" },
	{ "2.5.4.12", "title" },
	{ "2.5.4.42", "GN" },
	{ "2.5.4.46", "dnQualifier" },
	{ "2.5.4.65", "pseudonym" },
	{ "2.5.4.97", "organizationIdentifier" },
	{ "0.9.2342.19200300.100.1.1", "UID" },
	{ "0.9.2342.19200300.100.1.25", "DC" },
	{ "1.2.840.113549.1.9.1", "emailAddress" },
};

#define ADDRESS "1.2.840.113549.1.9.1"

/* A Name with more parts is shown without the rest. */
#define PARTS_LIMIT 64

struct part {
	char oid[BER_OID_TEXT];
	struct ber_item value;
};

/* Takes the next part; the sets around them are all but always of one. */
static bool
take_part(struct ber *name, struct ber *set, struct part *part)
{
	struct ber inside;

	while (set->length == 0)
		if (!ber_enter(name, BER_SET, set))
			return false;
	return ber_enter(set, BER_SEQUENCE, &inside) &&
		ber_take_oid(&inside, part->oid) &&
		ber_next(&inside, &part->value);
}

static size_t
take_parts(struct ber name, struct part parts[PARTS_LIMIT])
{
	struct ber inside, set = { 0 };
	size_t count = 0;

	if (!ber_enter(&name, BER_SEQUENCE, &inside))
		return 0;
	while (count < PARTS_LIMIT && take_part(&inside, &set, &parts[count]))
		count++;
	return count;
}

static const char *
short_name(const char *oid)
{
	size_t i;

	for (i = 0; i < sizeof(part_names) / sizeof(part_names[0]); i++)
		if (strcmp(part_names[i].oid, oid) == 0)
			return part_names[i].name;
	return oid;
}

static bool
append_text(struct bytes *text, const char *more)
{
	return bytes_append(text, more, strlen(more));
}

/* A comma in a value must not look like the end of it. */
static bool
append_escaped(struct bytes *text, const char *value)
{
	size_t length;

	for (; *value; value += length) {
		length = strcspn(value, ",+\\");
		if (length == 0) {
			if (!append_text(text, "\\"))
				return false;
			length = 1;
		}
		if (!bytes_append(text, value, length))
			return false;
	}
	return true;
}

static bool
append_part(struct bytes *text, const struct part *part)
{
	char *value = ber_text(&part->value);
	bool done;

	done = (text->length == 0 || append_text(text, ", ")) &&
		append_text(text, short_name(part->oid)) &&
		append_text(text, "=") &&
		append_escaped(text, value ? value : "?");
	free(value);
	return done;
}

char *
distinguished_name_text(struct ber name)
{
	struct part *parts = calloc(PARTS_LIMIT, sizeof(*parts));
	struct bytes text = { 0 };
	size_t count;

	if (!parts)
		return NULL;
	for (count = take_parts(name, parts); count > 0; count--)
		if (!append_part(&text, &parts[count - 1]))
			goto out;
	if (bytes_append(&text, "", 1)) {
		free(parts);
		return (char *)text.at;
	}
out:
	bytes_clear(&text);
	free(parts);
	return NULL;
}

/* The number-th value of a kind, counted from the particular end. */
static char *
find_value(struct ber name, const char *oid, size_t number)
{
	struct part *parts = calloc(PARTS_LIMIT, sizeof(*parts));
	char *value = NULL;
	size_t count;

	if (!parts)
		return NULL;
	for (count = take_parts(name, parts); count > 0 && !value; count--)
		if (strcmp(parts[count - 1].oid, oid) == 0 && number-- == 0)
			value = ber_text(&parts[count - 1].value);
	free(parts);
	return value;
}

char *
distinguished_name_common(struct ber name)
{
	static const char *const oids[] = { "2.5.4.3", "2.5.4.10", "2.5.4.11",
		ADDRESS };
	char *value;
	size_t i;

	for (i = 0; i < sizeof(oids) / sizeof(oids[0]); i++) {
		value = find_value(name, oids[i], 0);
		if (value && *value)
			return value;
		free(value);
	}
	return distinguished_name_text(name);
}

char *
distinguished_name_address(struct ber name, size_t number)
{
	return find_value(name, ADDRESS, number);
}
