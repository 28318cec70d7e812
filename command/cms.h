/* SPDX-License-Identifier: BSD-2-Clause */
/* The cryptographic message syntax: signs and opens, by keys on a token.
 * [RFC5652] */

#ifndef CMS_H
#define CMS_H

#include "command/choice.h"
#include "command/signer.h"

/*
 * A detached signature over the content, with the certificate and its chain.
 * The choice is logged in. False, after saying why.
 */
bool cms_sign(const struct choice *choice, const struct signer *signer,
	const struct bytes *content, struct bytes *signature);

/* An encrypted structure, read; borrows its bytes, and owns what came in
 * pieces. Starts empty ({ 0 }). */
struct envelope {
	struct ber recipients;
	/* Of the content: cipher, its parameters, what is sealed. */
	char cipher[BER_OID_TEXT];
	struct ber parameters;
	struct secret joined;
	struct ber sealed;
	/* Of AuthEnvelopedData [RFC5083]; else empty. */
	struct bytes header;
	struct ber tag;
};

/* False, after saying why: it is none, or is damaged. */
bool envelope_read(struct envelope *envelope, const struct bytes *cms);
/* Whether one of its recipients is this certificate. */
bool envelope_is_for(
	const struct envelope *envelope, const struct certificate *certificate);
/* Opens it with a key that is logged in. False, after saying why. */
bool envelope_open(const struct envelope *envelope, const struct token *token,
	const struct held_key *key, const struct certificate *certificate,
	struct secret *content);
void envelope_clear(struct envelope *envelope);

#endif
