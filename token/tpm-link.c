/* SPDX-License-Identifier: BSD-2-Clause */
/* Raw TPM commands through a descriptor that somebody else has opened. */

#include "config.h"

#include "token/tpm-state.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* The longest response, its header, and the longest that one command may take.
 */
enum { RESPONSE_MOST = 4096, HEADER = 10, COMMAND_MILLISECONDS = 30000 };

/* The context is the first member: the library knows no more of us. */
struct tpm_link {
	TSS2_TCTI_CONTEXT_COMMON_V1 common;
	int descriptor;
	bool is_broken;    /* what comes late would answer another command */
	int64_t deadline;  /* of this command */
	int64_t last_call; /* of all that is still to come; 0: none */
	size_t got;
	unsigned char response[RESPONSE_MOST];
};

static struct tpm_link *
link_of(TSS2_TCTI_CONTEXT *context)
{
	return (struct tpm_link *)(void *)context;
}

static int64_t
milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* However little at a time goes over, the command's deadline stays. */
static bool
wait_until(const struct tpm_link *link, short events)
{
	struct pollfd end = { .fd = link->descriptor, .events = events };
	int64_t left = link->deadline - milliseconds();
	int count;

	do {
		count = left > 0 ? poll(&end, 1, (int)left) : 0;
		left = link->deadline - milliseconds();
	} while (count < 0 && errno == EINTR);
	return count > 0;
}

/* A TPM that hangs up is an error, not the end of this process. A device takes
 * a command at once. */
static ssize_t
write_some(int descriptor, const uint8_t *at, size_t length)
{
	ssize_t count =
		send(descriptor, at, length, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (count < 0 && errno == ENOTSOCK)
		count = write(descriptor, at, length);
	return count;
}

static bool
is_to_try_again(ssize_t count)
{
	return count < 0 && (errno == EINTR || errno == EAGAIN);
}

static TSS2_RC
give_up(struct tpm_link *link, TSS2_RC why)
{
	link->is_broken = true;
	return why;
}

static TSS2_RC
transmit(TSS2_TCTI_CONTEXT *context, size_t size, const uint8_t *command)
{
	struct tpm_link *link = link_of(context);
	ssize_t count;

	if (link->is_broken)
		return TSS2_TCTI_RC_IO_ERROR;
	link->got = 0;
	link->deadline = milliseconds() + COMMAND_MILLISECONDS;
	if (link->last_call && link->last_call < link->deadline)
		link->deadline = link->last_call;
	while (size) {
		if (!wait_until(link, POLLOUT))
			return give_up(link, TSS2_TCTI_RC_IO_ERROR);
		count = write_some(link->descriptor, command, size);
		if (is_to_try_again(count))
			continue;
		if (count <= 0)
			return give_up(link, TSS2_TCTI_RC_IO_ERROR);
		command += count;
		size -= (size_t)count;
	}
	return TSS2_RC_SUCCESS;
}

static size_t
whole_length(const struct tpm_link *link)
{
	const unsigned char *at = link->response + 2;

	if (link->got < HEADER)
		return HEADER;
	return (size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 |
		at[3];
}

/* A device gives all at once, a socket in pieces. */
static TSS2_RC
receive_whole(struct tpm_link *link)
{
	ssize_t count;

	while (link->got < whole_length(link)) {
		if (whole_length(link) > RESPONSE_MOST)
			return give_up(link, TSS2_TCTI_RC_MALFORMED_RESPONSE);
		if (!wait_until(link, POLLIN))
			return give_up(link, TSS2_TCTI_RC_IO_ERROR);
		count = read(link->descriptor, link->response + link->got,
			RESPONSE_MOST - link->got);
		if (is_to_try_again(count))
			continue;
		if (count <= 0)
			return give_up(link, TSS2_TCTI_RC_IO_ERROR);
		link->got += (size_t)count;
	}
	return whole_length(link) == link->got && link->got >= HEADER
		? TSS2_RC_SUCCESS
		: give_up(link, TSS2_TCTI_RC_MALFORMED_RESPONSE);
}

/* Without room for it the response is only measured. */
static TSS2_RC
receive(TSS2_TCTI_CONTEXT *context, size_t *size, uint8_t *response,
	int32_t timeout)
{
	struct tpm_link *link = link_of(context);
	TSS2_RC answer = receive_whole(link);

	if (answer != TSS2_RC_SUCCESS)
		return answer;
	if (response && *size < link->got)
		return TSS2_TCTI_RC_INSUFFICIENT_BUFFER;
	if (response)
		memcpy(response, link->response, link->got);
	*size = link->got;
	if (response) {
		wipe(link->response, link->got);
		link->got = 0;
	}
	return TSS2_RC_SUCCESS;
}

static void
finalize(TSS2_TCTI_CONTEXT *context)
{
}

struct tpm_link *
tpm_link_new(int descriptor)
{
	struct tpm_link *link = calloc(1, sizeof(*link));

	if (!link) {
		close(descriptor);
		return NULL;
	}
	link->descriptor = descriptor;
	link->common.magic = UINT64_C(0x7072697679736561);
	link->common.version = 1;
	link->common.transmit = transmit;
	link->common.receive = receive;
	link->common.finalize = finalize;
	return link;
}

TSS2_TCTI_CONTEXT *
tpm_link_context(struct tpm_link *link)
{
	return (TSS2_TCTI_CONTEXT *)(void *)link;
}

void
tpm_link_limit(struct tpm_link *link, unsigned limit)
{
	link->last_call = milliseconds() + limit;
}

void
tpm_link_free(struct tpm_link *link)
{
	if (!link)
		return;
	close(link->descriptor);
	wipe(link, sizeof(*link));
	free(link);
}
