/* SPDX-License-Identifier: BSD-2-Clause */
/* A line of the audit log says all, and stays one line. */

#include "config.h"

#include "keeper/audit-line.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

static const unsigned char chain[AUDIT_HASH] = { 1, 2 },
			   mac[AUDIT_HASH] = { 3, 0xff };
static const struct audit_author author = { 1000, 4711, "", "mail",
	"/usr/bin/mail" };

static struct audit_record
signature_by(const char *label)
{
	struct audit_record record = { .event = AUDIT_SIGN,
		.has_mechanism = true,
		.mechanism = CKM_RSA_PKCS,
		.key = { .handle = 7,
			.class = CKO_PRIVATE_KEY,
			.serial = "0123456789abcdef",
			.id = { 1, 2, 0xab },
			.id_length = 3 } };

	strncpy(record.key.label, label, sizeof(record.key.label) - 1);
	return record;
}

static struct audit_line
line_of(struct audit_text *text, const struct audit_record *record)
{
	struct audit_line line;

	audit_text_begin(text, 42);
	audit_text_put_record(text, record, &author);
	audit_text_end(text, chain, mac);
	EXPECT(text->length < AUDIT_LINE_MOST);
	EXPECT(memchr(text->at, '\n', text->length) ==
		text->at + text->length - 1);
	EXPECT(audit_line_take(text->at, text->length - 1, &line));
	return line;
}

TEST(a_line_tells_who_did_what_with_which_key_and_how_it_ended)
{
	struct audit_record record = signature_by("Alice");
	struct audit_text text;
	struct audit_line line = line_of(&text, &record);

	EXPECT_NUMBER(line.number, 42);
	EXPECT_BYTES(line.chain, AUDIT_HASH, chain, AUDIT_HASH);
	EXPECT_BYTES(line.mac, AUDIT_HASH, mac, AUDIT_HASH);
	EXPECT(audit_line_is(&line, "what", "sign"));
	EXPECT(audit_line_is(&line, "user", "1000"));
	EXPECT(audit_line_is(&line, "process", "4711"));
	EXPECT(audit_line_is(&line, "application", "mail"));
	EXPECT(audit_line_is(&line, "program", "/usr/bin/mail"));
	EXPECT(audit_line_is(&line, "token", "0123456789abcdef"));
	EXPECT(audit_line_is(&line, "class", "CKO_PRIVATE_KEY"));
	EXPECT(audit_line_is(&line, "key", "Alice"));
	EXPECT(audit_line_is(&line, "id", "0102ab"));
	EXPECT(audit_line_is(&line, "mechanism", "CKM_RSA_PKCS"));
	EXPECT(audit_line_is(&line, "result", "CKR_OK"));
	EXPECT(!audit_line_is(&line, "data", ""));
}

TEST(numbers_without_a_name_are_told_as_numbers)
{
	struct audit_record record = signature_by("Alice");
	struct audit_text text;
	struct audit_line line;

	record.mechanism = 0x80001234;
	record.rv = 0x80005678;
	line = line_of(&text, &record);
	EXPECT(audit_line_is(&line, "mechanism", "2147488308"));
	EXPECT(audit_line_is(&line, "result", "2147505784"));
}

/* Blanks, ends of line, forged fields, what a terminal obeys. */
TEST(hostile_names_stay_in_their_field)
{
	static const struct {
		const char *label, *written;
	} names[] = {
		{ "two words", "two%20words" },
		{ "a\nb what=login", "a%0Ab%20what=login" },
		{ "\033[2J\r", "%1B[2J%0D" },
		{ "100%41", "100%2541" },
		{ "M\xc3\xbcller", "M\xc3\xbcller" },
		{ "\xc2\x9b"
		  "1m",
			"%C2%9B1m" },
		{ "a\xe2\x80\xae"
		  "b",
			"a%E2%80%AEb" },
		{ "\xff\xc3", "%FF%C3" },
		{ "\xed\xa0\x80", "%ED%A0%80" },
		{ "chain=00 mac=00", "chain=00%20mac=00" },
	};
	struct audit_record record;
	struct audit_text text;
	struct audit_line line;
	char name[16], value[256];
	const char *at;
	size_t i, j, length, cursor;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char written[64];

		record = signature_by(names[i].label);
		line = line_of(&text, &record);
		/* Hexadecimal digits are small. */
		for (j = 0; names[i].written[j]; j++) {
			written[j] = names[i].written[j];
			if (j &&
				(written[j - 1] == '%' ||
					(j > 1 && written[j - 2] == '%')) &&
				written[j] >= 'A' && written[j] <= 'F')
				written[j] = (char)(written[j] - 'A' + 'a');
		}
		written[j] = '\0';
		EXPECT(audit_line_find(&line, "key", &at, &length));
		EXPECT_BYTES(at, length, written, j);
		for (cursor = 0; audit_line_next(&line, &cursor, name,
			     sizeof(name), value, sizeof(value));)
			if (strcmp(name, "key") == 0)
				EXPECT_TEXT(value, names[i].label);
	}
}

TEST(the_longest_of_everything_is_still_a_line)
{
	struct audit_record record = signature_by("");
	struct audit_text text;
	struct audit_line line;

	memset(record.key.label, '\n', sizeof(record.key.label) - 1);
	memset(record.detail, '\001', sizeof(record.detail) - 1);
	record.key.id_length = sizeof(record.key.id);
	record.has_data = true;
	record.mechanism = CKM_ECDSA_SHA3_512;
	line = line_of(&text, &record);
	EXPECT(audit_line_is(&line, "what", "sign"));
}

TEST(what_is_no_line_is_not_taken)
{
	struct audit_record record = signature_by("Alice");
	struct audit_text text;
	struct audit_line line = line_of(&text, &record);
	size_t length = text.length - 1, i;
	char *copy = malloc(length);

	EXPECT(copy);
	for (i = 0; i < length; i++)
		EXPECT(!audit_line_take(text.at, i, &line));
	memcpy(copy, text.at, length);
	copy[length - 1] = 'F';
	EXPECT(!audit_line_take(copy, length, &line));
	memcpy(copy, text.at, length);
	copy[0] = '0';
	EXPECT(!audit_line_take(copy, length, &line));
	copy[0] = '-';
	EXPECT(!audit_line_take(copy, length, &line));
	memcpy(copy, text.at, length);
	copy[30] = '\0';
	EXPECT(!audit_line_take(copy, length, &line));
	free(copy);
}
