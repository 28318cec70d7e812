/* SPDX-License-Identifier: BSD-2-Clause */
/* Signatures in a row: the C_SignInit of the next goes with its C_Sign. */

#include "config.h"

#include "pkcs11/signing.h"

#include "pkcs11/call.h"
#include "pkcs11/calls.h"

#include <string.h>
#include <time.h>

/* Milliseconds from one C_SignInit to the next: what was allowed is not held
 * to be so for longer, and few people answer a question within. */
enum { IN_A_ROW = 50 };

/* Calls that can change how the token answers a C_SignInit of any session. */
static const bool may_change[] = {
	[CALL_C_InitToken] = true,
	[CALL_C_CloseSession] = true,
	[CALL_C_CloseAllSessions] = true,
	[CALL_C_Login] = true,
	[CALL_C_LoginUser] = true,
	[CALL_C_Logout] = true,
	[CALL_C_DestroyObject] = true,
	[CALL_C_SetAttributeValue] = true,
};
enum { MAY_CHANGE = sizeof(may_change) / sizeof(*may_change) };

/* Calls that go on with what a C_SignInit began. */
static bool
goes_on(uint32_t number)
{
	return number == CALL_C_Sign || number == CALL_C_SignUpdate ||
		number == CALL_C_SignFinal ||
		number == CALL_C_SignEncryptUpdate;
}

/* By a clock that nobody sets and that goes on while the machine sleeps. */
static int64_t
moment(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* With the lock; NULL: it has none. */
static struct signing *
row_of(struct application *application, CK_SESSION_HANDLE session)
{
	struct signing *row = application->signings;
	struct signing *end = row + SIGNINGS;

	for (; row < end; row++)
		if (row->state != SIGNING_NONE && row->session == session)
			return row;
	return NULL;
}

/* With the lock: the session's, a free one, or the oldest that nothing depends
 * on; NULL: none. */
static struct signing *
row_for(struct application *application, CK_SESSION_HANDLE session)
{
	struct signing *row = row_of(application, session), *best = NULL;
	struct signing *end = application->signings + SIGNINGS;

	if (row)
		return row;
	for (row = application->signings; row < end; row++) {
		if (row->state == SIGNING_NONE)
			return row;
		if (row->state != SIGNING_DUE && row->state != SIGNING_TOLD &&
			(!best || row->asked < best->asked))
			best = row;
	}
	return best;
}

void
signing_forget(struct application *application, const struct keeper *keeper)
{
	struct signing *row = application->signings;
	struct signing *end = row + SIGNINGS;

	for (; row < end; row++)
		if (row->keeper == keeper &&
			(row->state == SIGNING_BEGUN ||
				row->state == SIGNING_MADE))
			row->state = SIGNING_NONE;
}

/* Its C_SignInit as a call of its own. */
static CK_RV
send_alone(const struct signing *signing)
{
	struct call call;

	call_begin(&call, CALL_C_SignInit);
	call.is_telling = true;
	if (call.rv == CKR_OK)
		call_to_keeper(&call, signing->keeper);
	if (call.rv == CKR_OK)
		wire_put_raw(&call.connection->request,
			signing->request + FRAME_HEADER,
			signing->length - FRAME_HEADER);
	call_trip(&call);
	return call_end(&call);
}

/* With the lock, which it gives up meanwhile: the token knows of the row's
 * C_SignInit. */
static void
tell(struct application *application, struct signing *row)
{
	struct signing due;

	if (row->state != SIGNING_DUE)
		return;
	row->state = SIGNING_TOLD;
	due = *row;
	pthread_mutex_unlock(&application->lock);
	due.rv = send_alone(&due);
	pthread_mutex_lock(&application->lock);
	row->rv = due.rv;
	row->state = due.rv == CKR_OK ? SIGNING_BEGUN : SIGNING_LATE;
	pthread_cond_broadcast(&application->change);
}

/* With the lock: the session's row, which nobody is telling of. */
static struct signing *
settled_row_of(struct application *application, CK_SESSION_HANDLE session)
{
	struct signing *row;

	while ((row = row_of(application, session)) &&
		row->state == SIGNING_TOLD)
		pthread_cond_wait(&application->change, &application->lock);
	return row;
}

/* With the lock: whether the call finds what the session's C_SignInit began;
 * one that begins anew is not told how the last one ended. */
static void
meet_own(struct call *call)
{
	struct application *application = call->application;
	struct signing *row = settled_row_of(application, call->session);

	if (row)
		tell(application, row);
	row = row_of(application, call->session);
	if (!row || row->state != SIGNING_LATE)
		return;
	if (goes_on(call->number))
		call_refuse(call, row->rv);
	if (goes_on(call->number) || call->number == CALL_C_SignInit)
		row->state = SIGNING_NONE;
}

/* With the lock. */
static void
tell_all(struct application *application, const struct keeper *keeper)
{
	struct signing *row = application->signings;
	struct signing *end = row + SIGNINGS;

	for (; row < end; row++) {
		while (row->keeper == keeper && row->state == SIGNING_TOLD)
			pthread_cond_wait(
				&application->change, &application->lock);
		if (row->keeper == keeper)
			tell(application, row);
	}
}

static bool
is_of_signature(const struct call *call)
{
	return call->number == CALL_C_SignInit || call->number == CALL_C_Sign;
}

/* A C_Sign is met when it has a connection. */
void
signing_meet(struct call *call)
{
	struct application *application = call->application;

	if (call->is_telling || call->number == CALL_C_Sign)
		return;
	pthread_mutex_lock(&application->lock);
	if (call->number < MAY_CHANGE && may_change[call->number])
		tell_all(application, call->keeper);
	if (call->session)
		meet_own(call);
	if (!is_of_signature(call))
		signing_forget(application, call->keeper);
	pthread_mutex_unlock(&application->lock);
}

void
signing_precede(struct call *call)
{
	struct application *application = call->application;
	struct connection *connection = call->connection;
	struct signing *row;

	if (call->number != CALL_C_Sign)
		return;
	pthread_mutex_lock(&application->lock);
	row = settled_row_of(application, call->session);
	if (row && row->state == SIGNING_DUE && connection->takes_rows) {
		wire_put_raw(&connection->request, row->request, row->length);
		row->state = SIGNING_BEGUN;
		call->has_begin = true;
	} else if (row && row->state == SIGNING_LATE) {
		row->state = SIGNING_NONE;
		call->rv = row->rv;
	}
	pthread_mutex_unlock(&application->lock);
}

bool
signing_defers(struct call *call)
{
	struct application *application = call->application;
	struct connection *connection = call->connection;
	struct wire *request = &connection->request;
	struct signing *row;

	if (call->number != CALL_C_SignInit || !call->session)
		return false;
	frame_end(request);
	call->asked = moment();
	pthread_mutex_lock(&application->lock);
	row = row_of(application, call->session);
	call->is_deferred = row && row->state == SIGNING_MADE &&
		connection->takes_rows && call->asked - row->asked < IN_A_ROW &&
		row->length == request->length &&
		memcmp(row->request, request->at, row->length) == 0;
	if (call->is_deferred) {
		row->state = SIGNING_DUE;
		row->asked = call->asked;
	}
	pthread_mutex_unlock(&application->lock);
	return call->is_deferred;
}

/* With the lock. */
static void
note_begun(struct call *call)
{
	const struct wire *request = &call->connection->request;
	struct signing *row = row_for(call->application, call->session);

	if (!row || row->state == SIGNING_DUE || row->state == SIGNING_TOLD)
		return;
	row->state = SIGNING_NONE;
	if (request->length > SIGNING_CAP)
		return;
	row->state = SIGNING_BEGUN;
	row->session = call->session;
	row->keeper = call->keeper;
	row->asked = call->asked;
	row->length = request->length;
	memcpy(row->request, request->at, request->length);
}

/* With the lock. */
static void
note_made(struct call *call)
{
	struct signing *row = row_of(call->application, call->session);

	if (row && row->state == SIGNING_BEGUN)
		row->state = SIGNING_MADE;
}

/*
 * A length that was asked, or a room too small, leave the operation as it was;
 * after any other failure, and any other call, nothing is as it was.
 * [PKCS11 5.2]
 */
void
signing_end(struct call *call)
{
	struct application *application = call->application;
	const bool has_more = call->rv == CKR_BUFFER_TOO_SMALL ||
		(call->rv == CKR_OK && call->asks_length);

	if (!call->keeper || call->is_telling || call->is_deferred)
		return;
	pthread_mutex_lock(&application->lock);
	if (!is_of_signature(call) || (call->rv != CKR_OK && !has_more))
		signing_forget(application, call->keeper);
	else if (call->number == CALL_C_SignInit)
		note_begun(call);
	else if (!has_more)
		note_made(call);
	pthread_mutex_unlock(&application->lock);
}
