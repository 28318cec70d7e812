/* SPDX-License-Identifier: BSD-2-Clause */
/* A module around another one, which an environment variable names. */

#include "config.h"

#include "tests/fronted/wrapper.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

CK_RV
wrapper_load(const char *variable, const CK_FUNCTION_LIST **whole)
{
	const char *path = getenv(variable);
	void *library = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
	void *symbol = library ? dlsym(library, "C_GetFunctionList") : NULL;
	CK_C_GetFunctionList entry;
	CK_FUNCTION_LIST *found;
	CK_RV rv;

	if (!symbol)
		return CKR_GENERAL_ERROR;
	memcpy(&entry, &symbol, sizeof(entry));
	rv = entry(&found);
	if (rv == CKR_OK)
		*whole = found;
	return rv;
}
