/* SPDX-License-Identifier: BSD-2-Clause */
/* What an audit log promises who writes it: nothing is lost, and what a crash
 * leaves is not taken for harm. */

#include "config.h"

#include "keeper/audit-chain.h"
#include "keeper/audit-files.h"
#include "tests/test.h"
#include "tests/unit/audit-kit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

TEST(a_log_goes_on_over_many_keepers)
{
	struct audit *audit;
	int i;

	fresh_log();
	for (i = 0; i < 10; i++) {
		audit = start();
		add(audit, 3);
		audit_close(audit);
	}
	expect_sound();
	EXPECT_NUMBER(found.sum.last, 13 + 10 * 5);
}

TEST(a_new_code_counts_from_its_line_on_and_the_old_one_up_to_it)
{
	struct secret old;
	struct audit *audit;

	fresh_log();
	old = code;
	code = (struct secret){ 0 };
	audit = start();
	EXPECT(audit_new_code(audit, &code));
	add(audit, 3);
	audit_close(audit);
	expect_sound();
	EXPECT_NUMBER(found.sum.sealed_first, 16);
	verify_with(&old, NULL);
	EXPECT_NUMBER(found.count, 0);
	EXPECT_NUMBER(found.sum.sealed, 13);
	EXPECT(!found.sum.is_sealed_to_end);
	secret_clear(&old);
}

/* Kills a keeper in the middle of its work. */
static void
kill_while_writing(unsigned delay)
{
	int ready[2];
	char byte;
	pid_t child;

	EXPECT(pipe(ready) == 0);
	child = fork();
	if (child == 0) {
		struct audit *audit = start();

		(void)!write(ready[1], "r", 1);
		for (;;)
			add(audit, 7);
	}
	close(ready[1]);
	EXPECT(read(ready[0], &byte, 1) == 1);
	close(ready[0]);
	usleep(delay);
	kill(child, SIGKILL);
	EXPECT(waitpid(child, NULL, 0) == child);
}

TEST(a_killed_keeper_leaves_a_log_that_is_sound)
{
	struct audit *audit;
	unsigned i;

	settings.file_size = 200000;
	fresh_log();
	for (i = 0; i < 40; i++)
		kill_while_writing(i * 731 % 9000);
	audit = start();
	add(audit, 3);
	audit_close(audit);
	expect_sound();
}

/* Ends it where a chance hit would be rare: after the lines, before the state.
 */
TEST(lines_that_the_state_does_not_know_are_taken_up)
{
	struct audit *audit;
	struct lines lines;
	size_t length;
	char *state;

	fresh_log();
	audit = start();
	add(audit, 1);
	state = read_file(path("audit.state"), &length);
	add(audit, 4);
	audit_close(audit);
	lines = read_lines();
	/* The last one is not whole. */
	lines.length[lines.count - 1] -= 30;
	write_lines(&lines);
	write_file(path("audit.state"), state, length);
	audit = start();
	audit_close(audit);
	expect_sound();
	lines = read_lines();
	EXPECT_NUMBER(found.sum.last, 21);
	EXPECT(memmem(lines.at[19], lines.length[19], " end=killed ", 12));
	EXPECT(memmem(lines.at[19], lines.length[19], " recovered=4 ", 13));
	EXPECT(memmem(lines.at[19], lines.length[19], " cut=", 5));
}

TEST(lines_that_somebody_added_while_no_keeper_ran_are_found)
{
	static const char line[] = "14 2026-01-01T00:00:00.000Z what=sign\n";
	struct audit *audit;
	FILE *file;

	fresh_log();
	file = fopen(path("audit.log"), "a");
	EXPECT(file && fputs(line, file) >= 0 && fputs("and", file) >= 0);
	fclose(file);
	audit = start();
	add(audit, 1);
	audit_close(audit);
	expect_finding(AUDIT_MALFORMED, 0);
	EXPECT_NUMBER(found.first.line, 14);
	EXPECT(found.sum.is_sealed_to_end);
}

TEST(full_files_are_put_aside_and_the_whole_stays_sound)
{
	struct audit_files files = { 0 };
	struct audit *audit;

	settings.file_size = 4000;
	fresh_log();
	audit = start();
	add(audit, 100);
	audit_close(audit);
	EXPECT(audit_files_find(test_folder(), &files));
	EXPECT(files.aside > 5);
	EXPECT_NUMBER(files.count, files.aside + 1);
	expect_sound();
	EXPECT_NUMBER(found.sum.first, 1);
	/* One of them away is found. */
	EXPECT(unlink(files.paths[3]) == 0);
	verify_with(&code, NULL);
	EXPECT_NUMBER(found.first.finding, AUDIT_MISSING);
	audit_files_clear(&files);
}

TEST(old_files_go_and_the_rest_stays_verifiable_by_the_code)
{
	struct audit_files files = { 0 };
	struct audit *audit;

	settings.file_size = 4000;
	settings.files_kept = 3;
	fresh_log();
	audit = start();
	add(audit, 100);
	audit_close(audit);
	EXPECT(audit_files_find(test_folder(), &files));
	EXPECT_NUMBER(files.aside, 3);
	expect_sound();
	EXPECT(found.sum.first > 50);
	EXPECT_NUMBER(found.sum.sealed, found.sum.lines);
	/* One more than that is too many. */
	EXPECT(unlink(files.paths[0]) == 0);
	verify_with(&code, NULL);
	EXPECT_NUMBER(found.first.finding, AUDIT_MISSING);
	audit_files_clear(&files);
}

TEST(a_keeper_killed_while_it_puts_a_file_aside_leaves_no_trace_of_harm)
{
	struct audit *audit;
	char aside[300];

	fresh_log();
	snprintf(aside, sizeof(aside), "%s.1", path("audit.log"));
	EXPECT(rename(path("audit.log"), aside) == 0);
	audit = start();
	add(audit, 2);
	audit_close(audit);
	expect_sound();
}

TEST(a_log_that_is_moved_away_while_it_is_written_goes_on_in_its_place)
{
	struct audit *audit = start();
	struct lines lines;

	EXPECT(audit_new_code(audit, &code));
	add(audit, 3);
	EXPECT(rename(path("audit.log"), path("stolen")) == 0);
	add(audit, 2);
	EXPECT(truncate(path("audit.log"), 100) == 0);
	add(audit, 2);
	audit_close(audit);
	lines = read_lines();
	EXPECT(lines.count >= 4);
	verify_with(&code, NULL);
	EXPECT(found.count > 0);
	EXPECT(found.sum.is_sealed_to_end);
}

TEST(the_state_holds_no_key_that_was_used)
{
	struct secret key = { 0 };
	struct audit *audit;
	size_t length;
	char *state;
	int i;

	fresh_log();
	audit = start();
	EXPECT(audit_chain_key(&code, &key));
	/* Keys of the lines 3 to 14. */
	state = read_file(path("audit.state"), &length);
	for (i = 0; i < 12; i++) {
		EXPECT(!memmem(state, length, key.at, key.length));
		EXPECT(audit_chain_advance(&key));
	}
	EXPECT(memmem(state, length, key.at, key.length));
	audit_close(audit);
	secret_clear(&key);
}

TEST(only_the_owner_can_read_log_and_state)
{
	struct stat status;

	umask(0);
	settings.has_anchor_file = true;
	fresh_log();
	EXPECT(stat(path("audit.log"), &status) == 0);
	EXPECT_NUMBER(status.st_mode & 07777, 0600);
	EXPECT(stat(path("audit.state"), &status) == 0);
	EXPECT_NUMBER(status.st_mode & 07777, 0600);
	EXPECT(stat(path("audit.anchors"), &status) == 0);
	EXPECT_NUMBER(status.st_mode & 07777, 0600);
}

/* A limit on a file's size is a full disk that one can switch off. */
TEST(a_full_disk_loses_no_line)
{
	const struct audit_author author = { 1000, 4711, "", "mail",
		"/usr/bin/mail" };
	const struct audit_record record = { .event = AUDIT_SIGN };
	struct audit *audit = start();
	struct rlimit limit = { 5000, RLIM_INFINITY };
	bool was_full = false;
	int i;

	EXPECT(audit_new_code(audit, &code));
	signal(SIGXFSZ, SIG_IGN);
	EXPECT(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	for (i = 0; i < 100; i++) {
		EXPECT(audit_has_room(audit));
		audit_add(audit, &record, &author);
		was_full |= !audit_flush(audit);
	}
	EXPECT(was_full);
	limit.rlim_cur = RLIM_INFINITY;
	EXPECT(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	EXPECT(audit_flush(audit));
	audit_close(audit);
	expect_sound();
	EXPECT_NUMBER(found.sum.last, 103);
}

TEST(there_is_an_end_to_the_lines_that_wait_for_a_full_disk)
{
	const struct audit_author author = { 1000, 4711, "", "mail",
		"/usr/bin/mail" };
	const struct audit_record record = { .event = AUDIT_SIGN };
	struct audit *audit = start();
	struct rlimit limit = { 5000, RLIM_INFINITY };
	unsigned count = 0;

	EXPECT(audit_new_code(audit, &code));
	signal(SIGXFSZ, SIG_IGN);
	EXPECT(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	for (; audit_has_room(audit); count++) {
		audit_add(audit, &record, &author);
		audit_flush(audit);
		EXPECT(count < 10000);
	}
	limit.rlim_cur = RLIM_INFINITY;
	EXPECT(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	EXPECT(audit_flush(audit));
	EXPECT(audit_has_room(audit));
	audit_close(audit);
	expect_sound();
	EXPECT_NUMBER(found.sum.last, count + 3);
}

TEST(the_system_log_gets_an_anchor_at_the_beginning_the_end_and_in_between)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char packet[512];
	ssize_t got;
	int log = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0), file;
	unsigned count = 0;

	settings.system_log = path("log");
	settings.anchor_lines = 4;
	strcpy(address.sun_path, settings.system_log);
	EXPECT(bind(log, (struct sockaddr *)&address, sizeof(address)) == 0);
	fresh_log();
	file = open(path("journal"), O_WRONLY | O_CREAT | O_APPEND, 0600);
	while ((got = recv(log, packet, sizeof(packet), 0)) > 0) {
		EXPECT(memcmp(packet, "<85>", 4) == 0);
		EXPECT(write(file, packet, (size_t)got) == got);
		EXPECT(write(file, "\n", 1) == 1);
		count++;
	}
	EXPECT_NUMBER(count, 5);
	verify_with(&code, path("journal"));
	EXPECT_NUMBER(found.count, 0);
	EXPECT_NUMBER(found.sum.anchors, 5);
	EXPECT_NUMBER(found.sum.anchored, 13);
	close(file);
	close(log);
}

TEST(a_system_log_that_hangs_holds_nobody_up)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int log = socket(AF_UNIX, SOCK_DGRAM, 0);

	settings.system_log = path("log");
	settings.anchor_lines = 1;
	strcpy(address.sun_path, settings.system_log);
	EXPECT(bind(log, (struct sockaddr *)&address, sizeof(address)) == 0);
	fresh_log();
	add(start(), 50);
	close(log);
}

/* As when somebody removed the first one's socket. */
TEST(two_keepers_write_one_log_in_turn)
{
	struct audit *one, *other;
	struct lines lines;
	unsigned i;

	settings.file_size = 3000;
	fresh_log();
	one = start();
	other = start();
	for (i = 0; i < 20; i++) {
		add(one, i % 3);
		add(other, i % 4);
	}
	audit_close(one);
	add(other, 2);
	audit_close(other);
	expect_sound();
	lines = read_lines();
	EXPECT(!memmem(lines.at[0],
		(size_t)(lines.at[lines.count - 1] - lines.at[0]),
		"what=resume", 11));
}

TEST(a_state_that_is_removed_while_it_is_used_is_made_again)
{
	struct audit *audit = start();

	EXPECT(audit_new_code(audit, &code));
	add(audit, 2);
	EXPECT(unlink(path("audit.state")) == 0);
	add(audit, 2);
	EXPECT(truncate(path("audit.state"), 0) == 0);
	add(audit, 2);
	audit_close(audit);
	audit = start();
	audit_close(audit);
	expect_sound();
}

TEST(what_is_done_to_a_log_while_it_is_written_is_said_in_it)
{
	struct audit *audit = start();
	struct lines lines;

	add(audit, 5);
	lines = read_lines();
	lines.at[lines.count - 1][lines.length[lines.count - 1] - 80] ^= 1;
	write_lines(&lines);
	add(audit, 1);
	lines = read_lines();
	EXPECT(memmem(lines.at[6], lines.length[6], " earlier=altered ", 17));
	lines.count -= 3;
	write_lines(&lines);
	add(audit, 1);
	lines = read_lines();
	EXPECT(memmem(lines.at[5], lines.length[5], " earlier=missing ", 17));
	EXPECT(unlink(path("audit.log")) == 0);
	add(audit, 1);
	lines = read_lines();
	EXPECT(memmem(lines.at[0], lines.length[0], " earlier=moved ", 15));
	audit_close(audit);
}
