/* SPDX-License-Identifier: BSD-2-Clause */
/* This program begun again, as a process that does one thing. */

#ifndef CHILD_H
#define CHILD_H

#include <sys/types.h>

enum { CHILD_FIRST = 3, CHILD_SECOND = 4 };

/* Starts it with these words, at most 16 and then NULL. The descriptors are
 * there as CHILD_FIRST and CHILD_SECOND (-1: none); past standard error nothing
 * else is open, and no signal is blocked. Its number, with its pidfd; -1. */
pid_t child_start(const char *const *words, char **environment, int first,
	int second, int *process);

/* Kills one that nobody would hear of when it ends, and closes its pidfd. */
void child_kill(int process);

#endif
