/* SPDX-License-Identifier: BSD-2-Clause */
/* What is remembered of one owner's tokens, whatever others do. */

#include "config.h"

#include "keeper/history.h"
#include "tests/test.h"

#include <string.h>

enum { MANY = 20000 };

static struct history history;
static const unsigned char key[32] = "a token";

TEST(the_most_that_was_noted_is_given_back)
{
	EXPECT_NUMBER(history_advance(&history, 1, key, 7), 7);
	EXPECT_NUMBER(history_advance(&history, 1, key, 3), 7);
	EXPECT_NUMBER(history_advance(&history, 1, key, 9), 9);
	history_clear(&history);
}

TEST(an_owner_changes_nothing_that_is_remembered_of_another)
{
	EXPECT_NUMBER(history_advance(&history, 1, key, 7), 7);
	EXPECT_NUMBER(
		history_advance(&history, 2, key, UINT64_MAX), UINT64_MAX);
	EXPECT_NUMBER(history_advance(&history, 1, key, 8), 8);
	history_clear(&history);
}

TEST(an_owner_of_many_tokens_takes_no_others_room)
{
	unsigned char other[32] = { 0 };
	int i;

	for (i = 0; i < MANY; i++) {
		memcpy(other, &i, sizeof(i));
		history_advance(&history, 2, other, 1);
	}
	EXPECT_NUMBER(history_advance(&history, 1, key, 7), 7);
	EXPECT_NUMBER(history_advance(&history, 1, key, 3), 7);
	EXPECT(history.count < 1000);
	history_clear(&history);
}
