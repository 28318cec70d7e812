/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions: who is logged in, and what runs in them. */

#include "config.h"

#include "token/session.h"

#include "pkcs11/log.h"

#include <stdlib.h>

const CK_FLAGS running_flags[RUNNING_COUNT] = {
	[RUNNING_DIGEST] = CKF_DIGEST,
	[RUNNING_SIGN] = CKF_SIGN,
	[RUNNING_SIGN_RECOVER] = CKF_SIGN_RECOVER,
	[RUNNING_VERIFY] = CKF_VERIFY,
	[RUNNING_VERIFY_RECOVER] = CKF_VERIFY_RECOVER,
	[RUNNING_ENCRYPT] = CKF_ENCRYPT,
	[RUNNING_DECRYPT] = CKF_DECRYPT,
};

/* Under the state lock. */
static struct table sessions;
static CK_SESSION_HANDLE next_session;

enum { SESSIONS_MAX = 1 << 16 };

/* Which sessions are meant. */
struct whose {
	const struct token *token; /* NULL: of any */
	CK_SLOT_ID slot;           /* CK_UNAVAILABLE_INFORMATION: any */
};

static bool
is_meant(const struct session *session, const struct whose *whose)
{
	return (!whose->token || session->token == whose->token) &&
		(whose->slot == CK_UNAVAILABLE_INFORMATION ||
			session->token->slot == whose->slot);
}

/* The sessions that are meant, each with a further owner; the caller frees the
 * list. */
static struct session **
share_those(const struct whose *whose, size_t *count)
{
	struct session **list, *session;
	size_t cursor = 0;

	*count = 0;
	state_lock();
	list = malloc((sessions.count + 1) * sizeof(*list));
	while (list && (session = table_next(&sessions, &cursor))) {
		if (!is_meant(session, whose))
			continue;
		session->owners++;
		list[(*count)++] = session;
	}
	state_unlock();
	return list;
}

static void
session_free(struct session *session)
{
	int i;

	for (i = 0; i < RUNNING_COUNT; i++)
		running_end(&session->running[i]);
	finding_end(&session->finding);
	pthread_mutex_destroy(&session->operation_lock);
	pthread_mutex_destroy(&session->search_lock);
	token_release(session->token);
	free(session);
}

void
session_leave(struct session *session)
{
	unsigned left;

	if (!session)
		return;
	state_lock();
	left = --session->owners;
	state_unlock();
	if (!left)
		session_free(session);
}

void
running_end(struct running *running)
{
	operation_free(running->operation);
	*running = (struct running){ 0 };
}

void
finding_end(struct finding *finding)
{
	free(finding->handles);
	*finding = (struct finding){ 0 };
}

/* With the lock held. */
static CK_RV
register_session(struct session *session)
{
	struct token *token = session->token;
	const unsigned most = state_configuration()->sessions_max;

	if (!state_is_started())
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	if (token->is_gone)
		return CKR_DEVICE_REMOVED;
	if (sessions.count >= (most ? most : SESSIONS_MAX))
		return CKR_SESSION_COUNT;
	if (!session_is_read_write(session) && token->login == LOGIN_SO)
		return CKR_SESSION_READ_WRITE_SO_EXISTS;
	if (next_session < state_configuration()->first_session)
		next_session = state_configuration()->first_session;
	if (next_session == CK_INVALID_HANDLE)
		next_session = 1;
	session->handle = next_session;
	if (!table_put(&sessions, session->handle, session))
		return CKR_HOST_MEMORY;
	next_session++;
	token->sessions++;
	token->read_write_sessions += session_is_read_write(session);
	return CKR_OK;
}

CK_RV
session_open(struct token *token, CK_FLAGS flags, CK_SESSION_HANDLE *handle)
{
	struct session *session = calloc(1, sizeof(*session));
	CK_RV rv;

	if (!session)
		return refuse(CKR_HOST_MEMORY, "no memory for a session");
	session->owners = 1;
	session->flags = flags;
	session->token = token_share(token);
	pthread_mutex_init(&session->operation_lock, NULL);
	pthread_mutex_init(&session->search_lock, NULL);
	state_lock();
	rv = register_session(session);
	if (rv == CKR_OK)
		*handle = session->handle;
	state_unlock();
	if (rv != CKR_OK)
		session_leave(session);
	return rv;
}

bool
session_is_read_write(const struct session *session)
{
	return session->flags & CKF_RW_SESSION;
}

enum login
session_login_state(const struct session *session)
{
	enum login login;

	state_lock();
	login = session->token->login;
	state_unlock();
	return login;
}

CK_STATE
session_state(const struct session *session)
{
	static const CK_STATE read_write[] = {
		[LOGIN_NOBODY] = CKS_RW_PUBLIC_SESSION,
		[LOGIN_USER] = CKS_RW_USER_FUNCTIONS,
		[LOGIN_SO] = CKS_RW_SO_FUNCTIONS,
	};
	enum login login = session_login_state(session);

	if (session_is_read_write(session))
		return read_write[login];
	return login == LOGIN_USER ? CKS_RO_USER_FUNCTIONS
				   : CKS_RO_PUBLIC_SESSION;
}

/* What was read of the store under another login is no longer right. */
static void
set_login(struct token *token, enum login login)
{
	struct table stale;

	state_lock();
	token->login = login;
	stale = token->objects;
	token->objects = (struct table){ 0 };
	atomic_fetch_add(&token->version, 1);
	state_unlock();
	objects_forget(&stale);
}

CK_RV
session_use_once(struct session *session, CK_OBJECT_HANDLE key, CK_FLAGS use)
{
	struct single_use *single = &session->single;
	bool is_allowed;

	pthread_mutex_lock(&session->operation_lock);
	is_allowed =
		single->is_allowed && single->key == key && single->use == use;
	*single = (struct single_use){ is_allowed ? 0 : key, use, false };
	pthread_mutex_unlock(&session->operation_lock);
	return is_allowed ? CKR_OK
			  : refuse(CKR_USER_NOT_LOGGED_IN,
				    "the key wants the PIN for each use");
}

/* Ends what runs with private keys, and searches that saw private objects. */
static void
end_private(struct session *session)
{
	int i;

	pthread_mutex_lock(&session->operation_lock);
	for (i = 0; i < RUNNING_COUNT; i++)
		if (session->running[i].key_is_private)
			running_end(&session->running[i]);
	session->single = (struct single_use){ 0 };
	pthread_mutex_unlock(&session->operation_lock);
	pthread_mutex_lock(&session->search_lock);
	finding_end(&session->finding);
	pthread_mutex_unlock(&session->search_lock);
}

/* With the login lock held. */
static void
log_out(struct token *token)
{
	struct whose whose = { token, CK_UNAVAILABLE_INFORMATION };
	struct session **list;
	size_t i, count;

	set_login(token, LOGIN_NOBODY);
	store_logout(token->store);
	session_objects_end_private(token);
	list = share_those(&whose, &count);
	for (i = 0; i < count; i++) {
		end_private(list[i]);
		session_leave(list[i]);
	}
	free(list);
}

/* With the lock held: the session leaves the table. True: it was the token's
 * last, and somebody is logged in. */
static bool
unregister(struct session *session)
{
	struct token *token = session->token;

	table_take(&sessions, session->handle);
	session->is_closed = true;
	token->read_write_sessions -= session_is_read_write(session);
	return --token->sessions == 0 && token->login != LOGIN_NOBODY;
}

/* After the last session nobody is logged in; unless one came meanwhile. */
static void
log_out_if_unused(struct token *token)
{
	bool is_unused;

	pthread_mutex_lock(&token->login_lock);
	state_lock();
	is_unused = token->sessions == 0 && token->login != LOGIN_NOBODY;
	state_unlock();
	if (is_unused)
		log_out(token);
	pthread_mutex_unlock(&token->login_lock);
}

/* The caller has a share of the session. */
static CK_RV
close_shared(struct session *session)
{
	bool was_last = false, was_open;

	state_lock();
	was_open = !session->is_closed;
	if (was_open)
		was_last = unregister(session);
	state_unlock();
	if (!was_open)
		return CKR_SESSION_HANDLE_INVALID;
	session_objects_end(session->handle);
	if (was_last)
		log_out_if_unused(session->token);
	session_leave(session);
	return CKR_OK;
}

static void
close_those(const struct whose *whose)
{
	struct session **list;
	size_t i, count;

	list = share_those(whose, &count);
	for (i = 0; i < count; i++) {
		(void)close_shared(list[i]);
		session_leave(list[i]);
	}
	free(list);
}

static CK_RV
find_session(CK_SESSION_HANDLE handle, struct session **result)
{
	struct session *session;
	CK_RV rv = CKR_OK;

	state_lock();
	session = table_find(&sessions, handle);
	if (!state_is_started())
		rv = CKR_CRYPTOKI_NOT_INITIALIZED;
	else if (!session)
		rv = CKR_SESSION_HANDLE_INVALID;
	else
		session->owners++;
	state_unlock();
	*result = session;
	return rv;
}

CK_RV
session_enter(CK_SESSION_HANDLE handle, struct session **result)
{
	struct session *session;
	struct token *token;
	CK_RV rv;

	if ((rv = find_session(handle, &session)) != CKR_OK)
		return rv;
	token = session->token;
	rv = token_refresh(token);
	if (rv == CKR_PIN_LOCKED) {
		note("slot %lu: the PIN was locked elsewhere", token->slot);
		(void)session_logout(session);
		rv = CKR_OK;
	}
	if (rv == CKR_DEVICE_REMOVED) {
		note("slot %lu: the token is gone", token->slot);
		close_those(
			&(struct whose){ token, CK_UNAVAILABLE_INFORMATION });
	}
	if (rv != CKR_OK) {
		session_leave(session);
		return rv;
	}
	*result = session;
	return CKR_OK;
}

CK_RV
session_close(CK_SESSION_HANDLE handle)
{
	struct session *session;
	CK_RV rv;

	if ((rv = find_session(handle, &session)) != CKR_OK)
		return rv;
	rv = close_shared(session);
	session_leave(session);
	return rv;
}

void
sessions_close(CK_SLOT_ID slot)
{
	close_those(&(struct whose){ NULL, slot });
}

void
sessions_clear(void)
{
	close_those(&(struct whose){ NULL, CK_UNAVAILABLE_INFORMATION });
}

void
sessions_forget(void)
{
	sessions = (struct table){ 0 };
}

/* Whether this login may be tried at all. [PKCS11 5.6.8] */
static CK_RV
may_log_in(const struct token *token, CK_USER_TYPE user)
{
	CK_RV rv = CKR_OK;

	state_lock();
	if (token->login != LOGIN_NOBODY)
		rv = (token->login == LOGIN_SO) == (user == CKU_SO)
			? CKR_USER_ALREADY_LOGGED_IN
			: CKR_USER_ANOTHER_ALREADY_LOGGED_IN;
	else if (user == CKU_SO &&
		token->read_write_sessions != token->sessions)
		rv = CKR_SESSION_READ_ONLY_EXISTS;
	state_unlock();
	return rv;
}

CK_RV
session_login(struct session *session, CK_USER_TYPE user,
	const CK_UTF8CHAR *pin, CK_ULONG length)
{
	struct token *token = session->token;
	CK_RV rv;

	pthread_mutex_lock(&token->login_lock);
	rv = may_log_in(token, user);
	if (rv == CKR_OK)
		rv = store_login(token->store, user, pin, length);
	/* The PIN took its time: sessions may have been opened, or closed. */
	if (rv == CKR_OK && (rv = may_log_in(token, user)) != CKR_OK)
		store_logout(token->store);
	if (rv == CKR_OK)
		set_login(token, user == CKU_SO ? LOGIN_SO : LOGIN_USER);
	pthread_mutex_unlock(&token->login_lock);
	if (rv == CKR_OK)
		log_out_if_unused(token);
	return rv;
}

CK_RV
session_logout(struct session *session)
{
	struct token *token = session->token;
	CK_RV rv = CKR_USER_NOT_LOGGED_IN;

	pthread_mutex_lock(&token->login_lock);
	if (session_login_state(session) != LOGIN_NOBODY) {
		log_out(token);
		rv = CKR_OK;
	}
	pthread_mutex_unlock(&token->login_lock);
	return rv;
}
