/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens what is sealed with a passphrase, and checks what is stamped with one.
 */

#include "config.h"

#include "import/pbe.h"

#include "import/pbe-attempt.h"
#include "import/p12-crypto.h"
#include "import/pbe-scheme.h"
#include "import/rc2.h"
#include "pkcs11/text.h"

#include <string.h>

/* The order in which each family of derivations tries the forms. What the
 * standards say comes first; each form after it was seen in files. */
static const enum passphrase_form pkcs12_forms[] = { PASSPHRASE_BMP,
	PASSPHRASE_WIDENED, PASSPHRASE_NOTHING };
static const enum passphrase_form pkcs5_forms[] = { PASSPHRASE_UTF8,
	PASSPHRASE_LOW_BYTES, PASSPHRASE_BMP };

#define FORMS_TRIED 3

void
opener_init(struct opener *opener, const struct secret *passphrase)
{
	*opener = (struct opener){ .passphrase = passphrase,
		.work_left = WORK_LIMIT_FILE,
		.pkcs12_form = pkcs12_forms[0],
		.pkcs5_form = pkcs5_forms[0] };
}

static bool
try_form(const struct opener *opener, enum passphrase_form form,
	pbe_attempt run, void *job)
{
	static const struct secret none;
	struct secret encoded;
	bool done;

	if (!passphrase_encode(opener->passphrase ? opener->passphrase : &none,
		    form, &encoded))
		return false;
	done = run(job, (struct ber){ encoded.at, encoded.length });
	secret_clear(&encoded);
	return done;
}

/* Each attempt costs; together they may cost no more than the file's share. */
static bool
spend(struct opener *opener, const struct derivation *derivation)
{
	uint64_t cost = derivation->iterations;

	if (derivation->kind == DERIVATION_SCRYPT)
		cost *= derivation->block_size * derivation->parallel;
	if (cost > opener->work_left)
		return false;
	opener->work_left -= cost;
	return true;
}

enum refusal
pbe_try_forms(struct opener *opener, const struct derivation *derivation,
	pbe_attempt run, void *job, struct failure *failure)
{
	bool is_pkcs12 = derivation_is_pkcs12(derivation);
	enum passphrase_form *known =
		is_pkcs12 ? &opener->pkcs12_form : &opener->pkcs5_form;
	const enum passphrase_form *forms =
		is_pkcs12 ? pkcs12_forms : pkcs5_forms;
	enum passphrase_form form = *known;
	size_t i;

	for (i = 0; i <= FORMS_TRIED; i++) {
		if (i > 0 && forms[i - 1] == *known)
			continue;
		if (i > 0)
			form = forms[i - 1];
		if (!spend(opener, derivation))
			return fail(failure, REFUSAL_WORK_ABSURD, "%s",
				_("an absurd number of iterations"));
		if (try_form(opener, form, run, job)) {
			*known = form;
			return REFUSAL_NONE;
		}
	}
	return fail(failure,
		opener->passphrase ? REFUSAL_PASSPHRASE_WRONG
				   : REFUSAL_PASSPHRASE_NEEDED,
		"%s", "");
}

struct sealed {
	struct scheme scheme;
	struct ber sealed;
	struct secret *plain;
};

/* One SEQUENCE that fills what was decrypted, but for a few bytes of a careless
 * writer: chance does not make that of a wrong key. */
static bool
is_plausible(const struct secret *plain)
{
	struct ber from = { plain->at, plain->length };
	struct ber_item item;

	return ber_take(&from, BER_SEQUENCE, &item) && from.length <= 8 &&
		(item.content.length == 0 ||
			ber_peek(&item.content) == BER_SEQUENCE ||
			ber_peek(&item.content) == BER_INTEGER);
}

static struct ber
view(const struct secret *secret)
{
	return (struct ber){ secret->at, secret->length };
}

/* Old DES variants are triple DES with keys used again. */
static bool
decrypt_des(size_t key_length, struct ber key, struct ber iv, struct ber sealed,
	struct secret *plain)
{
	struct secret triple = { 0 };
	size_t i;
	bool done;

	if (!secret_init(&triple, 24))
		return false;
	for (i = 0; i < triple.length; i++)
		triple.at[i] = key.at[i % key_length];
	done = crypto_decrypt("DES-EDE3-CBC", view(&triple), iv, sealed, plain);
	secret_clear(&triple);
	return done;
}

static bool
decrypt(const struct sealed *job, struct ber key, struct ber iv)
{
	const struct cipher *cipher = job->scheme.cipher;

	switch (cipher->kind) {
	case CIPHER_BLOCKS:
	case CIPHER_STREAM:
		return crypto_decrypt(
			cipher->name, key, iv, job->sealed, job->plain);
	case CIPHER_DES:
	case CIPHER_DES_TWO_KEYS:
		return decrypt_des(
			cipher->key_length, key, iv, job->sealed, job->plain);
	case CIPHER_RC2:
		return rc2_decrypt(
			key, job->scheme.rc2_bits, iv, job->sealed, job->plain);
	case CIPHER_RC4:
		return rc4_decrypt(key, job->sealed, job->plain);
	}
	return false;
}

/* PKCS #12 derives the IV apart, PBES1 of PKCS #5 together with the key. */
static bool
derive(const struct scheme *scheme, struct ber passphrase, struct secret *key,
	struct secret *iv)
{
	enum derivation_kind kind = scheme->derivation.kind;
	size_t iv_length = scheme->cipher->iv_length;
	size_t length = scheme->key_length;

	if (kind == DERIVATION_PBKDF1)
		length += iv_length;
	return secret_init(key, length) &&
		derivation_run(
			&scheme->derivation, CRYPTO_FOR_KEY, passphrase, key) &&
		(!derivation_is_pkcs12(&scheme->derivation) || iv_length == 0 ||
			(secret_init(iv, iv_length) &&
				derivation_run(&scheme->derivation,
					CRYPTO_FOR_IV, passphrase, iv)));
}

static bool
attempt_open(void *job_of_caller, struct ber passphrase)
{
	struct sealed *job = job_of_caller;
	struct secret key = { 0 }, iv = { 0 };
	struct ber key_view, iv_view = job->scheme.iv;
	bool done = false;

	if (!derive(&job->scheme, passphrase, &key, &iv))
		goto out;
	key_view = (struct ber){ key.at, job->scheme.key_length };
	if (derivation_is_pkcs12(&job->scheme.derivation))
		iv_view = view(&iv);
	if (job->scheme.derivation.kind == DERIVATION_PBKDF1)
		iv_view = (struct ber){ key.at + key_view.length,
			key.length - key_view.length };
	done = decrypt(job, key_view, iv_view) && is_plausible(job->plain);
	if (!done)
		secret_clear(job->plain);
out:
	secret_clear(&key);
	secret_clear(&iv);
	return done;
}

enum refusal
pbe_open(struct opener *opener, const struct ber_item *algorithm,
	struct ber sealed, struct secret *plain, struct failure *failure)
{
	struct sealed job = { .sealed = sealed, .plain = plain };
	enum refusal refusal;

	refusal = scheme_parse(&job.scheme, algorithm, failure);
	if (refusal != REFUSAL_NONE)
		return refusal;
	if (sealed.length == 0 ||
		(job.scheme.cipher->kind != CIPHER_STREAM &&
			job.scheme.cipher->kind != CIPHER_RC4 &&
			sealed.length % job.scheme.cipher->iv_length != 0))
		return fail(failure, REFUSAL_DAMAGED, "%s",
			_("what is encrypted was cut short"));
	refusal = pbe_try_forms(
		opener, &job.scheme.derivation, attempt_open, &job, failure);
	if (refusal != REFUSAL_PASSPHRASE_WRONG ||
		job.scheme.derivation.kind != DERIVATION_PKCS12)
		return refusal;
	/* One in a hundred keys that gpgsm exports opens only so. */
	job.scheme.derivation.kind = DERIVATION_PKCS12_GNUPG;
	return pbe_try_forms(
		opener, &job.scheme.derivation, attempt_open, &job, failure);
}
