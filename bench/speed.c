/* SPDX-License-Identifier: BSD-2-Clause */
/* Signatures in a second: raw OpenSSL, SoftHSM2 in this process and Privy Seal
 * through its keeper, in turns within one run, so that a machine that changes
 * its pace changes it for all. Writes rows for the table and the plot. */

#include "config.h"

#include "bench/clock.h"
#include "bench/contender.h"
#include "bench/median.h"

#include <dirent.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CONTENDERS = 3, ROUNDS_MAX = 101, SLICE_MILLISECONDS = 60 };

static const char *const names[CONTENDERS] = { "openssl", "softhsm2",
	"privyseal" };

static const struct kind kinds[] = {
	{ "RSA-4096", 4096, CKM_RSA_PKCS, 51 },
	{ "RSA-2048", 2048, CKM_RSA_PKCS, 51 },
	{ "P-256", 0, CKM_ECDSA, 32 },
};

/* One turn: signs for a slice of time; gives signatures a second. */
static double
slice(struct contender *contender)
{
	double begin = clock_now(), end;
	unsigned count = 0;

	do {
		contender_sign(contender);
		count++;
		end = clock_now();
	} while (end - begin < SLICE_MILLISECONDS / 1e3);
	return count / (end - begin);
}

/* Does the process with this entry of /proc belong to the bench's keeper? */
static bool
is_of_keeper(const char *entry)
{
	const char *home = getenv("PRIVYSEAL_HOME");
	char path[300], text[8192];
	size_t length, i;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/environ", entry);
	file = fopen(path, "re");
	if (!file || !home || atoi(entry) == getpid()) {
		if (file)
			fclose(file);
		return false;
	}
	length = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[length] = '\0';
	for (i = 0; i < length; i += strlen(text + i) + 1)
		if (strncmp(text + i, "PRIVYSEAL_HOME=", 15) == 0)
			return strcmp(text + i + 15, home) == 0;
	return false;
}

static void
threads_pin(const char *entry, const cpu_set_t *processors)
{
	char path[300];
	struct dirent *thread;
	DIR *threads;

	snprintf(path, sizeof(path), "/proc/%s/task", entry);
	threads = opendir(path);
	while (threads && (thread = readdir(threads)))
		if (atoi(thread->d_name) > 0)
			sched_setaffinity(atoi(thread->d_name),
				sizeof(*processors), processors);
	if (threads)
		closedir(threads);
}

/* This process and the keeper's share one processor. */
static void
all_pin(void)
{
	struct dirent *entry;
	cpu_set_t processors;
	DIR *list = opendir("/proc");

	CPU_ZERO(&processors);
	CPU_SET(0, &processors);
	sched_setaffinity(0, sizeof(processors), &processors);
	while (list && (entry = readdir(list)))
		if (atoi(entry->d_name) > 0 && is_of_keeper(entry->d_name))
			threads_pin(entry->d_name, &processors);
	if (list)
		closedir(list);
}

static void
kind_run(const struct kind *kind, const char *const *modules, int rounds,
	bool is_pinned)
{
	struct contender *contenders[CONTENDERS];
	double rates[CONTENDERS][ROUNDS_MAX], ratios[CONTENDERS][ROUNDS_MAX];
	EVP_PKEY *key = kind->bits
		? EVP_RSA_gen((unsigned)kind->bits)
		: EVP_EC_gen("P-256");
	int i, round;

	contenders[0] = contender_raw(kind, key);
	for (i = 1; i < CONTENDERS; i++)
		contenders[i] = contender_module(modules[i - 1], kind, key);
	if (is_pinned)
		all_pin();
	for (i = 0; i < CONTENDERS; i++)
		slice(contenders[i]);
	for (round = 0; round < rounds; round++) {
		for (i = 0; i < CONTENDERS; i++) {
			rates[i][round] = slice(contenders[i]);
			ratios[i][round] = rates[i][round] / rates[0][round];
		}
	}
	for (i = 0; i < CONTENDERS; i++) {
		printf("%s\t%s\t%s\t%.0f\t%.3f\n", kind->name,
			is_pinned ? "one core" : "free", names[i],
			median(rates[i], rounds), median(ratios[i], rounds));
		contender_free(contenders[i]);
	}
	fflush(stdout);
	EVP_PKEY_free(key);
}

int
main(int count, char **arguments)
{
	const char *const modules[] = { count > 1 ? arguments[1] : "",
		count > 2 ? arguments[2] : "" };
	int rounds = count > 3 ? atoi(arguments[3]) : 21;
	bool is_pinned = count > 4 && strcmp(arguments[4], "pinned") == 0;
	size_t i;

	if (count < 3 || rounds < 1 || rounds > ROUNDS_MAX) {
		fprintf(stderr, "speed SOFTHSM2 PRIVYSEAL [ROUNDS [pinned]]\n");
		return 2;
	}
	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		kind_run(&kinds[i], modules, rounds, is_pinned);
	return 0;
}
