/* SPDX-License-Identifier: BSD-2-Clause */
/* The application as the module knows it, from C_Initialize to C_Finalize. */

#ifndef APPLICATION_H
#define APPLICATION_H

#include "pkcs11/cryptoki.h"
#include "pkcs11/hello.h"
#include "pkcs11/keepers.h"
#include "pkcs11/signing.h"

#include <pthread.h>

struct search;

/*
 * It stands in a page that a fork empties: the child finds no application, and
 * no lock that another thread of its parent held. What the lock protects may
 * only be read and written while it is held.
 */
struct application {
	pthread_mutex_t lock;
	/* Users left, the application ends, or signings were told. */
	pthread_cond_t change;
	bool is_initialized;
	bool is_ending;
	uint32_t
		end_mark; /* 1 while it ends: application_pause() waits on it */
	unsigned users;   /* calls under way */
	struct hello hello;     /* constant; what all keepers are told */
	struct keeper *keepers; /* keepers.h */
	bool fronts_are_known;  /* somebody looked for them */
	bool wants_spare;       /* constant: an empty slot beside the tokens */
	struct search *searches;
	struct signing signings[SIGNINGS];
	pthread_mutex_t starting; /* one thread starts a keeper */
};

/* CKR_CRYPTOKI_ALREADY_INITIALIZED, CKR_HOST_MEMORY, CKR_GENERAL_ERROR. */
CK_RV application_begin(void);
/* Ends the calls under way, waits for them, and forgets all.
 * CKR_CRYPTOKI_NOT_INITIALIZED. */
CK_RV application_end(void);

/* For the length of a call; NULL when there is none. */
struct application *application_enter(void);
void application_leave(struct application *application);
/* Waits so many seconds, by a clock that nobody sets; false, and at once, when
 * the application ends meanwhile. */
bool application_pause(struct application *application, unsigned seconds);

#endif
