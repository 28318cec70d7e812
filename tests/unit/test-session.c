/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions and logins, as far as one application sees them. */

#include "config.h"

#include "tests/test.h"
#include "tests/unit/soft-kit.h"
#include "token/pin-rules.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static CK_RV
begin_signing(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
	CK_MECHANISM mechanism = { CKM_ECDSA, NULL, 0 };

	return p11->C_SignInit(session, &mechanism, key);
}

static CK_RV
finish_signing(CK_SESSION_HANDLE session)
{
	CK_BYTE signature[128], digest[32] = { 1 };
	CK_ULONG length = sizeof(signature);

	return p11->C_Sign(session, digest, sizeof(digest), signature, &length);
}

TEST(numbers_start_where_they_are_told_to_and_never_repeat)
{
	CK_SESSION_HANDLE first, second;
	CK_OBJECT_HANDLE object, later;
	CK_SLOT_ID slot;

	kit_configuration()->first_session = 5000;
	kit_configuration()->first_session_object = (1UL << 30) + 77;
	kit_start();
	slot = kit_token();
	first = kit_session(slot, CKF_RW_SESSION);
	EXPECT(first >= 5000);
	object = kit_create_data(first, false, false, "one");
	EXPECT_NUMBER(object, (1UL << 30) + 77);
	EXPECT_RV(p11->C_CloseSession(first), CKR_OK);
	EXPECT_RV(p11->C_Finalize(NULL), CKR_OK);
	EXPECT_RV(p11->C_Initialize(NULL), CKR_OK);
	second = kit_session(slot, CKF_RW_SESSION);
	EXPECT(second > first);
	later = kit_create_data(second, false, false, "one");
	EXPECT(later > object);
	EXPECT_RV(p11->C_CloseSession(first), CKR_SESSION_HANDLE_INVALID);
}

TEST(logout_ends_operations_with_private_keys_in_every_session)
{
	CK_SESSION_HANDLE session = kit_user_session(), other;
	CK_MECHANISM sha256 = { CKM_SHA256, NULL, 0 };
	CK_OBJECT_HANDLE public, private, secret;
	CK_SESSION_INFO info;
	CK_BYTE digest[32];
	CK_ULONG length = sizeof(digest);

	kit_generate_ec_pair(session, true, &public, &private);
	secret = kit_create_data(session, false, true, "mine");
	EXPECT_RV(p11->C_GetSessionInfo(session, &info), CKR_OK);
	other = kit_session(info.slotID, 0);
	EXPECT_RV(begin_signing(other, private), CKR_OK);
	EXPECT_RV(p11->C_DigestInit(other, &sha256), CKR_OK);
	EXPECT_RV(p11->C_Logout(session), CKR_OK);
	EXPECT_RV(finish_signing(other), CKR_OPERATION_NOT_INITIALIZED);
	EXPECT_RV(begin_signing(other, private), CKR_KEY_HANDLE_INVALID);
	EXPECT_RV(p11->C_Digest(other, digest, 1, digest, &length), CKR_OK);
	kit_login(session);
	/* Session objects that were private went; token objects are back. */
	EXPECT_RV(p11->C_DestroyObject(session, secret),
		CKR_OBJECT_HANDLE_INVALID);
	EXPECT_RV(begin_signing(other, private), CKR_OK);
	EXPECT_RV(finish_signing(other), CKR_OK);
}

TEST(the_last_session_takes_the_login_along)
{
	CK_SESSION_HANDLE session = kit_user_session();
	CK_SESSION_INFO info;

	EXPECT_RV(p11->C_GetSessionInfo(session, &info), CKR_OK);
	EXPECT_NUMBER(info.state, CKS_RW_USER_FUNCTIONS);
	EXPECT_RV(p11->C_CloseSession(session), CKR_OK);
	session = kit_session(info.slotID, CKF_RW_SESSION);
	EXPECT_RV(p11->C_GetSessionInfo(session, &info), CKR_OK);
	EXPECT_NUMBER(info.state, CKS_RW_PUBLIC_SESSION);
}

TEST(a_forked_child_has_no_session_and_harms_none)
{
	CK_SESSION_HANDLE session = kit_user_session();
	CK_OBJECT_HANDLE public, private;
	int status;

	kit_generate_ec_pair(session, true, &public, &private);
	if (fork() == 0) {
		if (begin_signing(session, private) !=
			CKR_CRYPTOKI_NOT_INITIALIZED)
			_exit(1);
		if (p11->C_Initialize(NULL) != CKR_OK)
			_exit(2);
		if (begin_signing(session, private) !=
			CKR_SESSION_HANDLE_INVALID)
			_exit(3);
		_exit(p11->C_Finalize(NULL) == CKR_OK ? 0 : 4);
	}
	EXPECT(wait(&status) > 0);
	EXPECT_NUMBER(WEXITSTATUS(status), 0);
	EXPECT_RV(begin_signing(session, private), CKR_OK);
	EXPECT_RV(finish_signing(session), CKR_OK);
}

static const struct {
	const char *pin;
	CK_RV rv;
} new_pins[] = {
	{ "12345678", CKR_PIN_LEN_RANGE },
	{ "1234567890", CKR_OK },
	{ "seven77", CKR_PIN_LEN_RANGE },
	{ "eight888", CKR_OK },
	{ "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", CKR_PIN_LEN_RANGE },
	{ "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x91xy",
		CKR_OK },
	{ "latin-1 \xe9", CKR_PIN_INVALID },
	{ "overlong \xc0\xaf", CKR_PIN_INVALID },
	{ "overlong \xe0\x80\xaf", CKR_PIN_INVALID },
	{ "surrogate \xed\xa0\x80", CKR_PIN_INVALID },
	{ "too high \xf4\x90\x80\x80", CKR_PIN_INVALID },
	{ "lonely \x80 tail", CKR_PIN_INVALID },
	{ "cut off \xe2\x82", CKR_PIN_INVALID },
};

TEST(new_pins_are_counted_in_characters_of_utf_8)
{
	size_t i;

	for (i = 0; i < sizeof(new_pins) / sizeof(*new_pins); i++)
		EXPECT_RV(pin_check_new((const CK_UTF8CHAR *)new_pins[i].pin,
				  strlen(new_pins[i].pin), 8, 10),
			new_pins[i].rv);
	EXPECT_RV(
		pin_check_new((const CK_UTF8CHAR *)"nul \0 inside", 12, 8, 10),
		CKR_PIN_INVALID);
}

TEST(ten_thousand_sessions_leave_nothing_behind)
{
	CK_SESSION_HANDLE session, keeper = kit_user_session();
	CK_SESSION_INFO info;
	CK_TOKEN_INFO token;
	int i;

	EXPECT_RV(p11->C_GetSessionInfo(keeper, &info), CKR_OK);
	for (i = 0; i < 10000; i++) {
		session = kit_session(info.slotID, 0);
		if (i % 100 == 0)
			kit_create_data(session, false, true, "temporary");
		EXPECT_RV(p11->C_CloseSession(session), CKR_OK);
	}
	EXPECT_RV(p11->C_GetTokenInfo(info.slotID, &token), CKR_OK);
	EXPECT_NUMBER(token.ulSessionCount, 1);
	EXPECT_NUMBER(kit_count(keeper,
			      (CK_ATTRIBUTE[]){
				      kit_number(CKA_CLASS, &kit_data_class) },
			      1, NULL),
		0);
}

/* Threads that share one session, while others come, sign and go. */
static CK_SLOT_ID shared_slot;
static CK_SESSION_HANDLE shared_session;
static CK_OBJECT_HANDLE shared_key;
static atomic_int wrong;

static bool
is_one_of(CK_RV rv, const CK_RV *list, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (list[i] == rv)
			return true;
	return false;
}

static void *
use_shared_session(void *unused)
{
	/* What two threads in one session may do to each other. */
	static const CK_RV fair[] = { CKR_OK, CKR_OPERATION_ACTIVE,
		CKR_OPERATION_NOT_INITIALIZED };
	CK_ATTRIBUTE none[] = { kit_text(CKA_LABEL, "nobody") };
	int i;

	for (i = 0; i < 300; i++) {
		wrong += !is_one_of(
			begin_signing(shared_session, shared_key), fair, 3);
		wrong += !is_one_of(finish_signing(shared_session), fair, 3);
		wrong += !is_one_of(
			p11->C_FindObjectsInit(shared_session, none, 1), fair,
			3);
		wrong += !is_one_of(
			p11->C_FindObjectsFinal(shared_session), fair, 3);
	}
	return NULL;
}

static void *
use_own_session(void *unused)
{
	CK_SESSION_HANDLE session;
	int i;

	for (i = 0; i < 300; i++) {
		if (p11->C_OpenSession(shared_slot, CKF_SERIAL_SESSION, NULL,
			    NULL, &session) != CKR_OK ||
			begin_signing(session, shared_key) != CKR_OK ||
			finish_signing(session) != CKR_OK ||
			p11->C_CloseSession(session) != CKR_OK)
			wrong++;
	}
	return NULL;
}

static void *
change_objects(void *unused)
{
	CK_ATTRIBUTE label = kit_text(CKA_LABEL, "changed");
	CK_OBJECT_HANDLE object;
	CK_SESSION_HANDLE session = kit_session(shared_slot, CKF_RW_SESSION);
	int i;

	for (i = 0; i < 30; i++) {
		object = kit_create_data(session, i % 2, true, "fleeting");
		if (p11->C_SetAttributeValue(session, object, &label, 1) !=
				CKR_OK ||
			p11->C_DestroyObject(session, object) != CKR_OK)
			wrong++;
	}
	return NULL;
}

TEST(threads_share_a_session_and_have_their_own)
{
	void *(*const work[])(void *) = { use_shared_session,
		use_shared_session, use_own_session, use_own_session,
		change_objects };
	pthread_t threads[5];
	CK_OBJECT_HANDLE public;
	CK_SESSION_INFO info;
	int i;

	shared_session = kit_user_session();
	EXPECT_RV(p11->C_GetSessionInfo(shared_session, &info), CKR_OK);
	shared_slot = info.slotID;
	kit_generate_ec_pair(shared_session, true, &public, &shared_key);
	for (i = 0; i < 5; i++)
		EXPECT(pthread_create(&threads[i], NULL, work[i], NULL) == 0);
	for (i = 0; i < 5; i++)
		EXPECT(pthread_join(threads[i], NULL) == 0);
	EXPECT_NUMBER(wrong, 0);
	EXPECT_RV(p11->C_Finalize(NULL), CKR_OK);
}

static void *
finalize_and_start(void *unused)
{
	int i;

	for (i = 0; i < 20; i++) {
		usleep(2000);
		p11->C_Finalize(NULL);
		p11->C_Initialize(NULL);
	}
	return NULL;
}

static void *
sign_whatever_happens(void *unused)
{
	CK_SESSION_HANDLE session;
	int i;

	for (i = 0; i < 500; i++) {
		if (p11->C_OpenSession(shared_slot, CKF_SERIAL_SESSION, NULL,
			    NULL, &session) != CKR_OK)
			continue;
		begin_signing(session, shared_key);
		finish_signing(session);
		p11->C_CloseSession(session);
	}
	return NULL;
}

/* An application should not; a token has to live through it. */
TEST(finalize_amid_other_calls_crashes_nothing)
{
	pthread_t threads[3];
	CK_OBJECT_HANDLE public;
	CK_SESSION_INFO info;
	int i;

	shared_session = kit_user_session();
	EXPECT_RV(p11->C_GetSessionInfo(shared_session, &info), CKR_OK);
	shared_slot = info.slotID;
	kit_generate_ec_pair(shared_session, true, &public, &shared_key);
	for (i = 0; i < 3; i++)
		EXPECT(pthread_create(&threads[i], NULL,
			       i ? sign_whatever_happens : finalize_and_start,
			       NULL) == 0);
	for (i = 0; i < 3; i++)
		EXPECT(pthread_join(threads[i], NULL) == 0);
	EXPECT_RV(p11->C_Finalize(NULL), CKR_OK);
}

/* One thread works on something long, while this one does short things: were a
 * lock held, one of them would take all of that time. */
static atomic_bool is_done;

static void *
generate_long_key(void *unused)
{
	static const CK_ULONG bits = 3072;
	CK_MECHANISM mechanism = { CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0 };
	CK_ATTRIBUTE of_public[] = { kit_number(CKA_MODULUS_BITS, &bits) };
	CK_OBJECT_HANDLE public, private;

	wrong += p11->C_GenerateKeyPair(shared_session, &mechanism, of_public,
			 1, NULL, 0, &public, &private) != CKR_OK;
	is_done = true;
	return NULL;
}

static void *
log_in(void *unused)
{
	wrong += p11->C_Login(shared_session, CKU_USER,
			 (CK_UTF8CHAR[]){ KIT_PIN },
			 sizeof(KIT_PIN) - 1) != CKR_OK;
	is_done = true;
	return NULL;
}

static double
seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void
expect_no_delay_by(void *(*work)(void *))
{
	CK_ATTRIBUTE none[] = { kit_text(CKA_LABEL, "nobody") };
	double start, last, now, longest = 0;
	CK_SESSION_HANDLE own;
	pthread_t thread;

	start = last = seconds();
	EXPECT(pthread_create(&thread, NULL, work, NULL) == 0);
	while (!is_done) {
		own = kit_session(shared_slot, 0);
		EXPECT_NUMBER(kit_count(own, none, 1, NULL), 0);
		EXPECT_NUMBER(kit_count(shared_session, none, 1, NULL), 0);
		EXPECT_RV(p11->C_CloseSession(own), CKR_OK);
		now = seconds();
		longest = now - last > longest ? now - last : longest;
		last = now;
	}
	EXPECT(pthread_join(thread, NULL) == 0);
	EXPECT_NUMBER(wrong, 0);
	EXPECT(longest < 0.75 * (last - start));
}

TEST(a_key_generation_delays_no_other_thread)
{
	CK_SESSION_INFO info;

	shared_session = kit_user_session();
	EXPECT_RV(p11->C_GetSessionInfo(shared_session, &info), CKR_OK);
	shared_slot = info.slotID;
	expect_no_delay_by(generate_long_key);
}

TEST(a_login_delays_no_other_thread)
{
	kit_configuration()->cost.memory = 65536;
	kit_start();
	shared_slot = kit_token();
	shared_session = kit_session(shared_slot, 0);
	expect_no_delay_by(log_in);
}

static void *
sign_often(void *unused)
{
	CK_SESSION_HANDLE session = kit_session(shared_slot, 0);
	int i;

	for (i = 0; i < 2000; i++)
		if (begin_signing(session, shared_key) != CKR_OK ||
			finish_signing(session) != CKR_OK)
			wrong++;
	return NULL;
}

/* A thread that finds a lock taken gives its processor up; so these switches
 * tell, on a busy machine too, that no lock is held while a key works. */
TEST(threads_sign_without_waiting_for_each_other)
{
	struct rusage before, after;
	CK_OBJECT_HANDLE public;
	CK_SESSION_INFO info;
	pthread_t threads[2];
	int i;

	shared_session = kit_user_session();
	EXPECT_RV(p11->C_GetSessionInfo(shared_session, &info), CKR_OK);
	shared_slot = info.slotID;
	kit_generate_ec_pair(shared_session, true, &public, &shared_key);
	EXPECT(getrusage(RUSAGE_SELF, &before) == 0);
	for (i = 0; i < 2; i++)
		EXPECT(pthread_create(&threads[i], NULL, sign_often, NULL) ==
			0);
	for (i = 0; i < 2; i++)
		EXPECT(pthread_join(threads[i], NULL) == 0);
	EXPECT(getrusage(RUSAGE_SELF, &after) == 0);
	EXPECT_NUMBER(wrong, 0);
	EXPECT(after.ru_nvcsw - before.ru_nvcsw < 200);
}

/* Its value was read by the login, though everybody sees the object. */
TEST(a_logout_ends_what_runs_with_a_tokens_secret_key)
{
	CK_SESSION_HANDLE session = kit_user_session();
	CK_BYTE value[16] = { 1 }, out[16];
	CK_MECHANISM ecb = { CKM_AES_ECB, NULL, 0 };
	CK_ATTRIBUTE template[] = { kit_number(CKA_CLASS, &kit_secret_class),
		kit_number(CKA_KEY_TYPE, &kit_aes),
		kit_flag(CKA_PRIVATE, false), kit_flag(CKA_ENCRYPT, true),
		kit_bytes(CKA_VALUE, value, sizeof(value)),
		kit_flag(CKA_TOKEN, true) };
	CK_OBJECT_HANDLE lasting, fleeting;
	CK_ULONG length = sizeof(out);

	EXPECT_RV(p11->C_CreateObject(session, template, 6, &lasting), CKR_OK);
	EXPECT_RV(p11->C_CreateObject(session, template, 5, &fleeting), CKR_OK);
	EXPECT_RV(p11->C_EncryptInit(session, &ecb, lasting), CKR_OK);
	EXPECT_RV(p11->C_Logout(session), CKR_OK);
	EXPECT_RV(p11->C_Encrypt(session, value, 16, out, &length),
		CKR_OPERATION_NOT_INITIALIZED);
	/* The session's own is nobody's secret: it goes on. */
	kit_login(session);
	EXPECT_RV(p11->C_EncryptInit(session, &ecb, fleeting), CKR_OK);
	EXPECT_RV(p11->C_Logout(session), CKR_OK);
	length = sizeof(out);
	EXPECT_RV(p11->C_Encrypt(session, value, 16, out, &length), CKR_OK);
}
