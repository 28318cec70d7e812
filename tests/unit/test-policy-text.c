/* SPDX-License-Identifier: BSD-2-Clause */
/* What becomes of a configuration file when one value is set in it. */

#include "config.h"

#include "command/policy-text.h"
#include "tests/test.h"

#include <string.h>

/* The text after that, closed by a NUL. */
static const char *
change(const char *text, const struct policy_line *line, bool expected)
{
	struct bytes result;
	bool was_there;
	char *copy;

	EXPECT(policy_text_set(text, strlen(text), line, &result, &was_there));
	EXPECT(was_there == expected);
	copy = test_memory(result.length + 1);
	if (result.length)
		memcpy(copy, result.at, result.length);
	bytes_clear(&result);
	return copy;
}

TEST(policy_text_is_begun_with_a_section)
{
	const struct policy_line general = { SCOPE_GENERAL, "", "ask", "each",
		NULL };
	const struct policy_line key = { SCOPE_KEY, "ab01", "ask", "each",
		"alice" };

	EXPECT_TEXT(change("", &general, false), "ask = each\n");
	EXPECT_TEXT(
		change("", &key, false), "# alice\n[key ab01]\nask = each\n");
	EXPECT_TEXT(change("ask = first", &key, false),
		"ask = first\n\n# alice\n[key ab01]\nask = each\n");
}

TEST(policy_text_keeps_all_but_the_line)
{
	static const char before[] =
		"# mine\n ask=first # \n\n[key a]\n\task = never\nx = y\n\n"
		"[ key  b ]\n#ask = no\nask = first\nask = never\n";
	const struct policy_line general = { SCOPE_GENERAL, "", "ask", "each",
		NULL };
	const struct policy_line a = { SCOPE_KEY, "a", "ask", "each", NULL };
	const struct policy_line b = { SCOPE_KEY, "b", "ask", "each", NULL };

	EXPECT_TEXT(change(before, &general, true),
		"# mine\nask = each\n\n[key a]\n\task = never\nx = y\n\n"
		"[ key  b ]\n#ask = no\nask = first\nask = never\n");
	EXPECT_TEXT(change(before, &a, true),
		"# mine\n ask=first # \n\n[key a]\nask = each\nx = y\n\n"
		"[ key  b ]\n#ask = no\nask = first\nask = never\n");
	EXPECT_TEXT(change(before, &b, true),
		"# mine\n ask=first # \n\n[key a]\n\task = never\nx = y\n\n"
		"[ key  b ]\n#ask = no\nask = each\n");
}

TEST(policy_text_adds_at_the_end_of_the_section)
{
	const struct policy_line general = { SCOPE_GENERAL, "", "ask", "each",
		NULL };
	const struct policy_line a = { SCOPE_KEY, "a", "ask", "each", NULL };

	EXPECT_TEXT(change("x = y\n\n\n[key a]\nz = 1\n\n[key b]\n", &general,
			    false),
		"x = y\nask = each\n\n\n[key a]\nz = 1\n\n[key b]\n");
	EXPECT_TEXT(change("x = y\n\n\n[key a]\nz = 1\n\n[key b]\n", &a, false),
		"x = y\n\n\n[key a]\nz = 1\nask = each\n\n[key b]\n");
	EXPECT_TEXT(
		change("[key b]\n", &general, false), "ask = each\n[key b]\n");
}

TEST(policy_text_leaves_a_remark_with_its_section)
{
	const struct policy_line general = { SCOPE_GENERAL, "", "ask", "each",
		NULL };
	const struct policy_line a = { SCOPE_KEY, "a", "ask", "each", NULL };

	EXPECT_TEXT(change("# alice\n[key a]\n", &general, false),
		"ask = each\n\n# alice\n[key a]\n");
	EXPECT_TEXT(change("x = y\n\n# alice\n[key a]\n", &general, false),
		"x = y\nask = each\n\n# alice\n[key a]\n");
	EXPECT_TEXT(
		change("[key a]\nx = y\n\n# bob\n# too\n[key b]\n", &a, false),
		"[key a]\nx = y\nask = each\n\n# bob\n# too\n[key b]\n");
}

TEST(policy_text_loses_the_lines_that_are_unset)
{
	const struct policy_line a = { SCOPE_KEY, "a", "ask", NULL, NULL };

	EXPECT_TEXT(
		change("ask = x\n[key a]\nask = y\nask = z\nk = l\n", &a, true),
		"ask = x\n[key a]\nk = l\n");
	EXPECT_TEXT(change("ask = x\n", &a, false), "ask = x\n");
}

static const char *
take_out(const char *text, const char *section, bool expected)
{
	const struct policy_line line = { SCOPE_FRONT, section, NULL, NULL,
		NULL };
	struct bytes result;
	bool was_there;
	char *copy;

	EXPECT(policy_text_remove(
		text, strlen(text), &line, &result, &was_there));
	EXPECT(was_there == expected);
	copy = test_memory(result.length + 1);
	if (result.length)
		memcpy(copy, result.at, result.length);
	bytes_clear(&result);
	return copy;
}

TEST(policy_text_loses_a_section_and_nothing_else)
{
	static const char text[] =
		"# mine\nask = each\n\n[front a]\nmodule = /a\n# of a\n\n"
		"# about b\n[front b]\nmodule = /b\n[key a]\nask = never\n"
		"[ front   a ]\nthreads = no\n";

	EXPECT_TEXT(take_out(text, "a", true),
		"# mine\nask = each\n\n# about b\n[front b]\n"
		"module = /b\n[key a]\nask = never\n");
	EXPECT_TEXT(take_out(text, "b", true),
		"# mine\nask = each\n\n[front a]\nmodule = /a\n# of a\n\n"
		"# about b\n[key a]\nask = never\n"
		"[ front   a ]\nthreads = no\n");
	EXPECT_TEXT(take_out(text, "c", false), text);
	EXPECT_TEXT(take_out("[front a]", "a", true), "");
}
