/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks what is stamped with a passphrase. [RFC7292 4] [RFC9579] */

#include "config.h"

#include "import/pbe-attempt.h"
#include "pkcs11/text.h"

#include <string.h>

static struct ber
view(const struct secret *secret)
{
	return (struct ber){ secret->at, secret->length };
}

struct stamp {
	struct derivation derivation;
	const char *digest;
	struct ber content, sum;
};

static bool
attempt_stamp(void *job_of_caller, struct ber passphrase)
{
	struct stamp *job = job_of_caller;
	unsigned char sum[DIGEST_MAX];
	struct secret key = { 0 }, expected = { 0 };
	size_t length;
	bool done;

	done = secret_init(&key, (size_t)job->derivation.key_length) &&
		derivation_run(
			&job->derivation, CRYPTO_FOR_MAC, passphrase, &key) &&
		crypto_hmac(
			job->digest, view(&key), job->content, sum, &length) &&
		secret_copy(&expected, sum, length) &&
		secret_equal(&expected, job->sum.at, job->sum.length);
	secret_clear(&key);
	secret_clear(&expected);
	return done;
}

static enum refusal
malformed(struct failure *failure)
{
	return fail(failure, REFUSAL_DAMAGED, "%s",
		_("the check value is malformed"));
}

/* PBMAC1-params. A length of the key that is not told is an error: without it,
 * whoever sends the file could choose a short one. [RFC9579 4] */
static enum refusal
parse_pbmac1(
	struct stamp *stamp, struct ber parameters, struct failure *failure)
{
	struct ber inside;
	struct ber_item derivation, mac;
	enum refusal refusal;

	if (!ber_enter(&parameters, BER_SEQUENCE, &inside) ||
		!ber_next(&inside, &derivation) || !ber_next(&inside, &mac))
		return malformed(failure);
	refusal = derivation_parse(&stamp->derivation, &derivation, failure);
	if (refusal != REFUSAL_NONE)
		return refusal;
	if (stamp->derivation.key_length < 20 ||
		stamp->derivation.key_length > DIGEST_MAX)
		return malformed(failure);
	return digest_parse(&stamp->digest, &mac, failure);
}

/* The classic MAC: salt and iterations stand beside the digest. */
static enum refusal
parse_classic(struct stamp *stamp, const struct ber_item *algorithm,
	struct ber rest, struct failure *failure)
{
	unsigned char sum[DIGEST_MAX];
	struct ber_item salt;
	enum refusal refusal;
	size_t length;

	refusal = digest_parse(&stamp->digest, algorithm, failure);
	if (refusal != REFUSAL_NONE)
		return refusal;
	if (!ber_take(&rest, BER_OCTET_STRING, &salt) ||
		!crypto_digest(stamp->digest, (struct ber){ 0 }, sum, &length))
		return malformed(failure);
	stamp->derivation = (struct derivation){ .kind = DERIVATION_PKCS12,
		.digest = stamp->digest,
		.salt = salt.content,
		.iterations = 1,
		.key_length = length };
	if (rest.length == 0)
		return REFUSAL_NONE;
	return iterations_take(&rest, &stamp->derivation.iterations, failure);
}

enum refusal
pbe_check_stamp(struct opener *opener, const struct ber_item *item,
	struct ber content, struct failure *failure)
{
	struct stamp stamp = { .content = content };
	struct ber rest = item->content, inside, parameters;
	struct ber_item algorithm, sum;
	char oid[BER_OID_TEXT];
	enum refusal refusal;

	if (item->tag != BER_SEQUENCE ||
		!ber_enter(&rest, BER_SEQUENCE, &inside) ||
		!ber_take(&inside, BER_SEQUENCE, &algorithm) ||
		!ber_take(&inside, BER_OCTET_STRING, &sum))
		return malformed(failure);
	stamp.sum = sum.content;
	parameters = algorithm.content;
	if (!ber_take_oid(&parameters, oid))
		return malformed(failure);
	refusal = strcmp(oid, "1.2.840.113549.1.5.14") == 0
		? parse_pbmac1(&stamp, parameters, failure)
		: parse_classic(&stamp, &algorithm, rest, failure);
	if (refusal != REFUSAL_NONE)
		return refusal;
	return pbe_try_forms(
		opener, &stamp.derivation, attempt_stamp, &stamp, failure);
}
