/* SPDX-License-Identifier: BSD-2-Clause */
/* Applications that use OpenSSL as well end in every order: the module's end,
 * its unloading, OpenSSL's clean-up, and threads still at work. */

#include "config.h"

#include "tests/keeper/application.h"
#include "tests/test.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct {
	int (*begin)(uint64_t options, const void *settings);
	int (*random)(unsigned char *at, int length);
	void (*clean)(void);
} openssl;

/* What the application does in its own handler for exit(). */
enum deed { NOTHING, ENDS, SIGNS_AND_ENDS, ENDS_AND_UNLOADS, UNLOADS, DEEDS };

static const char *const deed_names[DEEDS] = { "does nothing", "ends",
	"signs and ends", "ends and unloads", "unloads" };

static struct ending {
	enum deed deed;
	bool openssl_is_loaded_first;
	bool openssl_begins_first; /* so that its clean-up is called last */
	bool cleans;               /* by itself, before it exits */
	bool works;                /* in a thread, to the last moment */
} ending;

static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE key;
static pthread_t worker;
static atomic_bool worker_is_out, module_is_gone;

static void
load_openssl(void)
{
	void *library = dlopen("libcrypto.so.3", RTLD_NOW | RTLD_GLOBAL), *it;

	if (!library)
		test_skip("OpenSSL's library is not there");
	it = dlsym(library, "OPENSSL_init_crypto");
	memcpy(&openssl.begin, &it, sizeof(it));
	it = dlsym(library, "RAND_bytes");
	memcpy(&openssl.random, &it, sizeof(it));
	it = dlsym(library, "OPENSSL_cleanup");
	memcpy(&openssl.clean, &it, sizeof(it));
}

/* The first call of OpenSSL also registers its clean-up with exit(). */
static void
begin_openssl(void)
{
	unsigned char noise[16];

	EXPECT(openssl.begin(0, NULL) == 1);
	EXPECT(openssl.random(noise, sizeof(noise)) == 1);
}

/* A thread that was in the module outlives it. */
static void
unload(void)
{
	while (ending.works && !worker_is_out)
		usleep(1000);
	application_unload();
	module_is_gone = true;
	if (ending.works)
		EXPECT(pthread_join(worker, NULL) == 0);
}

static void
at_exit(void)
{
	if (ending.deed == SIGNS_AND_ENDS)
		EXPECT_RV(application_sign(session, key), CKR_OK);
	if (ending.deed == ENDS || ending.deed == SIGNS_AND_ENDS ||
		ending.deed == ENDS_AND_UNLOADS)
		EXPECT_RV(module->C_Finalize(NULL), CKR_OK);
	if (ending.deed == UNLOADS || ending.deed == ENDS_AND_UNLOADS)
		unload();
}

/* Until the module ends under it. */
static void *
work(void *argument)
{
	const CK_SESSION_HANDLE *own = argument;

	while (application_sign(*own, key) == CKR_OK)
		;
	worker_is_out = true;
	while (!module_is_gone)
		usleep(1000);
	return NULL;
}

_Noreturn static void
live_and_end(void)
{
	static CK_SESSION_HANDLE other;

	if (ending.openssl_is_loaded_first)
		load_openssl();
	application_load();
	if (!ending.openssl_is_loaded_first)
		load_openssl();
	if (ending.openssl_begins_first)
		begin_openssl();
	EXPECT(atexit(at_exit) == 0);
	if (!ending.openssl_begins_first)
		begin_openssl();
	EXPECT_RV(module->C_Initialize(NULL), CKR_OK);
	session = application_session();
	application_login(session);
	key = application_key(session);
	EXPECT_RV(application_sign(session, key), CKR_OK);
	other = application_session();
	if (ending.works)
		EXPECT(pthread_create(&worker, NULL, work, &other) == 0);
	if (ending.cleans)
		openssl.clean();
	exit(0);
}

static void
expect_good_end(void)
{
	pid_t process = fork();
	int status;

	EXPECT(process >= 0);
	if (process == 0)
		live_and_end();
	EXPECT(waitpid(process, &status, 0) == process);
	if (status != 0)
		printf("# %s; OpenSSL loaded %s, begun %s, cleaned %s, %s\n",
			deed_names[ending.deed],
			ending.openssl_is_loaded_first ? "first" : "second",
			ending.openssl_begins_first ? "first" : "second",
			ending.cleans ? "before" : "by exit()",
			ending.works ? "at work" : "at rest");
	EXPECT_NUMBER(status, 0);
}

/* Every order; PRIVYSEAL_TEST_ROUNDS times. */
static void
end_in_every_order(bool works, enum deed deeds)
{
	unsigned rounds = application_wish("PRIVYSEAL_TEST_ROUNDS", 1), order;

	application_set_up("");
	EXPECT_RV(module->C_Finalize(NULL), CKR_OK);
	application_unload();
	alarm(120 * rounds);
	for (; rounds; rounds--)
		for (order = 0; order < 8 * (unsigned)deeds; order++) {
			ending = (struct ending){ order / 8, order & 1,
				order & 2, order & 4, works };
			expect_good_end();
		}
}

TEST(openssl_application_ends_well_in_every_order)
{
	end_in_every_order(false, DEEDS);
}

/* Not the last deed: to unload what a thread is in is no fault of ours. */
TEST(openssl_application_ends_well_with_a_thread_at_work)
{
	end_in_every_order(true, UNLOADS);
}
