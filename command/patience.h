/* SPDX-License-Identifier: BSD-2-Clause */
/* Shows a person that something long is still alive. */

#ifndef PATIENCE_H
#define PATIENCE_H

/* Runs the work, and on a terminal shows the text with the seconds gone by. */
void patience(const char *text, void (*work)(void *context), void *context);

#endif
