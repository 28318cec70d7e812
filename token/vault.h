/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory for secrets: one closed place in the process. */

#ifndef VAULT_H
#define VAULT_H

#include <stdbool.h>
#include <stddef.h>

/* How much was opened for takers so far, larger pieces while they are taken,
 * and how much of that the kernel keeps from its swap. A KDF's room, far beyond
 * any limit for locked memory, counts for neither. */
struct vault_state {
	size_t opened, locked;
};

/*
 * Reserves the place, between guard pages: out of core dumps, empty in a forked
 * child, and locked as it fills, as far as the limit allows; tell hears of it,
 * once, when that is no longer all (it must not take memory here). Once, before
 * there are threads. No more than so many bytes will be given out. False: the
 * kernel refused.
 */
bool vault_open(size_t most, void (*tell)(const struct vault_state *state));

/* For any thread. Zeroed, and aligned for any type; NULL when the place is
 * full, and for no bytes. */
void *vault_take(size_t length);
/* Wipes. What the vault did not give ends the process; NULL is fine. */
void vault_give(void *at);
/* As realloc; what is left behind is wiped. On NULL the old stays as it was. */
void *vault_resize(void *at, size_t length);

void vault_look(struct vault_state *state);

#endif
