/* SPDX-License-Identifier: BSD-2-Clause */
/* Searches under way: handles that came early, until they are asked for. */

#ifndef SEARCH_H
#define SEARCH_H

#include "pkcs11/application.h"

struct search {
	struct search *next;
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE *handles;
	CK_ULONG count, taken;
	bool is_complete; /* the worker has finished it */
	bool is_doubtful; /* its session may have been closed */
};

/* Those of a keeper's sessions, or (NULL) all. With the lock held, or when
 * nobody else can. */
void search_forget(
	struct application *application, const struct keeper *keeper);

#endif
