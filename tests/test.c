/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs each test in a child, and reports in the Test Anything Protocol. */

#include "config.h"

#include "tests/test.h"

#include "pkcs11/name.h"

#include <dirent.h>
#include <fnmatch.h>
#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a child's exit status means. */
enum { PASSED = 0, FAILED = 1, SKIPPED = 77 };

/* Seconds after which a test that hangs is ended. */
enum { TEST_LIMIT = 180 };

const struct test_exception *(*test_exception)(const char *claim);

/* Why the test failed or was skipped: its process tells ours. */
enum { REASON = 256 };
static char *reason;

static int exceptions;
static struct test *first, **last = &first;
static char folder[64];

void
test_add(struct test *test)
{
	*last = test;
	last = &test->next;
}

/* The first is the reason. */
static void
tell(const char *format, va_list arguments)
{
	if (reason && !*reason)
		vsnprintf(reason, REASON, format, arguments);
}

static void __attribute__((format(printf, 1, 2)))
tell_short(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	tell(format, arguments);
	va_end(arguments);
}

void
test_fail(const char *file, int line, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	tell(format, arguments);
	va_end(arguments);
	printf("# %s:%d: ", file, line);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
	exit(FAILED);
}

void
test_number(const char *file, int line, const char *what,
	unsigned long long actual, unsigned long long expected)
{
	if (actual == expected)
		return;
	tell_short("%llu", actual);
	test_fail(file, line, "%s is %llu, not %llu", what, actual, expected);
}

void
test_rv(const char *file, int line, const char *what, unsigned long actual,
	unsigned long expected)
{
	if (actual == expected)
		return;
	tell_short("%s", rv_name(actual));
	test_fail(file, line, "%s is %s (0x%lx), not %s", what, rv_name(actual),
		actual, rv_name(expected));
}

static void
print_bytes(const char *name, const unsigned char *at, size_t length)
{
	size_t i;

	printf("#   %s (%zu):", name, length);
	for (i = 0; i < length && i < 256; i++)
		printf(" %02x", at[i]);
	printf("\n");
}

void
test_bytes(const char *file, int line, const char *what, const void *actual,
	size_t actual_length, const void *expected, size_t expected_length)
{
	if (actual_length == expected_length &&
		(expected_length == 0 ||
			memcmp(actual, expected, expected_length) == 0))
		return;
	print_bytes("seen", actual, actual_length);
	print_bytes("expected", expected, expected_length);
	tell_short("other bytes");
	test_fail(file, line, "%s has other bytes", what);
}

void
test_text(const char *file, int line, const char *what, const char *actual,
	const char *expected)
{
	if (strcmp(actual, expected) == 0)
		return;
	tell_short("%s", actual);
	test_fail(
		file, line, "%s is \"%s\", not \"%s\"", what, actual, expected);
}

void
test_skip(const char *why)
{
	if (reason)
		snprintf(reason, REASON, "%s", why);
	exit(SKIPPED);
}

const char *
test_folder(void)
{
	return folder;
}

/* In a list, so that what finds leaks sees that it is not lost. */
struct memory {
	struct memory *next;
	max_align_t at[];
};

void *
test_memory(size_t length)
{
	static struct memory *all;
	struct memory *memory = calloc(1, sizeof(*memory) + length);

	EXPECT(memory != NULL);
	memory->next = all;
	all = memory;
	return memory->at;
}

const unsigned char *
test_hex(const char *digits, size_t *length)
{
	unsigned char *bytes = test_memory(strlen(digits) / 2 + 1);
	size_t count = 0;

	for (; *digits; digits++) {
		if (strchr(" \n\t:", *digits))
			continue;
		sscanf(digits++, "%2hhx", &bytes[count++]);
	}
	*length = count;
	return bytes;
}

static int
remove_entry(
	const char *path, const struct stat *status, int type, struct FTW *at)
{
	return remove(path);
}

/* The parent's number in the text of /proc/NUMBER/stat, behind the name, which
 * may have anything in it. */
static pid_t
parent_in(const char *text)
{
	const char *at = strrchr(text, ')');
	int parent = 0;

	return at && sscanf(at, ") %*c %d", &parent) == 1 ? parent : 0;
}

static bool
is_our_child(const char *number)
{
	char path[300], text[512];
	size_t length = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/stat", number);
	file = fopen(path, "re");
	if (file) {
		length = fread(text, 1, sizeof(text) - 1, file);
		fclose(file);
	}
	text[length] = '\0';
	return parent_in(text) == getpid();
}

/* What a test has started and left is ours once the test has ended, and ends
 * before its folder goes: a keeper would write into it again. */
static void
end_orphans(void)
{
	struct dirent *entry;
	DIR *processes;

	do {
		processes = opendir("/proc");
		while (processes && (entry = readdir(processes)))
			if (atoi(entry->d_name) > 0 &&
				is_our_child(entry->d_name))
				kill(atoi(entry->d_name), SIGKILL);
		if (processes)
			closedir(processes);
	} while (waitpid(-1, NULL, 0) > 0);
}

/* The child tells by its status; the folder is the parent's to remove. */
static int
run(struct test *test)
{
	int status;
	pid_t child;

	snprintf(folder, sizeof(folder), "/tmp/privyseal-test.XXXXXX");
	if (!mkdtemp(folder))
		return FAILED;
	fflush(stdout);
	*reason = '\0';
	child = fork();
	if (child == 0) {
		alarm(TEST_LIMIT);
		test->run();
		exit(PASSED);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		status = FAILED << 8;
	end_orphans();
	nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		tell_short("no end");
	if (WIFSIGNALED(status))
		printf("# ended by signal %d\n", WTERMSIG(status));
	return WIFEXITED(status) ? WEXITSTATUS(status) : FAILED;
}

static bool
is_wanted(const struct test *test, int count, char **names)
{
	int i;

	for (i = 1; i < count; i++)
		if (strcmp(names[i], test->name) == 0)
			return true;
	return count < 2;
}

/* Without a reason where it was ended, or a sanitizer ended it. */
static bool
failed_as(const char *expected)
{
	const char *seen = *reason ? reason : "a crash", *whole = expected;
	char one[REASON];
	size_t length;

	for (;; expected += length + 1) {
		length = strcspn(expected, "|");
		snprintf(one, sizeof(one), "%.*s", (int)length, expected);
		if (fnmatch(one, seen, 0) == 0)
			return true;
		if (!expected[length])
			break;
	}
	printf("# it failed as %s, and is to as %s\n", seen, whole);
	return false;
}

/* What counts: a claim with an exception has to fail, and as it says. */
static int
judge(const struct test *test, int result)
{
	const struct test_exception *exception =
		test_exception ? test_exception(test->name) : NULL;

	if (!exception || result == SKIPPED)
		return result;
	exceptions++;
	printf("# exception: %s\n", exception->instead);
	if (result == FAILED)
		return failed_as(exception->failure) ? PASSED : FAILED;
	printf("# it holds, so the exception has to go\n");
	return FAILED;
}

int
main(int count, char **names)
{
	struct test *test;
	int number = 0, failed = 0, result;

	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	reason = mmap(NULL, REASON, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (reason == MAP_FAILED)
		return FAILED;
	for (test = first; test; test = test->next) {
		if (!is_wanted(test, count, names))
			continue;
		result = judge(test, run(test));
		failed += result != PASSED && result != SKIPPED;
		printf("%sok %d - %s%s%s\n",
			result == PASSED || result == SKIPPED ? "" : "not ",
			++number, test->name,
			result == SKIPPED ? " # SKIP " : "",
			result == SKIPPED ? reason : "");
	}
	if (test_exception)
		printf("# %d exceptions\n", exceptions);
	printf("1..%d\n", number);
	return failed || number == 0;
}
