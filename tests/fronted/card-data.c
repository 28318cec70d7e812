/* SPDX-License-Identifier: BSD-2-Clause */
/* What a PIV card tells everybody: what it is, whose it is, certificates. */

#include "config.h"

#include "tests/fronted/card-data.h"

#include "tests/fronted/card-key.h"

#include <string.h>

static const unsigned char APPLICATION[] = { 0xa0, 0x00, 0x00, 0x03, 0x08, 0x00,
	0x00, 0x10, 0x00, 0x01, 0x00 };
enum { ISSUER = 5, SHORTEST_NAME = 9 };

bool
card_data_is_name(struct part name)
{
	return name.length >= SHORTEST_NAME &&
		name.length <= sizeof(APPLICATION) &&
		memcmp(name.at, APPLICATION, name.length) == 0;
}

void
card_data_put_application(struct bytes *to)
{
	struct bytes issuer = { 0 }, all = { 0 };

	tlv_put(&issuer, 0x4f, APPLICATION, ISSUER);
	tlv_put(&all, 0x4f, APPLICATION + ISSUER, sizeof(APPLICATION) - ISSUER);
	tlv_put(&all, 0x79, issuer.at, issuer.length);
	tlv_put(to, 0x61, all.at, all.length);
	bytes_clear(&issuer);
	bytes_clear(&all);
}

/* What says that the card knows its own PIN only. [part 1, 3.3.2] */
static void
put_discovery(struct bytes *to)
{
	struct bytes all = { 0 };

	tlv_put(&all, 0x4f, APPLICATION, sizeof(APPLICATION));
	tlv_put(&all, 0x5f2f, "\x40\x00", 2);
	tlv_put(to, 0x7e, all.at, all.length);
	bytes_clear(&all);
}

/* Who holds the card: nobody known to an agency; the number is of the first
 * certificate, so that each test's card is another. [part 1, 3.1.2] */
static void
put_holder(struct bytes *all)
{
	static const unsigned char nobody[] = { 0xd4, 0xe7, 0x39, 0xda, 0x73,
		0x9c, 0xed, 0x39, 0xce, 0x73, 0x9d, 0xa1, 0x68, 0x58, 0x21,
		0x08, 0x42, 0x10, 0x84, 0x21, 0xc8, 0x42, 0x10, 0xc3, 0xeb };
	const struct card_key *first = card_certificate_find(0x05);
	unsigned char number[EVP_MAX_MD_SIZE] = { 0 };

	if (first)
		EVP_Digest(first->certificate.at, first->certificate.length,
			number, NULL, EVP_sha256(), NULL);
	tlv_put(all, 0x30, nobody, sizeof(nobody));
	tlv_put(all, 0x34, number, 16);
	tlv_put(all, 0x35, "20401231", 8);
	tlv_put(all, 0x3e, NULL, 0);
	tlv_put(all, 0xfe, NULL, 0);
}

/* The card's capabilities: none but being a PIV card. [part 1, 3.1.1] */
static void
put_capabilities(struct bytes *all)
{
	static const unsigned char container[21] = { 0xa0, 0x00, 0x00, 0x01,
		0x16, 0xff, 0x02 };
	unsigned tag;

	tlv_put(all, 0xf0, container, sizeof(container));
	tlv_put(all, 0xf1, "\x21", 1);
	tlv_put(all, 0xf2, "\x21", 1);
	tlv_put(all, 0xf3, NULL, 0);
	tlv_put(all, 0xf4, "\x00", 1);
	tlv_put(all, 0xf5, "\x10", 1);
	for (tag = 0xf6; tag <= 0xfe; tag++)
		if (tag != 0xf8 && tag != 0xf9)
			tlv_put(all, tag, NULL, 0);
}

static bool
put_certificate(struct bytes *all, unsigned object)
{
	const struct card_key *key = card_certificate_find(object);

	if (!key)
		return false;
	tlv_put(all, 0x70, key->certificate.at, key->certificate.length);
	tlv_put(all, 0x71, "\x00", 1);
	tlv_put(all, 0xfe, NULL, 0);
	return true;
}

bool
card_data_put(struct part tag, struct bytes *to)
{
	struct bytes all = { 0 };
	bool is_found = true;

	if (tag.length == 1 && tag.at[0] == 0x7e) {
		put_discovery(to);
		return true;
	}
	if (tag.length != 3 || memcmp(tag.at, "\x5f\xc1", 2) != 0)
		return false;
	if (tag.at[2] == 0x02)
		put_holder(&all);
	else if (tag.at[2] == 0x07)
		put_capabilities(&all);
	else
		is_found = put_certificate(&all, tag.at[2]);
	if (is_found)
		tlv_put(to, 0x53, all.at, all.length);
	bytes_clear(&all);
	return is_found;
}
