/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the store share: an open store, and how to enter it. */

#ifndef STORE_STATE_H
#define STORE_STATE_H

#include "token/damage.h"
#include "token/store-row.h"
#include "token/store.h"
#include "token/tpm.h"

#include <pthread.h>
#include <stdatomic.h>

struct store {
	char *path;
	pthread_mutex_t mutex; /* for everything but what is named below */
	struct store_file *file;
	struct tree *tree;
	/* The token's row as it was read with that version of the file. */
	struct file_token token;
	uint32_t version;
	bool is_known;
	bool is_stale; /* others have changed it since */
	bool is_sound; /* its signature is right, so that rows can be checked */
	bool is_checked; /* and were, as far as they are to be */
	bool is_older;   /* than it was when somebody saw it */
	/* How often it was changed, as far as anyone remembers, who were asked
	 * when the file had that version. */
	uint64_t reached;
	uint32_t recalled;
	bool has_recalled;
	struct damage damage;
	CK_USER_TYPE user; /* who is logged in */
	struct store_keys keys;

	bool wants_guard; /* for the user's next PIN */
	struct tpm *tpm;  /* for the transaction under way */
	bool lasts;       /* the change under way is one that a guard counts */
	bool is_unsure; /* its commit failed, and may be found done all the same
			 */

	pthread_mutex_t pin_mutex; /* one PIN at a time; for wrong too */
	struct wrong_pins wrong;
	struct store_tries tries;
	/* The changes of others that were noticed. */
	_Atomic uint64_t changes;
};

bool store_is_logged_in(const struct store *store);
void store_forget_login(struct store *store);

/* Takes the mutex and begins a transaction, with the token's row as it now is
 * and rows checked when others changed the file. On failure nothing is held. */
CK_RV store_enter(struct store *store, bool to_write);
/* Ends the transaction (one to write is undone unless it was committed). */
void store_leave(struct store *store);
/* Checks all rows, however many there are. Inside of the mutex only. */
void store_check_all(struct store *store);
/* Whether the row is as its token's key signed it. */
bool token_is_signed(const struct file_token *token);

/* Counts the change, signs the token's row by the login's key, writes it and
 * commits; the store then goes by it. */
CK_RV store_commit(struct store *store, const struct store_keys *keys,
	struct file_token *next);

/*
 * store-guard.c: a TPM that guards the user's PIN. It is reached before a
 * transaction and never in one, since one that hangs would keep others waiting;
 * within one it has 1.5 s. Enters to write, with the TPM at hand if the token
 * is guarded, or is about to be, and it can be reached; store_leave() lets go
 * of it.
 */
CK_RV guard_enter(struct store *store, bool is_about_to);
void guard_leave(struct store *store);
/*
 * In that transaction, once, with a login's keys: does the counter say what the
 * token's row does? It is advanced when it is one behind, since a process died
 * in between. CKR_FUNCTION_REJECTED: it says more: the token is not the newest;
 * CKR_TOKEN_NOT_RECOGNIZED: it is not there: the token is not this machine's.
 */
CK_RV guard_settle(struct store *store, const struct store_keys *keys,
	const struct file_guard *guard);
/* The same of the row as it is now, in a transaction of its own. With tidies,
 * what the TPM keeps for the token and its row does not name is forgotten then:
 * it was left by a process that died. Inside of the mutex only. */
CK_RV guard_check(
	struct store *store, const struct store_keys *keys, bool tidies);
/* After a commit that counted: the counter follows, in a transaction of its
 * own; what fails is made good by the next. */
void guard_follow(struct store *store, const struct store_keys *keys);

/* A guard at work on one PIN. */
struct guard_job {
	struct store *store;
	struct file_guard guard;
	bool secret_is_new;  /* it was made for this PIN */
	bool counter_is_new; /* and this too */
	bool was_tidied;     /* others took it for what is left */
	bool drops_guard;    /* there is no TPM any more */
	struct tpm *tpm;
};

/* Reaches the TPM to open a wrapping, and refuses where it could say nothing
 * about a PIN: such a try must not count. To be ended if it is CKR_OK. */
CK_RV guard_begin(struct guard_job *job);
void guard_end(struct guard_job *job);
/* For wrapping_open, in between: gives the secret. For wrapping_make: makes a
 * new one, whose place is in job->guard then. */
CK_RV guard_give(
	void *job, const struct secret *authorisation, struct secret *secret);
CK_RV guard_make(
	void *job, const struct secret *authorisation, struct secret *secret);
/* The counter for a new PIN: the token's own, or when that is of no use and
 * the SO may say so (is_so), one that starts now. */
CK_RV guard_choose_counter(
	struct guard_job *job, const struct store_keys *keys, bool is_so);
/* Before the first place is made for a token: its row says so from now on, so
 * that whoever finds it knows to tidy. */
CK_RV guard_announce(struct store *store, const struct store_keys *keys);
/* In the transaction that is to name what was made: nobody has tidied it away.
 */
CK_RV guard_confirm(struct guard_job *job);
/* After that, whatever came of it: nothing stays that is of no use. */
void guard_finish(
	struct guard_job *job, const struct store_keys *keys, CK_RV rv);

#endif
