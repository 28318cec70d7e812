/* SPDX-License-Identifier: BSD-2-Clause */
/* Whatever is done to an audit log is found, and what a crash leaves is not
 * taken for it. */

#include "config.h"

#include "keeper/audit-files.h"
#include "keeper/audit-verify.h"
#include "keeper/audit.h"
#include "pkcs11/code.h"
#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static struct audit_settings settings;
static struct secret code;

static const char *
path(const char *name)
{
	static char paths[4][256];
	static unsigned next;
	char *result = paths[next++ % 4];

	snprintf(result, sizeof(paths[0]), "%s/%s", test_folder(), name);
	return result;
}

static struct audit *
start(void)
{
	struct audit *audit;

	settings.folder = test_folder();
	if (!settings.file_size)
		settings.file_size = 1 << 20;
	if (!settings.files_kept)
		settings.files_kept = 100;
	if (!settings.anchor_lines)
		settings.anchor_lines = 1000;
	audit = audit_open(&settings);
	EXPECT(audit);
	return audit;
}

static void
add(struct audit *audit, unsigned count)
{
	const struct audit_author author = { 1000, 4711, "mail",
		"/usr/bin/mail" };
	struct audit_record record = { .event = AUDIT_SIGN,
		.has_mechanism = true,
		.mechanism = CKM_RSA_PKCS,
		.key = { .handle = 7, .class = CKO_PRIVATE_KEY } };
	unsigned i;

	for (i = 0; i < count; i++) {
		EXPECT(audit_has_room(audit));
		snprintf(record.key.label, sizeof(record.key.label), "Key %u",
			i);
		audit_add(audit, &record, &author);
		EXPECT(audit_flush(audit));
	}
}

/* Lines 1 (begin), 2 (code), 3 to 12, and 13 (stop), all under the code. */
static void
fresh_log(void)
{
	struct audit *audit = start();

	EXPECT(audit_new_code(audit, &code));
	add(audit, 10);
	audit_close(audit);
}

static char *
read_file(const char *name, size_t *length)
{
	int file = open(name, O_RDONLY);
	struct stat status;
	char *at;

	EXPECT(file >= 0 && fstat(file, &status) == 0);
	*length = (size_t)status.st_size;
	at = test_memory(*length + 1);
	EXPECT(read(file, at, *length) == status.st_size);
	close(file);
	return at;
}

static void
write_file(const char *name, const char *at, size_t length)
{
	int file = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	EXPECT(file >= 0 && write(file, at, length) == (ssize_t)length);
	close(file);
}

/* The lines of audit.log, ends included. */
struct lines {
	char *at[256];
	size_t length[256], count;
};

static struct lines
read_lines(void)
{
	struct lines lines = { .count = 0 };
	size_t length;
	char *at = read_file(path("audit.log"), &length), *end;

	for (; length > 0; at = end + 1) {
		end = memchr(at, '\n', length);
		EXPECT(end);
		lines.at[lines.count] = at;
		lines.length[lines.count++] = (size_t)(end + 1 - at);
		length -= (size_t)(end + 1 - at);
	}
	return lines;
}

static void
write_lines(const struct lines *lines)
{
	FILE *file = fopen(path("audit.log"), "w");
	size_t i;

	EXPECT(file);
	for (i = 0; i < lines->count; i++)
		EXPECT(fwrite(lines->at[i], 1, lines->length[i], file) ==
			lines->length[i]);
	EXPECT(fclose(file) == 0);
}

/* What a verification found: the first of it, and the sum. */
static struct found {
	struct audit_place first;
	struct audit_summary sum;
	unsigned long count;
} found;

static void
hear(void *context, const struct audit_place *place)
{
	if (found.count++ == 0)
		found.first = *place;
}

static void
verify_with(const struct secret *with, const char *anchors)
{
	struct audit_verifier *verifier = audit_verifier_new(hear, NULL);
	struct audit_files files = { 0 };
	size_t i, length;
	char *at;

	found = (struct found){ .count = 0 };
	EXPECT(verifier && audit_files_find(test_folder(), &files));
	if (with)
		EXPECT(audit_verifier_code(verifier, with));
	if (anchors) {
		at = read_file(anchors, &length);
		EXPECT(audit_verifier_anchors(verifier, at, length));
	}
	for (i = 0; i < files.count; i++) {
		at = read_file(files.paths[i], &length);
		audit_verifier_file(verifier, files.paths[i], at, length);
	}
	audit_verifier_end(verifier, &found.sum);
	EXPECT_NUMBER(found.count, found.sum.findings);
	audit_files_clear(&files);
	audit_verifier_free(verifier);
}

static void
expect_finding(enum audit_finding finding, uint64_t number)
{
	verify_with(&code, NULL);
	EXPECT(found.count > 0);
	EXPECT_NUMBER(found.first.finding, finding);
	EXPECT_NUMBER(found.first.number, number);
}

static void
expect_sound(void)
{
	verify_with(&code, NULL);
	EXPECT_NUMBER(found.count, 0);
	EXPECT(found.sum.is_sealed_to_end);
}

TEST(an_untouched_log_is_sound_to_its_last_line)
{
	fresh_log();
	expect_sound();
	EXPECT_NUMBER(found.sum.lines, 13);
	EXPECT_NUMBER(found.sum.first, 1);
	EXPECT_NUMBER(found.sum.last, 13);
	EXPECT_NUMBER(found.sum.sealed, 11);
	EXPECT_NUMBER(found.sum.sealed_first, 3);
}

TEST(without_the_code_a_log_is_consistent_and_no_more)
{
	fresh_log();
	verify_with(NULL, NULL);
	EXPECT_NUMBER(found.count, 0);
	EXPECT_NUMBER(found.sum.sealed, 0);
	EXPECT(!found.sum.is_sealed_to_end);
}

TEST(edited_lines_are_found_whichever_and_wherever)
{
	struct lines lines;
	size_t i, j;

	fresh_log();
	lines = read_lines();
	for (i = 0; i < lines.count; i++)
		for (j = 0; j + 1 < lines.length[i]; j += 3) {
			lines.at[i][j] ^= 1;
			write_lines(&lines);
			verify_with(&code, NULL);
			/* The first two have MACs that the code is not for. */
			if (i >= 2 || j + 65 < lines.length[i])
				EXPECT(found.count > 0);
			if (found.count)
				EXPECT_NUMBER(found.first.line, i + 1);
			lines.at[i][j] ^= 1;
		}
}

TEST(edited_lines_are_found_without_the_code_too)
{
	struct lines lines;

	fresh_log();
	lines = read_lines();
	lines.at[5][40] ^= 1;
	write_lines(&lines);
	verify_with(NULL, NULL);
	EXPECT_NUMBER(found.first.finding, AUDIT_CHANGED);
	EXPECT_NUMBER(found.first.number, 6);
}

TEST(removed_lines_are_found)
{
	struct lines lines;
	size_t i;

	fresh_log();
	lines = read_lines();
	for (i = 5; i + 1 < lines.count; i++) {
		lines.at[i] = lines.at[i + 1];
		lines.length[i] = lines.length[i + 1];
	}
	lines.count--;
	write_lines(&lines);
	expect_finding(AUDIT_MISSING, 7);
	EXPECT_NUMBER(found.first.first, 6);
	EXPECT_NUMBER(found.first.line, 6);
}

TEST(lines_removed_from_the_beginning_are_found)
{
	struct lines lines;

	fresh_log();
	lines = read_lines();
	lines.count -= 4;
	memmove(lines.at, lines.at + 4,
		sizeof(lines.at) - 4 * sizeof(*lines.at));
	memmove(lines.length, lines.length + 4,
		sizeof(lines.length) - 4 * sizeof(*lines.length));
	write_lines(&lines);
	expect_finding(AUDIT_MISSING, 5);
	verify_with(NULL, NULL);
	EXPECT_NUMBER(found.first.finding, AUDIT_MISSING);
}

static void
swap(struct lines *lines, size_t one, size_t other)
{
	char *at = lines->at[one];
	size_t length = lines->length[one];

	lines->at[one] = lines->at[other];
	lines->length[one] = lines->length[other];
	lines->at[other] = at;
	lines->length[other] = length;
}

TEST(reordered_lines_are_found)
{
	struct lines lines;

	fresh_log();
	lines = read_lines();
	swap(&lines, 5, 8);
	write_lines(&lines);
	expect_finding(AUDIT_MISSING, 9);
}

TEST(repeated_lines_are_found)
{
	struct lines lines;

	fresh_log();
	lines = read_lines();
	lines.at[lines.count] = lines.at[4];
	lines.length[lines.count++] = lines.length[4];
	write_lines(&lines);
	expect_finding(AUDIT_MISPLACED, 5);
	EXPECT_NUMBER(found.first.line, 14);
}

TEST(inserted_lines_are_found)
{
	struct lines lines;
	char *made = test_memory(512);

	fresh_log();
	lines = read_lines();
	memmove(lines.at + 7, lines.at + 6, 100 * sizeof(*lines.at));
	memmove(lines.length + 7, lines.length + 6,
		100 * sizeof(*lines.length));
	lines.count++;
	snprintf(made, 512, "a line by hand\n");
	lines.at[6] = made;
	lines.length[6] = strlen(made);
	write_lines(&lines);
	expect_finding(AUDIT_MALFORMED, 0);
	EXPECT_NUMBER(found.first.line, 7);
}

TEST(a_line_that_was_cut_at_the_end_is_found)
{
	struct lines lines;

	fresh_log();
	lines = read_lines();
	lines.length[lines.count - 1] -= 20;
	write_lines(&lines);
	verify_with(&code, NULL);
	EXPECT_NUMBER(found.first.finding, AUDIT_MALFORMED);
	EXPECT_NUMBER(found.first.line, 13);
}

/* The state file as a thief gets it: what he can make with its key. */
static struct audit_state
steal_state(void)
{
	struct audit_state_file file;
	struct audit_state state = { 0 };

	EXPECT(audit_state_open(&file, path("audit.state")));
	EXPECT_NUMBER(audit_state_read(&file, &state), AUDIT_STATE_FOUND);
	audit_state_close(&file);
	return state;
}

/* Makes the lines from this one on anew, with the key for the first of them;
 * the text is what it was, but for one letter of the first. */
static void
forge(struct lines *lines, size_t from, struct secret *key)
{
	unsigned char chain[DIGEST_SIZE], mac[DIGEST_SIZE];
	struct audit_line line, last;
	struct audit_text text;
	char *copy;
	size_t i;

	EXPECT(audit_line_take(
		lines->at[from - 1], lines->length[from - 1] - 1, &last));
	memcpy(chain, last.chain, sizeof(chain));
	for (i = from; i < lines->count; i++) {
		EXPECT(audit_line_take(
			lines->at[i], lines->length[i] - 1, &line));
		memcpy(text.at, line.text, line.text_length);
		text.length = line.text_length;
		if (i == from)
			text.at[text.length - 1] ^= 1;
		EXPECT(audit_chain_digest(chain, text.at, text.length, chain));
		EXPECT(audit_chain_mac(key, chain, mac));
		EXPECT(audit_chain_advance(key));
		audit_text_end(&text, chain, mac);
		copy = test_memory(text.length);
		memcpy(copy, text.at, text.length);
		lines->at[i] = copy;
		lines->length[i] = text.length;
	}
	write_lines(lines);
}

TEST(a_forger_with_the_stolen_key_cannot_rewrite_earlier_lines)
{
	struct audit_state stolen;
	struct lines lines;

	fresh_log();
	stolen = steal_state();
	lines = read_lines();
	forge(&lines, 6, &stolen.key);
	expect_finding(AUDIT_FORGED, 7);
	EXPECT_NUMBER(found.first.line, 7);
	audit_state_clear(&stolen);
}

/* What is not promised: from the theft on he can write what he likes. */
TEST(a_forger_with_the_stolen_key_can_forge_what_comes_after)
{
	struct audit_state stolen;
	struct audit *audit;
	struct lines lines;

	fresh_log();
	stolen = steal_state();
	audit = start();
	add(audit, 5);
	audit_close(audit);
	lines = read_lines();
	forge(&lines, 13, &stolen.key);
	expect_sound();
	audit_state_clear(&stolen);
}

/* Who has no key at all is found by everyone who has the code, and by an anchor
 * without it. */
TEST(a_log_that_was_made_anew_throughout_is_found)
{
	struct secret key = { 0 };
	struct lines lines;

	settings.has_anchor_file = true;
	fresh_log();
	EXPECT(secret_init(&key, AUDIT_KEY_SIZE));
	lines = read_lines();
	forge(&lines, 3, &key);
	expect_finding(AUDIT_FORGED, 4);
	verify_with(NULL, NULL);
	EXPECT_NUMBER(found.count, 0);
	verify_with(NULL, path("audit.anchors"));
	EXPECT_NUMBER(found.first.finding, AUDIT_UNANCHORED);
	secret_clear(&key);
}

TEST(a_cut_tail_is_found_back_to_the_last_anchor)
{
	struct lines lines;

	settings.has_anchor_file = true;
	fresh_log();
	verify_with(&code, path("audit.anchors"));
	EXPECT_NUMBER(found.count, 0);
	EXPECT_NUMBER(found.sum.anchored, 13);
	lines = read_lines();
	lines.count -= 3;
	write_lines(&lines);
	/* The cut log is sound in itself. */
	expect_sound();
	verify_with(&code, path("audit.anchors"));
	EXPECT_NUMBER(found.first.finding, AUDIT_CUT);
	EXPECT_NUMBER(found.first.first, 11);
	verify_with(NULL, path("audit.anchors"));
	EXPECT_NUMBER(found.first.finding, AUDIT_CUT);
}

TEST(a_keeper_that_goes_on_after_a_cut_tail_says_so)
{
	struct audit *audit;
	struct lines lines;

	fresh_log();
	lines = read_lines();
	lines.count -= 3;
	write_lines(&lines);
	audit = start();
	add(audit, 3);
	audit_close(audit);
	expect_finding(AUDIT_MISSING, 14);
	EXPECT_NUMBER(found.first.first, 11);
	EXPECT(!found.first.is_explained);
	lines = read_lines();
	EXPECT(memmem(lines.at[10], lines.length[10], " earlier=missing ", 17));
}

TEST(a_keeper_that_goes_on_after_an_edited_line_says_so)
{
	struct audit *audit;
	struct lines lines;

	fresh_log();
	lines = read_lines();
	lines.at[12][lines.length[12] - 70] ^= 1;
	write_lines(&lines);
	audit = start();
	audit_close(audit);
	lines = read_lines();
	EXPECT(memmem(lines.at[13], lines.length[13], " earlier=altered ", 17));
}

TEST(a_log_that_was_begun_anew_is_found)
{
	struct audit *audit;

	fresh_log();
	EXPECT(unlink(path("audit.state")) == 0);
	audit = start();
	add(audit, 2);
	audit_close(audit);
	expect_finding(AUDIT_BEGUN, 14);
}

TEST(a_log_that_was_replaced_whole_is_found)
{
	struct audit *audit;

	settings.has_anchor_file = true;
	fresh_log();
	EXPECT(rename(path("audit.anchors"), path("kept")) == 0);
	EXPECT(unlink(path("audit.state")) == 0);
	EXPECT(unlink(path("audit.log")) == 0);
	audit = start();
	add(audit, 20);
	audit_close(audit);
	expect_finding(AUDIT_REPLACED, 22);
	verify_with(NULL, path("kept"));
	EXPECT_NUMBER(found.first.finding, AUDIT_REPLACED);
}

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
	const struct audit_author author = { 1000, 4711, "mail",
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
	const struct audit_author author = { 1000, 4711, "mail",
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
