/* SPDX-License-Identifier: BSD-2-Clause */
/* What an application sees of its keeper's life and death, and of its own. */

#include "config.h"

#include "tests/keeper/application.h"
#include "tests/keeper/stage.h"
#include "tests/test.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t
listener(void)
{
	const char *at = strstr(stage_status(), "process ");

	return at ? (pid_t)atol(at + strlen("process ")) : 0;
}

static bool
is_loss(CK_RV rv)
{
	return rv == CKR_DEVICE_REMOVED || rv == CKR_SESSION_HANDLE_INVALID;
}

/* Signs in a thread until that fails; says how, and how long it took. */
struct signer {
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE key;
	atomic_uint count;
	CK_RV rv;
	unsigned milliseconds;
};

static void *
sign_on(void *argument)
{
	struct signer *signer = argument;

	do
		signer->rv = application_timed_sign(
			signer->session, signer->key, &signer->milliseconds);
	while (signer->rv == CKR_OK && ++signer->count < 1000000);
	return NULL;
}

static void
prepare(struct signer *signer)
{
	*signer = (struct signer){ .session = application_session() };
	application_login(signer->session);
	signer->key = application_key(signer->session);
}

/* Kills in the middle of a call, and expects to go on without C_Finalize. */
static void
expect_recovery_from_killing(pid_t (*victim)(void))
{
	struct signer signer, next;
	pthread_t thread;
	int round;

	for (round = 0; round < 5; round++) {
		prepare(&signer);
		EXPECT(pthread_create(&thread, NULL, sign_on, &signer) == 0);
		while (signer.count < 5)
			usleep(100);
		usleep((useconds_t)round * 137);
		EXPECT(kill(victim(), SIGKILL) == 0);
		EXPECT(pthread_join(thread, NULL) == 0);
		if (!is_loss(signer.rv))
			EXPECT_RV(signer.rv, CKR_DEVICE_REMOVED);
		EXPECT(signer.milliseconds < 1000);
		prepare(&next);
		EXPECT_RV(application_sign(next.session, next.key), CKR_OK);
		EXPECT(next.session != signer.session);
		EXPECT_RV(application_sign(signer.session, signer.key),
			CKR_SESSION_HANDLE_INVALID);
		EXPECT_RV(module->C_CloseSession(next.session), CKR_OK);
	}
}

static atomic_uint signals;

static void
count_signal(int number)
{
	signals++;
}

TEST(killed_worker_is_a_removed_token_and_the_next_session_works)
{
	application_set_up("");
	expect_recovery_from_killing(stage_worker);
}

TEST(killed_listener_is_a_removed_token_and_the_next_session_works)
{
	application_set_up("");
	expect_recovery_from_killing(listener);
}

TEST(host_gets_no_signal_and_no_child)
{
	signal(SIGPIPE, count_signal);
	signal(SIGCHLD, count_signal);
	application_set_up("");
	expect_recovery_from_killing(stage_worker);
	expect_recovery_from_killing(listener);
	EXPECT_NUMBER(signals, 0);
	EXPECT(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

TEST(stopped_worker_costs_the_time_limit_and_not_more)
{
	CK_SESSION_INFO info;
	CK_SESSION_HANDLE session;
	unsigned long start;
	pid_t worker;
	CK_RV rv;

	application_set_up("");
	session = application_session();
	worker = stage_worker();
	stage_freeze(worker);
	start = application_moment();
	rv = module->C_GetSessionInfo(session, &info);
	EXPECT(rv != CKR_OK);
	EXPECT(application_moment() - start < 15000);
	kill(worker, SIGKILL);
	application_session();
}

static void
expect_child_of_its_own(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key)
{
	CK_SESSION_INFO info;

	EXPECT_RV(module->C_GetSessionInfo(session, &info),
		CKR_CRYPTOKI_NOT_INITIALIZED);
	EXPECT_RV(application_sign(session, key), CKR_CRYPTOKI_NOT_INITIALIZED);
	EXPECT_RV(module->C_Initialize(NULL), CKR_OK);
	session = application_session();
	EXPECT(module->C_SignInit(session,
		       &(CK_MECHANISM){ CKM_RSA_PKCS, NULL, 0 },
		       key) != CKR_OK);
	application_login(session);
	EXPECT_RV(application_sign(session, application_key(session)), CKR_OK);
	EXPECT_RV(module->C_Finalize(NULL), CKR_OK);
}

TEST(forked_child_is_an_application_of_its_own)
{
	struct signer signer;
	pthread_t thread;
	int i, status;

	application_set_up("");
	prepare(&signer);
	EXPECT(pthread_create(&thread, NULL, sign_on, &signer) == 0);
	for (i = 0; i < 5; i++) {
		/* In the middle of the parent's calls. */
		if (fork() == 0) {
			expect_child_of_its_own(signer.session, signer.key);
			_exit(0);
		}
		EXPECT(wait(&status) > 0);
		EXPECT_NUMBER(status, 0);
	}
	EXPECT_RV(signer.rv, CKR_OK);
	signer.count = 1000000;
	EXPECT(pthread_join(thread, NULL) == 0);
	EXPECT_RV(signer.rv, CKR_OK);
}

TEST(worker_ends_with_the_parent_though_its_child_holds_the_socket)
{
	int ready[2];
	pid_t parent, worker;
	char byte;

	application_set_up("");
	EXPECT_RV(module->C_Finalize(NULL), CKR_OK);
	EXPECT(WITHIN(5000, stage_worker() == 0));
	EXPECT(pipe(ready) == 0);
	parent = fork();
	if (parent == 0) {
		EXPECT_RV(module->C_Initialize(NULL), CKR_OK);
		application_login(application_session());
		if (fork() == 0)
			sleep(20);
		EXPECT(write(ready[1], "", 1) == 1);
		sleep(20);
		_exit(0);
	}
	EXPECT(read(ready[0], &byte, 1) == 1);
	worker = stage_worker();
	EXPECT(worker > 0);
	kill(parent, SIGKILL);
	waitpid(parent, NULL, 0);
	EXPECT(WITHIN(2000, !stage_is_running(worker)));
}

TEST(finalize_ends_the_worker_and_the_keeper_leaves)
{
	pid_t keeper;

	application_set_up("");
	keeper = listener();
	EXPECT_RV(module->C_Finalize(NULL), CKR_OK);
	EXPECT(WITHIN(10000, !stage_is_running(keeper)));
	EXPECT(access(stage_path("run/keeper.sock"), F_OK) < 0);
	EXPECT_RV(module->C_Initialize(NULL), CKR_OK);
	application_login(application_session());
}

static int entries;

static int
count_entry(
	const char *path, const struct stat *status, int type, struct FTW *at)
{
	entries++;
	return 0;
}

TEST(account_without_a_token_starts_and_writes_nothing)
{
	CK_SLOT_ID slots[8];
	CK_SLOT_INFO info;
	CK_ULONG count = 8, i;

	stage_home("");
	application_load();
	EXPECT_RV(module->C_Initialize(NULL), CKR_OK);
	EXPECT_RV(module->C_GetSlotList(CK_FALSE, slots, &count), CKR_OK);
	for (i = 0; i < count; i++)
		EXPECT_RV(module->C_GetSlotInfo(slots[i], &info), CKR_OK);
	EXPECT_RV(module->C_Finalize(NULL), CKR_OK);
	nftw(stage_path(""), count_entry, 8, FTW_PHYS);
	/* The folder and privyseal.conf. */
	EXPECT_NUMBER(entries, 2);
}

/* Listeners of this home: as root every one can be asked for it. */
static unsigned
count_listeners(void)
{
	char path[300], text[4096];
	DIR *processes = opendir("/proc");
	struct dirent *entry;
	unsigned count = 0;
	size_t length;
	FILE *file;

	EXPECT(processes != NULL);
	while ((entry = readdir(processes))) {
		snprintf(path, sizeof(path), "/proc/%s/cmdline", entry->d_name);
		file = fopen(path, "r");
		if (!file)
			continue;
		length = fread(text, 1, sizeof(text), file);
		fclose(file);
		if (!memmem(text, length, "--listener", 10))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/environ", entry->d_name);
		file = fopen(path, "r");
		length = file ? fread(text, 1, sizeof(text), file) : 0;
		if (file)
			fclose(file);
		count += memmem(text, length, stage_path(""),
				 strlen(stage_path("")) - 1) != NULL;
	}
	closedir(processes);
	return count;
}

static unsigned
count_workers(void)
{
	const char *at;
	unsigned count = 0;
	int connection = stage_connect();

	/* The killed one's socket may still be there. */
	if (connection < 0)
		return 0;
	close(connection);
	for (at = stage_status(); (at = strstr(at, "\nworker ")); at++)
		count++;
	return count;
}

TEST(fifty_first_clients_start_one_keeper)
{
	int i, status, gate[2], end[2];
	pid_t before;
	char byte;

	if (geteuid() != 0)
		test_skip("only root sees whose a keeper is");
	application_set_up("");
	EXPECT_RV(module->C_Finalize(NULL), CKR_OK);
	/* While it dies its socket still takes connections. */
	before = listener();
	kill(before, SIGKILL);
	EXPECT(WITHIN(10000, !stage_is_running(before)));
	EXPECT(pipe(gate) == 0 && pipe(end) == 0);
	for (i = 0; i < 50; i++)
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			close(gate[1]);
			close(end[1]);
			(void)!read(gate[0], &byte, 1);
			EXPECT_RV(module->C_Initialize(NULL), CKR_OK);
			application_session();
			(void)!read(end[0], &byte, 1);
			_exit(0);
		}
	close(gate[1]);
	/* The other starters see who came first, and go. */
	EXPECT(WITHIN(20000, count_workers() == 50));
	EXPECT(WITHIN(20000, count_listeners() == 1));
	close(end[1]);
	for (i = 0; i < 50; i++) {
		EXPECT(wait(&status) > 0);
		EXPECT_NUMBER(status, 0);
	}
}
