/* SPDX-License-Identifier: BSD-2-Clause */
/* What the audit log costs: two keepers in one run, one with it and one
 * without, asked in turn. */

#include "config.h"

#include "bench/clock.h"
#include "bench/contender.h"
#include "bench/median.h"

#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Many, so that what the listener does milliseconds later is in it too. */
enum { SLICE = 500, ROUNDS_MOST = 1001 };

static const struct kind kinds[] = {
	{ "RSA-2048", 2048, CKM_RSA_PKCS, 51 },
	{ "P-256", 0, CKM_ECDSA, 32 },
};

/* A process with a keeper of its own, which signs a slice for each byte that it
 * is sent, and answers with the seconds of one signature. */
struct side {
	int ask, answer;
	pid_t process;
};

static EVP_PKEY *
key_make(const struct kind *kind)
{
	return kind->bits ? EVP_RSA_gen((unsigned)kind->bits)
			  : EVP_EC_gen("P-256");
}

static void
serve(const char *module, const struct kind *kind, const char *home,
	const char *configuration, int ask, int answer)
{
	struct contender *contender;
	char path[4096], byte;
	double start, each;
	FILE *file;
	int i;

	snprintf(path, sizeof(path), "%s/privyseal.conf", home);
	file = mkdir(home, 0700) == 0 ? fopen(path, "w") : NULL;
	if (!file || fputs(configuration, file) < 0 || fclose(file) != 0)
		_exit(1);
	setenv("PRIVYSEAL_HOME", home, 1);
	contender = contender_module(module, kind, key_make(kind));
	while (read(ask, &byte, 1) == 1) {
		start = clock_now();
		for (i = 0; i < SLICE; i++)
			contender_sign(contender);
		each = (clock_now() - start) / SLICE;
		if (write(answer, &each, sizeof(each)) != sizeof(each))
			_exit(1);
	}
	contender_free(contender);
	_exit(0);
}

static struct side
side_start(const char *module, const struct kind *kind, const char *home,
	const char *configuration)
{
	struct side side;
	int ask[2], answer[2];

	if (pipe(ask) < 0 || pipe(answer) < 0)
		exit(1);
	side = (struct side){ ask[1], answer[0], fork() };
	if (side.process == 0) {
		close(ask[1]);
		serve(module, kind, home, configuration, ask[0], answer[1]);
	}
	close(ask[0]);
	close(answer[1]);
	return side;
}

static double
side_measure(const struct side *side)
{
	double each;

	if (write(side->ask, "s", 1) != 1 ||
		read(side->answer, &each, sizeof(each)) != sizeof(each)) {
		fputs("a side has ended\n", stderr);
		exit(1);
	}
	return each;
}

static void
side_end(const struct side *side)
{
	close(side->answer);
	waitpid(side->process, NULL, 0);
}

/* Neighbours in time are compared, so that others on the machine count little.
 */
static void
kind_run(const struct kind *kind, const char *module, const char *folder,
	int rounds)
{
	static double with[ROUNDS_MOST], without[ROUNDS_MOST],
		ratio[ROUNDS_MOST];
	struct side on, off;
	char home[4096];
	int i;

	snprintf(home, sizeof(home), "%s/%s-on", folder, kind->name);
	on = side_start(module, kind, home, "kdf-memory = 1\naudit = yes\n");
	snprintf(home, sizeof(home), "%s/%s-off", folder, kind->name);
	off = side_start(module, kind, home, "kdf-memory = 1\naudit = no\n");
	side_measure(&on);
	side_measure(&off);
	for (i = 0; i < rounds; i++) {
		if (i % 2)
			without[i] = side_measure(&off);
		with[i] = side_measure(&on);
		if (i % 2 == 0)
			without[i] = side_measure(&off);
		ratio[i] = with[i] / without[i];
	}
	printf("%s\twith %.1f us\twithout %.1f us\tratio %.3f\n", kind->name,
		median(with, rounds) * 1e6, median(without, rounds) * 1e6,
		median(ratio, rounds));
	fflush(stdout);
	/* Both, since the second has the first one's end too. */
	close(on.ask);
	close(off.ask);
	side_end(&on);
	side_end(&off);
}

/* With "pinned" all runs on one processor: then the listener's share is in the
 * time as well. */
int
main(int count, char **arguments)
{
	int rounds = count > 3 ? atoi(arguments[3]) : 101;
	cpu_set_t one;
	size_t i;

	if (count < 3 || rounds < 1 || rounds > ROUNDS_MOST) {
		fputs("bench/audit MODULE FOLDER [ROUNDS [pinned]]\n", stderr);
		return 2;
	}
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	if (count > 4 && sched_setaffinity(0, sizeof(one), &one) < 0)
		return 1;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		kind_run(&kinds[i], arguments[1], arguments[2], rounds);
	return 0;
}
