/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that runs short at a moment that a test chooses. */

#include "config.h"

#include "tests/crash/scarce.h"

#include "tests/test.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/crypto.h>

enum { USUAL_RUNS = 50, TIME_LIMIT = 3600, CHILD_LIMIT = 60 };

static const char *const names[SCARCE_SOURCES] = { "ours", "libcrypto",
	"SQLite", "mappings" };

/* The one that fails, counted from 1 among those of its source; 0: none. */
static _Atomic unsigned long asked[SCARCE_SOURCES];
static unsigned long failing;
static enum scarce_source failing_source;

bool
scarce_refuses(enum scarce_source source)
{
	unsigned long number = atomic_fetch_add(&asked[source], 1) + 1;

	if (failing == 0 || source != failing_source || number != failing)
		return false;
	errno = ENOMEM;
	return true;
}

bool
scarce_has_failed(void)
{
	return failing && asked[failing_source] >= failing;
}

bool
scarce_was_of(enum scarce_source source)
{
	return failing && failing_source == source;
}

/* The linker gives these names to what calls malloc and what it called. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *at, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t length);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *at, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t length);

void *
__wrap_malloc(size_t size)
{
	return scarce_refuses(SCARCE_OURS) ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return scarce_refuses(SCARCE_OURS) ? NULL : __real_calloc(count, size);
}

void *
__wrap_realloc(void *at, size_t size)
{
	return scarce_refuses(SCARCE_OURS) ? NULL : __real_realloc(at, size);
}

char *
__wrap_strdup(const char *text)
{
	return scarce_refuses(SCARCE_OURS) ? NULL : __real_strdup(text);
}

char *
__wrap_strndup(const char *text, size_t length)
{
	return scarce_refuses(SCARCE_OURS) ? NULL
					   : __real_strndup(text, length);
}

static void *
crypto_malloc(size_t size, const char *file, int line)
{
	return size && !scarce_refuses(SCARCE_LIBCRYPTO) ? __real_malloc(size)
							 : NULL;
}

static void *
crypto_realloc(void *at, size_t size, const char *file, int line)
{
	return scarce_refuses(SCARCE_LIBCRYPTO) ? NULL
						: __real_realloc(at, size);
}

static void
crypto_free(void *at, const char *file, int line)
{
	free(at);
}

__attribute__((constructor)) static void
take_libcrypto(void)
{
	CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free);
}

static void
begin(enum scarce_source source, unsigned long number)
{
	int i;

	for (i = 0; i < SCARCE_SOURCES; i++)
		asked[i] = 0;
	failing = number;
	failing_source = source;
}

/* Leaks are looked for when a child ends by exit(). Where its own memory runs
 * short, libcrypto has some: seen in OpenSSL 3.0.19, the only one looked at, on
 * the way out of EVP_MD_fetch when a name cannot be added. */
static void
run_in_child(
	void (*work)(void), enum scarce_source source, unsigned long number)
{
	pid_t child = fork();
	int status;

	EXPECT(child >= 0);
	if (child == 0) {
		alarm(CHILD_LIMIT);
		begin(source, number);
		work();
		failing = 0;
		if (source == SCARCE_LIBCRYPTO)
			_exit(0);
		exit(0);
	}
	EXPECT(waitpid(child, &status, 0) == child);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		test_fail(__FILE__, __LINE__,
			"allocation %lu of %s failing: status 0x%x", number,
			names[source], status);
}

static void
count_in_child(void (*work)(void), unsigned long numbers[SCARCE_SOURCES])
{
	int ends[2], status, i;
	pid_t child;

	EXPECT(pipe(ends) == 0 && (child = fork()) >= 0);
	if (child == 0) {
		begin(SCARCE_OURS, 0);
		work();
		for (i = 0; i < SCARCE_SOURCES; i++)
			numbers[i] = asked[i];
		_exit(write(ends[1], numbers,
			      SCARCE_SOURCES * sizeof(*numbers)) < 0);
	}
	EXPECT(waitpid(child, &status, 0) == child && status == 0);
	EXPECT(read(ends[0], numbers, SCARCE_SOURCES * sizeof(*numbers)) ==
		SCARCE_SOURCES * sizeof(*numbers));
	close(ends[0]);
	close(ends[1]);
}

static void
run_all(void (*work)(void), void (*check)(void), enum scarce_source source,
	unsigned long all)
{
	const char *wish = getenv("SCARCE_RUNS");
	unsigned long most = wish ? strtoul(wish, NULL, 10) : USUAL_RUNS;
	unsigned long number, runs = 0, stride = (all + most - 1) / most;

	for (number = 1; number <= all; number += stride, runs++) {
		run_in_child(work, source, number);
		if (check)
			run_in_child(check, SCARCE_OURS, 0);
	}
	printf("# %lu allocations of %s, %lu of them failed in turn\n", all,
		names[source], runs);
	/* A child that exits would print it again. */
	fflush(stdout);
}

void
scarce_run(void (*work)(void), void (*check)(void))
{
	unsigned long numbers[SCARCE_SOURCES] = { 0 };
	int i;

	alarm(TIME_LIMIT);
	count_in_child(work, numbers);
	EXPECT(numbers[SCARCE_OURS] > 0);
	/* Programs without SQLite ask none for it. */
	for (i = 0; i < SCARCE_SOURCES; i++)
		if (numbers[i] > 0)
			run_all(work, check, i, numbers[i]);
}
