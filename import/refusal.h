/* SPDX-License-Identifier: BSD-2-Clause */
/* Why an import ends without success, for people and for scripts. */

#ifndef REFUSAL_H
#define REFUSAL_H

#include <stddef.h>

/*
 * The numbers are the exit codes of `privyseal import`; scripts rely on them,
 * so they never change. 0 to 9 are the command's own (1 other, 2 usage).
 *
 *  0  done                    16  file too large
 * 10  wrong passphrase        17  passphrase needed, none given
 * 11  damaged or altered      18  a key contradicts itself
 * 12  no key file at all      19  file cannot be read
 * 13  unknown algorithm       20  the token refused; nothing was stored
 * 14  absurd work asked for   21  the token failed half way: run again
 * 15  no key, no certificate  22  out of memory
 */
enum refusal {
	REFUSAL_NONE = 0,
	REFUSAL_PASSPHRASE_WRONG = 10,
	REFUSAL_DAMAGED = 11,
	REFUSAL_FORMAT_UNKNOWN = 12,
	REFUSAL_ALGORITHM_UNKNOWN = 13,
	REFUSAL_WORK_ABSURD = 14,
	REFUSAL_EMPTY = 15,
	REFUSAL_FILE_TOO_LARGE = 16,
	REFUSAL_PASSPHRASE_NEEDED = 17,
	REFUSAL_KEY_INVALID = 18,
	REFUSAL_FILE_UNREADABLE = 19,
	REFUSAL_TOKEN = 20,
	REFUSAL_INTERRUPTED = 21,
	REFUSAL_MEMORY = 22
};

/* A refusal with the particular: an algorithm, a place, an rv. Starts empty. */
struct failure {
	enum refusal refusal;
	char detail[200];
};

/* What happened and what to do next, in the user's language. Never NULL. */
const char *refusal_text(enum refusal refusal);

/* Fills the failure (NULL is fine) and returns the refusal, for return. The
 * detail holds what needs no translation, or comes translated. */
enum refusal fail(struct failure *failure, enum refusal refusal,
	const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
