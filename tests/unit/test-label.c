/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of objects: what a person would call them. */

#include "config.h"

#include "import/label.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

static void
expect_label(const char *friendly_name, const char *expected)
{
	char name[] = "Alice Example";
	struct certificate certificate = { .common_name = name };
	char *label = label_choose(friendly_name, &certificate, NULL);

	EXPECT(label != NULL);
	EXPECT_TEXT(label, expected);
	free(label);
}

TEST(label_is_the_friendly_name_without_blanks_around)
{
	expect_label("My key", "My key");
	expect_label("  My key \t ", "My key");
}

TEST(label_is_not_what_a_program_made_up)
{
	expect_label(NULL, "Alice Example");
	expect_label("", "Alice Example");
	expect_label("   ", "Alice Example");
	expect_label("1", "Alice Example");
	expect_label("{45FB6687-308B-4661-A08F-FC802775631E}", "Alice Example");
	expect_label(
		"le-5f0c1d9e-12ab-4d2b-9f7b-0a1b2c3d4e5f", "Alice Example");
	expect_label("ada", "Alice Example");
}

TEST(label_keeps_names_that_look_like_digits_only_a_little)
{
	expect_label("Work 2026", "Work 2026");
	expect_label("Δ", "Δ");
}

TEST(label_is_cut_between_characters)
{
	char text[200] = "", *label;
	size_t i;

	for (i = 0; i < 99; i++)
		strcat(text, "é");
	strcat(text, "x");
	memmove(text + 1, text, strlen(text) + 1);
	text[0] = 'x';
	label = label_choose(text, NULL, NULL);
	EXPECT(label != NULL);
	EXPECT_NUMBER(strlen(label), 127);
	free(label);
}

TEST(label_number_tells_equal_names_apart)
{
	char *label = label_number("Alice", 2);

	EXPECT_TEXT(label, "Alice (2)");
	free(label);
}
