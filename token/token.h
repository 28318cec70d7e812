/* SPDX-License-Identifier: BSD-2-Clause */
/* An open token: its store, who is logged in, and whether it is still there. */

#ifndef TOKEN_H
#define TOKEN_H

#include "token/store.h"
#include "token/table.h"

#include <pthread.h>
#include <stdatomic.h>

enum login { LOGIN_NOBODY, LOGIN_USER, LOGIN_SO };

/*
 * An open token. Counted: a call that runs keeps its token even when another
 * thread closes its sessions, or another process removes the file.
 */
struct token {
	unsigned owners; /* under the state lock, like all up to the blank */
	CK_SLOT_ID slot;
	CK_ULONG sessions, read_write_sessions;
	enum login login;
	bool is_gone;         /* removed, or made anew by another process */
	struct table objects; /* of the store, as far as they were read */

	struct store *store;
	struct store_token info;
	char path[4096];
	/* One login, logout, PIN change or initialisation at a time. */
	pthread_mutex_t login_lock;
	/* Moves whenever another process has changed the store. */
	atomic_ulong version;
	/* What store_changes said last. */
	_Atomic uint64_t changes;
	/* When the file was last looked at, in ms. */
	atomic_long looked;
	uint64_t device, file; /* which file it is */
};

/* Opens the token in the file; the caller releases *result.
 * CKR_TOKEN_NOT_PRESENT (no such file), CKR_TOKEN_NOT_RECOGNIZED,
 * CKR_DEVICE_ERROR. */
CK_RV token_new(CK_SLOT_ID slot, const char *path, struct token **result);
struct token *token_share(struct token *token);
void token_release(struct token *token);
/* No tries are left for the user. */
bool token_is_locked(struct token *token, CK_USER_TYPE user);
/* Takes notice of what other processes did. CKR_DEVICE_REMOVED: the token is
 * not there any more. CKR_PIN_LOCKED: whoever is logged in has no tries left,
 * and is to be logged out. */
CK_RV token_refresh(struct token *token);

/* It was made anew, or is otherwise no more what it was. */
void token_lose(struct token *token);

#endif
