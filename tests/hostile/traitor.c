/* SPDX-License-Identifier: BSD-2-Clause */
/* A worker that was taken over: a module whose file's name says what it does to
 * the listener, from the moment it is loaded. */

#include "config.h"

#include "keeper/control.h"
#include "keeper/worker.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Messages that are enough to be noticed. */
enum { MANY = 2000, THREADS = 16 };

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

/* A person is to be asked. */
static void
ask(void)
{
	struct control control = { .kind = CONTROL_ASK,
		.question = { .kind = PROMPT_PIN, .seconds = 60 } };

	control_send(WORKER_CONTROL, &control, -1, true);
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
	static struct control control = { .kind = CONTROL_COUNT,
		.user = CKU_SO,
		.serial = "0123456789abcdef" };
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

static const struct {
	const char *name;
	void (*act)(void);
} deeds[] = {
	{ "descriptors.so", pass_descriptors },
	{ "ask.so", ask },
	{ "flood.so", flood },
	{ "notes.so", fill_log },
};

static void begin(void) __attribute__((constructor));

static void
begin(void)
{
	const char *name;
	Dl_info self;
	size_t i;

	name = dladdr(deeds, &self) ? strrchr(self.dli_fname, '/') : NULL;
	for (i = 0; name && i < sizeof(deeds) / sizeof(*deeds); i++)
		if (strcmp(name + 1, deeds[i].name) == 0)
			deeds[i].act();
}
