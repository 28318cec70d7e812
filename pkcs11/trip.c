/* SPDX-License-Identifier: BSD-2-Clause */
/* A call's way to the worker and back, with another connection where one was
 * lost. */

#include "config.h"

#include "pkcs11/call.h"
#include "pkcs11/calls.h"
#include "pkcs11/clock.h"

#include <string.h>

/* Milliseconds after which a call that was lost is not made again. */
enum { SOON = 1000 };

/* Without a keeper a session's call needs none to know its answer. */
CK_RV
call_connect(struct call *call)
{
	CK_RV rv = channel_take(
		call->keeper, call->row->absent == CKR_OK, &call->connection);

	if (rv == CKR_TOKEN_NOT_PRESENT && call->row->absent != CKR_OK)
		return call->row->absent;
	return rv;
}

/* Of memory and of having begun a worker speaks for its own process. */
static CK_RV
here(CK_RV rv)
{
	switch (rv) {
	case CKR_HOST_MEMORY:
		return CKR_DEVICE_MEMORY;
	case CKR_CRYPTOKI_NOT_INITIALIZED:
		return CKR_DEVICE_ERROR;
	default:
		return rv;
	}
}

/* The answer to the C_SignInit that went with the call, before its own. */
static enum frame_result
receive_begun(struct call *call, const struct frame_limit *limit)
{
	struct connection *connection = call->connection;
	struct wire *answer = &connection->answer;
	struct frame_header header;
	enum frame_result result;

	result = frame_receive_header(
		connection->descriptor, answer, FRAME_CAP, limit, &header);
	if (result == FRAME_WHOLE)
		result = frame_receive_body(
			connection->descriptor, answer, &header);
	if (result != FRAME_WHOLE)
		return result;
	call->begin_rv = here(wire_take_number(answer));
	return header.call == CALL_C_SignInit && wire_is_finished(answer)
		? FRAME_WHOLE
		: FRAME_BAD;
}

static enum frame_result
exchange(struct call *call)
{
	struct connection *connection = call->connection;
	/* Two calls have the time of two. */
	const int seconds = call->row->seconds * (call->has_begin ? 2 : 1);
	const struct frame_limit limit = { seconds, seconds, seconds,
		&connection->patience[call->number % PATIENCES] };
	enum frame_result result;
	uint32_t number;

	if (connection->seconds != seconds)
		frame_set_limit(connection->descriptor, &limit);
	connection->seconds = seconds;
	result = frame_send(connection->descriptor, &connection->request);
	if (result == FRAME_WHOLE && call->has_begin)
		result = receive_begun(call, &limit);
	if (result != FRAME_WHOLE)
		return result;
	result = frame_receive(connection->descriptor, &connection->answer,
		FRAME_CAP, &limit, &number);
	if (result == FRAME_WHOLE && number != call->number)
		return FRAME_BAD;
	return result;
}

/* Somebody else's module that was lost after a while was lost by this call. */
static bool
may_repeat(const struct call *call, int64_t begun)
{
	return !call->keeper->front || clock_milliseconds() - begun < SOON;
}

/*
 * Once more, to the worker that is there now. A session's call may be sent to
 * it too when nothing had left: the session's number means nothing there.
 */
static bool
reconnect(struct call *call, enum frame_result result)
{
	struct connection *old = call->connection, *fresh = NULL;
	bool same;

	if (result != FRAME_REFUSED &&
		!(result == FRAME_LOST && call->row->is_repeatable))
		return false;
	call->connection = NULL;
	call->rv = call_connect(call);
	fresh = call->connection;
	call->connection = old;
	if (call->rv != CKR_OK)
		return false;
	same = memcmp(&fresh->known, &call->known, sizeof(call->known)) == 0;
	if (same) {
		struct wire request = old->request;

		old->request = fresh->request;
		fresh->request = request;
		call->connection = fresh;
		fresh = old;
	} else {
		call->rv = CKR_DEVICE_REMOVED;
	}
	channel_drop(fresh);
	return same;
}

/* The application hears of a lost keeper once, whoever finds it lost. */
static void
lose(struct call *call, enum frame_result result)
{
	struct application *application = call->application;

	pthread_mutex_lock(&application->lock);
	if (result == FRAME_LOST || result == FRAME_REFUSED)
		call->keeper->is_event_due = true;
	if (application->is_ending)
		call_refuse(call, CKR_CRYPTOKI_NOT_INITIALIZED);
	pthread_mutex_unlock(&application->lock);
	call_refuse(call,
		result == FRAME_LOST || result == FRAME_REFUSED
			? CKR_DEVICE_REMOVED
			: CKR_DEVICE_ERROR);
	channel_drop(call->connection);
	call->connection = NULL;
}

/* Idle connections to a worker that ended are found one by one. */
static enum frame_result
exchange_with_patience(struct call *call)
{
	int64_t begun = clock_milliseconds();
	enum frame_result result = exchange(call);
	int tries;

	for (tries = 0; tries < 32 && result != FRAME_WHOLE; tries++) {
		if (!may_repeat(call, begun) || !reconnect(call, result))
			break;
		begun = clock_milliseconds();
		result = exchange(call);
	}
	return result;
}

void
call_trip(struct call *call)
{
	enum frame_result result;

	if (call->rv == CKR_OK && call->connection->request.failed)
		call->rv = CKR_ARGUMENTS_BAD;
	if (call->rv != CKR_OK || signing_defers(call))
		return;
	result = exchange_with_patience(call);
	call_refuse(call, call->begin_rv);
	if (result != FRAME_WHOLE) {
		lose(call, result);
		return;
	}
	call_refuse(call, here(wire_take_number(&call->connection->answer)));
	call->is_answered = call->begin_rv == CKR_OK &&
		!wire_is_finished(&call->connection->answer);
}
