/* SPDX-License-Identifier: BSD-2-Clause */
/* The card's keys and certificates: NAME.key and NAME.crt, PEM, in a folder. */

#ifndef CARD_KEY_H
#define CARD_KEY_H

#include <openssl/evp.h>

#include "tests/fronted/card-tlv.h"

/* When a PIN is to be shown. [SP 800-73-4 part 1, table 5] */
enum key_pin { PIN_ONCE, PIN_ALWAYS, PIN_NEVER };

struct card_key {
	unsigned reference;
	/* The last byte of its certificate's tag 5FC1xx. */
	unsigned object;
	const char *name;
	enum key_pin pin;
	EVP_PKEY *key;
	struct bytes certificate;
};

/* Any of them may be missing. */
void card_keys_load(const char *folder);
/* NULL: there is none. */
struct card_key *card_key_find(unsigned reference);
const struct card_key *card_certificate_find(unsigned object);
/* What it is called on the wire. [SP 800-78-4, table 6-2] */
unsigned card_key_algorithm(const struct card_key *key);

/* Signs or decrypts what is as long as an RSA key; signs a digest by an EC key,
 * or derives with a point. */
bool card_key_use(const struct card_key *key, struct part input, bool derives,
	struct bytes *result);

#endif
