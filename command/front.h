/* SPDX-License-Identifier: BSD-2-Clause */
/* Modules of others that the keeper shows, for the command. */

#ifndef COMMAND_FRONT_H
#define COMMAND_FRONT_H

#include "command/token.h"
#include "keeper/front.h"
#include "pkcs11/home.h"

/* What privyseal.conf says of them. Starts empty ({ 0 }). */
struct house {
	const struct request *request;
	struct home home;
	struct configuration configuration;
};

/* Reads it as the keeper does. False, after saying why. */
bool house_open(struct house *house, const struct request *request);
void house_clear(struct house *house);
/* The front; false, after saying that there is none. */
bool house_find(
	const struct house *house, const char *name, struct front *front);
/* The line that names its module, and in which file. */
const struct setting *house_line(const struct house *house,
	const struct front *front, const char **file);

/* The deeds of the verb; true: done. */
bool front_add(struct house *house, const char *name, const char *module);
bool front_remove(struct house *house, const char *name);
bool front_show_all(struct house *house);
bool front_test(struct house *house, const char *name);

/* Whether a file of its chain is what it should be, how many certificates of
 * authorities it has; else why not, in the user's language. */
bool chain_file_check(
	const char *path, size_t *count, char *reason, size_t room);

/* The name of the front that a token belongs to; NULL: it is no front's, or the
 * keeper does not say. Of this process until it ends. */
const char *front_of_token(const struct token *token);

/* Loads the module in a process of its own, as a worker does, and says what is
 * wrong with it and what to do. False: something is. */
bool front_probe(const struct front *front);
/* Whether it begins at all, without a word. */
bool front_begins(const struct front *front);

#endif
