/* SPDX-License-Identifier: BSD-2-Clause */
/* What a slot of a fronted module is known by: a reader by its name, a token
 * that is no card by what it says of itself. */

#include "config.h"

#include "token/fronted-call.h"

#include <stdio.h>

/* Fields of the standard's structures end in blanks. */
static size_t
put_field(char *to, size_t room, const CK_UTF8CHAR *field, size_t length)
{
	while (length && (field[length - 1] == ' ' || !field[length - 1]))
		length--;
	return (size_t)snprintf(
		to, room, "%.*s|", (int)length, (const char *)field);
}

static void
name_token(char name[FRONTED_NAME_MOST], const CK_TOKEN_INFO *token)
{
	size_t used = (size_t)snprintf(name, FRONTED_NAME_MOST, "token|");

	used += put_field(name + used, FRONTED_NAME_MOST - used,
		token->serialNumber, sizeof(token->serialNumber));
	used += put_field(name + used, FRONTED_NAME_MOST - used, token->label,
		sizeof(token->label));
	used += put_field(name + used, FRONTED_NAME_MOST - used, token->model,
		sizeof(token->model));
	put_field(name + used, FRONTED_NAME_MOST - used, token->manufacturerID,
		sizeof(token->manufacturerID));
}

static void
name_slot(char name[FRONTED_NAME_MOST], const CK_SLOT_INFO *slot)
{
	size_t used = (size_t)snprintf(name, FRONTED_NAME_MOST, "slot|");

	used += put_field(name + used, FRONTED_NAME_MOST - used,
		slot->slotDescription, sizeof(slot->slotDescription));
	put_field(name + used, FRONTED_NAME_MOST - used, slot->manufacturerID,
		sizeof(slot->manufacturerID));
}

void
fronted_name(char name[FRONTED_NAME_MOST], const CK_SLOT_INFO *slot,
	const CK_TOKEN_INFO *token)
{
	if (!(slot->flags & CKF_REMOVABLE_DEVICE) && token &&
		token->flags & CKF_TOKEN_INITIALIZED)
		name_token(name, token);
	else
		name_slot(name, slot);
}
