/* SPDX-License-Identifier: BSD-2-Clause */
/* Searches that find what a vendor does not have. */

#include "config.h"

#include "tests/test.h"
#include "tests/unit/vendor-kit.h"
#include "token/fronted-call.h"
#include "token/fronted-supplement.h"

#include <pthread.h>

static CK_OBJECT_CLASS certificate = CKO_CERTIFICATE, profile = CKO_PROFILE;
static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
static const CK_FUNCTION_LIST_3_0 *list;

static CK_ATTRIBUTE open_certificate[] = {
	{ CKA_CLASS, &certificate, sizeof(certificate) },
	{ CKA_TOKEN, &yes, 1 },
	{ CKA_PRIVATE, &no, 1 },
};

static CK_SESSION_HANDLE
open_session(void)
{
	CK_SESSION_HANDLE session = 0;

	EXPECT_RV(list->C_OpenSession(VENDOR_SLOT, CKF_SERIAL_SESSION, NULL,
			  NULL, &session),
		CKR_OK);
	return session;
}

static CK_ULONG
find_profiles(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *found)
{
	CK_ATTRIBUTE template = { CKA_CLASS, &profile, sizeof(profile) };

	return vendor_find(list, session, &template, 1, found, 4);
}

/* NSS looks for certificates before a login only where there is one. */
TEST(a_profile_says_that_certificates_are_public)
{
	CK_OBJECT_HANDLE found[4];
	CK_ULONG id = 0;
	CK_ATTRIBUTE asked = { CKA_PROFILE_ID, &id, sizeof(id) };
	CK_SESSION_HANDLE session;

	vendor_add(open_certificate, 3);
	list = vendor_front();
	session = open_session();
	EXPECT_NUMBER(find_profiles(session, found), 1);
	EXPECT_RV(list->C_GetAttributeValue(session, found[0], &asked, 1),
		CKR_OK);
	EXPECT_NUMBER(id, CKP_PUBLIC_CERTIFICATES_TOKEN);
}

TEST(a_token_whose_certificates_are_private_has_none)
{
	CK_ATTRIBUTE closed[] = { open_certificate[0], open_certificate[1],
		{ CKA_PRIVATE, &yes, 1 } };
	CK_OBJECT_HANDLE found[4];

	vendor_add(closed, 3);
	list = vendor_front();
	EXPECT_NUMBER(find_profiles(open_session(), found), 0);
}

TEST(what_the_vendor_has_comes_first_and_all_comes_once)
{
	CK_OBJECT_HANDLE found[4];
	CK_SESSION_HANDLE session;

	vendor_add(open_certificate, 3);
	list = vendor_front();
	session = open_session();
	EXPECT_NUMBER(vendor_find(list, session, NULL, 0, found, 4), 2);
	EXPECT(found[0] != found[1]);
	/* One by one it is the same. */
	EXPECT_NUMBER(vendor_find(list, session, NULL, 0, found, 1), 1);
	EXPECT_NUMBER(vendor_find(list, session, NULL, 0, found + 2, 2), 2);
	EXPECT_NUMBER(found[2], found[0]);
	EXPECT_NUMBER(found[3], found[1]);
}

/* Whoever is told that all went well reads as much as the length says. */
TEST(a_value_that_is_not_there_is_no_success)
{
	CK_ATTRIBUTE lying[] = { open_certificate[0], open_certificate[1],
		{ CKA_LABEL, NULL, CK_UNAVAILABLE_INFORMATION } };
	CK_ATTRIBUTE asked = { CKA_LABEL, NULL, 0 };
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE found;

	vendor_add(lying, 3);
	list = vendor_front();
	session = open_session();
	EXPECT_NUMBER(
		vendor_find(list, session, open_certificate, 2, &found, 1), 1);
	EXPECT_RV(list->C_GetAttributeValue(session, found, &asked, 1),
		CKR_ATTRIBUTE_TYPE_INVALID);
	EXPECT_NUMBER(asked.ulValueLen, CK_UNAVAILABLE_INFORMATION);
}

static char der[] = "DER";
static CK_ATTRIBUTE whole_certificate[] = {
	{ CKA_CLASS, &certificate, sizeof(certificate) },
	{ CKA_TOKEN, &yes, 1 },
	{ CKA_PRIVATE, &no, 1 },
	{ CKA_VALUE, der, 3 },
};

/* A session with a card that has the certificate, and may go and be back. Its
 * slot's place is 0. */
static CK_SESSION_HANDLE
open_card(void)
{
	vendor_slot_flags |= CKF_REMOVABLE_DEVICE;
	vendor_add(whole_certificate, 4);
	list = vendor_front();
	return open_session();
}

static CK_OBJECT_HANDLE
find_certificate(CK_SESSION_HANDLE session)
{
	CK_OBJECT_HANDLE found = 0;

	EXPECT_NUMBER(
		vendor_find(list, session, open_certificate, 2, &found, 1), 1);
	return found;
}

static CK_RV
ask(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object)
{
	CK_ATTRIBUTE asked = { CKA_CLASS, NULL, 0 };

	return list->C_GetAttributeValue(session, object, &asked, 1);
}

TEST(handles_from_before_a_card_was_away_mean_the_same_objects)
{
	CK_SESSION_HANDLE session = open_card();
	CK_OBJECT_HANDLE found[4], again[4];
	CK_ULONG i;

	EXPECT_NUMBER(vendor_find(list, session, NULL, 0, found, 4), 2);
	fronted_slot_forget(0);
	EXPECT_RV(ask(session, found[0]), CKR_SESSION_HANDLE_INVALID);
	session = open_session();
	for (i = 0; i < 2; i++)
		EXPECT_RV(ask(session, found[i]), CKR_OK);
	EXPECT_NUMBER(vendor_find(list, session, NULL, 0, again, 4), 2);
	EXPECT_NUMBER(again[0], found[0]);
	EXPECT_NUMBER(again[1], found[1]);
	/* One that is not there stays lost. */
	fronted_slot_forget(0);
	vendor_remove();
	EXPECT_RV(ask(open_session(), found[0]), CKR_OBJECT_HANDLE_INVALID);
}

TEST(a_look_that_failed_is_taken_again)
{
	CK_OBJECT_HANDLE found = find_certificate(open_card());
	CK_SESSION_HANDLE session;

	fronted_slot_forget(0);
	session = open_session();
	vendor_refuses = 1;
	EXPECT_RV(ask(session, found), CKR_OBJECT_HANDLE_INVALID);
	EXPECT_RV(ask(session, found), CKR_OK);
}

TEST(another_object_of_the_same_name_has_another_handle)
{
	CK_OBJECT_HANDLE found = find_certificate(open_card());
	CK_SESSION_HANDLE session;

	fronted_slot_forget(0);
	der[0] = 'R';
	session = open_session();
	EXPECT_RV(ask(session, found), CKR_OBJECT_HANDLE_INVALID);
	EXPECT(find_certificate(session) != found);
}

enum { THREADS = 4 };

static CK_OBJECT_HANDLE from_before;

static void *
ask_for_it(void *session)
{
	EXPECT_RV(ask(*(CK_SESSION_HANDLE *)session, from_before), CKR_OK);
	return NULL;
}

TEST(threads_that_ask_together_for_what_was_away_wait_for_one_look)
{
	CK_SESSION_HANDLE sessions[THREADS];
	pthread_t threads[THREADS];
	size_t i;

	from_before = find_certificate(open_card());
	fronted_slot_forget(0);
	for (i = 0; i < THREADS; i++)
		sessions[i] = open_session();
	vendor_searches = 0;
	vendor_delay = 50;
	for (i = 0; i < THREADS; i++)
		EXPECT(pthread_create(&threads[i], NULL, ask_for_it,
			       &sessions[i]) == 0);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	EXPECT_NUMBER(vendor_searches, 1);
}

/* A sanitizer needs no luck to see two meet. */
enum { SEARCHES = SANITIZED ? 1000 : 100000 };

static void *
search_often(void *session)
{
	CK_OBJECT_HANDLE found[4];
	CK_ULONG i;

	for (i = 0; i < SEARCHES; i++)
		EXPECT_NUMBER(
			find_profiles(*(CK_SESSION_HANDLE *)session, found), 1);
	return NULL;
}

TEST(searches_of_several_threads_each_find_all)
{
	CK_SESSION_HANDLE sessions[THREADS];
	pthread_t threads[THREADS];
	size_t i;

	vendor_add(open_certificate, 3);
	list = vendor_front();
	for (i = 0; i < THREADS; i++)
		sessions[i] = open_session();
	for (i = 0; i < THREADS; i++)
		EXPECT(pthread_create(&threads[i], NULL, search_often,
			       &sessions[i]) == 0);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}
