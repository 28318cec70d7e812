/* SPDX-License-Identifier: BSD-2-Clause */
/* Ends logins that are not used, or that the machine slept over. */

#include "config.h"

#include "keeper/idle.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Milliseconds: between two looks whether the machine slept, and what the two
 * clocks may differ by without that. */
enum { LOOK = 5000, SLEPT = 2000 };

/* A login that may have to end. */
struct login {
	struct login *next;
	CK_SLOT_ID slot;
	CK_SESSION_HANDLE session; /* that it was made in */
	struct idle_rule rule;
	int64_t used;   /* of the clock that runs on in a sleeping machine */
	int64_t asleep; /* milliseconds slept so far, then */
};

static const CK_FUNCTION_LIST_3_0 *token;
static void (*tell)(CK_SLOT_ID slot, const char *why);
static struct login *logins;
static bool has_watch;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t change;

static int64_t
clock_now(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t
time_asleep(void)
{
	int64_t before = clock_now(CLOCK_MONOTONIC);

	return clock_now(CLOCK_BOOTTIME) - before;
}

void
idle_begin(const CK_FUNCTION_LIST_3_0 *list,
	void (*ended)(CK_SLOT_ID slot, const char *why))
{
	pthread_condattr_t attributes;

	token = list;
	tell = ended;
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&change, &attributes);
	pthread_condattr_destroy(&attributes);
}

/* With the lock held. */
static struct login **
place_of(CK_SLOT_ID slot)
{
	struct login **link = &logins;

	while (*link && (*link)->slot != slot)
		link = &(*link)->next;
	return link;
}

static void
forget(struct login **link)
{
	struct login *login = *link;

	*link = login->next;
	free(login);
}

/* Why the login is to end now; NULL: it is not. */
static const char *
reason(const struct login *login)
{
	if (login->rule.at_suspend && time_asleep() - login->asleep > SLEPT)
		return "the machine slept";
	if (login->rule.seconds &&
		clock_now(CLOCK_BOOTTIME) - login->used >=
			(int64_t)login->rule.seconds * 1000)
		return "its keys were not used";
	return NULL;
}

/* The session may be closed, or there may be no room for another; not both.
 * False: there was no login. */
static bool
log_out(const struct login *login)
{
	CK_SESSION_HANDLE session;
	bool has_ended;

	if (token->C_Logout(login->session) == CKR_OK)
		return true;
	if (token->C_OpenSession(login->slot,
		    CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL,
		    &session) != CKR_OK)
		return false;
	has_ended = token->C_Logout(session) == CKR_OK;
	(void)token->C_CloseSession(session);
	return has_ended;
}

/* Ends it without the lock: the token may take its time. */
static void
end(CK_SLOT_ID slot)
{
	struct login **link, copy;
	const char *why = NULL;

	pthread_mutex_lock(&mutex);
	link = place_of(slot);
	if (*link && (why = reason(*link))) {
		copy = **link;
		forget(link);
	}
	pthread_mutex_unlock(&mutex);
	if (!why)
		return;
	if (log_out(&copy))
		tell(slot, why);
}

bool
idle_check(CK_SLOT_ID slot)
{
	struct login *login;
	bool is_due;

	pthread_mutex_lock(&mutex);
	login = *place_of(slot);
	is_due = login && reason(login);
	pthread_mutex_unlock(&mutex);
	if (is_due)
		end(slot);
	return is_due;
}

/* Milliseconds to the next thing to do, and the slot that is due. With the lock
 * held. */
static int64_t
next_look(bool *is_due, CK_SLOT_ID *slot)
{
	int64_t wait = INT64_MAX, now = clock_now(CLOCK_BOOTTIME), left;
	const struct login *login;

	*is_due = false;
	for (login = logins; login; login = login->next) {
		if (reason(login)) {
			*is_due = true;
			*slot = login->slot;
			return 0;
		}
		if (login->rule.at_suspend && wait > LOOK)
			wait = LOOK;
		left = login->rule.seconds ? login->used +
				(int64_t)login->rule.seconds * 1000 - now
					   : INT64_MAX;
		if (left < wait)
			wait = left > 0 ? left : 1;
	}
	return wait;
}

static void
wait_for_change(int64_t wait)
{
	struct timespec until;

	if (wait == INT64_MAX) {
		pthread_cond_wait(&change, &mutex);
		return;
	}
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += wait / 1000;
	until.tv_nsec += wait % 1000 * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	pthread_cond_timedwait(&change, &mutex, &until);
}

static void *
watch(void *argument)
{
	CK_SLOT_ID slot;
	int64_t wait;
	bool is_due;

	pthread_mutex_lock(&mutex);
	for (;;) {
		wait = next_look(&is_due, &slot);
		if (is_due) {
			pthread_mutex_unlock(&mutex);
			end(slot);
			pthread_mutex_lock(&mutex);
		} else {
			wait_for_change(wait);
		}
	}
	return NULL;
}

/* With the lock held. */
static void
start_watch(void)
{
	pthread_t thread;

	if (!has_watch && pthread_create(&thread, NULL, watch, NULL) == 0) {
		pthread_detach(thread);
		has_watch = true;
	}
	pthread_cond_signal(&change);
}

/* With the lock held: the slot's login, a new one if need be; NULL: there is no
 * memory. */
static struct login *
provide(CK_SLOT_ID slot)
{
	struct login **link = place_of(slot);

	if (!*link && (*link = calloc(1, sizeof(**link)))) {
		(*link)->slot = slot;
		(*link)->asleep = time_asleep();
	}
	return *link;
}

bool
idle_login(CK_SLOT_ID slot, CK_SESSION_HANDLE session,
	const struct idle_rule *rule)
{
	struct login *login;

	pthread_mutex_lock(&mutex);
	if ((login = provide(slot))) {
		login->session = session;
		login->rule = *rule;
		login->used = clock_now(CLOCK_BOOTTIME);
		login->asleep = time_asleep();
		if (rule->seconds || rule->at_suspend)
			start_watch();
	}
	pthread_mutex_unlock(&mutex);
	return login != NULL;
}

void
idle_logout(CK_SLOT_ID slot)
{
	struct login **link;

	pthread_mutex_lock(&mutex);
	link = place_of(slot);
	if (*link)
		forget(link);
	pthread_mutex_unlock(&mutex);
}

/* Two threads that log in and out at once leave a login that was forgotten: it
 * is known again when it matters. */
void
idle_use(CK_SLOT_ID slot, CK_SESSION_HANDLE session,
	const struct idle_rule *rule)
{
	struct login *login;
	bool is_stricter;

	pthread_mutex_lock(&mutex);
	login = provide(slot);
	if (login) {
		if (!login->session)
			login->session = session;
		login->used = clock_now(CLOCK_BOOTTIME);
		is_stricter = (rule->at_suspend && !login->rule.at_suspend) ||
			(rule->seconds &&
				(!login->rule.seconds ||
					rule->seconds < login->rule.seconds));
		login->rule.at_suspend |= rule->at_suspend;
		if (rule->seconds &&
			(!login->rule.seconds ||
				rule->seconds < login->rule.seconds))
			login->rule.seconds = rule->seconds;
		if (is_stricter)
			start_watch();
	}
	pthread_mutex_unlock(&mutex);
}
