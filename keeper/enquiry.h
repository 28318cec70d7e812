/* SPDX-License-Identifier: BSD-2-Clause */
/* What a worker asks of its listener, one question at a time. */

#ifndef ENQUIRY_H
#define ENQUIRY_H

#include "keeper/control.h"

/* Seconds that an answer of the listener may take. */
enum { ENQUIRY_TIME = 10 };

/* Before the first. */
void enquiry_begin(void);
/* Asks and waits, in any thread but the one that hears the listener; what came
 * with the answer is the caller's, or -1. CKR_DEVICE_ERROR: none came. */
CK_RV enquiry_make(struct control *question, struct control *answer, int *pipe);
/* An answer that was heard, with what came with it. One that comes too late,
 * when the listener was stopped say, is known by its number and dropped. */
void enquiry_take(const struct control *answer, int pipe);

#endif
