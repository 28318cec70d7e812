/* SPDX-License-Identifier: BSD-2-Clause */
/* A place in vpcd's reader: the wire to it, and the hand that pulls a card. */

#ifndef READER_H
#define READER_H

#include <stdbool.h>
#include <stddef.h>

#include "pkcs11/bytes.h"

/* A card as the reader sees it. answer appends the response to a command;
 * it is not called while the card is out. */
struct reader_card {
	const unsigned char *atr;
	size_t atr_length;
	void (*reset)(void);
	void (*answer)(const unsigned char *command, size_t length,
		struct bytes *response);
	/* What SIGHUP does. */
	void (*disturb)(void);
};

/* Holds the card in the reader that listens on the port of this machine, until
 * SIGTERM. SIGUSR1 pulls it, SIGUSR2 puts it in. Says INSERTED and REMOVED. */
int reader_hold(const struct reader_card *card, int port);

/* For an answer that takes its time: false when the card was pulled meanwhile,
 * and what it answers is lost. */
bool reader_pause(int milliseconds);

/* Signals are to reach reader_hold only: before a library starts threads. */
void reader_block_signals(void);

#endif
