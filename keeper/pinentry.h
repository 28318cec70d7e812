/* SPDX-License-Identifier: BSD-2-Clause */
/* A pinentry program, spoken to in its own language (Assuan). */

#ifndef PINENTRY_H
#define PINENTRY_H

#include <stdbool.h>
#include <sys/types.h>

#include "pkcs11/bytes.h"

/* A running one. Its words are a stranger's: no longer than a line may be, and
 * nothing is believed. */
struct pinentry {
	pid_t process;
	int to, from;
	int watched;   /* whoever waits for the answer; gone: no more asking */
	long deadline; /* milliseconds of CLOCK_MONOTONIC */
	struct secret line; /* what has come and was not taken */
	size_t length, taken;
};

/* The program: the one at this path, or ("") the system's. It must be root's or
 * this user's, and nobody else may write it. False, after a note. */
bool pinentry_find(const char *configured, char *path, size_t room);

/* Starts it, in this environment, and hears its greeting; false, after a note.
 * The caller ends it. */
bool pinentry_start(struct pinentry *pinentry, const char *path, int watched,
	unsigned seconds);
void pinentry_end(struct pinentry *pinentry);

/* Sends "COMMAND TEXT", the text encoded; false: the program is gone, late, or
 * says no. */
bool pinentry_say(
	struct pinentry *pinentry, const char *command, const char *text);

/* Sends the command. True: the program has what the person typed, in *text for
 * the caller to clear (CONFIRM: nothing). False: no. */
bool pinentry_ask(
	struct pinentry *pinentry, const char *command, struct secret *text);

#endif
