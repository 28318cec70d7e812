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

/* The longest response, its header, and the longest that a TPM may take. */
enum { RESPONSE_MOST = 4096, HEADER = 10, SECONDS = 30 };

/* The context is the first member: the library knows no more of us. */
struct tpm_link {
	TSS2_TCTI_CONTEXT_COMMON_V1 common;
	int descriptor;
	size_t got;
	unsigned char response[RESPONSE_MOST];
};

static struct tpm_link *
link_of(TSS2_TCTI_CONTEXT *context)
{
	return (struct tpm_link *)(void *)context;
}

/* A TPM that hangs up is an error, not the end of this process. */
static ssize_t
write_some(int descriptor, const uint8_t *at, size_t length)
{
	ssize_t count = send(descriptor, at, length, MSG_NOSIGNAL);

	if (count < 0 && errno == ENOTSOCK)
		count = write(descriptor, at, length);
	return count;
}

static TSS2_RC
transmit(TSS2_TCTI_CONTEXT *context, size_t size, const uint8_t *command)
{
	struct tpm_link *link = link_of(context);
	ssize_t count;

	link->got = 0;
	while (size) {
		count = write_some(link->descriptor, command, size);
		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return TSS2_TCTI_RC_IO_ERROR;
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

static time_t
seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* A device gives all at once, a socket in pieces. */
static TSS2_RC
receive_whole(struct tpm_link *link)
{
	struct pollfd end = { .fd = link->descriptor, .events = POLLIN };
	time_t deadline = seconds() + SECONDS;
	ssize_t count;

	while (link->got < whole_length(link)) {
		if (whole_length(link) > RESPONSE_MOST)
			return TSS2_TCTI_RC_MALFORMED_RESPONSE;
		if (poll(&end, 1, 1000) <= 0) {
			if (seconds() > deadline)
				return TSS2_TCTI_RC_IO_ERROR;
			continue;
		}
		count = read(link->descriptor, link->response + link->got,
			RESPONSE_MOST - link->got);
		if (count < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (count <= 0)
			return TSS2_TCTI_RC_IO_ERROR;
		link->got += (size_t)count;
	}
	return whole_length(link) == link->got && link->got >= HEADER
		? TSS2_RC_SUCCESS
		: TSS2_TCTI_RC_MALFORMED_RESPONSE;
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
tpm_link_free(struct tpm_link *link)
{
	if (!link)
		return;
	close(link->descriptor);
	wipe(link, sizeof(*link));
	free(link);
}
