/* SPDX-License-Identifier: BSD-2-Clause */
/* Codes of any length that people write down. */

#include "config.h"

#include "pkcs11/code.h"
#include "tests/test.h"

#include <string.h>

TEST(codes_of_every_length_are_good_as_they_were_made)
{
	struct secret code = { 0 };
	unsigned groups;

	for (groups = 1; groups <= CODE_GROUPS_MOST; groups++) {
		EXPECT(code_make(groups, &code));
		EXPECT_NUMBER(code.length, CODE_LENGTH(groups));
		EXPECT_NUMBER(code_tidy(groups, &code), CODE_GOOD);
		EXPECT_NUMBER(code_tidy(groups % CODE_GROUPS_MOST + 1, &code),
			CODE_FOREIGN);
		secret_clear(&code);
	}
}

/* The longest is where the check could repeat itself. */
TEST(longest_codes_show_any_two_that_changed_places)
{
	enum { LENGTH = CODE_LENGTH(CODE_GROUPS_MOST) };
	struct secret made = { 0 }, code = { 0 };
	size_t i, j;

	EXPECT(code_make(CODE_GROUPS_MOST, &made));
	for (i = 0; i < LENGTH; i++)
		for (j = 0; j < i; j++) {
			if (made.at[i] == made.at[j] || made.at[i] == '-' ||
				made.at[j] == '-')
				continue;
			EXPECT(secret_copy(&code, made.at, made.length));
			code.at[i] = made.at[j];
			code.at[j] = made.at[i];
			EXPECT_NUMBER(code_tidy(CODE_GROUPS_MOST, &code),
				CODE_MISTYPED);
			secret_clear(&code);
		}
	secret_clear(&made);
}
