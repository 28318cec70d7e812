/* SPDX-License-Identifier: BSD-2-Clause */
/* What the token's own layer costs: operations against the library's raw
 * signatures, in turns, in processor time; and what a second thread brings. */

#include "config.h"

#include "bench/clock.h"
#include "bench/median.h"

#include "token/key.h"
#include "token/operation.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>

enum {
	ROUNDS = 40,
	TIMES = 5,
	INPUT_MAX = 64,
	OUTPUT_MAX = 1024,
	THREADS = 2,
};
static const double round_seconds = 0.02;

/* One kind of key and signature. */
static const struct contest {
	const char *name;
	const char *algorithm, *curve;
	size_t bits;
	CK_MECHANISM_TYPE generation, mechanism;
	const char *params;
	CK_ULONG params_length;
	CK_ULONG input;
} contests[] = {
	{ "RSA-2048", "RSA", NULL, 2048, CKM_RSA_PKCS_KEY_PAIR_GEN,
		CKM_RSA_PKCS, NULL, 0, 51 },
	{ "RSA-4096", "RSA", NULL, 4096, CKM_RSA_PKCS_KEY_PAIR_GEN,
		CKM_RSA_PKCS, NULL, 0, 51 },
	{ "P-256", "EC", "P-256", 0, CKM_EC_KEY_PAIR_GEN, CKM_ECDSA,
		"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", 10, 32 },
	{ "P-384", "EC", "P-384", 0, CKM_EC_KEY_PAIR_GEN, CKM_ECDSA,
		"\x06\x05\x2b\x81\x04\x00\x22", 7, 48 },
	{ "Ed25519", "ED25519", NULL, 0, CKM_EC_EDWARDS_KEY_PAIR_GEN, CKM_EDDSA,
		"\x06\x03\x2b\x65\x70", 5, 32 },
};

static const unsigned char input[INPUT_MAX] = { 1, 2, 3 };

static void
must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "%s failed\n", what);
	exit(1);
}

/* The library alone: a key and a context for all signatures. */
struct raw {
	EVP_PKEY *pair;
	EVP_PKEY_CTX *context;
	EVP_MD_CTX *digest;
};

static void
raw_open(const struct contest *contest, struct raw *raw)
{
	if (contest->bits)
		raw->pair = EVP_PKEY_Q_keygen(
			NULL, NULL, contest->algorithm, contest->bits);
	else if (contest->curve)
		raw->pair = EVP_PKEY_Q_keygen(
			NULL, NULL, contest->algorithm, contest->curve);
	else
		raw->pair = EVP_PKEY_Q_keygen(NULL, NULL, contest->algorithm);
	must(raw->pair != NULL, "generation");
	/* EdDSA has no signatures over digests. */
	if (contest->mechanism == CKM_EDDSA) {
		raw->digest = EVP_MD_CTX_new();
		must(EVP_DigestSignInit(
			     raw->digest, NULL, NULL, NULL, raw->pair) == 1,
			"EdDSA");
		return;
	}
	raw->context = EVP_PKEY_CTX_new(raw->pair, NULL);
	must(EVP_PKEY_sign_init(raw->context) == 1, "a context");
}

static void
raw_sign(const struct contest *contest, struct raw *raw)
{
	unsigned char out[OUTPUT_MAX];
	size_t length = sizeof(out);

	must((raw->digest ? EVP_DigestSign(raw->digest, out, &length, input,
				    contest->input)
			  : EVP_PKEY_sign(raw->context, out, &length, input,
				    contest->input)) == 1,
		"a raw signature");
}

static void
raw_close(struct raw *raw)
{
	EVP_MD_CTX_free(raw->digest);
	EVP_PKEY_CTX_free(raw->context);
	EVP_PKEY_free(raw->pair);
}

static struct key *
key_make(const struct contest *contest)
{
	const CK_MECHANISM mechanism = { contest->generation, NULL, 0 };
	CK_ULONG bits = contest->bits;
	const CK_ATTRIBUTE wanted = contest->bits
		? (CK_ATTRIBUTE){ CKA_MODULUS_BITS, &bits, sizeof(bits) }
		: (CK_ATTRIBUTE){ CKA_EC_PARAMS,
			  (void *)(size_t)contest->params,
			  contest->params_length };
	CK_ATTRIBUTE attributes[KEY_PARTS_MAX];
	struct key_parts public_parts, private_parts;
	struct key *key;
	size_t i;

	must(key_generate_pair(&mechanism, &wanted, 1, &public_parts,
		     &private_parts) == CKR_OK,
		"generation");
	for (i = 0; i < private_parts.count; i++)
		attributes[i] = (CK_ATTRIBUTE){ private_parts.at[i].type,
			private_parts.at[i].value.at,
			private_parts.at[i].value.length };
	must(key_new(attributes, private_parts.count, true, &key) == CKR_OK,
		"a key");
	key_parts_clear(&public_parts);
	key_parts_clear(&private_parts);
	return key;
}

static void
operation_sign(const struct contest *contest, struct key *key)
{
	const CK_MECHANISM mechanism = { contest->mechanism, NULL, 0 };
	struct operation *operation;
	unsigned char out[OUTPUT_MAX];
	CK_ULONG length = sizeof(out);

	must(operation_new(&mechanism, CKF_SIGN, key, &operation) == CKR_OK &&
			operation_once(operation, input, contest->input, out,
				&length) == CKR_OK,
		"an operation");
	operation_free(operation);
}

/* Seconds of this thread's processor time for one signature. */
static double
raw_measure(const struct contest *contest, struct raw *raw)
{
	double begin = clock_used(), used;
	unsigned count = 0;

	do {
		raw_sign(contest, raw);
		count++;
		used = clock_used() - begin;
	} while (used < round_seconds || count < TIMES);
	return used / count;
}

static double
operation_measure(const struct contest *contest, struct key *key)
{
	double begin = clock_used(), used;
	unsigned count = 0;

	do {
		operation_sign(contest, key);
		count++;
		used = clock_used() - begin;
	} while (used < round_seconds || count < TIMES);
	return used / count;
}

/* A second thread: how many times as many signatures in the same time. */
struct worker {
	const struct contest *contest;
	struct key *key;
	double until;
	unsigned count;
	pthread_t thread;
};

static void *
work(void *argument)
{
	struct worker *worker = argument;

	for (; clock_now() < worker->until; worker->count++)
		operation_sign(worker->contest, worker->key);
	return NULL;
}

static double
rate(const struct contest *contest, struct key *key, unsigned threads)
{
	struct worker workers[THREADS];
	double begin = clock_now();
	unsigned i, count = 0;

	for (i = 0; i < threads; i++) {
		workers[i] = (struct worker){ contest, key,
			begin + 10 * round_seconds, 0, 0 };
		must(pthread_create(
			     &workers[i].thread, NULL, work, &workers[i]) == 0,
			"a thread");
	}
	for (i = 0; i < threads; i++) {
		pthread_join(workers[i].thread, NULL);
		count += workers[i].count;
	}
	return count / (clock_now() - begin);
}

static void
compare(const struct contest *contest)
{
	double theirs[ROUNDS], ours[ROUNDS], ratios[ROUNDS], one, two, more = 0;
	struct key *key = key_make(contest);
	struct raw raw = { NULL, NULL, NULL };
	unsigned i;

	raw_open(contest, &raw);
	for (i = 0; i < ROUNDS; i++) {
		theirs[i] = raw_measure(contest, &raw);
		ours[i] = operation_measure(contest, key);
		ratios[i] = theirs[i] / ours[i];
	}
	/* On a busy machine the best of several is nearest to the truth. */
	for (i = 0; i < TIMES; i++) {
		one = rate(contest, key, 1);
		two = rate(contest, key, THREADS);
		more = two / one > more ? two / one : more;
	}
	printf("%-9s raw %8.1f us, operation %8.1f us, ratio %.3f, "
	       "%d threads x%.2f\n",
		contest->name, median(theirs, ROUNDS) * 1e6,
		median(ours, ROUNDS) * 1e6, median(ratios, ROUNDS), THREADS,
		more);
	raw_close(&raw);
	key_free(key);
}

int
main(void)
{
	size_t i;

	for (i = 0; i < sizeof(contests) / sizeof(contests[0]); i++)
		compare(&contests[i]);
	return 0;
}
