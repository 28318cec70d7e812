/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside the fronted token's slots: what is known of them. */

#ifndef FRONTED_SLOT_H
#define FRONTED_SLOT_H

#include "token/fronted-call.h"

#include <pthread.h>

struct fronted_slot {
	CK_SLOT_ID number, vendor;
	CK_SLOT_INFO info; /* as it was last */
	CK_TOKEN_INFO token;
	bool is_there; /* the vendor has it */
	bool has_token, is_event_due;
	bool is_told; /* token is filled */
};

/* A slot never goes: its place in the array stands for it everywhere. */
struct fronted_slots {
	pthread_mutex_t lock;
	struct fronted_slot at[FRONTED_SLOTS_MOST];
	unsigned count;
	bool is_known; /* it was looked at before */
};
extern struct fronted_slots fronted_slots;

/* fronted-slot.c: the place of one of the array. */
unsigned fronted_slot_place(const struct fronted_slot *slot);

/* The rest is called with the lock held. By our number; NULL: there is none. */
struct fronted_slot *fronted_slot_find(CK_SLOT_ID number);
/* Whoever lost the token lost its handles; the first look is no event. */
void fronted_slot_set_token(struct fronted_slot *slot, bool has_token);

/* fronted-look.c: asks the vendor for all, and numbers what is new. The
 * vendor's errors, CKR_HOST_MEMORY. */
CK_RV fronted_look(void);

#endif
