/* SPDX-License-Identifier: BSD-2-Clause */
/* Somebody else's module as one of ours: its slots and handles get numbers that
 * last, and what ails it does not reach the application. */

#ifndef FRONTED_H
#define FRONTED_H

#include "pkcs11/cryptoki.h"

#include <stdbool.h>
#include <stdint.h>

/* What slots have numbers below. */
#define FRONTED_SLOT_MOST 0xfffffUL

/* Borrowed for as long as the process lives. */
struct fronted_settings {
	/* The first numbers for sessions and for objects. */
	uint64_t first_session, first_object;
	unsigned sessions_max, objects_max;
	bool is_serial; /* its calls are not to meet */
	/* How long one call may last; 0: as long as the wire allows. */
	unsigned call_seconds;
	/* Whether anybody waits for the answer of this thread's call. */
	bool (*is_awaited)(void);
	/* The number, the same each time, of the slot that the text stands
	 * for: 1 to FRONTED_SLOT_MOST; 0: there is none. */
	unsigned long (*number)(void *context, const char *name);
	/* Texts that are going to be asked for one by one; NULL: nobody wants
	 * to know. */
	void (*announce)(void *context, const char *const *names, size_t count);
	/* Whether a slot is to be shown; token NULL: it has none. */
	bool (*is_wanted)(void *context, const CK_SLOT_INFO *slot,
		const CK_TOKEN_INFO *token);
	void *context;
};

/* From the one to the other the vendor's module is loaded and initialized,
 * which may hang like any call. seconds: how long it may; 0: as usual. */
void fronted_starts(unsigned seconds);
void fronted_has_started(void);

/* The list that answers for the vendor's, which is initialized. Called once. */
const CK_FUNCTION_LIST_3_0 *fronted_wrap(const CK_FUNCTION_LIST_3_0 *vendor,
	const struct fronted_settings *settings);

/* Before the process ends: lets the vendor put its things away, such as keys in
 * a TPM, unless a call is under way. No call may follow. */
void fronted_finish(void);
/* From now on only another process can help: it is to end once the call under
 * way is answered. */
bool fronted_is_spent(void);
/* A call of the vendor's has not come back for longer than its time limit. */
bool fronted_hangs(void);
/* To be called each second or so: ends the time of PINs that are kept for one
 * use. */
void fronted_forget_pins(void);

#endif
