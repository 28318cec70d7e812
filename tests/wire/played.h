/* SPDX-License-Identifier: BSD-2-Clause */
/* A keeper and its token that threads of a test play. */

#ifndef PLAYED_H
#define PLAYED_H

#include "pkcs11/cryptoki.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

enum {
	SESSIONS = 40,
	SIGNATURE = 16, /* bytes: the session and the data, 8 of each */
};

/* What the token is to do, and what it heard since the last look. */
extern struct played_token {
	pthread_mutex_t lock;
	pthread_cond_t change;
	char heard[4096];
	bool is_begun[SESSIONS];
	CK_ULONG sessions;
	CK_RV begin_rv, sign_rv;
	long delay;             /* milliseconds, of C_SignInit */
	CK_SESSION_HANDLE slow; /* its C_SignInit and C_Logout wait */
	bool is_waiting;
	bool spends;          /* the next C_SignInit is the last call */
	atomic_bool is_spent; /* no other call is served */
} played_token;

/* The keeper: its socket, its connections, and whether it is of an earlier day,
 * which does not say that it takes requests in a row, or how it answers one
 * that came in a row. */
extern struct played_keeper {
	int listening;
	int connections[64];
	int count;
	bool is_old, is_hostile, has_met_row;
	enum misdeed {
		NONE,
		OTHER_CALL,
		MORE_BYTES,
		NO_BYTES,
		MORE_ANSWERS,
		MISDEEDS
	} misdeed;
} played_keeper;

/* Listens in PRIVYSEAL_HOME, and serves. */
void played_start(void);
/* As a worker that is killed. */
void played_lose(void);
/* What the token heard since the last time; static. */
const char *played_heard(void);
void played_pause(long milliseconds);

#endif
