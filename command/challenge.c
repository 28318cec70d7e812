/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a key really signs: by something new, and checked here. */

#include "config.h"

#include "command/challenge.h"

#include "command/certificate-request.h"
#include "command/say.h"
#include "command/signer.h"
#include "pkcs11/text.h"

#include <sys/random.h>

enum { LENGTH = 32 };

/* Who says by which key the signature is to be good; NULL: there is none. */
static const char *
find_judge(const struct token *token, const struct held_key *key,
	struct der *info, struct judge *judge)
{
	struct public_key read = { 0 };
	bool fine = false;

	if (key->certificate_count) {
		*judge = (struct judge){ key->certificates[0]->read.der, true };
		return _("its certificate");
	}
	if (key->public != CK_INVALID_HANDLE)
		fine = request_read_key(token, key->public, info, &read);
	public_key_clear(&read);
	*judge = (struct judge){ info->bytes, false };
	return fine ? _("its public key on the token") : NULL;
}

/* The token would call good what it made. */
static void
judge_here(const struct signer *signer, const struct held_key *key,
	const struct bytes *message, const struct bytes *signature,
	struct challenge *challenge)
{
	struct der info = { 0 };
	struct judge judge;

	challenge->by = find_judge(signer->token, key, &info, &judge);
	challenge->verdict = challenge->by
		? judge_signature(&judge,
			  key->type == CKK_EC_EDWARDS ? NULL
						      : signer->hash->openssl,
			  message, signature)
		: VERDICT_NONE;
	der_clear(&info);
}

bool
challenge_key(const struct token *token, const struct held_key *key,
	struct challenge *challenge)
{
	unsigned char room[LENGTH];
	struct bytes message = { room, sizeof(room) }, signature = { 0 };
	struct signer signer;

	if (getrandom(room, sizeof(room), 0) != sizeof(room) ||
		!signer_init_bare(&signer, token, key) ||
		!signer_apply(&signer, room, sizeof(room), &signature))
		return false;
	judge_here(&signer, key, &message, &signature, challenge);
	bytes_clear(&signature);
	return true;
}
