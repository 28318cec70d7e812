/* SPDX-License-Identifier: BSD-2-Clause */
/* A command to a card: its parts, in chains, and responses in pieces. */

#ifndef CARD_COMMAND_H
#define CARD_COMMAND_H

#include "tests/fronted/card-tlv.h"

/* What a card says at the end of each response. [ISO 7816-4, table 5] */
enum status {
	STATUS_FINE = 0x9000,
	STATUS_MORE = 0x6100,  /* and how much of it */
	STATUS_TRIES = 0x63c0, /* and how many are left */
	STATUS_LENGTH = 0x6700,
	STATUS_SECURITY = 0x6982,
	STATUS_BLOCKED = 0x6983,
	STATUS_CONDITIONS = 0x6985,
	STATUS_DATA = 0x6a80,
	STATUS_NOT_FOUND = 0x6a82,
	STATUS_PARAMETERS = 0x6a86,
	STATUS_REFERENCE = 0x6a88,
	STATUS_INSTRUCTION = 0x6d00,
	STATUS_CLASS = 0x6e00,
	STATUS_FAULT = 0x6f00
};

/* The top of a class says that more follows; GET RESPONSE asks for the rest. */
enum { CLASS_CHAINED = 0x10, CLASS_CHANNELS = 0x03, GET_RESPONSE = 0xc0 };

struct command {
	unsigned class, instruction, p1, p2;
	struct part data;
	/* How many bytes may come back. */
	size_t room;
};

bool command_parse(struct part from, struct command *command);

/* Appends as much of what is pending as the command has room for, and the
 * status; the rest stays. */
void response_put(struct bytes *pending, size_t room, enum status status,
	struct bytes *response);

#endif
