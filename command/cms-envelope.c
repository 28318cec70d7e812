/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads an encrypted CMS structure, that nobody vouches for. */

#include "config.h"

#include "command/cms.h"

#include "command/cms-crypto.h"
#include "command/say.h"
#include "pkcs11/text.h"

#include <string.h>

#define ENVELOPED_DATA "1.2.840.113549.1.7.3"
#define SIGNED_DATA "1.2.840.113549.1.7.2"
#define AUTH_ENVELOPED_DATA "1.2.840.113549.1.9.16.1.23"

enum { CONTENT_0 = BER_CONTEXT_CONSTRUCTED | 0 };

static bool
read_content(struct envelope *envelope, struct ber from)
{
	struct ber algorithm, content;
	struct ber_item item;
	char type[BER_OID_TEXT];

	if (!ber_take_oid(&from, type) ||
		!ber_enter(&from, BER_SEQUENCE, &algorithm) ||
		!ber_take_oid(&algorithm, envelope->cipher))
		return false;
	envelope->parameters = algorithm;
	if (!ber_next(&from, &item))
		return false;
	/* [0] IMPLICIT OCTET STRING, in one piece or in several. */
	if (item.tag == (BER_CONTEXT | 0))
		item.tag = BER_OCTET_STRING;
	else if (item.tag == CONTENT_0)
		item.tag = BER_OCTET_STRING | BER_CONSTRUCTED;
	else
		return false;
	if (!ber_string(&item, BER_OCTET_STRING, &envelope->joined, &content))
		return false;
	envelope->sealed = content;
	return true;
}

/* What is authenticated beside the content, as a SET OF; and the tag. */
static bool
read_authentication(struct envelope *envelope, struct ber from)
{
	struct ber_item item;

	if (ber_peek(&from) == (BER_CONTEXT_CONSTRUCTED | 1)) {
		if (!ber_next(&from, &item) ||
			!bytes_copy(&envelope->header, item.whole.at,
				item.whole.length))
			return false;
		envelope->header.at[0] = BER_SET;
	}
	if (!ber_take(&from, BER_OCTET_STRING, &item))
		return false;
	envelope->tag = item.content;
	return true;
}

static bool
read_enveloped(struct envelope *envelope, struct ber from, bool is_authentic)
{
	struct ber inside, content;
	struct ber_item item;
	uint64_t version;

	if (!ber_enter(&from, BER_SEQUENCE, &inside) ||
		!ber_take_number(&inside, &version))
		return false;
	/* The sender's certificates; we need none of them. */
	if (ber_peek(&inside) == CONTENT_0)
		ber_next(&inside, &item);
	return ber_enter(&inside, BER_SET, &envelope->recipients) &&
		ber_enter(&inside, BER_SEQUENCE, &content) &&
		read_content(envelope, content) &&
		(!is_authentic || read_authentication(envelope, inside));
}

bool
envelope_read(struct envelope *envelope, const struct bytes *cms)
{
	struct ber from = { cms->at, cms->length }, inside, content;
	char type[BER_OID_TEXT] = "";
	bool fine = ber_enter(&from, BER_SEQUENCE, &inside) &&
		ber_take_oid(&inside, type) &&
		ber_enter(&inside, CONTENT_0, &content);

	*envelope = (struct envelope){ 0 };
	if (fine && strcmp(type, SIGNED_DATA) == 0) {
		complain(_("This mail is signed, not encrypted."));
		return false;
	}
	if (fine && strcmp(type, ENVELOPED_DATA) == 0)
		fine = read_enveloped(envelope, content, false);
	else if (fine && strcmp(type, AUTH_ENVELOPED_DATA) == 0)
		fine = read_enveloped(envelope, content, true);
	else
		fine = false;
	if (fine && !content_cipher_find(envelope->cipher)) {
		complain(_("The mail is encrypted by a cipher that is not "
			   "known here (%s)."),
			envelope->cipher);
		return false;
	}
	if (!fine)
		complain(_("This is not an encrypted mail, or it is "
			   "damaged."));
	return fine;
}

void
envelope_clear(struct envelope *envelope)
{
	secret_clear(&envelope->joined);
	bytes_clear(&envelope->header);
	*envelope = (struct envelope){ 0 };
}
