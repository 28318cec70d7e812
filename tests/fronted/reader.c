/* SPDX-License-Identifier: BSD-2-Clause */
/* A place in vpcd's reader: the wire to it, and the hand that pulls a card. */

#include "config.h"

#include "tests/fronted/reader.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Messages of one byte are the reader's own. Only the last is answered. */
enum { POWER_OFF, POWER_ON, RESET, SEND_ATR = 4 };

/* What the hand does: where the card is to be, and whether all is over. */
static bool is_wanted = true;
static bool is_over;
static int hand = -1;
static int wire = -1;

static sigset_t
hand_signals(void)
{
	static const int numbers[] = { SIGUSR1, SIGUSR2, SIGHUP, SIGTERM,
		SIGINT };
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaddset(&set, numbers[i]);
	return set;
}

void
reader_block_signals(void)
{
	sigset_t set = hand_signals();

	sigprocmask(SIG_BLOCK, &set, NULL);
}

static void
hand_moves(const struct reader_card *card)
{
	struct signalfd_siginfo signal;

	if (read(hand, &signal, sizeof(signal)) != sizeof(signal))
		return;
	if (signal.ssi_signo == SIGHUP)
		card->disturb();
	else
		is_wanted = signal.ssi_signo == SIGUSR2;
	is_over = signal.ssi_signo == SIGTERM || signal.ssi_signo == SIGINT;
}

static const struct reader_card *held;

bool
reader_pause(int milliseconds)
{
	struct pollfd moves = { hand, POLLIN, 0 };
	struct timespec now;
	long long end;

	clock_gettime(CLOCK_MONOTONIC, &now);
	end = now.tv_sec * 1000LL + now.tv_nsec / 1000000 + milliseconds;
	while (milliseconds > 0 && is_wanted) {
		if (poll(&moves, 1, milliseconds) == 1)
			hand_moves(held);
		clock_gettime(CLOCK_MONOTONIC, &now);
		milliseconds = (int)(end - now.tv_sec * 1000LL -
			now.tv_nsec / 1000000);
	}
	return is_wanted;
}

static bool
plug_in(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons((unsigned short)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int yes = 1;

	wire = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (wire < 0)
		return false;
	setsockopt(wire, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	if (connect(wire, (struct sockaddr *)&address, sizeof(address)) != 0) {
		close(wire);
		wire = -1;
		return false;
	}
	held->reset();
	puts("INSERTED");
	return true;
}

static void
pull_out(void)
{
	if (wire < 0)
		return;
	close(wire);
	wire = -1;
	held->reset();
	puts("REMOVED");
}

/* vpcd writes a message's length and its bytes apart; unless the first is
 * acknowledged at once, the second waits for 40 ms. */
static bool
receive(unsigned char *to, size_t length)
{
	ssize_t got;
	int yes = 1;

	while (length > 0) {
		setsockopt(wire, IPPROTO_TCP, TCP_QUICKACK, &yes, sizeof(yes));
		got = read(wire, to, length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		to += got;
		length -= (size_t)got;
	}
	return true;
}

static bool
transmit(const unsigned char *from, size_t length)
{
	unsigned char head[2] = { (unsigned char)(length >> 8),
		(unsigned char)length };
	struct bytes message = { 0 };
	bool is_sent = bytes_append(&message, head, sizeof(head)) &&
		bytes_append(&message, from, length) &&
		send(wire, message.at, message.length, MSG_NOSIGNAL) ==
			(ssize_t)message.length;

	bytes_clear(&message);
	return is_sent;
}

/* The question for the ATR also comes between the parts of an answer, to see
 * whether a card is there: nothing in the card may change by it. */
static bool
serve(void)
{
	static unsigned char message[65536];
	struct bytes response = { 0 };
	size_t length;
	bool is_fine;

	if (!receive(message, 2))
		return false;
	length = (size_t)message[0] << 8 | message[1];
	if (length == 0)
		return true;
	if (!receive(message, length))
		return false;
	if (length == 1 && message[0] == SEND_ATR)
		return transmit(held->atr, held->atr_length);
	if (length == 1) {
		held->reset();
		return true;
	}
	held->answer(message, length, &response);
	is_fine = is_wanted && transmit(response.at, response.length);
	bytes_clear(&response);
	return is_fine;
}

int
reader_hold(const struct reader_card *card, int port)
{
	sigset_t set = hand_signals();
	struct pollfd events[2] = { { .events = POLLIN },
		{ .events = POLLIN } };

	held = card;
	reader_block_signals();
	hand = signalfd(-1, &set, SFD_CLOEXEC);
	setvbuf(stdout, NULL, _IOLBF, 0);
	while (!is_over) {
		if (is_wanted && wire < 0)
			plug_in(port);
		events[0].fd = hand;
		events[1].fd = wire;
		poll(events, 2, is_wanted && wire < 0 ? 50 : -1);
		if (events[0].revents & POLLIN)
			hand_moves(card);
		if (!is_wanted || (wire >= 0 && events[1].revents && !serve()))
			pull_out();
	}
	pull_out();
	return 0;
}
