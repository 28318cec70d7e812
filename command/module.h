/* SPDX-License-Identifier: BSD-2-Clause */
/* A PKCS#11 module, loaded as any application would. */

#ifndef MODULE_H
#define MODULE_H

#include "command/option.h"
#include "pkcs11/cryptoki.h"

#include <stdbool.h>

/* Starts empty ({ 0 }). */
struct module {
	void *library;
	/* Borrowed from the library. */
	CK_FUNCTION_LIST *calls;
	char *path;
	bool is_initialized;
};

/* Where the request's module is: --module, else PRIVYSEAL_MODULE, else the one
 * that was installed. Borrowed. */
const char *module_path(const struct request *request);
/* Whether that is Privy Seal's own: then our configuration counts for it. */
bool module_is_ours(const struct request *request);

/* Loads and initialises the request's module. False, after saying why. */
bool module_open(const struct request *request, struct module *module);
/* The same without a word: the reason is in *reason (to be freed). */
bool module_try(const char *path, struct module *module, char **reason);
void module_close(struct module *module);

/*
 * The slots with a token in them, also an uninitialised one. The caller frees
 * *slots. False, after saying why.
 */
bool module_slots(
	const struct module *module, CK_SLOT_ID **slots, CK_ULONG *count);

#endif
