/* SPDX-License-Identifier: BSD-2-Clause */
/* A worker that was taken over: a module whose file's name says what it does to
 * the listener, from the moment it is loaded. */

#include "config.h"

#include "keeper/control.h"
#include "keeper/worker.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Messages that are enough to be noticed. */
enum { MANY = 2000, THREADS = 16 };

static const char *
own_path(void)
{
	static const char anchor;
	static Dl_info self;

	return dladdr(&anchor, &self) ? self.dli_fname : "";
}

/* With two descriptors, where the listener has room for none. */
static void
pass_descriptors(void)
{
	struct control control = { .kind = CONTROL_WALLS };
	struct iovec part = { &control, sizeof(control) };
	union {
		char room[CMSG_SPACE(2 * sizeof(int))];
		struct cmsghdr alignment;
	} ancillary = { { 0 } };
	struct msghdr message = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &ancillary,
		.msg_controllen = sizeof(ancillary) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	const int two[2] = { 0, 0 };
	int i;

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(two));
	memcpy(CMSG_DATA(header), two, sizeof(two));
	for (i = 0; i < MANY; i++)
		(void)sendmsg(WORKER_CONTROL, &message, MSG_NOSIGNAL);
}

static void *
send_for_ever(void *control)
{
	while (control_send(WORKER_CONTROL, control, -1, true))
		;
	return NULL;
}

/* More questions than can be answered, each with work to do. */
static void
flood(void)
{
	static struct control control = { .kind = CONTROL_SLOT,
		.line = "a slot" };
	const struct audit_record record = { .event = AUDIT_LOGIN };
	pthread_t thread;
	int i;

	control_send_audit(WORKER_CONTROL, &record);
	for (i = 0; i < THREADS; i++)
		(void)pthread_create(&thread, NULL, send_for_ever, &control);
	pause();
}

static void
fill_log(void)
{
	struct control control = { .kind = CONTROL_NOTE, .line = "noise" };
	int i;

	for (i = 0; i < MANY; i++)
		control_send(WORKER_CONTROL, &control, -1, true);
}

/* The worker's own thread must not take the answers: it looks where nobody
 * writes from now on. */
static int
take_control(void)
{
	int mine = fcntl(WORKER_CONTROL, F_DUPFD_CLOEXEC, 0), silence[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, silence) < 0 ||
		dup2(silence[0], WORKER_CONTROL) < 0)
		return -1;
	return mine;
}

/* A person is to be asked, as if it were for a token of ours; until there is an
 * answer. */
static void
ask(void)
{
	struct control answer,
		control = { .kind = CONTROL_ASK,
			.question = { .kind = PROMPT_PIN,
				.seconds = 60,
				.token = "Mail\nModule: none",
				.key = "alice\nModule: none" } };
	int descriptor = -1, listener = take_control();
	char byte;

	control_send(listener, &control, -1, true);
	if (control_receive(listener, &answer, &descriptor, true) ==
			CONTROL_GOT &&
		descriptor >= 0)
		while (read(descriptor, &byte, 1) > 0)
			;
}

/* All that the soft token asks, of a token that is none of ours. What it got is
 * in a file beside this one, a line for each. */
static void
meddle(void)
{
	static const enum control_kind kinds[] = { CONTROL_ADVANCE,
		CONTROL_COUNT, CONTROL_LOOK, CONTROL_RETURN, CONTROL_CLEAR,
		CONTROL_RECALL, CONTROL_TPM };
	struct control answer = { 0 },
		       control = { .serial = "0123456789abcdef",
			       .user = CKU_SO,
			       .changes = 7 };
	int descriptor, listener = take_control();
	char path[4200];
	FILE *file;
	size_t i;

	snprintf(path, sizeof(path), "%s.got", own_path());
	file = fopen(path, "w");
	for (i = 0; file && i < sizeof(kinds) / sizeof(*kinds); i++) {
		control.kind = kinds[i];
		control.number = i;
		control_send(listener, &control, -1, true);
		if (kinds[i] != CONTROL_ADVANCE &&
			control_receive(listener, &answer, &descriptor, true) ==
				CONTROL_GOT)
			fprintf(file, "%d: %llu 0x%lx %d\n", kinds[i],
				(unsigned long long)answer.number,
				(unsigned long)answer.rv, descriptor);
	}
	if (file)
		fclose(file);
}

/* The place of the listener, that a file beside this one names; what came of it
 * is in another. */
static void
usurp(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int usurper = socket(AF_UNIX, SOCK_STREAM, 0);
	char path[4200];
	bool has_unlinked, has_bound;
	FILE *file;

	snprintf(path, sizeof(path), "%s.place", own_path());
	file = fopen(path, "r");
	if (!file || !fgets(address.sun_path, sizeof(address.sun_path), file))
		return;
	fclose(file);
	has_unlinked = unlink(address.sun_path) == 0;
	has_bound = bind(usurper, (struct sockaddr *)&address,
			    sizeof(address)) == 0;
	snprintf(path, sizeof(path), "%s.got", own_path());
	file = fopen(path, "w");
	if (file) {
		fprintf(file, "unlinked %d bound %d\n", has_unlinked,
			has_bound);
		fclose(file);
	}
}

/* Names that never end, alone and several together. */
static void
make_names(void)
{
	static struct control control;
	int i;

	for (i = 0; i < MANY; i++) {
		control.kind = i % 2 ? CONTROL_SLOT : CONTROL_NAMES;
		snprintf(control.line, sizeof(control.line),
			i % 2 ? "name %d" : "name %d\nother %d\n", i, i);
		control_send(WORKER_CONTROL, &control, -1, true);
	}
}

static const struct {
	const char *name;
	void (*act)(void);
} deeds[] = {
	{ "descriptors.so", pass_descriptors },
	{ "ask.so", ask },
	{ "flood.so", flood },
	{ "notes.so", fill_log },
	{ "names.so", make_names },
	{ "meddle.so", meddle },
	{ "usurp.so", usurp },
};

static void begin(void) __attribute__((constructor));

static void
begin(void)
{
	const char *name = strrchr(own_path(), '/');
	size_t i;

	for (i = 0; name && i < sizeof(deeds) / sizeof(*deeds); i++)
		if (strcmp(name + 1, deeds[i].name) == 0)
			deeds[i].act();
}
