/* SPDX-License-Identifier: BSD-2-Clause */
/* Seconds, by the clock that a measurement is made with. */

#ifndef CLOCK_H
#define CLOCK_H

/* Since some moment in the past. */
double clock_now(void);
/* Of the processor, that this thread has used. */
double clock_used(void);

#endif
