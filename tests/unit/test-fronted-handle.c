/* SPDX-License-Identifier: BSD-2-Clause */
/* Handles of a fronted token: each is given once, and the memory of those that
 * are gone is used again. */

#include "config.h"

#include "tests/test.h"
#include "token/fronted-call.h"

#include <string.h>

enum { MANY = 200000, FIRST = 7, FIRST_OBJECT = 100 };

/* The linker puts it in the place of reallocarray (--wrap). */
static size_t most;
void *__real_reallocarray(void *at, size_t count, size_t size);
void *__wrap_reallocarray(void *at, size_t count, size_t size);

void *
__wrap_reallocarray(void *at, size_t count, size_t size)
{
	if (count > most)
		most = count;
	return __real_reallocarray(at, count, size);
}

static void
set_up(void)
{
	fronted_settings = (struct fronted_settings){ .first_session = FIRST,
		.first_object = FIRST_OBJECT,
		.sessions_max = 100,
		.objects_max = 100 };
}

static CK_SESSION_HANDLE
open_session(CK_SESSION_HANDLE vendor)
{
	CK_SESSION_HANDLE session;

	EXPECT_RV(fronted_session_add(0, vendor, 0, &session), CKR_OK);
	return session;
}

TEST(sessions_that_were_closed_cost_no_memory)
{
	CK_SESSION_HANDLE stays, session, vendor;
	unsigned slot;
	int i;

	set_up();
	stays = open_session(1);
	EXPECT_NUMBER(stays, FIRST);
	for (i = 1; i <= MANY; i++) {
		session = open_session(2 + (CK_ULONG)i % 3);
		EXPECT_NUMBER(session, (CK_ULONG)FIRST + (CK_ULONG)i);
		EXPECT_NUMBER(fronted_session_newest(), session);
		EXPECT(fronted_session_find(session, &slot, &vendor));
		EXPECT_NUMBER(vendor, 2 + (CK_ULONG)i % 3);
		EXPECT(!fronted_session_find(session - 1, &slot, &vendor) ||
			session - 1 == stays);
		fronted_session_remove(session);
		EXPECT(!fronted_session_find(session, &slot, &vendor));
	}
	EXPECT(fronted_session_find(stays, &slot, &vendor));
	EXPECT_NUMBER(vendor, 1);
	EXPECT(most <= 128);
}

TEST(sessions_that_are_open_are_counted)
{
	CK_SESSION_HANDLE first = 0, session;
	CK_ULONG i;

	set_up();
	for (i = 0; i < 100; i++) {
		session = open_session(1000 + i);
		first = first ? first : session;
	}
	EXPECT_RV(fronted_session_add(0, 9, 0, &session), CKR_SESSION_COUNT);
	fronted_session_remove(first);
	EXPECT_RV(fronted_session_add(0, 9, 0, &session), CKR_OK);
	fronted_sessions_remove(0);
	EXPECT(!fronted_sessions_are_open(0));
	EXPECT_RV(fronted_session_add(0, 9, 0, &session), CKR_OK);
	EXPECT_NUMBER(session, FIRST + 101);
}

TEST(objects_that_are_gone_make_room_for_others)
{
	CK_OBJECT_HANDLE stays, object, known, vendor;
	CK_ULONG i;

	set_up();
	EXPECT_RV(fronted_object_add(0, 5, 0, NULL, &stays), CKR_OK);
	for (i = 1; i <= MANY; i++) {
		EXPECT_RV(fronted_object_add(0, 1000 + i, 0, NULL, &object),
			CKR_OK);
		EXPECT_NUMBER(object, FIRST_OBJECT + i);
		EXPECT(fronted_object_find(0, object, &vendor));
		EXPECT_NUMBER(vendor, 1000 + i);
		fronted_object_remove(0, object);
		EXPECT(!fronted_object_find(0, object, &vendor));
	}
	EXPECT_RV(fronted_object_add(0, 5, 0, NULL, &known), CKR_OK);
	EXPECT_NUMBER(known, stays);
	EXPECT(fronted_object_find(0, stays, &vendor));
	EXPECT_NUMBER(vendor, 5);
	EXPECT(most <= 256);
}

TEST(objects_of_a_session_end_with_it_and_others_stay)
{
	CK_OBJECT_HANDLE objects[100], vendor;
	CK_SESSION_HANDLE session;
	CK_ULONG round, i;

	set_up();
	for (round = 0; round < 50; round++) {
		session = open_session(1);
		for (i = 0; i < 40; i++)
			EXPECT_RV(fronted_object_add(0, 1 + i,
					  i % 2 ? session : 0, NULL,
					  &objects[i]),
				CKR_OK);
		fronted_session_remove(session);
		for (i = 0; i < 40; i++)
			EXPECT(fronted_object_find(0, objects[i], &vendor) ==
				(i % 2 == 0));
	}
	EXPECT_NUMBER(objects[0], FIRST_OBJECT);
}

static struct fronted_mark
mark_of(unsigned number)
{
	struct fronted_mark mark = { .is_set = true };

	memcpy(mark.digest, &number, sizeof(number));
	return mark;
}

TEST(an_object_that_went_with_its_token_has_its_number_again)
{
	const struct fronted_mark one = mark_of(1), other = mark_of(2);
	CK_OBJECT_HANDLE object, unmarked, again, vendor;

	set_up();
	EXPECT_RV(fronted_object_add(0, 5, 0, &one, &object), CKR_OK);
	EXPECT_RV(fronted_object_add(0, 6, 0, NULL, &unmarked), CKR_OK);
	fronted_slot_forget(0);
	EXPECT(!fronted_object_find(0, object, &vendor));
	EXPECT(fronted_object_was(0, object, &vendor));
	EXPECT(!fronted_object_was(1, object, &vendor));
	EXPECT(!fronted_object_was(0, unmarked, &vendor));
	fronted_object_return(0, 7, &other);
	fronted_object_return(1, 7, &one);
	EXPECT(!fronted_object_find(0, object, &vendor));
	EXPECT_RV(fronted_object_add(0, 5, 0, &other, &again), CKR_OK);
	EXPECT(again != object && again != unmarked);
	EXPECT_RV(fronted_object_add(0, 7, 0, &one, &again), CKR_OK);
	EXPECT_NUMBER(again, object);
	EXPECT(fronted_object_find(0, object, &vendor));
	EXPECT_NUMBER(vendor, 7);
	EXPECT(!fronted_object_was(0, object, &vendor));
}

TEST(an_object_that_was_just_made_is_none_that_went)
{
	struct fronted_mark mark = mark_of(1);
	CK_OBJECT_HANDLE object, made, vendor;

	set_up();
	EXPECT_RV(fronted_object_add(0, 5, 0, &mark, &object), CKR_OK);
	fronted_slot_forget(0);
	mark.is_new = true;
	EXPECT_RV(fronted_object_add(0, 6, 0, &mark, &made), CKR_OK);
	EXPECT(made != object);
	mark.is_new = false;
	fronted_object_return(0, 5, &mark);
	EXPECT(fronted_object_find(0, object, &vendor));
	EXPECT_NUMBER(vendor, 5);
}

/* A card that was exchanged while nobody looked. */
TEST(what_a_later_session_finds_under_a_handle_may_be_another_object)
{
	const struct fronted_mark one = mark_of(1), other = mark_of(2);
	CK_OBJECT_HANDLE object, found, vendor;

	set_up();
	EXPECT_RV(fronted_object_add_found(0, 5, 1, &one, &object), CKR_OK);
	EXPECT(fronted_object_known(0, 5, 1));
	EXPECT(!fronted_object_known(0, 5, 2));
	EXPECT_RV(fronted_object_add_found(0, 5, 2, &one, &found), CKR_OK);
	EXPECT_NUMBER(found, object);
	EXPECT(fronted_object_known(0, 5, 2));
	EXPECT_RV(fronted_object_add_found(0, 5, 3, &other, &found), CKR_OK);
	EXPECT(found != object);
	EXPECT(!fronted_object_find(0, object, &vendor));
	EXPECT(fronted_object_was(0, object, &vendor));
}

TEST(an_object_whose_label_was_changed_keeps_its_handle)
{
	const struct fronted_mark one = mark_of(1), other = mark_of(2);
	CK_OBJECT_HANDLE object, found;

	set_up();
	EXPECT_RV(fronted_object_add_found(0, 5, 1, &one, &object), CKR_OK);
	fronted_object_unmark(0, object);
	EXPECT_RV(fronted_object_add_found(0, 5, 1, &other, &found), CKR_OK);
	EXPECT_NUMBER(found, object);
	fronted_slot_forget(0);
	EXPECT_RV(fronted_object_add_found(0, 8, 2, &other, &found), CKR_OK);
	EXPECT_NUMBER(found, object);
}

TEST(objects_that_went_a_thousand_times_keep_their_numbers_and_cost_nothing)
{
	CK_OBJECT_HANDLE objects[40], again;
	struct fronted_mark mark;
	unsigned round, i;

	set_up();
	for (round = 0; round < 1000; round++) {
		for (i = 0; i < 40; i++) {
			mark = mark_of(i);
			EXPECT_RV(fronted_object_add(0, 100 * round + i, 0,
					  &mark, &again),
				CKR_OK);
			if (!round)
				objects[i] = again;
			EXPECT_NUMBER(again, objects[i]);
		}
		fronted_slot_forget(0);
	}
	EXPECT(most <= 256);
}

TEST(objects_that_never_come_back_are_forgotten_in_the_end)
{
	CK_OBJECT_HANDLE first, last = 0, vendor;
	struct fronted_mark mark = mark_of(0);
	unsigned i;

	set_up();
	EXPECT_RV(fronted_object_add(0, 1, 0, &mark, &first), CKR_OK);
	for (i = 1; i < 20000; i++) {
		fronted_slot_forget(0);
		mark = mark_of(i);
		EXPECT_RV(fronted_object_add(0, 1, 0, &mark, &last), CKR_OK);
	}
	fronted_slot_forget(0);
	EXPECT(!fronted_object_was(0, first, &vendor));
	EXPECT(fronted_object_was(0, last, &vendor));
	EXPECT(most <= 16384);
}
