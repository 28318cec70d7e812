/* SPDX-License-Identifier: BSD-2-Clause */
/* Signatures in a row: the C_SignInit of the next goes with its C_Sign. */

#include "config.h"

#include "pkcs11/signing.h"

#include "pkcs11/call.h"
#include "pkcs11/calls.h"

#include <string.h>
#include <time.h>

/* Milliseconds from one C_SignInit to the next: what was allowed is not held
 * to be so for longer, and no person has answered a question within. */
enum { SOON = 50 };

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

	while (row->state == SIGNING_TOLD)
		pthread_cond_wait(&application->change, &application->lock);
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

/* With the lock. */
static void
tell_all(struct application *application, const struct keeper *keeper)
{
	struct signing *row = application->signings;
	struct signing *end = row + SIGNINGS;

	for (; row < end; row++)
		if (row->keeper == keeper)
			tell(application, row);
	signing_forget(application, keeper);
}

/* With the lock: an earlier C_SignInit of the session's. */
static void
tell_own(struct application *application, CK_SESSION_HANDLE session)
{
	struct signing *row = row_of(application, session);

	if (row)
		tell(application, row);
	row = row_of(application, session);
	if (row && row->state == SIGNING_LATE)
		row->state = SIGNING_NONE;
}

void
signing_meet(struct call *call)
{
	struct application *application = call->application;

	/* Without a session it is one that tell() makes. */
	if (call->number == CALL_C_Sign ||
		(call->number == CALL_C_SignInit && !call->session))
		return;
	pthread_mutex_lock(&application->lock);
	if (call->number == CALL_C_SignInit)
		tell_own(application, call->session);
	else
		tell_all(application, call->keeper);
	pthread_mutex_unlock(&application->lock);
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
		call->is_second = true;
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
	bool is_next;

	if (call->number != CALL_C_SignInit || !call->session)
		return false;
	frame_end(request);
	call->asked = moment();
	pthread_mutex_lock(&application->lock);
	row = row_of(application, call->session);
	is_next = row && row->state == SIGNING_MADE && connection->takes_rows &&
		call->asked - row->asked < SOON &&
		row->length == request->length &&
		memcmp(row->request, request->at, row->length) == 0;
	if (is_next) {
		row->state = SIGNING_DUE;
		row->asked = call->asked;
	}
	pthread_mutex_unlock(&application->lock);
	return is_next;
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

/* A length that was asked, or a room too small, leave the operation as it
 * was; after any other failure nothing is as it was. [PKCS11 5.2] */
void
signing_end(struct call *call)
{
	struct application *application = call->application;
	const bool goes_on = call->rv == CKR_BUFFER_TOO_SMALL ||
		(call->rv == CKR_OK && call->asks_length);

	if (!call->session || !call->keeper ||
		(call->number != CALL_C_SignInit &&
			call->number != CALL_C_Sign))
		return;
	pthread_mutex_lock(&application->lock);
	if (call->rv != CKR_OK && !goes_on)
		signing_forget(application, call->keeper);
	else if (call->number == CALL_C_SignInit)
		note_begun(call);
	else if (!goes_on)
		note_made(call);
	pthread_mutex_unlock(&application->lock);
}
