/* SPDX-License-Identifier: BSD-2-Clause */
/* The process that asks a person, for one question. */

#ifndef ASKER_H
#define ASKER_H

/* Takes the task from ASKER_TASK, asks by pinentry, and writes to ASKER_ANSWER.
 * Ends with the question, its time, or the one who waits. The exit status. */
int asker_run(void);

#endif
