/* SPDX-License-Identifier: BSD-2-Clause */
/* What serve.c and the generated dispatch have of each other. */

#ifndef SERVE_DISPATCH_H
#define SERVE_DISPATCH_H

#include "pkcs11/request.h"

/* A call in the worker, where its function is in the list, and since which
 * version of the standard. Indexed by the call's number. */
struct dispatch_row {
	void (*serve)(
		struct request *request, const CK_FUNCTION_LIST_3_0 *token);
	size_t offset;
	CK_BYTE version;
};
extern const struct dispatch_row dispatch_rows[];

/*
 * After C_FindObjectsInit: the first handles, and whether they were all. Then
 * the search is finished, and no other trip is needed for it.
 */
void request_give_first(struct request *request, CK_SESSION_HANDLE session,
	const CK_FUNCTION_LIST_3_0 *token);

#endif
