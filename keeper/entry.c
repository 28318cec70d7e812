/* SPDX-License-Identifier: BSD-2-Clause */
/* Logins whose PIN the keeper asks for: the protected authentication path. */

#include "config.h"

#include "keeper/entry.h"

#include "keeper/layer.h"
#include "keeper/pending.h"
#include "keeper/prompt.h"
#include "pkcs11/clock.h"
#include "pkcs11/log.h"

#include <pthread.h>
#include <time.h>

/* Milliseconds that a call takes at least: Thunderbird's dialog hears of the
 * end only once its window's script runs, else it stays for good; and it comes
 * late on a busy machine.
 */
enum { AT_LEAST = 1000 };

static CK_FUNCTION_LIST_3_0 list;
static const CK_FUNCTION_LIST_3_0 *inner;
static struct store_tries tries;
static unsigned patience; /* seconds for all questions of a call */
/* One login at a time: who waited finds that it is done. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

/* A call that asks, from its beginning. */
struct entry {
	CK_SESSION_HANDLE session;
	CK_SESSION_INFO info;
	CK_TOKEN_INFO token;
	long started;
};

/* On CKR_OK and on refusals the caller ends with entry_leave. */
static CK_RV
entry_enter(CK_SESSION_HANDLE session, struct entry *entry)
{
	CK_RV rv;

	*entry = (struct entry){ .session = session,
		.started = clock_milliseconds() };
	pthread_mutex_lock(&mutex);
	if ((rv = inner->C_GetSessionInfo(session, &entry->info)) != CKR_OK)
		return rv;
	return inner->C_GetTokenInfo(entry->info.slotID, &entry->token);
}

static CK_RV
entry_leave(const struct entry *entry, CK_RV rv)
{
	long left = entry->started + AT_LEAST - clock_milliseconds();
	const struct timespec rest = { left / 1000, left % 1000 * 1000000 };

	pthread_mutex_unlock(&mutex);
	if (left > 0)
		nanosleep(&rest, NULL);
	return rv;
}

static void
copy_padded(char *to, const CK_UTF8CHAR *padded, size_t length)
{
	while (length > 0 && padded[length - 1] == ' ')
		length--;
	memcpy(to, padded, length);
	to[length] = '\0';
}

/* Asks; the caller clears the text. */
static CK_RV
entry_ask(const struct entry *entry, enum prompt_kind kind,
	enum prompt_reason reason, struct secret *text)
{
	struct prompt_question question = { .kind = kind,
		.reason = reason,
		.least = (unsigned)entry->token.ulMinPinLen };
	long left = patience - (clock_milliseconds() - entry->started) / 1000;
	unsigned limit = 0;
	char serial[17];

	if (left <= 0)
		return CKR_FUNCTION_CANCELED;
	question.seconds = (unsigned)left;
	copy_padded(
		question.token, entry->token.label, sizeof(entry->token.label));
	copy_padded(serial, entry->token.serialNumber,
		sizeof(entry->token.serialNumber));
	if (kind == PROMPT_PIN || kind == PROMPT_OLD_PIN) {
		if (tries.look)
			tries.look(tries.context, serial, CKU_USER,
				&question.left, &limit);
		else if (entry->token.flags & CKF_USER_PIN_FINAL_TRY)
			question.left = 1;
	}
	/* Nobody needs to hear of tries before one is lost. */
	if (question.left == limit)
		question.left = 0;
	return prompt_ask(&question, text);
}

/* A card counts by itself: the next try may be its last. */
static CK_RV
entry_look_again(struct entry *entry)
{
	return inner->C_GetTokenInfo(entry->info.slotID, &entry->token);
}

/* Whether another text may be the right one. */
static bool
is_worth_another(CK_RV rv)
{
	return rv == CKR_PIN_INCORRECT || rv == CKR_PIN_LEN_RANGE ||
		rv == CKR_PIN_INVALID;
}

static bool
has_operation(CK_SESSION_HANDLE session)
{
	struct pending pending;
	int use;

	for (use = 0; use < USES; use++)
		if (pending_find(session, (enum use)use, &pending))
			return true;
	return false;
}

/* Nobody is to type a recovery code that has to wait; no flag says so. */
static bool
has_to_wait(const struct entry *entry)
{
	unsigned left = 1, limit = 1;
	char serial[17];

	copy_padded(serial, entry->token.serialNumber,
		sizeof(entry->token.serialNumber));
	if (tries.look)
		tries.look(tries.context, serial, CKU_SO, &left, &limit);
	return left == 0;
}

/* What the token would say whatever the PIN is: then nobody is asked. */
static CK_RV
check_login(const struct entry *entry, CK_USER_TYPE user)
{
	const CK_FLAGS flags = entry->token.flags;
	const CK_STATE state = entry->info.state;
	const bool is_user = state == CKS_RO_USER_FUNCTIONS ||
		state == CKS_RW_USER_FUNCTIONS;
	const bool is_officer = state == CKS_RW_SO_FUNCTIONS;

	if (user == CKU_CONTEXT_SPECIFIC && !has_operation(entry->session))
		return CKR_OPERATION_NOT_INITIALIZED;
	if (user == CKU_CONTEXT_SPECIFIC && !is_user)
		return CKR_USER_NOT_LOGGED_IN;
	if ((user == CKU_USER && is_user) || (user == CKU_SO && is_officer))
		return CKR_USER_ALREADY_LOGGED_IN;
	if ((user == CKU_USER && is_officer) || (user == CKU_SO && is_user))
		return CKR_USER_ANOTHER_ALREADY_LOGGED_IN;
	if (flags & (user == CKU_SO ? CKF_SO_PIN_LOCKED : CKF_USER_PIN_LOCKED))
		return CKR_PIN_LOCKED;
	if (user == CKU_SO && has_to_wait(entry))
		return CKR_PIN_LOCKED;
	if (user != CKU_SO && !(flags & CKF_USER_PIN_INITIALIZED))
		return CKR_USER_PIN_NOT_INITIALIZED;
	return user == CKU_SO || user == CKU_USER ||
			user == CKU_CONTEXT_SPECIFIC
		? CKR_OK
		: CKR_USER_TYPE_INVALID;
}

/* The user may have a name, in 3.0. */
struct login {
	CK_USER_TYPE user;
	bool has_name;
	CK_UTF8CHAR *name;
	CK_ULONG name_length;
};

static CK_RV
try_login(const struct entry *entry, const struct login *login,
	const struct secret *pin)
{
	if (login->has_name)
		return inner->C_LoginUser(entry->session, login->user, pin->at,
			pin->length, login->name, login->name_length);
	return inner->C_Login(
		entry->session, login->user, pin->at, pin->length);
}

static CK_RV
log_in(CK_SESSION_HANDLE session, const struct login *login)
{
	enum prompt_reason reason = PROMPT_FIRST;
	struct secret pin = { 0 };
	struct entry entry;
	CK_RV rv;

	if ((rv = entry_enter(session, &entry)) == CKR_OK)
		rv = check_login(&entry, login->user);
	while (rv == CKR_OK) {
		rv = entry_ask(&entry,
			login->user == CKU_SO ? PROMPT_CODE : PROMPT_PIN,
			reason, &pin);
		if (rv != CKR_OK)
			break;
		rv = try_login(&entry, login, &pin);
		secret_clear(&pin);
		if (!is_worth_another(rv))
			break;
		reason = PROMPT_WRONG;
		rv = entry_look_again(&entry);
	}
	return entry_leave(&entry, rv);
}

static CK_RV
entry_C_Login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR *pin,
	CK_ULONG length)
{
	const struct login login = { .user = user };

	return pin ? inner->C_Login(session, user, pin, length)
		   : log_in(session, &login);
}

static CK_RV
entry_C_LoginUser(CK_SESSION_HANDLE session, CK_USER_TYPE user,
	CK_UTF8CHAR *pin, CK_ULONG length, CK_UTF8CHAR *name,
	CK_ULONG name_length)
{
	const struct login login = { user, true, name, name_length };

	return pin ? inner->C_LoginUser(
			     session, user, pin, length, name, name_length)
		   : log_in(session, &login);
}

/* The rounds of C_SetPIN: a wrong old one is asked for again, a new one that
 * will not do likewise. */
static CK_RV
change_pin(struct entry *entry, bool is_officer)
{
	enum prompt_reason old_reason = PROMPT_FIRST, new_reason = PROMPT_FIRST;
	struct secret old = { 0 }, new = { 0 };
	CK_RV rv;

	for (;;) {
		if (!old.at &&
			(rv = entry_ask(entry,
				 is_officer ? PROMPT_CODE : PROMPT_OLD_PIN,
				 old_reason, &old)) != CKR_OK)
			break;
		if (!new.at &&
			(rv = entry_ask(entry,
				 is_officer ? PROMPT_NEW_CODE : PROMPT_NEW_PIN,
				 new_reason, &new)) != CKR_OK)
			break;
		rv = inner->C_SetPIN(
			entry->session, old.at, old.length, new.at, new.length);
		if (!is_worth_another(rv))
			break;
		if (rv == CKR_PIN_INCORRECT) {
			old_reason = PROMPT_WRONG;
			secret_clear(&old);
			if ((rv = entry_look_again(entry)) != CKR_OK)
				break;
		} else {
			new_reason = PROMPT_SHORT;
			secret_clear(&new);
		}
	}
	secret_clear(&old);
	secret_clear(&new);
	return rv;
}

static CK_RV
entry_C_SetPIN(CK_SESSION_HANDLE session, CK_UTF8CHAR *old, CK_ULONG old_length,
	CK_UTF8CHAR *new, CK_ULONG new_length)
{
	struct entry entry;
	CK_RV rv;

	if (old || new)
		return inner->C_SetPIN(
			session, old, old_length, new, new_length);
	rv = entry_enter(session, &entry);
	if (rv == CKR_OK && !(entry.info.flags & CKF_RW_SESSION))
		rv = CKR_SESSION_READ_ONLY;
	if (rv == CKR_OK)
		rv = change_pin(
			&entry, entry.info.state == CKS_RW_SO_FUNCTIONS);
	return entry_leave(&entry, rv);
}

static CK_RV
entry_C_InitPIN(CK_SESSION_HANDLE session, CK_UTF8CHAR *pin, CK_ULONG length)
{
	enum prompt_reason reason = PROMPT_FIRST;
	struct secret new = { 0 };
	struct entry entry;
	CK_RV rv;

	if (pin)
		return inner->C_InitPIN(session, pin, length);
	rv = entry_enter(session, &entry);
	if (rv == CKR_OK && entry.info.state != CKS_RW_SO_FUNCTIONS)
		rv = CKR_USER_NOT_LOGGED_IN;
	while (rv == CKR_OK) {
		rv = entry_ask(&entry, PROMPT_NEW_PIN, reason, &new);
		if (rv != CKR_OK)
			break;
		rv = inner->C_InitPIN(session, new.at, new.length);
		secret_clear(&new);
		if (!is_worth_another(rv))
			break;
		reason = PROMPT_SHORT;
		rv = CKR_OK;
	}
	return entry_leave(&entry, rv);
}

static CK_RV
entry_C_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
	CK_RV rv = inner->C_GetTokenInfo(slot, info);

	if (rv == CKR_OK)
		info->flags |= CKF_PROTECTED_AUTHENTICATION_PATH;
	return rv;
}

const CK_FUNCTION_LIST_3_0 *
entry_wrap(const CK_FUNCTION_LIST_3_0 *next, const struct store_tries *counts,
	unsigned seconds)
{
	patience = seconds;
	inner = next;
	tries = *counts;
	layer_copy(&list, next);
	LAYER_ENTRY(&list, entry, C_GetTokenInfo);
	LAYER_ENTRY(&list, entry, C_Login);
	LAYER_ENTRY(&list, entry, C_LoginUser);
	LAYER_ENTRY(&list, entry, C_SetPIN);
	LAYER_ENTRY(&list, entry, C_InitPIN);
	return &list;
}
