/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs of bytes: plain ones, and secret ones that are locked and wiped. */

#ifndef BYTES_H
#define BYTES_H

#include <stdbool.h>
#include <stddef.h>

/* Owned bytes. Starts empty ({ 0 }); lengths are in bytes. */
struct bytes {
	unsigned char *at;
	size_t length;
};

/* Gives the bytes room for length; false (and empty) when memory is short. */
bool bytes_init(struct bytes *bytes, size_t length);
/* Makes the bytes a copy of length bytes at from; false when memory is short.
 */
bool bytes_copy(struct bytes *bytes, const void *from, size_t length);
/* Adds to the end; false, with the bytes as they were, when memory is short. */
bool bytes_append(struct bytes *bytes, const void *from, size_t length);
bool bytes_equal(const struct bytes *one, const void *other, size_t length);
/* Frees what the bytes own; empty ones are fine. */
void bytes_clear(struct bytes *bytes);

/*
 * Owned bytes that nobody else may see: in pages of their own that are locked
 * (as far as the limit allows), left out of core dumps, empty in a forked
 * child, and wiped when cleared. For PINs, keys and what opens them.
 */
struct secret {
	unsigned char *at;
	size_t length;
};

/* Where a process that has a better place keeps its secrets instead; set before
 * the first one. take gives zeros, give wipes. */
struct secret_place {
	void *(*take)(size_t length);
	void (*give)(void *at);
};
void secret_keep_in(const struct secret_place *place);

bool secret_init(struct secret *secret, size_t length);
bool secret_copy(struct secret *secret, const void *from, size_t length);
/* Compares in time that depends on the lengths only. */
bool secret_equal(const struct secret *one, const void *other, size_t length);
/* Shortens to length; the rest is wiped. */
void secret_shorten(struct secret *secret, size_t length);
void secret_clear(struct secret *secret);

/* Overwrites, whatever the compiler thinks of it. */
void wipe(void *at, size_t length);

#endif
