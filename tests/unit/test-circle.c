/* SPDX-License-Identifier: BSD-2-Clause */
/* What the listener makes of the members that it is told. */

#include "config.h"

#include "keeper/circle.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

enum { ALICE = 1001, BOB = 1002 };

static struct circles circles;

static void
say(struct circles *fresh, enum finding_kind kind, const char *circle,
	uid_t user)
{
	struct finding finding = { .kind = kind, .user = user };

	memcpy(finding.circle, circle, strlen(circle));
	EXPECT(circles_add(fresh, &finding));
}

/* A group with one member, or with none: 0. */
static void
say_group(struct circles *fresh, const char *circle, uid_t member)
{
	say(fresh, FOUND_GROUP, circle, 0);
	if (member)
		say(fresh, FOUND_MEMBER, circle, member);
}

static bool
has(const char *name, uid_t user)
{
	const struct circle *circle = circles_find(&circles, name);

	return circle && circle_has(circle, user);
}

TEST(circle_has_whom_the_last_answer_names)
{
	struct circles fresh = { 0 };

	say_group(&fresh, "mail", ALICE);
	circles_renew(&circles, &fresh);
	EXPECT(has("mail", ALICE) && !has("mail", BOB));
	say_group(&fresh, "mail", BOB);
	circles_renew(&circles, &fresh);
	EXPECT(!has("mail", ALICE) && has("mail", BOB));
	circles_clear(&circles);
}

TEST(circle_keeps_its_place_though_it_is_gone_for_a_while)
{
	const struct circle *circle;
	struct circles fresh = { 0 };
	size_t place;

	say_group(&fresh, "mail", ALICE);
	say_group(&fresh, "sales", BOB);
	circles_renew(&circles, &fresh);
	place = (size_t)(circles_find(&circles, "sales") - circles.at);
	say_group(&fresh, "staff", BOB);
	circles_renew(&circles, &fresh);
	circle = circles_find(&circles, "sales");
	EXPECT(circle && !circle->is_there && !has("sales", BOB));
	say_group(&fresh, "sales", ALICE);
	circles_renew(&circles, &fresh);
	EXPECT(has("sales", ALICE) && !has("staff", BOB));
	EXPECT_NUMBER(circles_find(&circles, "sales") - circles.at, place);
	circles_clear(&circles);
}

TEST(circle_that_cannot_be_looked_up_keeps_its_members_and_the_others_do_not)
{
	struct circles fresh = { 0 };

	say_group(&fresh, "mail", ALICE);
	say_group(&fresh, "sales", ALICE);
	circles_renew(&circles, &fresh);
	say_group(&fresh, "mail", BOB);
	say(&fresh, FOUND_OUT_NOTHING, "mail", 0);
	say_group(&fresh, "sales", BOB);
	circles_renew(&circles, &fresh);
	EXPECT(has("mail", ALICE) && !has("mail", BOB));
	EXPECT(!has("sales", ALICE) && has("sales", BOB));
	EXPECT(circles.has_unknown);
	circles_clear(&circles);
}

TEST(circle_that_is_new_has_whom_could_be_looked_up)
{
	struct circles fresh = { 0 };

	say_group(&fresh, "mail", ALICE);
	say(&fresh, FOUND_OUT_NOTHING, "mail", 0);
	circles_renew(&circles, &fresh);
	EXPECT(has("mail", ALICE));
	circles_clear(&circles);
}

TEST(circle_has_no_member_for_a_name_that_nobody_has)
{
	struct circles fresh = { 0 };

	say_group(&fresh, "mail", ALICE);
	circles_renew(&circles, &fresh);
	say_group(&fresh, "mail", 0);
	say(&fresh, FOUND_NOBODY, "mail", ALICE);
	say(&fresh, FOUND_ALL, "", 0);
	EXPECT(fresh.is_whole);
	circles_renew(&circles, &fresh);
	EXPECT(!has("mail", ALICE) && circles.has_unknown);
	circles_clear(&circles);
}

TEST(circles_are_few)
{
	struct circles fresh = { 0 };
	char name[32];
	unsigned i;

	for (i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "group-%u", i);
		say_group(&fresh, name, ALICE);
	}
	circles_renew(&circles, &fresh);
	EXPECT(circles.count < 100);
	EXPECT(has("group-0", ALICE) && !has("group-999", ALICE));
	circles_clear(&circles);
}
