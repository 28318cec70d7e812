/* SPDX-License-Identifier: BSD-2-Clause */
/* A recipient of an encrypted mail: whose it is, and the mail's key. */

#ifndef CMS_RECIPIENT_H
#define CMS_RECIPIENT_H

#include "command/cms.h"

/* One recipient's part; borrows the envelope's bytes. */
struct recipient {
	/* Key agreement (with a curve), else key transport (RSA). */
	bool is_agreement;
	/* Algorithm and its parameters. */
	char algorithm[BER_OID_TEXT];
	struct ber parameters;
	/* Of key agreement: the sender's point, and material of the user. */
	struct ber point, material;
	/* The mail's key, sealed. */
	struct ber sealed;
};

/* The part for the certificate. False: there is none. */
bool recipient_find(struct ber recipients,
	const struct certificate *certificate, struct recipient *recipient);

/* The mail's key, by the key on the token. */
CK_RV recipient_open(const struct recipient *recipient,
	const struct token *token, const struct held_key *key,
	struct secret *content_key);

#endif
