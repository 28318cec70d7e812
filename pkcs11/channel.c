/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections to the application's workers: one per call under way. */

#include "config.h"

#include "pkcs11/channel.h"

#include "pkcs11/bytes.h"
#include "pkcs11/clock.h"
#include "pkcs11/search.h"
#include "pkcs11/start.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Idle connections beyond these are closed: a burst of threads ends too. */
#define IDLE_CAP 16

/* Milliseconds in which it is tried again to reach a keeper. */
#define TRIES_TIME 2000

/* Seconds for the answer to a hello. */
#define HELLO_SECONDS 10

static void
close_connection(struct connection *connection)
{
	if (connection->descriptor >= 0)
		close(connection->descriptor);
	wire_clear(&connection->request);
	wire_clear(&connection->answer);
	free(connection);
}

static void
unlink_busy(struct connection *connection)
{
	struct connection **at = &connection->keeper->busy;

	while (*at && *at != connection)
		at = &(*at)->next;
	if (*at)
		*at = connection->next;
}

static void
pause_for(long milliseconds)
{
	struct timespec time = { milliseconds / 1000,
		milliseconds % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

/* One thread starts a keeper; the others find it there. */
int
channel_reach(struct keeper *keeper, bool may_start, CK_RV *rv)
{
	pthread_mutex_t *starting = &keeper->application->starting;
	int descriptor;

	*rv = CKR_DEVICE_REMOVED;
	if (!keeper->home.run)
		return -1;
	descriptor = keeper_connect(&keeper->home, false, rv);
	if (descriptor >= 0 || *rv != CKR_DEVICE_REMOVED || !may_start ||
		!keeper->may_start)
		return descriptor;
	pthread_mutex_lock(starting);
	descriptor = keeper_connect(&keeper->home, true, rv);
	pthread_mutex_unlock(starting);
	return descriptor;
}

/* From here on C_Finalize can interrupt what waits on the connection. */
static bool
link_busy(struct connection *connection)
{
	struct keeper *keeper = connection->keeper;
	struct application *application = keeper->application;
	bool may;

	pthread_mutex_lock(&application->lock);
	may = !application->is_ending;
	connection->next = keeper->busy;
	keeper->busy = connection;
	pthread_mutex_unlock(&application->lock);
	return may;
}

/* Another worker than before has none of the sessions and searches. */
static void
meet_worker(struct connection *connection, const struct hello *answer)
{
	struct keeper *keeper = connection->keeper;
	struct application *application = keeper->application;
	struct connection *old = NULL, *next;

	connection->known = known_by_both(
		answer->calls, answer->parameters, answer->attributes);
	connection->worker = answer->instance;
	connection->takes_rows = answer->wishes & HELLO_IN_A_ROW;
	pthread_mutex_lock(&application->lock);
	if (keeper->worker != answer->instance) {
		keeper->is_event_due = keeper->worker != 0;
		keeper->worker = answer->instance;
		old = keeper->idle;
		keeper->idle = NULL;
		search_forget(application, keeper);
		signing_forget(application, keeper);
	}
	pthread_mutex_unlock(&application->lock);
	for (; old; old = next) {
		next = old->next;
		close_connection(old);
	}
}

/* Displays and terminals of this machine are none of another's business, and
 * there they would be somebody else's. */
static void
leave_out_person(struct hello *hello)
{
	hello->display[0] = hello->wayland[0] = hello->authority[0] = '\0';
	hello->terminal[0] = '\0';
}

static void
put_hello(struct connection *connection)
{
	struct keeper *keeper = connection->keeper;
	struct application *application = keeper->application;
	uint32_t wishes = keeper_wishes(keeper);
	struct hello hello;

	pthread_mutex_lock(&application->lock);
	hello = application->hello;
	hello.first_session = keeper->first_session;
	hello.first_object = keeper->first_object;
	pthread_mutex_unlock(&application->lock);
	memcpy(hello.secret, keeper->secret, sizeof(hello.secret));
	if (keeper->is_remote)
		leave_out_person(&hello);
	hello.wishes = wishes;
	hello.front = keeper->front;
	hello_put(&connection->request, &hello);
	wipe(&hello, sizeof(hello));
}

static enum frame_result
exchange_hello(struct connection *connection)
{
	const struct frame_limit limit = { HELLO_SECONDS, HELLO_SECONDS,
		HELLO_SECONDS, NULL };
	struct wire *answer = &connection->answer;
	enum frame_result result;
	struct hello hello;
	uint32_t call;

	frame_set_limit(connection->descriptor, &limit);
	connection->seconds = HELLO_SECONDS;
	put_hello(connection);
	result = frame_send(connection->descriptor, &connection->request);
	if (result == FRAME_WHOLE)
		result = frame_receive(connection->descriptor, answer,
			HELLO_CAP, &limit, &call);
	wire_reset(&connection->request);
	if (result != FRAME_WHOLE)
		return result;
	if (call != HELLO_CALL ||
		!hello_take(answer->at + answer->taken,
			answer->length - answer->taken, &hello))
		return FRAME_BAD;
	/* A keeper that knows no fronts gives its own token for any. */
	if (hello.front != connection->keeper->front) {
		connection->is_other = true;
		return FRAME_BAD;
	}
	meet_worker(connection, &hello);
	return FRAME_WHOLE;
}

/* One try; CKR_DEVICE_REMOVED when another is worth it: a keeper that was just
 * leaving, or one that just came. */
static CK_RV
try_open(struct keeper *keeper, bool may_start, struct connection **result)
{
	struct connection *connection;
	enum frame_result met;
	int descriptor;
	CK_RV rv;

	descriptor = channel_reach(keeper, may_start, &rv);
	if (descriptor < 0)
		return rv == CKR_DEVICE_REMOVED ? CKR_TOKEN_NOT_PRESENT : rv;
	connection = calloc(1, sizeof(*connection));
	if (!connection) {
		close(descriptor);
		return CKR_HOST_MEMORY;
	}
	connection->descriptor = descriptor;
	connection->keeper = keeper;
	met = link_busy(connection) ? exchange_hello(connection) : FRAME_BAD;
	if (met == FRAME_WHOLE) {
		*result = connection;
		return CKR_OK;
	}
	rv = connection->is_other ? CKR_TOKEN_NOT_PRESENT : CKR_DEVICE_ERROR;
	channel_drop(connection);
	return met == FRAME_LOST || met == FRAME_REFUSED ? CKR_DEVICE_REMOVED
							 : rv;
}

static CK_RV
open_connection(
	struct keeper *keeper, bool may_start, struct connection **result)
{
	/* A front may no longer be configured, and a line be dead. */
	const int tries = keeper->place ? 5 : 50;
	const int64_t end = clock_milliseconds() + TRIES_TIME;
	CK_RV rv = CKR_DEVICE_REMOVED;
	int i;

	for (i = 0; i < tries && rv == CKR_DEVICE_REMOVED; i++) {
		/* Who takes so long to hang up is not just leaving. */
		if (keeper->front && clock_milliseconds() > end)
			break;
		if (i)
			pause_for(20);
		rv = try_open(keeper, may_start, result);
	}
	return rv;
}

CK_RV
channel_take(struct keeper *keeper, bool may_start, struct connection **result)
{
	pthread_mutex_t *lock = &keeper->application->lock;
	struct connection *connection;

	pthread_mutex_lock(lock);
	connection = keeper->idle;
	if (connection) {
		keeper->idle = connection->next;
		connection->next = keeper->busy;
		keeper->busy = connection;
	}
	pthread_mutex_unlock(lock);
	if (!connection)
		return open_connection(keeper, may_start, result);
	*result = connection;
	return CKR_OK;
}

void
channel_give(struct connection *connection)
{
	struct keeper *keeper = connection->keeper;
	struct application *application = keeper->application;
	struct connection *idle;
	size_t count = 0;
	bool keep;

	wire_reset(&connection->request);
	wire_reset(&connection->answer);
	pthread_mutex_lock(&application->lock);
	unlink_busy(connection);
	for (idle = keeper->idle; idle; idle = idle->next)
		count++;
	keep = count < IDLE_CAP && connection->worker == keeper->worker &&
		!application->is_ending;
	if (keep) {
		connection->next = keeper->idle;
		keeper->idle = connection;
	}
	pthread_mutex_unlock(&application->lock);
	if (!keep)
		close_connection(connection);
}

void
channel_drop(struct connection *connection)
{
	pthread_mutex_t *lock = &connection->keeper->application->lock;

	pthread_mutex_lock(lock);
	unlink_busy(connection);
	pthread_mutex_unlock(lock);
	close_connection(connection);
}

bool
channel_is_stale(const struct connection *connection)
{
	const struct keeper *keeper = connection->keeper;
	bool is_stale;

	pthread_mutex_lock(&keeper->application->lock);
	is_stale = connection->worker != keeper->worker;
	pthread_mutex_unlock(&keeper->application->lock);
	return is_stale;
}

void
channel_interrupt(struct application *application)
{
	struct connection *connection;
	struct keeper *keeper;

	for (keeper = keepers_first(application); keeper;
		keeper = keepers_next(keeper))
		for (connection = keeper->busy; connection;
			connection = connection->next)
			shutdown(connection->descriptor, SHUT_RDWR);
}

void
channel_close_all(struct application *application)
{
	struct connection *connection;
	struct keeper *keeper;

	for (keeper = keepers_first(application); keeper;
		keeper = keepers_next(keeper))
		while ((connection = keeper->idle)) {
			keeper->idle = connection->next;
			close_connection(connection);
		}
}
