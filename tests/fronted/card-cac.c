/* SPDX-License-Identifier: BSD-2-Clause */
/* card-cac FOLDER PORT NAME...: a Common Access Card in the reader at the port.
 * What libcacard makes of the certificates with these names and their keys in
 * the NSS database in FOLDER, whose password is the PIN. Signals and output are
 * tests/fronted/reader.h. */

#include "config.h"

#include "tests/fronted/reader.h"

#include <libcacard.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static VReader *reader;

static void
card_reset(void)
{
	vreader_power_on(reader, NULL, NULL);
}

static void
card_disturb(void)
{
}

static void
card_answer(const unsigned char *at, size_t length, struct bytes *response)
{
	static unsigned char command[65536], answer[65536];
	int room = sizeof(answer);
	size_t i;

	for (i = 0; i < length; i++)
		command[i] = at[i];
	if (vreader_xfr_bytes(reader, command, (int)length, answer, &room) ==
		VREADER_OK)
		bytes_append(response, answer, (size_t)room);
	else
		bytes_append(response, "\x6f\x00", 2);
}

/* Nobody else takes them, and libcacard would keep them all. */
static void *
take_events(void *unused)
{
	VEvent *event;

	while ((event = vevent_wait_next_vevent()))
		vevent_delete(event);
	return NULL;
}

static VReader *
reader_with_card(void)
{
	VReaderList *readers = vreader_get_reader_list();
	VReaderListEntry *entry;
	VReader *found;

	for (entry = vreader_list_get_first(readers); entry;
		entry = vreader_list_get_next(entry)) {
		found = vreader_list_get_reader(entry);
		if (found && vreader_card_is_present(found) == VREADER_OK)
			return found;
	}
	return NULL;
}

static bool
emulate(const char *folder, char *const *names)
{
	char words[4096];
	VCardEmulOptions *options;
	int length;

	length = snprintf(words, sizeof(words),
		"db=\"sql:%s\" use_hw=no soft=(,Virtual,CAC,", folder);
	for (; *names; names++)
		length += snprintf(words + length,
			sizeof(words) - (size_t)length, ",%s", *names);
	snprintf(words + length, sizeof(words) - (size_t)length, ")");
	options = vcard_emul_options(words);
	return options && vcard_emul_init(options) == VCARD_EMUL_OK;
}

int
main(int argc, char **argv)
{
	static unsigned char atr[64];
	static struct reader_card card = { atr, 0, card_reset, card_answer,
		card_disturb };
	int length = sizeof(atr);
	pthread_t thread;

	if (argc < 4) {
		fprintf(stderr, "card-cac FOLDER PORT NAME...\n");
		return 2;
	}
	reader_block_signals();
	if (!emulate(argv[1], argv + 3) || !(reader = reader_with_card())) {
		fprintf(stderr, "libcacard makes no card of this\n");
		return 1;
	}
	pthread_create(&thread, NULL, take_events, NULL);
	/* A copy: to ask for it later would reset the card. */
	vreader_power_on(reader, atr, &length);
	card.atr_length = (size_t)length;
	/* The thread still waits in the library. */
	_exit(reader_hold(&card, atoi(argv[2])));
}
