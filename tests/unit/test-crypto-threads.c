/* SPDX-License-Identifier: BSD-2-Clause */
/* One key in many threads, from its first use to its last. */

#include "config.h"

#include "tests/test.h"
#include "tests/unit/crypto-kit.h"

#include <pthread.h>
#include <string.h>

enum { THREADS = 8, ROUNDS = 5, TIMES = 25, LENGTH = 256 };

static const CK_RSA_PKCS_PSS_PARAMS pss = { CKM_SHA256, CKG_MGF1_SHA256, 32 };

/* What each thread has: shares of keys that nobody has used yet. */
struct worker {
	pthread_t thread;
	unsigned number;
	struct key *rsa, *rsa_public, *ec, *edwards;
	CK_RV rv;
};

static CK_RV
sign_and_verify(struct worker *worker, unsigned char *message)
{
	unsigned char signature[LENGTH];
	CK_ULONG length = LENGTH;
	CK_RV rv;

	rv = run_once(CKM_SHA256_RSA_PKCS, NULL, 0, CKF_SIGN, worker->rsa,
		message, 32, signature, &length);
	if (rv == CKR_OK)
		rv = verify_once(CKM_SHA256_RSA_PKCS, NULL, 0,
			worker->rsa_public, message, 32, signature, length);
	if (rv == CKR_OK)
		rv = run_once(CKM_SHA256_RSA_PKCS_PSS, &pss, sizeof(pss),
			CKF_SIGN, worker->rsa, message, 32, signature, &length);
	if (rv == CKR_OK)
		rv = verify_once(CKM_SHA256_RSA_PKCS_PSS, &pss, sizeof(pss),
			worker->rsa_public, message, 32, signature, length);
	if (rv == CKR_OK)
		rv = run_once(CKM_ECDSA, NULL, 0, CKF_SIGN, worker->ec, message,
			32, signature, &length);
	length = LENGTH;
	if (rv == CKR_OK)
		rv = run_once(CKM_EDDSA, NULL, 0, CKF_SIGN, worker->edwards,
			message, 32, signature, &length);
	return rv;
}

static void *
work(void *argument)
{
	struct worker *worker = argument;
	unsigned char message[32] = { 0 };
	unsigned i;

	for (i = 0; i < TIMES && worker->rv == CKR_OK; i++) {
		message[0] = (unsigned char)worker->number;
		message[1] = (unsigned char)i;
		worker->rv = sign_and_verify(worker, message);
	}
	key_free(worker->rsa);
	key_free(worker->rsa_public);
	key_free(worker->ec);
	key_free(worker->edwards);
	return NULL;
}

TEST(keys_serve_many_threads_at_once)
{
	struct worker workers[THREADS];
	struct key *rsa, *rsa_public, *ec, *edwards;
	unsigned i, round;

	for (round = 0; round < ROUNDS; round++) {
		rsa = rsa_key_of(CKO_PRIVATE_KEY, &rsa_test_numbers);
		rsa_public = rsa_key_of(CKO_PUBLIC_KEY, &rsa_test_numbers);
		ec = ec_key_of(CKO_PRIVATE_KEY, CKK_EC, P256, "0123");
		edwards = ec_key_of(CKO_PRIVATE_KEY, CKK_EC_EDWARDS, ED25519,
			"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac"
			"031cae7f60");
		for (i = 0; i < THREADS; i++) {
			workers[i] = (struct worker){ 0, i, key_share(rsa),
				key_share(rsa_public), key_share(ec),
				key_share(edwards), CKR_OK };
			EXPECT(pthread_create(&workers[i].thread, NULL, work,
				       &workers[i]) == 0);
		}
		/* The last thread frees them. */
		key_free(rsa);
		key_free(rsa_public);
		key_free(ec);
		key_free(edwards);
		for (i = 0; i < THREADS; i++) {
			EXPECT(pthread_join(workers[i].thread, NULL) == 0);
			EXPECT_RV(workers[i].rv, CKR_OK);
		}
	}
}
