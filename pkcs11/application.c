/* SPDX-License-Identifier: BSD-2-Clause */
/* The application as the module knows it, from C_Initialize to C_Finalize. */

#include "config.h"

#include "pkcs11/application.h"

#include "pkcs11/bytes.h"
#include "pkcs11/channel.h"
#include "pkcs11/search.h"
#include "pkcs11/tables.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Made by the first C_Initialize, and then there until the module is unloaded:
 * a call may come at any time. */
static _Atomic(struct application *) the_application;

/* Threads that may have the page in their hands; a forked child's count may
 * have others that are not in it. */
static atomic_uint holders;

static struct application *
page_hold(void)
{
	atomic_fetch_add(&holders, 1);
	return atomic_load(&the_application);
}

static void
page_release(void)
{
	atomic_fetch_sub(&holders, 1);
}

/* All zeros are an unlocked mutex and a condition without waiters. */
static struct application *
application_page(void)
{
	struct application *page = atomic_load(&the_application), *none = NULL;

	if (page)
		return page;
	page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return NULL;
	if (madvise(page, sizeof(*page), MADV_WIPEONFORK) != 0) {
		munmap(page, sizeof(*page));
		return NULL;
	}
	if (atomic_compare_exchange_strong(&the_application, &none, page))
		return page;
	munmap(page, sizeof(*page));
	return none;
}

/* An application that ended as it should leaves nothing behind; one that is
 * still at work keeps what it uses. At exit() other threads go on: whoever
 * comes late finds no page, whoever has it in hand keeps it. */
__attribute__((destructor)) static void
forget_page(void)
{
	struct application *page = atomic_load(&the_application);
	bool is_needed;

	if (!page)
		return;
	pthread_mutex_lock(&page->lock);
	is_needed = page->is_initialized || page->users;
	if (!is_needed)
		atomic_store(&the_application, NULL);
	pthread_mutex_unlock(&page->lock);
	if (!is_needed && atomic_load(&holders) == 0)
		munmap(page, sizeof(*page));
}

static void
copy_variable(char *to, size_t room, const char *name)
{
	const char *value = secure_getenv(name);

	snprintf(to, room, "%s", value ? value : "");
}

static void
copy_locale(struct hello *hello)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
	size_t i;

	for (i = 0; i < 3 && !hello->locale[0]; i++)
		copy_variable(hello->locale, sizeof(hello->locale), names[i]);
}

/* Few people set GPG_TTY. Without it, it is the terminal that the program runs
 * on, in its foreground: in the background another program has its keys. */
static void
copy_terminal(struct hello *hello)
{
	int end;

	copy_variable(hello->terminal, sizeof(hello->terminal), "GPG_TTY");
	for (end = STDIN_FILENO; end <= STDERR_FILENO; end++) {
		if (hello->terminal[0] || tcgetpgrp(end) != getpgrp())
			continue;
		if (ttyname_r(end, hello->terminal, sizeof(hello->terminal)) !=
			0)
			hello->terminal[0] = '\0';
	}
}

/* The environment is read here, once: later another thread may change it. */
static void
introduce(struct hello *hello)
{
	*hello = (struct hello){
		.calls = tables_known.calls,
		.parameters = tables_known.parameters,
		.attributes = tables_known.attributes,
	};
	snprintf(hello->application, sizeof(hello->application), "%s",
		program_invocation_short_name);
	copy_variable(hello->display, sizeof(hello->display), "DISPLAY");
	copy_variable(
		hello->wayland, sizeof(hello->wayland), "WAYLAND_DISPLAY");
	copy_variable(hello->authority, sizeof(hello->authority), "XAUTHORITY");
	copy_terminal(hello);
	copy_locale(hello);
}

static void
forget(struct application *application)
{
	channel_close_all(application);
	search_forget(application, NULL);
	keepers_clear(application);
	memset(application->signings, 0, sizeof(application->signings));
	application->hello = (struct hello){ 0 };
	application->is_ending = false;
	application->end_mark = 0;
	application->is_initialized = false;
}

static CK_RV
begin(struct application *application)
{
	CK_RV rv = CKR_CRYPTOKI_ALREADY_INITIALIZED;

	pthread_mutex_lock(&application->lock);
	if (!application->is_initialized) {
		introduce(&application->hello);
		rv = keepers_find(application);
		if (rv != CKR_OK)
			keepers_clear(application);
	}
	if (rv == CKR_OK) {
		application->wants_spare =
			secure_getenv("PRIVYSEAL_SPARE_SLOT") != NULL;
		application->is_initialized = true;
	}
	pthread_mutex_unlock(&application->lock);
	return rv;
}

CK_RV
application_begin(void)
{
	struct application *application;
	CK_RV rv = CKR_HOST_MEMORY;

	(void)page_hold();
	application = application_page();
	if (application)
		rv = begin(application);
	page_release();
	return rv;
}

static long
futex(uint32_t *word, int operation, uint32_t value,
	const struct timespec *limit)
{
	return syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value,
		limit, NULL, 0);
}

/* With the lock. */
static void
mark_end(struct application *application)
{
	__atomic_store_n(&application->end_mark, 1, __ATOMIC_SEQ_CST);
	futex(&application->end_mark, FUTEX_WAKE, INT_MAX, NULL);
}

static CK_RV
end(struct application *application)
{
	CK_RV rv = CKR_CRYPTOKI_NOT_INITIALIZED;

	pthread_mutex_lock(&application->lock);
	if (application->is_initialized && !application->is_ending) {
		application->is_ending = true;
		mark_end(application);
		channel_interrupt(application);
		pthread_cond_broadcast(&application->change);
		while (application->users)
			pthread_cond_wait(
				&application->change, &application->lock);
		forget(application);
		rv = CKR_OK;
	}
	pthread_mutex_unlock(&application->lock);
	return rv;
}

CK_RV
application_end(void)
{
	struct application *application = page_hold();
	CK_RV rv = CKR_CRYPTOKI_NOT_INITIALIZED;

	if (application)
		rv = end(application);
	page_release();
	return rv;
}

struct application *
application_enter(void)
{
	struct application *application = page_hold();
	bool may = application != NULL;

	if (may) {
		pthread_mutex_lock(&application->lock);
		may = application->is_initialized && !application->is_ending;
		application->users += may;
		pthread_mutex_unlock(&application->lock);
	}
	if (may)
		return application;
	page_release();
	return NULL;
}

void
application_leave(struct application *application)
{
	pthread_mutex_lock(&application->lock);
	if (--application->users == 0 && application->is_ending)
		pthread_cond_broadcast(&application->change);
	pthread_mutex_unlock(&application->lock);
	page_release();
}

/* The condition's wait with such a clock is younger than the module's libc may
 * be. */
bool
application_pause(struct application *application, unsigned seconds)
{
	const struct timespec limit = { (time_t)seconds, 0 };
	uint32_t *mark = &application->end_mark;

	/* By the monotonic clock. [futex(2)] A signal only shortens it. */
	if (!__atomic_load_n(mark, __ATOMIC_SEQ_CST))
		futex(mark, FUTEX_WAIT, 0, &limit);
	return !__atomic_load_n(mark, __ATOMIC_SEQ_CST);
}
