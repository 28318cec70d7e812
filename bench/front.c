/* SPDX-License-Identifier: BSD-2-Clause */
/* What it costs to have a vendor's module fronted: RSA-2048 signatures of
 * SoftHSM2 in this process, through Privy Seal, and through p11-kit's server
 * and client, with the same token and key, in turns within one run. */

#include "config.h"

#include "bench/clock.h"
#include "bench/contender.h"
#include "bench/median.h"

#include <openssl/rsa.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	CONTENDERS = 3,
	ROUNDS_MAX = 101,
	SLICE_MILLISECONDS = 250,
	THREADS_MAX = 8,
};

static const char *const names[CONTENDERS] = { "softhsm2", "privyseal",
	"p11-kit" };
static const unsigned threads_tried[] = { 1, 2, 8 };
static const struct kind kind = { "RSA-2048", 2048, CKM_RSA_PKCS, 51 };

/* One thread: what signs in it, until when, and how often it did. */
struct signer {
	struct contender *contender;
	double until;
	unsigned count;
	pthread_t thread;
};

static void *
work(void *argument)
{
	struct signer *signer = argument;

	for (signer->count = 0; clock_now() < signer->until; signer->count++)
		contender_sign(signer->contender);
	return NULL;
}

/* One turn: so many threads sign for a slice of time; gives signatures a
 * second. */
static double
slice(struct signer *signers, unsigned threads)
{
	double begin = clock_now();
	unsigned i, count = 0;

	for (i = 0; i < threads; i++) {
		signers[i].until = begin + SLICE_MILLISECONDS / 1e3;
		if (pthread_create(
			    &signers[i].thread, NULL, work, &signers[i]) != 0) {
			fprintf(stderr, "bench: no thread\n");
			exit(1);
		}
	}
	for (i = 0; i < threads; i++) {
		pthread_join(signers[i].thread, NULL);
		count += signers[i].count;
	}
	return count / (clock_now() - begin);
}

static void
compare(struct signer signers[][THREADS_MAX], int contenders, unsigned threads,
	int rounds)
{
	double rates[CONTENDERS][ROUNDS_MAX], ratios[CONTENDERS][ROUNDS_MAX];
	int i, round;

	for (i = 0; i < contenders; i++)
		slice(signers[i], threads);
	for (round = 0; round < rounds; round++) {
		for (i = 0; i < contenders; i++) {
			rates[i][round] = slice(signers[i], threads);
			ratios[i][round] = rates[i][round] / rates[0][round];
		}
	}
	for (i = 0; i < contenders; i++)
		printf("RSA-2048 of SoftHSM2\t%u thread%s\t%s\t%.0f\t%.3f\n",
			threads, threads == 1 ? "" : "s", names[i],
			median(rates[i], rounds), median(ratios[i], rounds));
	fflush(stdout);
}

int
main(int count, char **arguments)
{
	static struct signer signers[CONTENDERS][THREADS_MAX];
	int rounds = count > 1 ? atoi(arguments[1]) : 0;
	int contenders = count - 2, i;
	struct contender *maker;
	EVP_PKEY *key;
	size_t t;

	if (rounds < 1 || rounds > ROUNDS_MAX || contenders < 2 ||
		contenders > CONTENDERS) {
		fprintf(stderr, "front ROUNDS SOFTHSM2 PRIVYSEAL [P11-KIT]\n");
		return 2;
	}
	key = EVP_RSA_gen((unsigned)kind.bits);
	maker = contender_module(arguments[2], &kind, key);
	EVP_PKEY_free(key);
	for (i = 0; i < contenders; i++)
		for (t = 0; t < THREADS_MAX; t++)
			signers[i][t].contender =
				contender_found(arguments[2 + i], &kind);
	for (t = 0; t < sizeof(threads_tried) / sizeof(*threads_tried); t++)
		compare(signers, contenders, threads_tried[t], rounds);
	for (i = 0; i < contenders; i++)
		for (t = 0; t < THREADS_MAX; t++)
			contender_free(signers[i][t].contender);
	contender_free(maker);
	return 0;
}
