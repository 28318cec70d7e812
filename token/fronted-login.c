/* SPDX-License-Identifier: BSD-2-Clause */
/* Logins to fronted tokens: what vendors get wrong, and clients forget.
 *
 * A key with CKA_ALWAYS_AUTHENTICATE wants a PIN for each use. OpenSSH takes
 * the login just before its first use for that; a card does not, and OpenSC
 * logs out when it is asked for such a use. So the PIN of a login is kept for a
 * moment, for one use; and a use without any is refused before the vendor hears
 * of it.
 */

#include "config.h"

#include "token/fronted-call.h"
#include "token/fronted-quirk.h"

#include "pkcs11/bytes.h"
#include "pkcs11/calls.h"
#include "pkcs11/clock.h"

#include <pthread.h>

/* Milliseconds for which a login also counts as the consent to one use. Short,
 * because a PIN that was right then costs a try when somebody has changed it.
 */
enum { KEPT_TIME = 5000 };

/* Of the slot at this place. */
struct login {
	struct secret pin;
	int64_t kept_until;
	bool was_wrong;
	bool is_user, is_officer; /* who is logged in */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct login logins[FRONTED_SLOTS_MOST];

/* What happened to the PIN stays true. */
void
fronted_login_forget(unsigned slot)
{
	pthread_mutex_lock(&lock);
	secret_clear(&logins[slot].pin);
	logins[slot].is_user = logins[slot].is_officer = false;
	pthread_mutex_unlock(&lock);
}

void
fronted_login_lose(unsigned slot)
{
	fronted_login_forget(slot);
	pthread_mutex_lock(&lock);
	logins[slot].was_wrong = false;
	pthread_mutex_unlock(&lock);
}

void
fronted_login_new_pin(unsigned slot)
{
	pthread_mutex_lock(&lock);
	secret_clear(&logins[slot].pin);
	pthread_mutex_unlock(&lock);
}

void
fronted_forget_pins(void)
{
	const int64_t now = clock_milliseconds();
	unsigned slot;

	pthread_mutex_lock(&lock);
	for (slot = 0; slot < FRONTED_SLOTS_MOST; slot++)
		if (logins[slot].pin.at && now > logins[slot].kept_until)
			secret_clear(&logins[slot].pin);
	pthread_mutex_unlock(&lock);
}

bool
fronted_login_was_wrong(unsigned slot)
{
	bool was_wrong;

	pthread_mutex_lock(&lock);
	was_wrong = logins[slot].was_wrong;
	pthread_mutex_unlock(&lock);
	return was_wrong;
}

CK_STATE
fronted_login_state(unsigned slot, CK_FLAGS flags)
{
	const bool writes = flags & CKF_RW_SESSION;
	CK_STATE state;

	pthread_mutex_lock(&lock);
	if (logins[slot].is_officer)
		state = CKS_RW_SO_FUNCTIONS;
	else if (logins[slot].is_user)
		state = writes ? CKS_RW_USER_FUNCTIONS : CKS_RO_USER_FUNCTIONS;
	else
		state = writes ? CKS_RW_PUBLIC_SESSION : CKS_RO_PUBLIC_SESSION;
	pthread_mutex_unlock(&lock);
	return state;
}

void
fronted_login_flags(unsigned slot, CK_TOKEN_INFO *info)
{
	pthread_mutex_lock(&lock);
	if (logins[slot].was_wrong)
		info->flags |= CKF_USER_PIN_COUNT_LOW;
	pthread_mutex_unlock(&lock);
}

static void
note_outcome(const struct fronted_call *call, const CK_UTF8CHAR *pin,
	CK_ULONG length, bool keeps)
{
	struct login *login = &logins[call->slot];

	pthread_mutex_lock(&lock);
	if (call->rv == CKR_OK) {
		login->was_wrong = false;
		login->is_user = true;
		secret_clear(&login->pin);
		if (keeps && pin && secret_copy(&login->pin, pin, length))
			login->kept_until = clock_milliseconds() + KEPT_TIME;
	} else if (call->rv == CKR_PIN_INCORRECT) {
		login->was_wrong = true;
		secret_clear(&login->pin);
	}
	pthread_mutex_unlock(&lock);
}

void
fronted_login_done(struct fronted_call *call, CK_USER_TYPE user,
	const CK_UTF8CHAR *pin, CK_ULONG length)
{
	CK_TOKEN_INFO token;

	if (call->rv == CKR_GENERAL_ERROR &&
		fronted_slot_token(call->slot, &token) &&
		fronted_quirk_token(&token)->wrong_pin_is_error &&
		!fronted_slot_goes(call->slot))
		call->rv = CKR_PIN_INCORRECT;
	if (user == CKU_SO) {
		pthread_mutex_lock(&lock);
		logins[call->slot].is_officer |= call->rv == CKR_OK;
		pthread_mutex_unlock(&lock);
		return;
	}
	note_outcome(call, pin, length, user == CKU_USER);
	if (user == CKU_USER && call->rv == CKR_OK)
		fronted_mark_search_again(call->slot);
	if (user == CKU_CONTEXT_SPECIFIC && call->rv == CKR_OK)
		fronted_session_set(call->session, CONSENT_GIVEN);
}

static bool
is_for_single_uses(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
	CK_BBOOL value = CK_FALSE;
	CK_ATTRIBUTE attribute = { CKA_ALWAYS_AUTHENTICATE, &value,
		sizeof(value) };

	return fronted_vendor->C_GetAttributeValue(
		       session, key, &attribute, 1) == CKR_OK &&
		value;
}

void
fronted_use_begins(struct fronted_call *call, CK_SESSION_HANDLE session,
	CK_OBJECT_HANDLE key)
{
	enum consent consent;

	if (call->rv != CKR_OK)
		return;
	consent = fronted_object_consent(call->slot, call->object);
	if (consent == CONSENT_UNKNOWN) {
		consent = is_for_single_uses(session, key) ? CONSENT_WANTED
							   : CONSENT_NONE;
		fronted_object_set(call->slot, call->object, consent);
	}
	fronted_session_set(call->session, consent);
}

/* The one that was kept, which is gone from here on. */
static bool
take_pin(unsigned slot, struct secret *pin)
{
	struct login *login = &logins[slot];

	pthread_mutex_lock(&lock);
	*pin = login->pin;
	login->pin = (struct secret){ 0 };
	if (clock_milliseconds() > login->kept_until)
		secret_clear(pin);
	pthread_mutex_unlock(&lock);
	return pin->at;
}

static bool
consent_by_login(struct fronted_call *call, CK_SESSION_HANDLE session)
{
	struct secret pin = { 0 };
	bool is_given;

	is_given = take_pin(call->slot, &pin) &&
		fronted_vendor->C_Login(session, CKU_CONTEXT_SPECIFIC, pin.at,
			pin.length) == CKR_OK;
	secret_clear(&pin);
	return is_given;
}

/* The error ends what was begun [PKCS11 5.13.2], and the vendor has to know. */
static void
give_up(struct fronted_call *call, CK_SESSION_HANDLE *session)
{
	fronted_session_set(call->session, CONSENT_NONE);
	fronted_session_renew(call->slot, call->session, session);
	call->rv = CKR_USER_NOT_LOGGED_IN;
	call->is_refused = true;
}

void
fronted_use(struct fronted_call *call, CK_SESSION_HANDLE *session,
	const CK_BYTE *output)
{
	if (call->rv != CKR_OK || !output ||
		fronted_session_consent(call->session) != CONSENT_WANTED)
		return;
	if (consent_by_login(call, *session))
		fronted_session_set(call->session, CONSENT_GIVEN);
	else
		give_up(call, session);
}
