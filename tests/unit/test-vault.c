/* SPDX-License-Identifier: BSD-2-Clause */
/* What the memory for secrets promises. */

#include "config.h"

#include "tests/test.h"
#include "token/crypto-memory.h"
#include "token/crypto-seal.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MEBIBYTE = 1 << 20 };

/* The signal that ends a child who does this; 0: none. */
static int
signal_of(void (*deed)(unsigned char *), unsigned char *at)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		signal(SIGSEGV, SIG_DFL);
		signal(SIGBUS, SIG_DFL);
		signal(SIGABRT, SIG_DFL);
		deed(at);
		_exit(0);
	}
	EXPECT(waitpid(child, &status, 0) == child);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void
touch(unsigned char *at)
{
	*(volatile unsigned char *)at = 1;
}

static void
give(unsigned char *at)
{
	vault_give(at);
}

static bool
is_zero(const unsigned char *at, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		if (at[i])
			return false;
	return true;
}

TEST(memory_comes_zeroed_and_aligned_and_is_wiped_when_given_back)
{
	unsigned char *first, *second;
	size_t length;

	EXPECT(vault_open(16 * MEBIBYTE, NULL));
	EXPECT(vault_take(0) == NULL);
	for (length = 1; length < 40000; length += 1 + length / 7) {
		first = vault_take(length);
		second = vault_take(length);
		EXPECT(first && second && is_zero(first, length));
		EXPECT((uintptr_t)first % 16 == 0);
		EXPECT(second >= first + length || first >= second + length);
		memset(first, 0xa5, length);
		memset(second, 0xa5, length);
		vault_give(first);
		/* Only pages of their own are gone; the free list's link is
		 * all that may be there. */
		if (length > sizeof(void *) && length <= 32768)
			EXPECT(is_zero(first + sizeof(void *),
				length - sizeof(void *)));
		vault_give(second);
	}
}

TEST(resizing_keeps_what_was_there)
{
	unsigned char *at, *smaller;
	size_t length, i;

	EXPECT(vault_open(16 * MEBIBYTE, NULL));
	at = vault_resize(NULL, 1);
	at[0] = 7;
	for (length = 2; length < 3 * MEBIBYTE; length = length * 3 / 2 + 1) {
		at = vault_resize(at, length);
		EXPECT(at != NULL && at[0] == 7);
		at[length - 1] = 7;
	}
	for (i = length; i > 1; i = i * 2 / 3) {
		smaller = vault_resize(at, i);
		EXPECT(smaller != NULL && smaller[0] == 7);
		at = smaller;
	}
	EXPECT(vault_resize(at, 64 * MEBIBYTE) == NULL && at[0] == 7);
	EXPECT(vault_resize(at, 0) == NULL);
}

TEST(full_vault_refuses_and_goes_on_once_something_came_back)
{
	static void *taken[4096];
	unsigned count = 0, i;
	void *large;

	EXPECT(vault_open(MEBIBYTE, NULL));
	large = vault_take(MEBIBYTE / 4);
	EXPECT(large != NULL);
	EXPECT(vault_take(MEBIBYTE) == NULL);
	EXPECT(vault_take((size_t)-1) == NULL);
	EXPECT(vault_take((size_t)-1 / 2) == NULL);
	while (count < 4096 && (taken[count] = vault_take(1000)))
		count++;
	EXPECT(count > 500 && count < 4096);
	EXPECT(vault_take(1000) == NULL);
	EXPECT(vault_take(200000) == NULL);
	vault_give(taken[--count]);
	taken[count] = vault_take(1000);
	EXPECT(taken[count] != NULL);
	for (i = 0; i <= count; i++)
		vault_give(taken[i]);
	vault_give(large);
	large = vault_take(1000);
	EXPECT(large != NULL);
	vault_give(large);
}

/* The tags of the mapping at this address. */
static const char *
tags_at(const void *at)
{
	static char line[512];
	uintptr_t from = 1, to = 0;
	FILE *file = fopen("/proc/self/smaps", "r");
	bool is_it = false;

	EXPECT(file != NULL);
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			is_it = from <= (uintptr_t)at && (uintptr_t)at < to;
		if (is_it && strncmp(line, "VmFlags:", 8) == 0)
			break;
	}
	fclose(file);
	return line;
}

static void
expect_closed(unsigned char *at)
{
	EXPECT(strstr(tags_at(at), " dd") != NULL); /* not in a dump */
	EXPECT(strstr(tags_at(at), " wf") != NULL); /* not in a child */
	/* Not on a disk; sanitizers make mlock do nothing. */
	EXPECT(SANITIZED || strstr(tags_at(at), " lo") != NULL);
}

TEST(pages_are_locked_undumped_and_empty_in_a_child)
{
	unsigned char *small, *large;
	int status;

	EXPECT(vault_open(MEBIBYTE * 4, NULL));
	small = vault_take(40);
	large = vault_take(50000);
	expect_closed(small);
	expect_closed(large);
	small[0] = large[0] = 1;
	if (fork() == 0)
		_exit(small[0] || large[0]);
	EXPECT(wait(&status) > 0);
	EXPECT_NUMBER(status, 0);
}

TEST(guards_are_around_the_range_and_around_each_larger_piece)
{
	unsigned char *small, *large;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	EXPECT(vault_open(MEBIBYTE, NULL));
	small = vault_take(40);
	small -= (uintptr_t)small % 16384;
	EXPECT_NUMBER(signal_of(touch, small - 1), SIGSEGV);
	EXPECT_NUMBER(signal_of(touch, small + MEBIBYTE), SIGSEGV);
	large = vault_take(10 * page - 64);
	EXPECT_NUMBER(signal_of(touch, large), 0);
	EXPECT_NUMBER(signal_of(touch, large - 65), SIGSEGV);
	EXPECT_NUMBER(signal_of(touch, large + 10 * page - 64), SIGSEGV);
}

TEST(giving_what_was_not_taken_ends_the_process)
{
	static unsigned char other[64];
	unsigned char *at;

	EXPECT(vault_open(MEBIBYTE, NULL));
	at = vault_take(100);
	EXPECT_NUMBER(signal_of(give, other + 1), SIGABRT);
	EXPECT_NUMBER(signal_of(give, at + 16), SIGABRT);
	EXPECT_NUMBER(signal_of(give, at + MEBIBYTE / 2), SIGABRT);
	EXPECT_NUMBER(signal_of(give, at), 0);
}

static unsigned told;

static void
tell(const struct vault_state *state)
{
	EXPECT(state->locked < state->opened);
	told++;
}

TEST(small_limit_for_locked_memory_is_told_once_and_nothing_is_refused)
{
	const struct rlimit limit = { 192 << 10, 192 << 10 };
	struct vault_state state;
	unsigned i;

	EXPECT(setrlimit(RLIMIT_MEMLOCK, &limit) == 0);
	/* Root has no limit. */
	if (geteuid() == 0)
		EXPECT(setresuid(65534, 65534, 65534) == 0);
	EXPECT(vault_open(8 * MEBIBYTE, tell));
	EXPECT(vault_take(10) != NULL);
	EXPECT_NUMBER(told, 0);
	for (i = 0; i < 1000; i++)
		EXPECT(vault_take(1000) != NULL);
	EXPECT(vault_take(100000) != NULL);
	EXPECT(SANITIZED || told == 1);
	vault_look(&state);
	/* What is allowed is used. */
	EXPECT(SANITIZED || state.locked == 192 << 10);
}

enum { THREADS = 8, SLOTS = 64, ROUNDS = 20000 };

/* Blocks that pass from thread to thread. */
static struct {
	pthread_mutex_t lock;
	unsigned char *at;
	size_t length;
} slots[SLOTS];

static void
exchange(unsigned which, unsigned char mark, size_t length)
{
	unsigned char *fresh = vault_take(length), *old;
	size_t old_length;

	EXPECT(fresh != NULL && is_zero(fresh, length));
	memset(fresh, mark, length);
	pthread_mutex_lock(&slots[which].lock);
	old = slots[which].at;
	old_length = slots[which].length;
	slots[which].at = fresh;
	slots[which].length = length;
	pthread_mutex_unlock(&slots[which].lock);
	if (!old)
		return;
	mark = old[0];
	old = vault_resize(old, old_length * 2);
	EXPECT(old[0] == mark && old[old_length - 1] == mark);
	vault_give(old);
}

static void *
exchange_often(void *argument)
{
	unsigned seed = *(unsigned *)argument, i;
	size_t length;

	for (i = 0; i < ROUNDS; i++) {
		length = 1 + (size_t)rand_r(&seed) % 700;
		if (i % 500 == 0)
			length = 40000;
		exchange((unsigned)rand_r(&seed) % SLOTS,
			(unsigned char)(1 + i % 255), length);
	}
	return NULL;
}

/* Several generations, whose threads keep blocks and end. */
TEST(threads_pass_blocks_and_those_that_end_give_theirs_back)
{
	unsigned numbers[THREADS], i, round;
	struct vault_state first = { 0 }, last;
	pthread_t threads[THREADS];

	EXPECT(vault_open(64 * MEBIBYTE, NULL));
	for (i = 0; i < SLOTS; i++)
		pthread_mutex_init(&slots[i].lock, NULL);
	for (round = 0; round < 6; round++) {
		for (i = 0; i < THREADS; i++) {
			numbers[i] = round * THREADS + i + 1;
			EXPECT(pthread_create(&threads[i], NULL, exchange_often,
				       &numbers[i]) == 0);
		}
		for (i = 0; i < THREADS; i++)
			EXPECT(pthread_join(threads[i], NULL) == 0);
		vault_look(&last);
		if (round == 1)
			first = last;
	}
	EXPECT(last.opened <= first.opened + MEBIBYTE / 2);
}

TEST(crypto_library_lives_in_the_vault_and_refuses_when_it_is_full)
{
	struct span span = { "a", 1 };
	unsigned char digest[DIGEST_SIZE];
	struct secret seed = { 0 };
	struct signer *signer;
	struct vault_state state;
	unsigned count;
	static void *taken[70000];

	EXPECT(crypto_memory_begin(4 * MEBIBYTE, NULL));
	EXPECT(secret_copy(&seed, "0123456789abcdef0123456789abcdef", 32));
	EXPECT(strstr(tags_at(seed.at), " dd") != NULL);
	EXPECT(seal_digest(&span, 1, digest));
	signer = signer_new(&seed);
	EXPECT(signer != NULL);
	signer_free(signer);
	vault_look(&state);
	EXPECT(state.opened >= 65536 && state.opened == state.locked);
	for (count = 0; count < 70000; count++)
		if (!(taken[count] = vault_take(16 + count % 64 * 16)) &&
			count % 64 == 0)
			break;
	EXPECT(signer_new(&seed) == NULL);
	EXPECT(!seal_digest(&span, 1, digest));
	while (count > 0)
		vault_give(taken[--count]);
	EXPECT(seal_digest(&span, 1, digest));
	signer = signer_new(&seed);
	EXPECT(signer != NULL);
	signer_free(signer);
	secret_clear(&seed);
}
