/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a user's tokens, configuration and socket are. */

#ifndef HOME_H
#define HOME_H

#include <stdbool.h>

/* Absolute paths, owned; the folders need not exist. Starts empty ({ 0 }). */
struct home {
	char *folder;        /* what the keeper writes beside the tokens */
	char *tokens;        /* NUMBER.token: the token of slot NUMBER */
	char *configuration; /* the file privyseal.conf */
	char *run;           /* keeper.sock; private to the user */
	bool is_moved;       /* by PRIVYSEAL_HOME */
	bool is_machine;     /* the machine keeper's: run is everybody's */
};

/* Where the machine keeper is, unless it was started with other places. */
#define MACHINE_STATE "/var/lib/privyseal"
#define MACHINE_RUN "/run/privyseal"

/*
 * PRIVYSEAL_HOME holds all four where it is set. Else the tokens are below
 * XDG_DATA_HOME, the configuration below XDG_CONFIG_HOME and the socket below
 * /run/user. In a program with borrowed rights (AT_SECURE) the environment
 * counts for nothing. False when memory is short or there is no HOME.
 */
bool home_find(struct home *home);
/*
 * Where the machine keeper's socket is; the rest is not the user's to know, and
 * NULL. PRIVYSEAL_MACHINE names another folder than MACHINE_RUN; an empty one
 * says that there is no machine keeper, as PRIVYSEAL_HOME does: false.
 */
bool home_find_machine(struct home *home);
/* The home that is in this folder, without run. False when memory is short. */
bool home_place(struct home *home, const char *folder);
void home_clear(struct home *home);

/* Whether any token was made. Reads a folder, nothing else. */
bool home_has_tokens(const struct home *home);
/* Whether the user's configuration, or the system's, may name other modules.
 * Only their lines are looked at; the keeper decides what they are worth. */
bool home_has_fronts(const struct home *home);
/* Whether there is anything that a keeper would be started for. */
bool home_is_used(const struct home *home);

/* The number of NUMBER.token (1 to 2^30 - 1), 0 for any other name. */
unsigned long home_token_number(const char *name);

#endif
