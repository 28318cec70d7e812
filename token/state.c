/* SPDX-License-Identifier: BSD-2-Clause */
/* Between C_Initialize and C_Finalize: the configuration and the one lock. */

#include "config.h"

#include "token/state.h"

#include "pkcs11/log.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct soft_configuration given, current;
static char given_folder[PATH_MAX], folder[PATH_MAX];
static bool is_given;
static bool is_started;
static int end_event = -1;

void
state_lock(void)
{
	pthread_mutex_lock(&lock);
}

void
state_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

void
soft_configure(const struct soft_configuration *configuration)
{
	state_lock();
	given = *configuration;
	snprintf(given_folder, sizeof(given_folder), "%s",
		configuration->folder);
	is_given = true;
	state_unlock();
}

void
state_forget(void)
{
	static const pthread_mutex_t fresh = PTHREAD_MUTEX_INITIALIZER;

	lock = fresh;
	is_started = false;
	if (end_event >= 0)
		close(end_event);
	end_event = -1;
}

/* Only what is new is written: calls that C_Finalize overtook may still read.
 */
static void
apply_given(void)
{
	if (!is_given)
		return;
	is_given = false;
	memcpy(folder, given_folder, sizeof(folder));
	current = given;
	current.folder = folder;
}

CK_RV
state_start(void)
{
	CK_RV rv = CKR_OK;

	state_lock();
	if (is_started) {
		rv = CKR_CRYPTOKI_ALREADY_INITIALIZED;
	} else if (!is_given && !current.folder) {
		rv = refuse(CKR_GENERAL_ERROR, "no folder is configured");
	} else {
		apply_given();
		end_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		is_started = true;
	}
	state_unlock();
	return rv;
}

CK_RV
state_end(void)
{
	CK_RV rv = CKR_CRYPTOKI_NOT_INITIALIZED;

	state_lock();
	if (is_started) {
		is_started = false;
		if (end_event >= 0) {
			eventfd_write(end_event, 1);
			close(end_event);
		}
		end_event = -1;
		rv = CKR_OK;
	}
	state_unlock();
	return rv;
}

CK_RV
state_check(void)
{
	CK_RV rv;

	state_lock();
	rv = is_started ? CKR_OK : CKR_CRYPTOKI_NOT_INITIALIZED;
	state_unlock();
	return rv;
}

bool
state_is_started(void)
{
	return is_started;
}

const struct soft_configuration *
state_configuration(void)
{
	return &current;
}

int
state_end_descriptor(void)
{
	int result;

	state_lock();
	result = is_started ? fcntl(end_event, F_DUPFD_CLOEXEC, 0) : -1;
	state_unlock();
	return result;
}
