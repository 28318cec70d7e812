/* SPDX-License-Identifier: BSD-2-Clause */
/* The audit log as applications cause it: a line of each use, whatever ends. */

#include "config.h"

#include "keeper/audit-files.h"
#include "keeper/audit-verify.h"
#include "tests/keeper/application.h"
#include "tests/keeper/stage.h"
#include "tests/test.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* application_set_up signs once. */
enum { BEFORE = 1 };

static pid_t
listener(void)
{
	const char *at = strstr(stage_status(), "process ");

	EXPECT(at);
	return (pid_t)atol(at + 8);
}

/* Ends it as "privyseal keeper stop" does: all lines are then written. */
static void
stop_listener(void)
{
	pid_t process = listener();

	EXPECT(kill(process, SIGTERM) == 0);
	EXPECT(WITHIN(10000, !stage_is_running(process)));
}

static void
hear(void *context, const struct audit_place *place)
{
	test_fail(place->file ? place->file : "audit.log", (int)place->line,
		"finding %d", (int)place->finding);
}

/* Lines whose fields have these values; the log must be sound. An empty name
 * counts all. */
static unsigned
count_lines(const char *what, long process)
{
	struct audit_verifier *verifier = audit_verifier_new(hear, NULL);
	struct audit_files files = { 0 };
	struct audit_summary summary;
	struct audit_line line;
	struct stat status;
	uint64_t number;
	unsigned count = 0;
	char *at, *stop, *end;
	size_t i;
	int file;

	EXPECT(audit_files_find(getenv("PRIVYSEAL_HOME"), &files));
	for (i = 0; i < files.count; i++) {
		file = open(files.paths[i], O_RDONLY);
		EXPECT(file >= 0 && fstat(file, &status) == 0);
		at = test_memory((size_t)status.st_size + 1);
		EXPECT(read(file, at, (size_t)status.st_size) ==
			status.st_size);
		close(file);
		audit_verifier_file(
			verifier, files.paths[i], at, (size_t)status.st_size);
		for (end = at + status.st_size; at < end; at = stop + 1) {
			stop = memchr(at, '\n', (size_t)(end - at));
			EXPECT(stop &&
				audit_line_take(
					at, (size_t)(stop - at), &line));
			count += audit_line_is(&line, "what", what) &&
				(process == 0 ||
					(audit_line_number(
						 &line, "process", &number) &&
						(long)number == process));
		}
	}
	audit_verifier_end(verifier, &summary);
	audit_verifier_free(verifier);
	audit_files_clear(&files);
	return count;
}

static void
sign(unsigned times)
{
	CK_SESSION_HANDLE session = application_session();
	CK_OBJECT_HANDLE key;

	application_login(session);
	key = application_key(session);
	while (times-- > 0)
		EXPECT_RV(application_sign(session, key), CKR_OK);
}

TEST(each_use_is_a_line_that_names_the_process_that_did_it)
{
	pid_t child;
	int status;

	application_set_up("");
	sign(5);
	child = fork();
	if (child == 0) {
		EXPECT_RV(module->C_Initialize(NULL), CKR_OK);
		sign(3);
		_exit(0);
	}
	EXPECT(waitpid(child, &status, 0) == child && status == 0);
	stop_listener();
	EXPECT_NUMBER(count_lines("sign", getpid()), BEFORE + 5);
	EXPECT_NUMBER(count_lines("sign", child), 3);
	EXPECT_NUMBER(count_lines("sign", 0), BEFORE + 8);
	EXPECT_NUMBER(count_lines("login", child), 1);
	EXPECT_NUMBER(count_lines("generate", getpid()), 1);
}

TEST(a_worker_that_is_killed_takes_no_line_along)
{
	pid_t worker;

	application_set_up("");
	sign(50);
	worker = stage_worker();
	EXPECT(kill(worker, SIGKILL) == 0);
	EXPECT(WITHIN(10000, !stage_is_running(worker)));
	stop_listener();
	EXPECT_NUMBER(count_lines("sign", getpid()), BEFORE + 50);
}

/* Its last records are taken when its worker has ended. */
TEST(applications_that_sign_and_end_at_once_are_no_change_of_the_log)
{
	int status, i;
	pid_t child;

	application_set_up("");
	for (i = 0; i < 20; i++) {
		child = fork();
		if (child == 0) {
			EXPECT_RV(module->C_Initialize(NULL), CKR_OK);
			sign(2);
			module->C_Finalize(NULL);
			_exit(0);
		}
		EXPECT(waitpid(child, &status, 0) == child && status == 0);
	}
	stop_listener();
	EXPECT_NUMBER(count_lines("sign", 0), BEFORE + 40);
	EXPECT_NUMBER(count_lines("resume", 0), 0);
}

/* Whoever has a signature has a line in the log, in the very moment when the
 * keeper is asked to end. */
TEST(a_keeper_that_ends_takes_no_line_along)
{
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE key;
	unsigned given = BEFORE;
	pid_t process;

	application_set_up("");
	session = application_session();
	application_login(session);
	key = application_key(session);
	process = listener();
	for (; given < BEFORE + 20; given++)
		EXPECT_RV(application_sign(session, key), CKR_OK);
	EXPECT(kill(process, SIGTERM) == 0);
	while (application_sign(session, key) == CKR_OK)
		given++;
	EXPECT(WITHIN(10000, !stage_is_running(process)));
	/* One may have its line, and not have been given out. */
	EXPECT(count_lines("sign", 0) - given <= 1);
}

TEST(a_killed_keeper_leaves_a_sound_log_and_the_next_one_says_so)
{
	pid_t process;
	unsigned count;

	application_set_up("");
	sign(20);
	process = listener();
	/* What gathers is written after some milliseconds. */
	usleep(200000);
	EXPECT(kill(process, SIGKILL) == 0);
	EXPECT(WITHIN(10000, !stage_is_running(process)));
	count = count_lines("sign", 0);
	EXPECT_NUMBER(count, BEFORE + 20);
	sign(1);
	stop_listener();
	EXPECT_NUMBER(count_lines("sign", 0), count + 1);
	EXPECT_NUMBER(count_lines("start", 0), 1);
}

static void *
sign_in_thread(void *argument)
{
	sign(100);
	return NULL;
}

TEST(many_threads_at_once_have_each_their_lines_and_full_files_too)
{
	pthread_t threads[8];
	int i;

	application_set_up("audit-size = 16\naudit-keep = 100\n");
	for (i = 0; i < 8; i++)
		EXPECT(pthread_create(
			       &threads[i], NULL, sign_in_thread, NULL) == 0);
	for (i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
	stop_listener();
	EXPECT_NUMBER(count_lines("sign", getpid()), BEFORE + 800);
	EXPECT(count_lines("file", 0) > 5);
}

enum { FLOOD = 600 };

static atomic_uint given_so_far;

static void *
sign_and_count(void *argument)
{
	CK_SESSION_HANDLE session = application_session();
	CK_OBJECT_HANDLE key = application_key(session);

	while (given_so_far < FLOOD) {
		EXPECT_RV(application_sign(session, key), CKR_OK);
		given_so_far++;
	}
	return NULL;
}

TEST(a_flood_that_the_listener_is_late_for_has_each_its_line)
{
	pthread_t thread;
	unsigned before;
	pid_t process;

	application_set_up("");
	sign(20);
	process = listener();
	EXPECT(pthread_create(&thread, NULL, sign_and_count, NULL) == 0);
	EXPECT(WITHIN(10000, given_so_far > 0));
	EXPECT(kill(process, SIGSTOP) == 0);
	/* Nobody gets on when the socket is full. */
	do {
		before = given_so_far;
		usleep(300000);
	} while (given_so_far != before);
	EXPECT(kill(process, SIGCONT) == 0);
	pthread_join(thread, NULL);
	EXPECT(before < FLOOD);
	stop_listener();
	EXPECT_NUMBER(count_lines("sign", getpid()), BEFORE + 20 + FLOOD);
}

TEST(without_an_audit_log_nothing_is_written)
{
	application_set_up("audit = off\n");
	sign(3);
	stop_listener();
	EXPECT(access(stage_path("audit.log"), F_OK) < 0);
	EXPECT(access(stage_path("audit.state"), F_OK) < 0);
}

TEST(an_audit_log_that_cannot_be_written_lets_nobody_sign)
{
	CK_SLOT_ID slots[8];
	CK_ULONG count = 8;

	application_set_up("");
	stop_listener();
	EXPECT(unlink(stage_path("audit.log")) == 0);
	EXPECT(mkdir(stage_path("audit.log"), 0700) == 0);
	EXPECT(module->C_GetSlotList(CK_TRUE, slots, &count) != CKR_OK ||
		count == 0);
}

TEST(a_hash_of_what_was_signed_is_there_where_it_is_wished)
{
	application_set_up("audit-hash = yes\n");
	sign(1);
	stop_listener();
	EXPECT(system("grep -q 'what=sign .* data=[0-9a-f]\\{64\\} ' "
		      "\"$PRIVYSEAL_HOME/audit.log\"") == 0);
}
