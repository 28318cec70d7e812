/* SPDX-License-Identifier: BSD-2-Clause */
/* The function lists, and how an application gets them. Fork-safety is not
 * claimed: a child must call C_Initialize itself. */

#include "config.h"

#include "pkcs11/cryptoki.h"

#include <string.h>

/* The lists are not the application's to change, but the standard's types say
 * no const. */
#define LISTED(name, arguments) name,

static CK_FUNCTION_LIST list_2_40 = { { 2, 40 }, CK_FUNCTIONS_2_40(LISTED) };
static CK_FUNCTION_LIST_3_0 list_3_0 = { { 3, 0 },
	CK_FUNCTIONS_2_40(LISTED) CK_FUNCTIONS_3_0(LISTED) };

static CK_UTF8CHAR name[] = "PKCS 11";

/* The best is first: it is what is given where nothing is asked. */
static CK_INTERFACE interfaces[] = {
	{ name, &list_3_0, 0 },
	{ name, &list_2_40, 0 },
};
#define INTERFACES (sizeof(interfaces) / sizeof(interfaces[0]))

CK_RV
C_GetFunctionList(CK_FUNCTION_LIST **list)
{
	if (!list)
		return CKR_ARGUMENTS_BAD;
	*list = &list_2_40;
	return CKR_OK;
}

CK_RV
C_GetInterfaceList(CK_INTERFACE *list, CK_ULONG *count)
{
	CK_ULONG room;

	if (!count)
		return CKR_ARGUMENTS_BAD;
	room = *count;
	*count = INTERFACES;
	if (list && room < INTERFACES)
		return CKR_BUFFER_TOO_SMALL;
	if (list)
		memcpy(list, interfaces, sizeof(interfaces));
	return CKR_OK;
}

static int
is_wanted(const CK_INTERFACE *interface, const CK_UTF8CHAR *wanted,
	const CK_VERSION *version, CK_FLAGS flags)
{
	const CK_VERSION *own = interface->pFunctionList;

	if (wanted && strcmp((const char *)wanted, (const char *)name) != 0)
		return 0;
	if (version &&
		(version->major != own->major || version->minor != own->minor))
		return 0;
	return (flags & ~interface->flags) == 0;
}

CK_RV
C_GetInterface(CK_UTF8CHAR *wanted, CK_VERSION *version,
	CK_INTERFACE **interface, CK_FLAGS flags)
{
	size_t i;

	if (!interface)
		return CKR_ARGUMENTS_BAD;
	for (i = 0; i < INTERFACES; i++)
		if (is_wanted(&interfaces[i], wanted, version, flags)) {
			*interface = &interfaces[i];
			return CKR_OK;
		}
	return CKR_FUNCTION_FAILED;
}
