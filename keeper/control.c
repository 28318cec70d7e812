/* SPDX-License-Identifier: BSD-2-Clause */
/* What listener and worker tell each other, on a socket pair of their own. */

#include "config.h"

#include "keeper/control.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Room and alignment for one descriptor beside a message. */
union ancillary {
	char room[CMSG_SPACE(sizeof(int))];
	struct cmsghdr alignment;
};

bool
control_send(int socket, const struct control *control, int descriptor,
	bool may_wait)
{
	struct control copy = *control;
	struct iovec part = { &copy, sizeof(copy) };
	union ancillary ancillary = { { 0 } };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	struct cmsghdr *header;
	ssize_t sent;

	if (descriptor >= 0) {
		message.msg_control = &ancillary;
		message.msg_controllen = sizeof(ancillary);
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(header), &descriptor, sizeof(int));
	}
	do
		sent = sendmsg(socket, &message,
			MSG_NOSIGNAL | (may_wait ? 0 : MSG_DONTWAIT));
	while (sent < 0 && errno == EINTR);
	return sent == sizeof(copy);
}

/* Up to the end of its record. */
#define AUDIT_LENGTH \
	(offsetof(struct control, audit) + sizeof(struct audit_record))

bool
control_send_audit(int socket, const struct audit_record *record)
{
	enum control_kind kind = CONTROL_AUDIT;
	char message[AUDIT_LENGTH] = { 0 };
	ssize_t sent;

	memcpy(message, &kind, sizeof(kind));
	memcpy(message + offsetof(struct control, audit), record,
		sizeof(*record));
	do
		sent = send(socket, message, sizeof(message), MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent == sizeof(message);
}

/* The kernel gives no more descriptors than there is room for: one. That is
 * less than CMSG_SPACE, whose padding has room for another. */
static int
received_descriptor(struct msghdr *message)
{
	struct cmsghdr *header = CMSG_FIRSTHDR(message);
	int descriptor = -1;

	if (header && header->cmsg_level == SOL_SOCKET &&
		header->cmsg_type == SCM_RIGHTS &&
		header->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&descriptor, CMSG_DATA(header), sizeof(int));
	return descriptor;
}

static bool
is_sound(const struct control *control, ssize_t length)
{
	if (length == (ssize_t)AUDIT_LENGTH)
		return control->kind == CONTROL_AUDIT &&
			audit_record_is_sound(&control->audit);
	return length == sizeof(*control) && control->kind != CONTROL_AUDIT &&
		(unsigned)control->kind < CONTROL_KINDS &&
		memchr(control->serial, 0, sizeof(control->serial)) &&
		memchr(control->line, 0, sizeof(control->line)) &&
		memchr(control->question.token, 0,
			sizeof(control->question.token)) &&
		memchr(control->question.key, 0, sizeof(control->question.key));
}

enum control_result
control_receive(
	int socket, struct control *control, int *descriptor, bool may_wait)
{
	struct iovec part = { control, sizeof(*control) };
	union ancillary ancillary = { { 0 } };
	struct msghdr message = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &ancillary,
		.msg_controllen = CMSG_LEN(sizeof(int)) };
	ssize_t got;

	*descriptor = -1;
	do
		got = recvmsg(socket, &message,
			MSG_CMSG_CLOEXEC | (may_wait ? 0 : MSG_DONTWAIT));
	while (got < 0 && errno == EINTR);
	if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return CONTROL_NOTHING;
	if (got > 0)
		*descriptor = received_descriptor(&message);
	if (is_sound(control, got))
		return CONTROL_GOT;
	if (*descriptor >= 0)
		close(*descriptor);
	*descriptor = -1;
	return CONTROL_CLOSED;
}
