/* SPDX-License-Identifier: BSD-2-Clause */
/* The token behind a worker: the soft token, or a module for tests. */

#ifndef BACKING_H
#define BACKING_H

#include "keeper/audit-layer.h"
#include "keeper/configuration.h"
#include "keeper/front.h"
#include "pkcs11/bytes.h"
#include "pkcs11/cryptoki.h"
#include "pkcs11/hello.h"
#include "token/store.h"

/* Where the audit layer's records go; sink NULL: there is no such layer. */
struct backing_audit {
	audit_sink sink;
	bool with_data;
};

/* Somebody else's module, and who numbers its slots (fronted.h). */
struct backing_module {
	const char *path;
	const struct front *front; /* NULL: as it is, for tests */
	unsigned long (*number)(void *context, const char *name);
	void (*announce)(void *context, const char *const *names, size_t count);
	bool (*is_awaited)(void);
	struct bytes chain; /* certificates that its tokens lack, as a text */
};

/* Whose tokens they are, if not a user's. */
struct backing_group {
	const char *name; /* NULL: a user's */
	bool is_members;  /* who comes is a member, and only uses them */
};

/*
 * Makes the token ready (C_Initialize included): the soft token as configured,
 * numbering its sessions and objects from where the hello says; or, when module
 * has a path, the PKCS#11 module there; with the layers around it that
 * the configuration asks for this application. Called once; what it is given
 * stays. NULL, with the reason in the log, when there is none.
 */
const CK_FUNCTION_LIST_3_0 *backing_open(const struct backing_module *module,
	const char *folder, const struct backing_group *group,
	struct configuration *configuration, const struct hello *hello,
	const struct store_tries *tries, const struct subject *application,
	const struct backing_audit *audit);

#endif
