/* SPDX-License-Identifier: BSD-2-Clause */
/* Which programs made the tries of a token that are counted: for its owner (of
 * a group's, the administrator, who sees whose programs they are), and not to
 * be relied on. */

#ifndef GUESSERS_H
#define GUESSERS_H

#include <stddef.h>
#include <stdint.h>

#include "pkcs11/cryptoki.h"

/* So many of a token are kept, the latest. */
enum { GUESSERS_MOST = 16 };

/* The name is the path of the program that the kernel shows; else what the
 * application calls itself. One line without control characters. */
struct guesser {
	uint32_t user;
	uint32_t count;
	uint32_t is_seen; /* by the kernel */
	uint32_t person;  /* who ran it: a uid and 1; 0: not known */
	int64_t time, process; /* of the last try */
	char name[256];
};

/* The program if there is one, cut to fit: of a path the end tells most. */
void guesser_name(
	struct guesser *guesser, const char *program, const char *application);

/* A file SERIAL.guessers in the folder of the counts. What cannot be written is
 * noted, and what is damaged counts as empty. */
void guessers_add(const char *folder, const char *serial, CK_USER_TYPE user,
	const struct guesser *who);
/* The last try of this one was none. */
void guessers_return(const char *folder, const char *serial, CK_USER_TYPE user,
	const struct guesser *who);
/* The tries of this user are counted anew. */
void guessers_forget(const char *folder, const char *serial, CK_USER_TYPE user);
/* Those that are kept; their number. */
size_t guessers_list(const char *folder, const char *serial,
	struct guesser list[GUESSERS_MOST]);

#endif
