/* SPDX-License-Identifier: BSD-2-Clause */
/* What ails the modules of vendors, by who made them. */

#include "config.h"

#include "token/fronted-quirk.h"

#include <string.h>

static const struct fronted_quirk quirks[] = {
	/* 0.23 leaves a lock taken when a card is pulled between two calls, and
	 * waits for it for ever in the next one. After a wrong PIN for one use
	 * its C_GetSessionInfo closes all sessions. */
	{ "OpenSC Project", .is_serial = true, .ends_sessions = true },
	/* What it has loaded in a TPM is gone when that was reset, or fills it
	 * when there is no resource manager. */
	{ "tpm2-software.github.io", .fails_for_good = true,
		.cannot_unwrap = true },
};

static const struct fronted_token_quirk token_quirks[] = {
	{ "Common Access Card", .wrong_pin_is_error = true },
};

/* Fields of the standard's structures end in blanks. */
static bool
is_by(const CK_UTF8CHAR field[32], const char *manufacturer)
{
	size_t i = strlen(manufacturer);

	if (memcmp(field, manufacturer, i) != 0)
		return false;
	while (i < 32 && (field[i] == ' ' || !field[i]))
		i++;
	return i == 32;
}

const struct fronted_token_quirk *
fronted_quirk_token(const CK_TOKEN_INFO *token)
{
	static const struct fronted_token_quirk none = { 0 };
	size_t i;

	for (i = 0; i < sizeof(token_quirks) / sizeof(token_quirks[0]); i++)
		if (is_by(token->manufacturerID, token_quirks[i].manufacturer))
			return &token_quirks[i];
	return &none;
}

const struct fronted_quirk *
fronted_quirk_find(const CK_FUNCTION_LIST_3_0 *vendor)
{
	static const struct fronted_quirk none = { 0 };
	CK_INFO info;
	size_t i;

	if (!vendor->C_GetInfo || vendor->C_GetInfo(&info) != CKR_OK)
		return &none;
	for (i = 0; i < sizeof(quirks) / sizeof(quirks[0]); i++)
		if (is_by(info.manufacturerID, quirks[i].manufacturer))
			return &quirks[i];
	return &none;
}
