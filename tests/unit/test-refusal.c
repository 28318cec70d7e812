/* SPDX-License-Identifier: BSD-2-Clause */
/* Refusals: each its own number and text. */

#include "config.h"

#include "import/refusal.h"
#include "tests/test.h"

#include <string.h>

TEST(refusals_all_have_a_text_of_their_own)
{
	enum refusal one, other;

	for (one = REFUSAL_PASSPHRASE_WRONG; one <= REFUSAL_MEMORY; one++) {
		EXPECT(strlen(refusal_text(one)) > 20);
		for (other = REFUSAL_NONE; other < one; other++)
			EXPECT(strcmp(refusal_text(one), refusal_text(other)) !=
				0);
	}
	EXPECT_TEXT(refusal_text((enum refusal)99), "");
}

/* Scripts rely on them. */
TEST(refusals_keep_their_numbers)
{
	EXPECT_NUMBER(REFUSAL_PASSPHRASE_WRONG, 10);
	EXPECT_NUMBER(REFUSAL_DAMAGED, 11);
	EXPECT_NUMBER(REFUSAL_FORMAT_UNKNOWN, 12);
	EXPECT_NUMBER(REFUSAL_ALGORITHM_UNKNOWN, 13);
	EXPECT_NUMBER(REFUSAL_WORK_ABSURD, 14);
	EXPECT_NUMBER(REFUSAL_EMPTY, 15);
	EXPECT_NUMBER(REFUSAL_FILE_TOO_LARGE, 16);
	EXPECT_NUMBER(REFUSAL_PASSPHRASE_NEEDED, 17);
	EXPECT_NUMBER(REFUSAL_KEY_INVALID, 18);
	EXPECT_NUMBER(REFUSAL_FILE_UNREADABLE, 19);
	EXPECT_NUMBER(REFUSAL_TOKEN, 20);
	EXPECT_NUMBER(REFUSAL_INTERRUPTED, 21);
	EXPECT_NUMBER(REFUSAL_MEMORY, 22);
}

TEST(fail_tells_the_particular)
{
	struct failure failure = { 0 };

	EXPECT_NUMBER(
		fail(&failure, REFUSAL_DAMAGED, "at %d", 7), REFUSAL_DAMAGED);
	EXPECT_NUMBER(failure.refusal, REFUSAL_DAMAGED);
	EXPECT_TEXT(failure.detail, "at 7");
	EXPECT_NUMBER(fail(NULL, REFUSAL_EMPTY, "%s", ""), REFUSAL_EMPTY);
}
