/* SPDX-License-Identifier: BSD-2-Clause */
/* What ails the modules of vendors, by who made them. */

#include "config.h"

#include "token/fronted-quirk.h"

#include <string.h>

static const struct fronted_quirk quirks[] = {
	/* 0.23 leaves a lock taken when a card is pulled between two calls, and
	 * waits for it for ever in the next one. */
	{ "OpenSC Project", .is_serial = true },
};

static const struct fronted_quirk none = { 0 };

static bool
is_by(const CK_INFO *info, const char *manufacturer)
{
	size_t length = strlen(manufacturer);
	size_t i;

	if (memcmp(info->manufacturerID, manufacturer, length) != 0)
		return false;
	for (i = length; i < sizeof(info->manufacturerID); i++)
		if (info->manufacturerID[i] != ' ' && info->manufacturerID[i])
			return false;
	return true;
}

const struct fronted_quirk *
fronted_quirk_find(const CK_FUNCTION_LIST_3_0 *vendor)
{
	CK_INFO info;
	size_t i;

	if (vendor->C_GetInfo(&info) != CKR_OK)
		return &none;
	for (i = 0; i < sizeof(quirks) / sizeof(quirks[0]); i++)
		if (is_by(&info, quirks[i].manufacturer))
			return &quirks[i];
	return &none;
}
