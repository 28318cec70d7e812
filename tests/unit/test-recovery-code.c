/* SPDX-License-Identifier: BSD-2-Clause */
/* What the recovery code promises to whoever has to type it. */

#include "config.h"

#include "command/recovery-code.h"
#include "tests/test.h"

#include <string.h>

static void
type(struct secret *code, const char *text)
{
	EXPECT(secret_copy(code, text, strlen(text)));
}

static enum code_state
tidy(const char *text)
{
	struct secret code = { 0 };
	enum code_state state;

	type(&code, text);
	state = recovery_code_tidy(&code);
	secret_clear(&code);
	return state;
}

TEST(recovery_code_is_good_as_it_was_made)
{
	struct secret code = { 0 }, copy = { 0 };
	int i;

	for (i = 0; i < 200; i++) {
		EXPECT(recovery_code_make(&code));
		EXPECT_NUMBER(code.length, RECOVERY_CODE_LENGTH);
		EXPECT(secret_copy(&copy, code.at, code.length));
		EXPECT_NUMBER(recovery_code_tidy(&copy), CODE_GOOD);
		EXPECT(secret_equal(&copy, code.at, code.length));
		secret_clear(&code);
		secret_clear(&copy);
	}
}

TEST(recovery_code_is_never_the_same)
{
	struct secret one = { 0 }, other = { 0 };

	EXPECT(recovery_code_make(&one));
	EXPECT(recovery_code_make(&other));
	EXPECT(!secret_equal(&one, other.at, other.length));
	secret_clear(&one);
	secret_clear(&other);
}

TEST(recovery_code_is_read_as_people_write_it)
{
	struct secret made = { 0 }, typed = { 0 };
	char text[64];
	size_t i, used = 0;

	EXPECT(recovery_code_make(&made));
	for (i = 0; i < made.length; i++) {
		char next = (char)made.at[i];

		if (next == '-')
			continue;
		if (next == '0')
			next = 'o';
		else if (next == '1')
			next = i % 2 ? 'l' : 'I';
		else if (next >= 'A' && next <= 'Z')
			next = (char)(next - 'A' + 'a');
		text[used++] = next;
		if (i % 4 == 0)
			text[used++] = ' ';
	}
	EXPECT(secret_copy(&typed, text, used));
	EXPECT_NUMBER(recovery_code_tidy(&typed), CODE_GOOD);
	EXPECT_BYTES(typed.at, typed.length, made.at, made.length);
	secret_clear(&made);
	secret_clear(&typed);
}

/* Every place, every wrong character. */
TEST(recovery_code_shows_each_wrong_character)
{
	static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	struct secret made = { 0 };
	char text[RECOVERY_CODE_LENGTH + 1] = "";
	size_t i, j;

	EXPECT(recovery_code_make(&made));
	for (i = 0; i < RECOVERY_CODE_LENGTH; i++) {
		for (j = 0; j < 32 && made.at[i] != '-'; j++) {
			memcpy(text, made.at, RECOVERY_CODE_LENGTH);
			text[i] = alphabet[j];
			EXPECT_NUMBER(tidy(text),
				text[i] == (char)made.at[i] ? CODE_GOOD
							    : CODE_MISTYPED);
		}
	}
	secret_clear(&made);
}

TEST(recovery_code_shows_any_two_that_changed_places)
{
	struct secret made = { 0 };
	char text[RECOVERY_CODE_LENGTH + 1] = "";
	size_t i, j;

	EXPECT(recovery_code_make(&made));
	for (i = 0; i < RECOVERY_CODE_LENGTH; i++) {
		for (j = 0; j < i; j++) {
			if (made.at[i] == made.at[j] || made.at[i] == '-' ||
				made.at[j] == '-')
				continue;
			memcpy(text, made.at, RECOVERY_CODE_LENGTH);
			text[i] = (char)made.at[j];
			text[j] = (char)made.at[i];
			EXPECT_NUMBER(tidy(text), CODE_MISTYPED);
		}
	}
	secret_clear(&made);
}

TEST(recovery_code_leaves_another_so_pin_alone)
{
	struct secret code = { 0 };

	type(&code, "My own SO PIN: 12345");
	EXPECT_NUMBER(recovery_code_tidy(&code), CODE_FOREIGN);
	EXPECT_BYTES(code.at, code.length, "My own SO PIN: 12345", 20);
	secret_clear(&code);
	EXPECT_NUMBER(tidy(""), CODE_FOREIGN);
	EXPECT_NUMBER(tidy("ABCDEF-GHJKMN-PQRSTV"), CODE_FOREIGN);
}
