/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is a member of a group, while the keeper runs and the list changes. */

#include "config.h"

#include "tests/keeper/application.h"
#include "tests/keeper/mailbox.h"
#include "tests/keeper/stage.h"
#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Who looks again is the keeper's user, without the rights to get anywhere. */
static void
prepare(void)
{
	if (!stage_is_open(SYSCONFDIR))
		test_skip("the system's configuration is kept from others");
	mailbox_prepare();
}

TEST(membership_of_who_is_added_counts_at_the_next_call)
{
	prepare();
	mailbox_configure("64002");
	mailbox_as(MAILBOX_OTHER, mailbox_see_none);
	mailbox_configure("64002, 64004");
	mailbox_as(MAILBOX_OTHER, mailbox_sign);
	mailbox_configure("64004");
	mailbox_as(MAILBOX_OTHER, mailbox_sign);
	mailbox_as(MAILBOX_MEMBER, mailbox_see_none);
}

/* Pipes: the user has signed; that one is to go on. */
static int begun[2], going[2];

static void
say_begun(void)
{
	EXPECT(write(begun[1], "+", 1) == 1);
}

static void
await_begin(void)
{
	char byte;

	EXPECT(read(begun[0], &byte, 1) == 1);
}

/* In a process of its own, which this starts. */
static pid_t
start_as(unsigned user, void (*act)(void))
{
	pid_t process = mailbox_start(user, act);

	await_begin();
	return process;
}

static CK_SESSION_HANDLE
logged_in(void)
{
	CK_SESSION_HANDLE session;

	EXPECT(mailbox_is_there());
	session = mailbox_session();
	application_login(session);
	return session;
}

/* The next connection, too, goes to a worker that is there already. */
static void
sign_until_it_ends(void)
{
	CK_SESSION_HANDLE session = logged_in(), none;
	CK_OBJECT_HANDLE key = application_key(session);
	CK_RV rv = mailbox_try(session, key);

	EXPECT_RV(rv, CKR_OK);
	say_begun();
	while (rv == CKR_OK)
		rv = mailbox_try(session, key);
	/* In the middle of a call, or between two. */
	EXPECT(rv == CKR_DEVICE_REMOVED || rv == CKR_SESSION_HANDLE_INVALID);
	EXPECT(module->C_OpenSession(MAILBOX_SLOT, CKF_SERIAL_SESSION, NULL,
		       NULL, &none) != CKR_OK);
}

static void
do_nothing_and_be_ended(void)
{
	CK_SESSION_HANDLE session = logged_in();
	CK_OBJECT_HANDLE key = application_key(session);
	char byte;

	say_begun();
	EXPECT(read(going[0], &byte, 1) == 1);
	EXPECT(mailbox_try(session, key) != CKR_OK);
}

static void
go_on(void)
{
	CK_SESSION_HANDLE session = logged_in();
	CK_OBJECT_HANDLE key = application_key(session);
	char byte;

	say_begun();
	EXPECT(read(going[0], &byte, 1) == 1);
	EXPECT_RV(mailbox_try(session, key), CKR_OK);
}

static bool
has_group_worker(void)
{
	return strstr(stage_status(), " mail\n");
}

TEST(membership_of_who_is_struck_off_ends_with_what_runs)
{
	pid_t signing, staying;

	prepare();
	EXPECT(pipe(begun) == 0 && pipe(going) == 0);
	signing = start_as(MAILBOX_OTHER, sign_until_it_ends);
	staying = start_as(MAILBOX_MEMBER, go_on);
	mailbox_configure("64002");
	mailbox_expect_good_end(signing);
	EXPECT(write(going[1], "+", 1) == 1);
	mailbox_expect_good_end(staying);
	mailbox_as(MAILBOX_OTHER, mailbox_see_none);
}

/* Nobody asks the keeper for anything that would have it look. */
TEST(membership_of_who_is_struck_off_ends_where_nobody_asks)
{
	pid_t idle;

	prepare();
	EXPECT(pipe(begun) == 0 && pipe(going) == 0);
	idle = start_as(MAILBOX_OTHER, do_nothing_and_be_ended);
	EXPECT(has_group_worker());
	mailbox_configure("64002");
	EXPECT(WITHIN(10000, !has_group_worker()));
	EXPECT(write(going[1], "+", 1) == 1);
	mailbox_expect_good_end(idle);
}

static void
configure_no_group(void)
{
	char fresh[4096];
	FILE *file;

	snprintf(fresh, sizeof(fresh), "%s", stage_path("new.conf"));
	file = fopen(fresh, "w");
	EXPECT(file != NULL);
	fputs("kdf-memory = 1\npin-tries = 3\n[group other]\nmembers = 0\n",
		file);
	EXPECT(fclose(file) == 0);
	EXPECT(rename(fresh, stage_path("privyseal.conf")) == 0);
}

TEST(membership_ends_for_all_with_the_group_and_begins_with_it)
{
	pid_t root;

	prepare();
	EXPECT(pipe(begun) == 0 && pipe(going) == 0);
	root = start_as(0, sign_until_it_ends);
	configure_no_group();
	mailbox_expect_good_end(root);
	mailbox_as(MAILBOX_MEMBER, mailbox_see_none);
	mailbox_as(0, mailbox_see_none);
	mailbox_configure("64002");
	mailbox_as(MAILBOX_MEMBER, mailbox_sign);
	mailbox_as(MAILBOX_OTHER, mailbox_see_none);
}

/* What the keeper and its processes say from now on. */
static void
keep_log(void)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/keeper.log", test_folder());
	EXPECT(freopen(path, "a", stderr) != NULL);
}

static unsigned
count_in_log(const char *words)
{
	char path[4096], line[1024];
	unsigned count = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/keeper.log", test_folder());
	file = fopen(path, "r");
	EXPECT(file != NULL);
	while (fgets(line, sizeof(line), file))
		count += strstr(line, words) != NULL;
	fclose(file);
	return count;
}

TEST(membership_is_looked_up_again_at_a_reload)
{
	static const char words[] = "no user \"nobody-of-this-name\"";
	unsigned count;

	keep_log();
	prepare();
	mailbox_configure("64002 nobody-of-this-name");
	mailbox_as(MAILBOX_MEMBER, mailbox_sign);
	EXPECT(WITHIN(10000, !has_group_worker()));
	count = count_in_log(words);
	EXPECT(count > 0);
	EXPECT(kill(mailbox_keeper(), SIGHUP) == 0);
	EXPECT(WITHIN(10000, count_in_log(words) > count));
	mailbox_as(MAILBOX_MEMBER, mailbox_sign);
}

TEST(membership_stays_where_the_list_cannot_be_read)
{
	pid_t staying;

	keep_log();
	prepare();
	EXPECT(pipe(begun) == 0 && pipe(going) == 0);
	staying = start_as(MAILBOX_OTHER, go_on);
	EXPECT(chmod(stage_path("privyseal.conf"), 0666) == 0);
	EXPECT(WITHIN(10000, count_in_log("those of before count") > 0));
	EXPECT(write(going[1], "+", 1) == 1);
	mailbox_expect_good_end(staying);
	mailbox_as(MAILBOX_OTHER, mailbox_sign);
	mailbox_configure("64002");
	mailbox_as(MAILBOX_OTHER, mailbox_see_none);
}

static const char *
own_path(const char *name)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/%s", test_folder(), name);
	return path;
}

static void
put_own(const char *name, const char *text)
{
	FILE *file = fopen(own_path(name), "w");

	EXPECT(file != NULL);
	fputs(text, file);
	EXPECT(fclose(file) == 0);
}

/* To us and the keeper /etc/group is a file of ours. */
static void
hide_groups(const char *text)
{
	if (geteuid() != 0)
		test_skip("only root can be several users");
	if (unshare(CLONE_NEWNS) < 0 ||
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		test_skip("no name space for mounts can be had here");
	put_own("group", text);
	EXPECT(mkfifo(own_path("hung"), 0644) == 0);
	EXPECT(mount(own_path("group"), "/etc/group", NULL, MS_BIND, NULL) ==
		0);
}

TEST(membership_by_a_group_of_the_systems_follows_that)
{
	hide_groups("root:x:0:\npals:x:7000:64002,64004\n");
	prepare();
	mailbox_configure("@pals");
	mailbox_as(MAILBOX_OTHER, mailbox_sign);
	put_own("group", "root:x:0:\npals:x:7000:64002\n");
	mailbox_as(MAILBOX_OTHER, mailbox_see_none);
	mailbox_as(MAILBOX_MEMBER, mailbox_sign);
	put_own("group", "root:x:0:\npals:x:7000:64002,64004\n");
	mailbox_as(MAILBOX_OTHER, mailbox_sign);
}

/* So that no clock's steps can hide a change of it. */
static bool
has_settled(const char *path)
{
	struct timespec now;
	struct stat status;

	EXPECT(stat(path, &status) == 0);
	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec > status.st_ctim.tv_sec + 1;
}

/* Whoever opens it waits for a writer. */
static void
let_groups_hang(void)
{
	EXPECT(mount(own_path("hung"), "/etc/group", NULL, MS_BIND, NULL) == 0);
}

TEST(membership_stays_while_the_list_hangs_and_nobody_waits_for_it)
{
	keep_log();
	hide_groups("root:x:0:\npals:x:7000:64002,64004\n");
	prepare();
	mailbox_configure("@pals");
	EXPECT(WITHIN(10000, has_settled(stage_path("privyseal.conf"))));
	mailbox_as(MAILBOX_OTHER, mailbox_sign);
	let_groups_hang();
	mailbox_as(MAILBOX_OTHER, mailbox_sign);
	EXPECT(strstr(stage_status(), "version "));
	EXPECT(WITHIN(30000, count_in_log("those of before count") > 0));
	mailbox_as(MAILBOX_OTHER, mailbox_sign);
	EXPECT(umount2("/etc/group", MNT_DETACH) == 0);
	put_own("group", "root:x:0:\npals:x:7000:64002\n");
	mailbox_as(MAILBOX_OTHER, mailbox_see_none);
	mailbox_as(MAILBOX_MEMBER, mailbox_sign);
}
