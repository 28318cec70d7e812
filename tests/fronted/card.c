/* SPDX-License-Identifier: BSD-2-Clause */
/* card -d FOLDER -p PORT [-w MILLISECONDS] [-l MILLISECONDS] [-u]: a PIV card,
 * as far as NIST SP 800-73-4 says how it signs and decrypts, in the reader at
 * the port.
 *
 * FOLDER has 9a.key 9a.crt, 9c, 9d and 9e (tests/fronted/card-key.h), and pins.
 * -w: what uses a key takes that long, as it does in chips; -l: a PIN does. -u:
 * the card has another application, which nobody knows. SIGHUP: the next four
 * uses of a key fail (the host tries some of them twice). The rest is
 * tests/fronted/reader.h. Says what is done with PIN and keys, a line each. */

#include "config.h"

#include "tests/fronted/card-command.h"
#include "tests/fronted/card-data.h"
#include "tests/fronted/card-key.h"
#include "tests/fronted/card-pin.h"
#include "tests/fronted/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FAULTS = 4 };

static struct pins pins;
static int work, thought, faults;
static bool is_unknown;

/* What a card forgets without power; is_fresh: the command just before was a
 * PIN that was right. */
static bool is_selected, is_verified, is_fresh;
static struct bytes chained, pending;

static void
card_reset(void)
{
	is_selected = is_verified = is_fresh = false;
	chained.length = pending.length = 0;
}

static void
card_disturb(void)
{
	faults = FAULTS;
}

/* [SP 800-73-4 part 2, 3.1.1] */
static enum status
do_select(const struct command *command)
{
	if (is_unknown || command->p1 != 4 || !card_data_is_name(command->data))
		return STATUS_NOT_FOUND;
	is_selected = true;
	is_verified = false;
	card_data_put_application(&pending);
	return STATUS_FINE;
}

static enum status
do_get_data(const struct command *command)
{
	struct part data = command->data, name;
	unsigned tag;

	if (command->p1 != 0x3f || command->p2 != 0xff)
		return STATUS_PARAMETERS;
	if (!tlv_take(&data, &tag, &name) || tag != 0x5c)
		return STATUS_DATA;
	return card_data_put(name, &pending) ? STATUS_FINE : STATUS_NOT_FOUND;
}

static enum status
tries_left(const struct pin *pin)
{
	return pin->left ? STATUS_TRIES | (unsigned)pin->left : STATUS_BLOCKED;
}

/* A PIN that is shown; what it was is in the file before anybody hears of it.
 */
static enum status
take_pin(struct pin *pin, const char *name, const unsigned char *field)
{
	bool is_right;

	if (pin->left == 0)
		return STATUS_BLOCKED;
	reader_pause(thought);
	is_right = pin_try(pin, field);
	pins_save(&pins);
	printf("%s %s, %d left\n", name, is_right ? "right" : "wrong",
		pin->left);
	return is_right ? STATUS_FINE : tries_left(pin);
}

/* Without a PIN it is a question. [part 2, 3.2.1] */
static enum status
do_verify(const struct command *command)
{
	enum status status;

	if (command->p2 != 0x80)
		return STATUS_REFERENCE;
	if (command->p1 == 0xff && command->data.length == 0) {
		is_verified = false;
		return STATUS_FINE;
	}
	if (command->p1 != 0)
		return STATUS_PARAMETERS;
	if (command->data.length == 0)
		return is_verified ? STATUS_FINE : tries_left(&pins.user);
	if (command->data.length != PIN_LENGTH ||
		!pin_is_proper(command->data.at))
		return STATUS_DATA;
	status = take_pin(&pins.user, "PIN", command->data.at);
	is_verified = is_fresh = status == STATUS_FINE;
	return status;
}

/* Puts a new one in the place of the PIN or the PUK, for what is there or for
 * the PUK. [part 2, 3.2.2 and 3.2.3] */
static enum status
replace(const struct command *command, struct pin *shown, struct pin *changed)
{
	enum status status;

	if (command->p1 != 0)
		return STATUS_PARAMETERS;
	if (command->data.length != 2 * PIN_LENGTH ||
		!pin_is_proper(command->data.at + PIN_LENGTH))
		return STATUS_DATA;
	status = take_pin(
		shown, shown == &pins.user ? "PIN" : "PUK", command->data.at);
	if (status != STATUS_FINE)
		return status;
	pin_set(changed, command->data.at + PIN_LENGTH);
	pins_save(&pins);
	return STATUS_FINE;
}

static enum status
do_change(const struct command *command)
{
	if (command->p2 == 0x80)
		return replace(command, &pins.user, &pins.user);
	if (command->p2 == 0x81)
		return replace(command, &pins.unblocking, &pins.unblocking);
	return STATUS_REFERENCE;
}

static enum status
do_unblock(const struct command *command)
{
	if (command->p2 != 0x80)
		return STATUS_REFERENCE;
	return replace(command, &pins.unblocking, &pins.user);
}

/* What is to be signed (81) or derived with (85). */
static bool
take_input(struct part data, struct part *input, bool *derives)
{
	struct part inside, value;
	bool is_found = false;
	unsigned tag;

	if (!tlv_take(&data, &tag, &inside) || tag != 0x7c)
		return false;
	while (inside.length > 0) {
		if (!tlv_take(&inside, &tag, &value))
			return false;
		if (tag != 0x81 && tag != 0x85)
			continue;
		*input = value;
		*derives = tag == 0x85;
		is_found = true;
	}
	return is_found;
}

static enum status
use_key(const struct card_key *key, struct part input, bool derives)
{
	struct bytes value = { 0 }, result = { 0 };
	enum status status = STATUS_FINE;

	printf("KEY %s\n", key->name);
	reader_pause(work);
	if (faults > 0) {
		faults--;
		return STATUS_FAULT;
	}
	if (card_key_use(key, input, derives, &value)) {
		tlv_put(&result, 0x82, value.at, value.length);
		tlv_put(&pending, 0x7c, result.at, result.length);
	} else {
		status = STATUS_DATA;
	}
	bytes_clear(&value);
	bytes_clear(&result);
	return status;
}

/* [part 2, 3.2.4] */
static enum status
do_authenticate(const struct command *command, bool was_fresh)
{
	const struct card_key *key = card_key_find(command->p2);
	struct part input;
	bool derives;

	if (!key)
		return STATUS_DATA;
	if (command->p1 != card_key_algorithm(key))
		return STATUS_PARAMETERS;
	if ((key->pin != PIN_NEVER && !is_verified) ||
		(key->pin == PIN_ALWAYS && !was_fresh))
		return STATUS_SECURITY;
	if (!take_input(command->data, &input, &derives))
		return STATUS_DATA;
	return use_key(key, input, derives);
}

static enum status
do_command(const struct command *command, bool was_fresh)
{
	static const struct {
		unsigned instruction;
		enum status (*act)(const struct command *command);
	} rows[] = {
		{ 0xa4, do_select },
		{ 0xcb, do_get_data },
		{ 0x20, do_verify },
		{ 0x24, do_change },
		{ 0x2c, do_unblock },
	};
	size_t i;

	/* A test may have put them back meanwhile. */
	pins_load(&pins);
	if (!is_selected && command->instruction != 0xa4)
		return is_unknown ? STATUS_INSTRUCTION : STATUS_CONDITIONS;
	if (command->instruction == 0x87)
		return do_authenticate(command, was_fresh);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].instruction == command->instruction)
			return rows[i].act(command);
	return STATUS_INSTRUCTION;
}

/* The links of a chain count as one command, and its last asks for it. */
static enum status
do_link(struct command *command)
{
	bool was_fresh = is_fresh;
	enum status status;

	pending.length = 0;
	bytes_append(&chained, command->data.at, command->data.length);
	if (command->class & CLASS_CHAINED)
		return STATUS_FINE;
	is_fresh = false;
	command->data = (struct part){ chained.at, chained.length };
	status = do_command(command, was_fresh);
	chained.length = 0;
	return status;
}

static void
card_answer(const unsigned char *at, size_t length, struct bytes *response)
{
	struct part all = { at, length };
	struct command command;
	enum status status;

	if (!command_parse(all, &command))
		status = STATUS_LENGTH;
	else if (command.class & ~(unsigned)(CLASS_CHAINED | CLASS_CHANNELS))
		status = STATUS_CLASS;
	else if (command.instruction != GET_RESPONSE)
		status = do_link(&command);
	else
		status = pending.length ? STATUS_FINE : STATUS_CONDITIONS;
	if (status != STATUS_FINE)
		pending.length = 0;
	response_put(&pending, command.room, status, response);
}

static int
refuse_options(void)
{
	fprintf(stderr, "card -d FOLDER -p PORT [-w MS] [-l MS] [-u]\n");
	return 2;
}

/* T=1, and eight bytes of history; then the sum of all but the first. */
static unsigned char atr[] = { 0x3b, 0x88, 0x80, 0x01, 'T', 'E', 'S', 'T', 'C',
	'A', 'R', 'D', 0x00 };

int
main(int argc, char **argv)
{
	static const struct reader_card card = { atr, sizeof(atr), card_reset,
		card_answer, card_disturb };
	static char path[4096];
	const char *folder = NULL;
	int option, port = 0;
	size_t i;

	while ((option = getopt(argc, argv, "d:p:w:l:u")) != -1) {
		if (option == 'd')
			folder = optarg;
		else if (option == 'p')
			port = atoi(optarg);
		else if (option == 'w')
			work = atoi(optarg);
		else if (option == 'l')
			thought = atoi(optarg);
		else if (option == 'u')
			is_unknown = true;
		else
			return refuse_options();
	}
	if (!folder || port == 0)
		return refuse_options();
	for (i = 1; i < sizeof(atr) - 1; i++)
		atr[sizeof(atr) - 1] ^= atr[i];
	snprintf(path, sizeof(path), "%s/pins", folder);
	pins.path = path;
	card_keys_load(folder);
	return reader_hold(&card, port);
}
