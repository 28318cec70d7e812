/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether the time of an RSA decryption tells good padding from bad: Welch's t
 * over samples of both in random order, as dudect does it (Reparaz, Balasch,
 * Verbauwhede 2017). CLOCK_SAMPLES: another number of them. */

#include "config.h"

/* The functions themselves, which no header has. */
#include "token/crypto-rsa-decrypt.c"

#include "tests/test.h"
#include "tests/unit/crypto-kit.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { LENGTH = 256, BATCH = 500, SAMPLES = 100000, WARM_UP = 1000 };

#define T_MAX 4.5

static const struct lengths any = { { 0 }, 0 };
static struct key *public, *private;

typedef CK_RV decrypt_function(struct key *key, const struct lengths *legal,
	const CK_BYTE *in, CK_ULONG in_length, CK_BYTE *out,
	CK_ULONG *out_length);

/* The usual mistake: the answer to bad padding is made for bad padding only. */
static CK_RV
leaky_decrypt(struct key *key, const struct lengths *legal, const CK_BYTE *in,
	CK_ULONG in_length, CK_BYTE *out, CK_ULONG *out_length)
{
	struct work work = { { 0 }, { 0 }, { 0 }, { 0 } };
	uint32_t start, length = (uint32_t)in_length;
	CK_RV rv = rsa_decrypt_raw(key, in, in_length, work.padded);

	if (rv != CKR_OK)
		return rv;
	if (padding_read(work.padded, length, &start)) {
		memcpy(out, work.padded + start, length - start);
		*out_length = length - start;
	} else if (synthetic_make(key, in, in_length, &work)) {
		start = length -
			synthetic_length(
				work.candidates, length - HEADER - PADDING_MIN);
		memcpy(out, work.synthetic + start, length - start);
		*out_length = length - start;
	}
	wipe(&work, sizeof(work));
	return CKR_OK;
}

struct sample {
	CK_BYTE text[LENGTH];
	bool is_good;
};

static unsigned
draw(unsigned limit)
{
	unsigned number;

	EXPECT_RV(key_random(&number, sizeof(number)), CKR_OK);
	return number % limit;
}

/* The message is as long as the answers to bad padding are: that is no secret.
 */
static void
sample_make(struct sample *sample)
{
	CK_BYTE padded[LENGTH];
	unsigned i, length = draw(LENGTH - HEADER - PADDING_MIN);
	EVP_PKEY_CTX *context = key_context_new(public, CONTEXT_ENCRYPT_RAW);
	size_t size = LENGTH;

	EXPECT_RV(key_random(padded, sizeof(padded)), CKR_OK);
	for (i = HEADER; i < LENGTH - length - 1; i++)
		padded[i] |= 1;
	sample->is_good = draw(2);
	padded[0] = 0;
	padded[1] = 2;
	padded[LENGTH - length - 1] = 0;
	if (!sample->is_good && draw(2))
		padded[1] = (CK_BYTE)(3 + draw(200));
	else if (!sample->is_good)
		padded[HEADER + draw(PADDING_MIN)] = 0;
	EXPECT(context &&
		EVP_PKEY_encrypt(context, sample->text, &size, padded,
			sizeof(padded)) == 1);
	EVP_PKEY_CTX_free(context);
}

static double
now(void)
{
	struct timespec time;

	/* Of this thread alone: others on the machine are not in it. */
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

struct measurement {
	double time;
	bool is_good;
};

static void
measure(decrypt_function *decrypt, struct measurement *measurements,
	size_t count)
{
	static struct sample samples[BATCH];
	static CK_BYTE out[LENGTH];
	CK_ULONG length;
	double before;
	size_t i;

	for (i = 0; i < count; i++) {
		if (i % BATCH == 0)
			for (size_t j = 0; j < BATCH; j++)
				sample_make(&samples[j]);
		before = now();
		EXPECT_RV(decrypt(private, &any, samples[i % BATCH].text,
				  LENGTH, out, &length),
			CKR_OK);
		measurements[i] = (struct measurement){ now() - before,
			samples[i % BATCH].is_good };
	}
}

/* Of the measurements below a limit: outliers hide what there is to see. */
static double
welch(const struct measurement *measurements, size_t count, double limit)
{
	double sum[2] = { 0 }, square[2] = { 0 }, mean[2], share[2],
	       number[2] = { 0 };
	size_t i;
	int class;

	for (i = 0; i < count; i++) {
		class = measurements[i].is_good;
		if (measurements[i].time > limit)
			continue;
		number[class]++;
		sum[class] += measurements[i].time;
	}
	for (class = 0; class < 2; class ++)
		mean[class] = sum[class] / number[class];
	for (i = 0; i < count; i++) {
		class = measurements[i].is_good;
		if (measurements[i].time <= limit)
			square[class] += (measurements[i].time - mean[class]) *
				(measurements[i].time - mean[class]);
	}
	for (class = 0; class < 2; class ++)
		share[class] =
			square[class] / (number[class] - 1) / number[class];
	return (mean[1] - mean[0]) / sqrt(share[0] + share[1]);
}

static int
compare(const void *one, const void *other)
{
	double a = *(const double *)one, b = *(const double *)other;

	return (a > b) - (a < b);
}

/* The largest |t| over all, and over the quickest parts. */
static double
judge(const char *name, decrypt_function *decrypt, size_t count)
{
	static const double parts[] = { 1, 0.99, 0.95, 0.9, 0.75, 0.5 };
	struct measurement *all = calloc(count, sizeof(*all));
	double *sorted = calloc(count, sizeof(*sorted)), t, most = 0;
	size_t i;

	EXPECT(all && sorted);
	measure(decrypt, all, count < WARM_UP ? count : WARM_UP);
	measure(decrypt, all, count);
	for (i = 0; i < count; i++)
		sorted[i] = all[i].time;
	qsort(sorted, count, sizeof(*sorted), compare);
	printf("# %s, %zu samples, median %.0f ns, t:", name, count,
		sorted[count / 2]);
	for (i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		t = welch(all, count,
			sorted[(size_t)(parts[i] * (double)(count - 1))]);
		printf(" %.2f (%g)", t, parts[i]);
		if (fabs(t) > most)
			most = fabs(t);
	}
	printf("\n");
	free(all);
	free(sorted);
	return most;
}

/* It takes longer than tests usually may, on a busy machine. */
enum { TIME_LIMIT = 1800 };

TEST(decryption_time_does_not_tell_good_padding_from_bad)
{
	const char *wish = getenv("CLOCK_SAMPLES");
	size_t samples = wish ? strtoul(wish, NULL, 10) : SAMPLES;
	cpu_set_t one;
	double ours, leaky;

	alarm(TIME_LIMIT);
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	sched_setaffinity(0, sizeof(one), &one);
	public = rsa_key_of(CKO_PUBLIC_KEY, &rsa_test_numbers);
	private = rsa_key_of(CKO_PRIVATE_KEY, &rsa_test_numbers);
	leaky = judge("leaky", leaky_decrypt, samples / 10);
	ours = judge("ours", rsa_pkcs1_decrypt, samples);
	key_free(public);
	key_free(private);
	printf("# |t| %.2f, of the leaky one %.2f\n", ours, leaky);
	EXPECT(leaky >= T_MAX);
	EXPECT(ours < T_MAX);
}
