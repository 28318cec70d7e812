/* SPDX-License-Identifier: BSD-2-Clause */
/* The slots: files NUMBER.token in a folder, and the tokens open in them. */

#ifndef SLOT_H
#define SLOT_H

#include "token/state.h"
#include "token/table.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

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

enum slot_content {
	SLOT_ABSENT, /* a file that was there and is no more */
	SLOT_BLANK,  /* a token that is not initialised */
	SLOT_TOKEN
};

/* Looks at the folder: new files become slots, lost ones lose their token. */
CK_RV slots_scan(void);
/* The numbers, in ascending order, of slots (only with a token, when asked);
 * at most room of them; returns how many there are. */
CK_ULONG slots_list(bool with_token, CK_SLOT_ID *list, CK_ULONG room);
/* CKR_SLOT_ID_INVALID. */
CK_RV slot_content(CK_SLOT_ID number, enum slot_content *content);
/* A slot that changed since this was last asked; false: none. */
bool slots_take_event(CK_SLOT_ID *number);

/* Makes the token of a slot (anew). CKR_SESSION_EXISTS, CKR_PIN_INCORRECT,
 * CKR_TOKEN_NOT_PRESENT and what the rules for a new PIN say. */
CK_RV slot_initialize(CK_SLOT_ID number, const CK_UTF8CHAR label[32],
	const CK_UTF8CHAR *pin, CK_ULONG length);

/* The token in a slot, opened when it is not; the caller releases *result.
 * CKR_SLOT_ID_INVALID, CKR_TOKEN_NOT_PRESENT, CKR_TOKEN_NOT_RECOGNIZED (not
 * initialised), CKR_DEVICE_ERROR. */
CK_RV token_open(CK_SLOT_ID number, struct token **result);
struct token *token_share(struct token *token);
void token_release(struct token *token);
/* No tries are left for the user. */
bool token_is_locked(const struct token *token, CK_USER_TYPE user);
/* Takes notice of what other processes did. CKR_DEVICE_REMOVED: the token is
 * not there any more. CKR_PIN_LOCKED: whoever is logged in has no tries left,
 * and is to be logged out. */
CK_RV token_refresh(struct token *token);

void slots_clear(void);
/* In a forked child: what there was is the parent's. */
void slots_forget(void);

#endif
