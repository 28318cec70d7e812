/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls about sessions, logins and PINs. */

#include "config.h"

#include "token/soft-calls.h"

#include "pkcs11/log.h"
#include "token/pin-rules.h"
#include "token/session.h"
#include "token/slot.h"

CK_RV
soft_C_OpenSession(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR application,
	CK_NOTIFY notify, CK_SESSION_HANDLE *handle)
{
	struct token *token;
	CK_RV rv;

	if ((rv = state_check()) != CKR_OK)
		return rv;
	if (!handle)
		return CKR_ARGUMENTS_BAD;
	if (!(flags & CKF_SERIAL_SESSION))
		return CKR_SESSION_PARALLEL_NOT_SUPPORTED;
	if ((rv = slot_open(slot, &token)) != CKR_OK)
		return rv;
	rv = session_open(
		token, flags & (CKF_SERIAL_SESSION | CKF_RW_SESSION), handle);
	token_release(token);
	return rv;
}

CK_RV
soft_C_CloseSession(CK_SESSION_HANDLE handle)
{
	return session_close(handle);
}

CK_RV
soft_C_CloseAllSessions(CK_SLOT_ID slot)
{
	enum slot_content content;
	CK_RV rv;

	if ((rv = state_check()) != CKR_OK ||
		(rv = slot_content(slot, &content)) != CKR_OK)
		return rv;
	sessions_close(slot);
	return CKR_OK;
}

CK_RV
soft_C_GetSessionInfo(CK_SESSION_HANDLE handle, CK_SESSION_INFO *info)
{
	struct session *session;
	CK_RV rv;

	if ((rv = session_enter(handle, &session)) != CKR_OK)
		return rv;
	if (info)
		*info = (CK_SESSION_INFO){ session->token->slot,
			session_state(session), session->flags, 0 };
	session_leave(session);
	return info ? CKR_OK : CKR_ARGUMENTS_BAD;
}

/* For calls that the token does not have: still, the session must be one. */
static CK_RV
unsupported(CK_SESSION_HANDLE handle, CK_RV answer)
{
	struct session *session;
	CK_RV rv;

	if ((rv = session_enter(handle, &session)) != CKR_OK)
		return rv;
	session_leave(session);
	return answer;
}

CK_RV
soft_C_GetOperationState(
	CK_SESSION_HANDLE handle, CK_BYTE *state, CK_ULONG *length)
{
	return unsupported(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV
soft_C_SetOperationState(CK_SESSION_HANDLE handle, CK_BYTE *state,
	CK_ULONG length, CK_OBJECT_HANDLE encryption_key,
	CK_OBJECT_HANDLE authentication_key)
{
	return unsupported(handle, CKR_FUNCTION_NOT_SUPPORTED);
}

CK_RV
soft_C_GetFunctionStatus(CK_SESSION_HANDLE handle)
{
	return unsupported(handle, CKR_FUNCTION_NOT_PARALLEL);
}

CK_RV
soft_C_CancelFunction(CK_SESSION_HANDLE handle)
{
	return unsupported(handle, CKR_FUNCTION_NOT_PARALLEL);
}

/* Which of the running operations want a context-specific login; when none
 * does, the single call that waits for one. */
static void
waiting_operations(struct session *session,
	const struct operation *waiting[RUNNING_COUNT],
	struct single_use *single, bool *any)
{
	int i;

	*any = false;
	pthread_mutex_lock(&session->operation_lock);
	for (i = 0; i < RUNNING_COUNT; i++) {
		waiting[i] = session->running[i].needs_login
			? session->running[i].operation
			: NULL;
		*any |= waiting[i] != NULL;
	}
	*single = *any ? (struct single_use){ 0 } : session->single;
	*any |= single->key != CK_INVALID_HANDLE;
	pthread_mutex_unlock(&session->operation_lock);
}

/* For the next use of a key that wants the PIN each time. [PKCS11 5.6.8] */
static CK_RV
login_for_operation(
	struct session *session, const CK_UTF8CHAR *pin, CK_ULONG length)
{
	const struct operation *waiting[RUNNING_COUNT];
	struct single_use single;
	bool any;
	CK_RV rv;
	int i;

	waiting_operations(session, waiting, &single, &any);
	if (!any)
		return CKR_OPERATION_NOT_INITIALIZED;
	if (session_login_state(session) != LOGIN_USER)
		return CKR_USER_NOT_LOGGED_IN;
	rv = store_check_pin(session->token->store, CKU_USER, pin, length);
	if (rv != CKR_OK)
		return rv;
	pthread_mutex_lock(&session->operation_lock);
	for (i = 0; i < RUNNING_COUNT; i++)
		if (waiting[i] && session->running[i].operation == waiting[i])
			session->running[i].needs_login = false;
	if (single.key && session->single.key == single.key &&
		session->single.use == single.use)
		session->single.is_allowed = true;
	pthread_mutex_unlock(&session->operation_lock);
	return CKR_OK;
}

static CK_RV
login(struct session *session, CK_USER_TYPE user, const CK_UTF8CHAR *pin,
	CK_ULONG length)
{
	CK_RV rv;

	if (user != CKU_SO && user != CKU_USER && user != CKU_CONTEXT_SPECIFIC)
		return CKR_USER_TYPE_INVALID;
	/* There is no protected path: somebody has to say the PIN. */
	if (!pin)
		return CKR_ARGUMENTS_BAD;
	if ((rv = pin_check_try(pin, length)) != CKR_OK)
		return rv;
	if (user == CKU_CONTEXT_SPECIFIC)
		return login_for_operation(session, pin, length);
	return session_login(session, user, pin, length);
}

CK_RV
soft_C_Login(CK_SESSION_HANDLE handle, CK_USER_TYPE user, CK_UTF8CHAR *pin,
	CK_ULONG length)
{
	struct session *session;
	CK_RV rv;

	if ((rv = session_enter(handle, &session)) != CKR_OK)
		return rv;
	rv = login(session, user, pin, length);
	session_leave(session);
	return rv;
}

/* The token knows its users by their type alone. */
CK_RV
soft_C_LoginUser(CK_SESSION_HANDLE handle, CK_USER_TYPE user, CK_UTF8CHAR *pin,
	CK_ULONG length, CK_UTF8CHAR *name, CK_ULONG name_length)
{
	struct session *session;
	CK_RV rv;

	if ((rv = session_enter(handle, &session)) != CKR_OK)
		return rv;
	if (!name && name_length)
		rv = CKR_ARGUMENTS_BAD;
	else if (name_length)
		rv = CKR_USER_TYPE_INVALID;
	else
		rv = login(session, user, pin, length);
	session_leave(session);
	return rv;
}

CK_RV
soft_C_Logout(CK_SESSION_HANDLE handle)
{
	struct session *session;
	CK_RV rv;

	if ((rv = session_enter(handle, &session)) != CKR_OK)
		return rv;
	rv = session_logout(session);
	session_leave(session);
	return rv;
}

static CK_RV
guard_pin(struct token *token, CK_USER_TYPE user)
{
	struct store_token info;

	if (user != CKU_USER)
		return CKR_OK;
	store_token(token->store, &info);
	return slot_wants_guard(info.label) ? store_want_guard(token->store)
					    : CKR_OK;
}

static CK_RV
set_pin(struct token *token, CK_USER_TYPE user, const CK_UTF8CHAR *old,
	CK_ULONG old_length, const CK_UTF8CHAR *new, CK_ULONG length)
{
	const struct soft_configuration *how = state_configuration();
	struct store_token info;
	CK_RV rv;

	rv = pin_check_new(
		new, length, how->pin_min_length, how->pin_min_digits);
	if (rv != CKR_OK)
		return rv;
	pthread_mutex_lock(&token->login_lock);
	rv = guard_pin(token, user);
	if (rv == CKR_OK)
		rv = store_set_pin(token->store, user, old, old_length, new,
			length, &how->cost);
	if (rv == CKR_OK) {
		store_token(token->store, &info);
		state_lock();
		token->info = info;
		state_unlock();
	}
	pthread_mutex_unlock(&token->login_lock);
	return rv;
}

CK_RV
soft_C_InitPIN(CK_SESSION_HANDLE handle, CK_UTF8CHAR *pin, CK_ULONG length)
{
	struct session *session;
	CK_RV rv;

	if ((rv = session_enter(handle, &session)) != CKR_OK)
		return rv;
	if (!pin)
		rv = CKR_ARGUMENTS_BAD;
	else if (session_login_state(session) != LOGIN_SO)
		rv = CKR_USER_NOT_LOGGED_IN;
	else
		rv = set_pin(session->token, CKU_USER, NULL, 0, pin, length);
	session_leave(session);
	return rv;
}

CK_RV
soft_C_SetPIN(CK_SESSION_HANDLE handle, CK_UTF8CHAR *old, CK_ULONG old_length,
	CK_UTF8CHAR *new, CK_ULONG new_length)
{
	struct session *session;
	CK_USER_TYPE user;
	CK_RV rv;

	if ((rv = session_enter(handle, &session)) != CKR_OK)
		return rv;
	/* The user's, unless the security officer is here. [PKCS11 5.5.8] */
	user = session_login_state(session) == LOGIN_SO ? CKU_SO : CKU_USER;
	if (!old || !new)
		rv = CKR_ARGUMENTS_BAD;
	else if (!session_is_read_write(session))
		rv = CKR_SESSION_READ_ONLY;
	else if ((rv = pin_check_try(old, old_length)) == CKR_OK)
		rv = set_pin(
			session->token, user, old, old_length, new, new_length);
	session_leave(session);
	return rv;
}

CK_RV
soft_C_SessionCancel(CK_SESSION_HANDLE handle, CK_FLAGS flags)
{
	struct session *session;
	CK_RV rv;
	int i;

	if ((rv = session_enter(handle, &session)) != CKR_OK)
		return rv;
	pthread_mutex_lock(&session->operation_lock);
	for (i = 0; i < RUNNING_COUNT; i++)
		if (flags & running_flags[i])
			running_end(&session->running[i]);
	pthread_mutex_unlock(&session->operation_lock);
	if (flags & CKF_FIND_OBJECTS) {
		pthread_mutex_lock(&session->search_lock);
		finding_end(&session->finding);
		pthread_mutex_unlock(&session->search_lock);
	}
	session_leave(session);
	return CKR_OK;
}
