/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions: who is logged in, and what runs in them. */

#ifndef SESSION_H
#define SESSION_H

#include "token/object.h"
#include "token/operation.h"

/* What can run in a session, each beside the others. [PKCS11 5.8 to 5.17] */
enum running_use {
	RUNNING_DIGEST,
	RUNNING_SIGN,
	RUNNING_SIGN_RECOVER,
	RUNNING_VERIFY,
	RUNNING_VERIFY_RECOVER,
	RUNNING_ENCRYPT,
	RUNNING_DECRYPT,
	RUNNING_COUNT
};

/* The use of a key or mechanism for each; C_SessionCancel ends it by the same.
 * [PKCS11 5.6.11] */
extern const CK_FLAGS running_flags[RUNNING_COUNT];

struct running {
	struct operation *operation; /* NULL: nothing runs */
	CK_OBJECT_HANDLE key;        /* of the key; 0 for digests */
	bool key_is_private;         /* or read by a login: a logout ends it */
	bool needs_login;      /* a context-specific one, for its next use */
	unsigned long version; /* of the token when the key was last there */
};

/* A single call (C_UnwrapKey, C_DeriveKey) with a key that wants the PIN each
 * time: the first one only says so, the one after the login is carried out. */
struct single_use {
	CK_OBJECT_HANDLE key; /* 0: none waits */
	CK_FLAGS use;
	bool is_allowed;
};

struct finding {
	bool is_active;
	CK_OBJECT_HANDLE *handles;
	size_t count, next;
};

/*
 * Counted, like its token. Threads may use one session at once: what runs in it
 * is under its operation lock, its search under the search lock; either is held
 * while that one works, so that others need not wait for both.
 */
struct session {
	unsigned owners; /* under the state lock, like is_closed */
	bool is_closed;
	CK_SESSION_HANDLE handle;
	CK_FLAGS flags;
	struct token *token;
	pthread_mutex_t operation_lock;
	struct running running[RUNNING_COUNT];
	struct single_use single;
	pthread_mutex_t search_lock;
	struct finding finding;
};

/* CKR_SESSION_COUNT, CKR_SESSION_READ_WRITE_SO_EXISTS; takes its own share of
 * the token. */
CK_RV session_open(
	struct token *token, CK_FLAGS flags, CK_SESSION_HANDLE *handle);
/*
 * Every call of an application with a session begins and ends so: takes notice
 * of other processes, and keeps the session while the call runs.
 * CKR_CRYPTOKI_NOT_INITIALIZED, CKR_SESSION_HANDLE_INVALID,
 * CKR_DEVICE_REMOVED.
 */
CK_RV session_enter(CK_SESSION_HANDLE handle, struct session **result);
void session_leave(struct session *session);

CK_RV session_close(CK_SESSION_HANDLE handle);
/* All of a slot; or all there are. */
void sessions_close(CK_SLOT_ID slot);
void sessions_clear(void);
void sessions_forget(void);

bool session_is_read_write(const struct session *session);
CK_STATE session_state(const struct session *session);
enum login session_login_state(const struct session *session);

/* C_Login and C_Logout without the checks of their arguments. */
CK_RV session_login(struct session *session, CK_USER_TYPE user,
	const CK_UTF8CHAR *pin, CK_ULONG length);
CK_RV session_logout(struct session *session);

/*
 * Whether a key that wants the PIN for each use may be used by this call, which
 * is then its one use. CKR_USER_NOT_LOGGED_IN: after a context-specific login.
 * The standard has that login "immediately after a cryptographic operation
 * using the key has been initiated" [PKCS11 4.9], and nothing initiates these
 * calls but themselves.
 */
CK_RV session_use_once(
	struct session *session, CK_OBJECT_HANDLE key, CK_FLAGS use);

/* With the operation lock held: ends what runs. */
void running_end(struct running *running);
/* With the search lock held. */
void finding_end(struct finding *finding);

#endif
