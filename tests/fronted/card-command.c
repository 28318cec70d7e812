/* SPDX-License-Identifier: BSD-2-Clause */
/* A command to a card: its parts, in chains, and responses in pieces. */

#include "config.h"

#include "tests/fronted/card-command.h"

#include <string.h>

enum { HEADER = 4, SHORT_ROOM = 256, EXTENDED_ROOM = 65536 };

/* Data and room after the header, in numbers of one byte or of two; zero stands
 * for all of the room. [ISO 7816-4, 5.1] */
static bool
parse_body(struct part body, size_t width, size_t most, struct command *command)
{
	size_t number = 0, i;

	command->room = most;
	if (body.length < width)
		return body.length == 0;
	for (i = 0; i < width; i++)
		number = number << 8 | body.at[i];
	if (body.length == width) {
		command->room = number ? number : most;
		return true;
	}
	if (body.length < width + number)
		return false;
	command->data = (struct part){ body.at + width, number };
	body.at += width + number;
	body.length -= width + number;
	if (body.length == 1 && width == 1 && body.at[0])
		command->room = body.at[0];
	return true;
}

bool
command_parse(struct part from, struct command *command)
{
	struct part body;

	*command = (struct command){ 0 };
	if (from.length < HEADER)
		return false;
	command->class = from.at[0];
	command->instruction = from.at[1];
	command->p1 = from.at[2];
	command->p2 = from.at[3];
	body = (struct part){ from.at + HEADER, from.length - HEADER };
	if (body.length < 3 || body.at[0] != 0)
		return parse_body(body, 1, SHORT_ROOM, command);
	body.at++;
	body.length--;
	return parse_body(body, 2, EXTENDED_ROOM, command);
}

void
response_put(struct bytes *pending, size_t room, enum status status,
	struct bytes *response)
{
	size_t length = pending->length < room ? pending->length : room;
	unsigned char end[2];
	unsigned left;

	bytes_append(response, pending->at, length);
	pending->length -= length;
	if (length > 0)
		memmove(pending->at, pending->at + length, pending->length);
	left = pending->length > 0xff ? 0 : (unsigned)pending->length;
	if (pending->length > 0)
		status = STATUS_MORE | left;
	end[0] = (unsigned char)(status >> 8);
	end[1] = (unsigned char)status;
	bytes_append(response, end, sizeof(end));
}
