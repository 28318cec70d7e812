/* SPDX-License-Identifier: BSD-2-Clause */
/* A fronted module: each call of ours becomes one of the vendor's. */

#include "config.h"

#include "token/fronted-call.h"
#include "token/fronted-quirk.h"
#include "token/fronted-supplement.h"

#include "pkcs11/calls.h"
#include "pkcs11/clock.h"
#include "pkcs11/code.h"
#include "pkcs11/log.h"
#include "pkcs11/name.h"
#include "pkcs11/tables.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Seconds beyond a call's time limit, at which the application gave it up. */
enum { GRACE = 2 };

/* Seconds for a module to be loaded and to begin. */
enum { START_TIME = 60 };

/* Failures of the device in a row, after which nothing but a fresh start is
 * thought to help. */
enum { FAILURES_MOST = 2 };

/* Seconds that a vendor has to put its things away. */
enum { FINISH_TIME = 2 };

const CK_FUNCTION_LIST_3_0 *fronted_vendor;
struct fronted_settings fronted_settings;

/* The calls under way, oldest last. */
static pthread_mutex_t calls_lock = PTHREAD_MUTEX_INITIALIZER;
static struct fronted_call *calls;
/* Held during each call of a vendor that bears only one. */
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
const struct fronted_quirk *fronted_quirk;
static atomic_uint failures;
static atomic_bool is_spent;

static int64_t
now(void)
{
	return clock_milliseconds();
}

/* A prime takes the time that it takes, and so does a token that is wiped. */
static bool
takes_its_time(uint32_t number)
{
	return number == CALL_C_GenerateKeyPair || number == CALL_C_InitToken;
}

static unsigned
usual_seconds(uint32_t number)
{
	return call_rows[number].seconds + GRACE;
}

static unsigned
seconds_for(uint32_t number)
{
	const unsigned wish = fronted_settings.call_seconds;
	const unsigned usual = usual_seconds(number);

	return !wish || (takes_its_time(number) && usual > wish) ? usual : wish;
}

static void
watch(struct fronted_call *call)
{
	call->begun = now();
	pthread_mutex_lock(&calls_lock);
	call->next = calls;
	calls = call;
	pthread_mutex_unlock(&calls_lock);
}

static void
watch_no_more(struct fronted_call *call)
{
	struct fronted_call **link = &calls;

	pthread_mutex_lock(&calls_lock);
	while (*link != call)
		link = &(*link)->next;
	*link = call->next;
	pthread_mutex_unlock(&calls_lock);
}

static struct fronted_call start;

void
fronted_starts(unsigned seconds)
{
	start = (struct fronted_call){ .seconds =
					       seconds ? seconds : START_TIME };
	watch(&start);
}

void
fronted_has_started(void)
{
	watch_no_more(&start);
}

/* With the turn. */
static void
begin(struct fronted_call *call, uint32_t number)
{
	*call = (struct fronted_call){ .number = number,
		.seconds = seconds_for(number),
		.slot = ~0u,
		.rv = CKR_OK };
	watch(call);
}

/* Who waited for too long for the turn has given up, and wants no signature
 * any more. */
void
fronted_begin(struct fronted_call *call, uint32_t number)
{
	bool has_waited = false;

	if (fronted_settings.is_serial && pthread_mutex_trylock(&turn) != 0) {
		pthread_mutex_lock(&turn);
		has_waited = true;
	}
	begin(call, number);
	if (has_waited && !fronted_settings.is_awaited())
		call->rv = CKR_FUNCTION_CANCELED;
}

void
fronted_waits_for_person(struct fronted_call *call)
{
	const unsigned usual = usual_seconds(call->number);

	pthread_mutex_lock(&calls_lock);
	if (call->seconds < usual)
		call->seconds = usual;
	pthread_mutex_unlock(&calls_lock);
}

bool
fronted_begin_at_once(struct fronted_call *call, uint32_t number)
{
	if (fronted_settings.is_serial && pthread_mutex_trylock(&turn) != 0)
		return false;
	begin(call, number);
	return true;
}

void
fronted_begin_session(
	struct fronted_call *call, uint32_t number, CK_SESSION_HANDLE *session)
{
	CK_SESSION_HANDLE vendor = 0;

	fronted_begin(call, number);
	call->session = *session;
	if (call->rv == CKR_OK &&
		!fronted_session_find(*session, &call->slot, &vendor))
		call->rv = CKR_SESSION_HANDLE_INVALID;
	*session = vendor;
}

/* Which of the standard's codes says that it is none, for this call. */
static CK_RV
no_object(uint32_t number)
{
	switch (number) {
	case CALL_C_CopyObject:
	case CALL_C_DestroyObject:
	case CALL_C_GetObjectSize:
	case CALL_C_GetAttributeValue:
	case CALL_C_SetAttributeValue:
		return CKR_OBJECT_HANDLE_INVALID;
	default:
		return CKR_KEY_HANDLE_INVALID;
	}
}

/* Of what the vendor does not have. */
static CK_RV
no_use(uint32_t number)
{
	return no_object(number) == CKR_OBJECT_HANDLE_INVALID
		? CKR_ACTION_PROHIBITED
		: CKR_KEY_FUNCTION_NOT_PERMITTED;
}

void
fronted_object(struct fronted_call *call, CK_OBJECT_HANDLE *object)
{
	CK_OBJECT_HANDLE vendor = 0;

	if (call->rv != CKR_OK || *object == CK_INVALID_HANDLE)
		return;
	call->object = *object;
	if (!fronted_object_find(call->slot, *object, &vendor) &&
		!fronted_supplement_returns(call->slot, *object, &vendor) &&
		!fronted_object_returns(call, *object, &vendor))
		call->rv = no_object(call->number);
	else if (supplement_of(vendor))
		call->rv = no_use(call->number);
	else
		*object = vendor;
}

/* One that lives in a session only is no more when that ends, and its handle
 * may be another's. */
static bool
is_of_token(CK_SESSION_HANDLE vendor, CK_OBJECT_HANDLE object)
{
	CK_BBOOL value = CK_FALSE;
	CK_ATTRIBUTE attribute = { CKA_TOKEN, &value, sizeof(value) };

	return fronted_vendor->C_GetAttributeValue(
		       vendor, object, &attribute, 1) == CKR_OK &&
		value;
}

void
fronted_made(struct fronted_call *call, CK_SESSION_HANDLE vendor,
	CK_OBJECT_HANDLE *object)
{
	CK_SESSION_HANDLE maker = call->session;
	struct fronted_mark mark = { 0 };

	if (call->rv != CKR_OK || !object)
		return;
	if (is_of_token(vendor, *object)) {
		maker = 0;
		fronted_mark_make(&mark, call, vendor, *object);
		mark.is_new = true;
	}
	call->rv =
		fronted_object_add(call->slot, *object, maker, &mark, object);
}

void
fronted_found(struct fronted_call *call, CK_SESSION_HANDLE vendor,
	CK_OBJECT_HANDLE *objects, const CK_ULONG *count)
{
	struct fronted_mark mark = { 0 };
	CK_ULONG i;

	for (i = 0; call->rv == CKR_OK && i < *count; i++) {
		mark.is_set = false;
		if (!fronted_object_known(
			    call->slot, objects[i], call->session))
			fronted_mark_make(&mark, call, vendor, objects[i]);
		call->rv = fronted_object_add_found(call->slot, objects[i],
			call->session, &mark, &objects[i]);
	}
}

/* The codes of the standard have names; and some of those say only that the
 * vendor is at its wits' end. */
static CK_RV
standard_code(CK_RV rv)
{
	if (rv == CKR_CRYPTOKI_NOT_INITIALIZED)
		return CKR_DEVICE_ERROR;
	return strcmp(rv_name(rv), "unknown") == 0 ? CKR_GENERAL_ERROR : rv;
}

static bool
is_removal(CK_RV rv)
{
	return rv == CKR_DEVICE_REMOVED || rv == CKR_TOKEN_NOT_PRESENT;
}

static bool
is_failure(CK_RV rv)
{
	return rv == CKR_DEVICE_ERROR || rv == CKR_GENERAL_ERROR ||
		rv == CKR_FUNCTION_FAILED || rv == CKR_DEVICE_MEMORY;
}

/* What no vendor answers but by its device. */
static bool
needs_device(uint32_t number)
{
	static const uint32_t numbers[] = { CALL_C_Login, CALL_C_SignInit,
		CALL_C_DecryptInit, CALL_C_Sign, CALL_C_SignFinal,
		CALL_C_SignRecover, CALL_C_Decrypt, CALL_C_DecryptFinal,
		CALL_C_UnwrapKey, CALL_C_DeriveKey, CALL_C_GenerateKeyPair };
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (numbers[i] == number)
			return true;
	return false;
}

static void
spend(const struct fronted_call *call)
{
	if (!atomic_exchange(&is_spent, true))
		note("%s: %s: the module is started anew",
			call_rows[call->number].name, rv_name(call->rv));
}

/* The vendor ended a session of this slot that was opened after the last end
 * was seen: those that were open then went with it. */
static bool
is_new_end(const struct fronted_call *call)
{
	static _Atomic(CK_SESSION_HANDLE) seen_until[FRONTED_SLOTS_MOST];
	CK_SESSION_HANDLE vendor;
	unsigned slot;

	/* Another thread may have closed it. */
	if (call->session <= seen_until[call->slot] ||
		!fronted_session_find(call->session, &slot, &vendor))
		return false;
	seen_until[call->slot] = fronted_session_newest();
	return true;
}

/* Of several cards that went together it is one. */
static bool
is_next_end(const struct fronted_call *call)
{
	static _Atomic(CK_SESSION_HANDLE) seen_until;

	if (!call->is_new_end || call->session <= seen_until)
		return false;
	seen_until = fronted_session_newest();
	return true;
}

/* Of a card it means that it was away, if only for a moment: another may be
 * there now, and the vendor's handles for its objects are others. */
static void
note_end(struct fronted_call *call)
{
	call->is_new_end = is_new_end(call);
	if (call->is_new_end && fronted_slot_can_return(call->slot)) {
		fronted_objects_leave(call->slot);
		fronted_slot_doubt(call->slot);
		fronted_login_forget(call->slot);
		fronted_mark_search_again(call->slot);
	}
	fronted_session_close(call);
}

/* A card that is there and, to who logs in, gone is one from before pcscd was
 * started anew. OpenSC finds it so only when it is asked for the token. */
static bool
is_gone_for_logins(const struct fronted_call *call)
{
	CK_TOKEN_INFO token;

	return call->number == CALL_C_Login &&
		fronted_vendor->C_GetTokenInfo(
			fronted_slot_vendor(call->slot), &token) == CKR_OK;
}

/* Vendors that lose their card in the middle of something say what they like.
 * Those that say it well may do so before their reader does, and whoever came
 * back at once would meet a session that ends at once. */
static void
care(struct fronted_call *call)
{
	if (!call->session || call->rv == CKR_OK)
		return;
	if (fronted_quirk->fails_for_good && is_failure(call->rv) &&
		needs_device(call->number)) {
		spend(call);
		call->rv = CKR_DEVICE_REMOVED;
		return;
	}
	if ((is_removal(call->rv) ||
		    (is_failure(call->rv) && needs_device(call->number))) &&
		fronted_slot_goes(call->slot))
		call->rv = CKR_DEVICE_REMOVED;
	if (is_removal(call->rv)) {
		if (is_gone_for_logins(call))
			spend(call);
		fronted_slot_lose(call->slot);
	}
	if (call->rv == CKR_USER_NOT_LOGGED_IN && !call->is_refused)
		fronted_login_forget(call->slot);
	if (call->rv == CKR_SESSION_HANDLE_INVALID && call->slot != ~0u)
		note_end(call);
}

/* Twice in a row: after pcscd was started anew OpenSC finds a card that it then
 * says is gone, for ever, or (0.26) whose sessions end at once. */
static bool
is_lasting(const struct fronted_call *call)
{
	return is_failure(call->rv) || is_next_end(call) ||
		(call->rv == CKR_DEVICE_REMOVED && needs_device(call->number));
}

static void
count_failure(const struct fronted_call *call)
{
	/* Memory that leaked comes back with a fresh process only. */
	if (call->rv == CKR_CRYPTOKI_NOT_INITIALIZED ||
		call->rv == CKR_HOST_MEMORY)
		spend(call);
	else if (is_lasting(call) && ++failures >= FAILURES_MOST)
		spend(call);
	else if (call->rv == CKR_OK && needs_device(call->number))
		failures = 0;
}

void
fronted_renew(struct fronted_call *call)
{
	pthread_mutex_lock(&calls_lock);
	call->begun = now();
	pthread_mutex_unlock(&calls_lock);
}

CK_RV
fronted_end(struct fronted_call *call)
{
	/* What follows is our own patience. */
	fronted_renew(call);
	care(call);
	watch_no_more(call);
	if (fronted_settings.is_serial)
		pthread_mutex_unlock(&turn);
	count_failure(call);
	/* Of SoftHSM2 after a logout, for keys. */
	if (call->rv == CKR_OBJECT_HANDLE_INVALID)
		call->rv = no_object(call->number);
	return standard_code(call->rv);
}

/* A thread, and no signal: the vendor may have changed what those do. */
static void *
leave(void *unused)
{
	const int64_t end = now() + FINISH_TIME * 1000;
	const struct timespec pause = { 0, 10000000 };

	while (now() < end)
		nanosleep(&pause, NULL);
	_exit(0);
}

/* Nobody begins a call from here on: the lock stays. */
void
fronted_finish(void)
{
	pthread_t thread;

	pthread_mutex_lock(&calls_lock);
	if (!fronted_vendor || calls) {
		pthread_mutex_unlock(&calls_lock);
		return;
	}
	if (fronted_vendor->C_Finalize &&
		pthread_create(&thread, NULL, leave, NULL) == 0)
		fronted_vendor->C_Finalize(NULL);
}

bool
fronted_is_spent(void)
{
	return is_spent;
}

bool
fronted_hangs(void)
{
	const struct fronted_call *call;
	bool hangs = false;

	pthread_mutex_lock(&calls_lock);
	for (call = calls; call && !hangs; call = call->next)
		hangs = now() - call->begun > (int64_t)call->seconds * 1000;
	pthread_mutex_unlock(&calls_lock);
	return hangs;
}

/* What the vendor does not have stays missing, but is no hole: layers around
 * the list call what they need. */
static void
keep_what_is_there(
	CK_FUNCTION_LIST_3_0 *list, const CK_FUNCTION_LIST_3_0 *vendor)
{
	const char *missing = (const char *)&fronted_missing;
	const size_t size = fronted_list_size(vendor);
	unsigned char *own = (unsigned char *)list;
	size_t at = offsetof(CK_FUNCTION_LIST_3_0, C_Initialize);
	void (*function)(void);

	for (; at < sizeof(*list); at += sizeof(function)) {
		function = NULL;
		if (at < size)
			memcpy(&function, (const char *)vendor + at,
				sizeof(function));
		if (!function)
			memcpy(own + at, missing + at, sizeof(function));
	}
}

const CK_FUNCTION_LIST_3_0 *
fronted_wrap(const CK_FUNCTION_LIST_3_0 *vendor,
	const struct fronted_settings *settings)
{
	static CK_FUNCTION_LIST_3_0 list;

	fronted_vendor = fronted_hold(vendor);
	fronted_settings = *settings;
	fronted_quirk = fronted_quirk_find(vendor);
	list = fronted_calls;
	list.version = vendor->version;
	list.C_EncryptInit = fronted_EncryptInit;
	list.C_DecryptInit = fronted_DecryptInit;
	keep_what_is_there(&list, vendor);
	list.C_WaitForSlotEvent = fronted_WaitForSlotEvent;
	return &list;
}
