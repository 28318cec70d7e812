/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds a certificate among the recipients of an encrypted mail. [RFC5652 6.2]
 */

#include "config.h"

#include "command/cms-recipient.h"

#include <string.h>

static bool
is_same(struct ber one, const struct bytes *other)
{
	return other->length && bytes_equal(other, one.at, one.length);
}

/* IssuerAndSerialNumber. */
static bool
names_by_issuer(struct ber name, const struct certificate *certificate)
{
	struct ber_item issuer, serial;

	return ber_take(&name, BER_SEQUENCE, &issuer) &&
		ber_take(&name, BER_INTEGER, &serial) &&
		is_same(issuer.whole, &certificate->issuer) &&
		is_same(serial.whole, &certificate->serial);
}

/* Takes a RecipientIdentifier and compares. */
static bool
take_name(struct ber *from, const struct certificate *certificate, bool *fits)
{
	struct ber_item item, id;

	if (!ber_next(from, &item))
		return false;
	*fits = false;
	if (item.tag == BER_SEQUENCE)
		*fits = names_by_issuer(item.content, certificate);
	else if (item.tag == (BER_CONTEXT | 0))
		*fits = is_same(item.content, &certificate->key_id);
	else if (item.tag == (BER_CONTEXT_CONSTRUCTED | 0))
		/* Of key agreement: a sequence that begins with it. */
		*fits = ber_take(&item.content, BER_OCTET_STRING, &id) &&
			is_same(id.content, &certificate->key_id);
	else
		return false;
	return true;
}

static bool
take_algorithm(struct ber *from, struct recipient *recipient)
{
	struct ber inside;

	if (!ber_enter(from, BER_SEQUENCE, &inside) ||
		!ber_take_oid(&inside, recipient->algorithm))
		return false;
	recipient->parameters = inside;
	return true;
}

static bool
take_sealed(struct ber *from, struct recipient *recipient)
{
	struct ber_item item;

	if (!ber_take(from, BER_OCTET_STRING, &item))
		return false;
	recipient->sealed = item.content;
	return true;
}

static bool
read_transport(struct ber from, const struct certificate *certificate,
	struct recipient *recipient)
{
	uint64_t version;
	bool fits;

	return ber_take_number(&from, &version) &&
		take_name(&from, certificate, &fits) && fits &&
		take_algorithm(&from, recipient) &&
		take_sealed(&from, recipient);
}

/* The sender's key comes with the mail: [1] of [0]. */
static bool
take_point(struct ber *from, struct recipient *recipient)
{
	struct ber originator, key;
	struct ber_item algorithm;

	return ber_enter(from, BER_CONTEXT_CONSTRUCTED | 0, &originator) &&
		ber_enter(&originator, BER_CONTEXT_CONSTRUCTED | 1, &key) &&
		ber_take(&key, BER_SEQUENCE, &algorithm) &&
		ber_take_bits(&key, &recipient->point);
}

static bool
take_material(struct ber *from, struct recipient *recipient)
{
	struct ber inside;
	struct ber_item item;

	if (ber_peek(from) != (BER_CONTEXT_CONSTRUCTED | 1))
		return true;
	if (!ber_enter(from, BER_CONTEXT_CONSTRUCTED | 1, &inside) ||
		!ber_take(&inside, BER_OCTET_STRING, &item))
		return false;
	recipient->material = item.content;
	return true;
}

static bool
find_among(struct ber keys, const struct certificate *certificate,
	struct recipient *recipient)
{
	struct ber one;
	bool fits;

	while (ber_enter(&keys, BER_SEQUENCE, &one)) {
		if (!take_name(&one, certificate, &fits))
			return false;
		if (fits)
			return take_sealed(&one, recipient);
	}
	return false;
}

static bool
read_agreement(struct ber from, const struct certificate *certificate,
	struct recipient *recipient)
{
	struct ber keys;
	uint64_t version;

	recipient->is_agreement = true;
	return ber_take_number(&from, &version) &&
		take_point(&from, recipient) &&
		take_material(&from, recipient) &&
		take_algorithm(&from, recipient) &&
		ber_enter(&from, BER_SEQUENCE, &keys) &&
		find_among(keys, certificate, recipient);
}

bool
recipient_find(struct ber recipients, const struct certificate *certificate,
	struct recipient *recipient)
{
	struct ber_item item;

	while (ber_next(&recipients, &item)) {
		*recipient = (struct recipient){ 0 };
		if (item.tag == BER_SEQUENCE &&
			read_transport(item.content, certificate, recipient))
			return true;
		if (item.tag == (BER_CONTEXT_CONSTRUCTED | 1) &&
			read_agreement(item.content, certificate, recipient))
			return true;
	}
	return false;
}

bool
envelope_is_for(
	const struct envelope *envelope, const struct certificate *certificate)
{
	struct recipient recipient;

	return recipient_find(envelope->recipients, certificate, &recipient);
}
