/* SPDX-License-Identifier: BSD-2-Clause */
/* Speaks to the user; what others wrote cannot steer the terminal. */

#ifndef SAY_H
#define SAY_H

#include "pkcs11/cryptoki.h"

#include <stdbool.h>
#include <stddef.h>

/* To standard output. Control characters in the texts come out as "?". */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A remark that is no result: to standard error. */
void remark(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* An error, with the command's name before it; returns the exit code 1. */
int complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What a code of the standard means to a user, and what to do next. */
const char *explain(CK_RV rv);
/* "What: explanation"; returns the exit code 1. */
int complain_about(CK_RV rv, const char *what);

/* Asks a yes-or-no question on the terminal; without a terminal: no. */
bool ask(const char *question);

/* Takes out of a text what could steer a terminal; newlines stay when asked. */
void tame(char *text, bool keep_newlines);

#endif
