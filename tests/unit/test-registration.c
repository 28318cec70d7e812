/* SPDX-License-Identifier: BSD-2-Clause */
/* Files by which modules are registered with p11-kit. */

#include "config.h"

#include "keeper/registration.h"
#include "tests/test.h"

#include <string.h>

static struct registration
parse(const char *text)
{
	struct registration registration = { .module = "" };

	registration_parse(&registration, text, strlen(text));
	return registration;
}

static bool
counts(const char *text)
{
	struct registration registration = parse(text);

	return registration_counts(&registration);
}

TEST(registration_names_the_module)
{
	EXPECT_TEXT(parse("module: a.so").module, "a.so");
	EXPECT_TEXT(parse("# module: b.so\n\n \tmodule :\t /a b.so \r\nx: y\n")
			    .module,
		"/a b.so");
	EXPECT_TEXT(parse("remote: |p11-kit remote x\nmodule").module, "");
	EXPECT_TEXT(parse("user-config: none\n").user_config, "none");
}

TEST(registration_of_a_later_file_counts_before)
{
	struct registration registration = parse("module: a\nenable-in: x\n");
	static const char later[] = "module: b\n";

	registration_parse(&registration, later, strlen(later));
	EXPECT_TEXT(registration.module, "b");
	EXPECT(!registration_counts(&registration));
}

TEST(registration_too_long_to_hold_is_none)
{
	char text[3000] = "module: /";

	memset(text + 9, 'a', sizeof(text) - 10);
	text[sizeof(text) - 1] = '\0';
	EXPECT_TEXT(parse(text).module, "");
}

TEST(registration_says_in_which_programs_it_counts)
{
	EXPECT(counts("module: a\n"));
	EXPECT(counts("enable-in: x, privyseal-keeper\n"));
	EXPECT(counts("enable-in: privyseal-keeper,x\ndisable-in: x\n"));
	EXPECT(counts("disable-in: x privyseal-keeper-not\n"));
	EXPECT(!counts("enable-in: x\n"));
	EXPECT(!counts("enable-in:\n"));
	EXPECT(!counts("disable-in: privyseal-keeper\n"));
	EXPECT(!counts("disable-in: x,privyseal-keeper y\n"));
}
