/* SPDX-License-Identifier: BSD-2-Clause */
/* The objects that a deposit makes, as templates; for import/deposit*.c. */

#ifndef DEPOSIT_TEMPLATE_H
#define DEPOSIT_TEMPLATE_H

#include "import/identity.h"
#include "import/template.h"

/* What the objects of an identity share on the token. */
struct badge {
	struct bytes id; /* owned */
	char *label;     /* owned */
};

void badge_clear(struct badge *badge);

/* The DER of a point, which CKA_EC_POINT wants: at most 256 bytes of it. */
#define POINT_ROOM 260
struct ber point_wrap(
	const struct public_key *key, unsigned char room[POINT_ROOM]);

/* Each borrows from its arguments. */
void template_private_key(struct template *template,
	const struct identity *identity, const struct badge *badge);
/* On the token, or (to try whether it can) for the session only. */
void template_public_key(struct template *template,
	const struct identity *identity, const struct badge *badge,
	unsigned char room[POINT_ROOM], bool is_on_token);
void template_certificate(struct template *template,
	const struct certificate *certificate, const struct badge *badge,
	bool has_key);
/* What is equal in all objects of the class that hold this public key. */
void template_find_key(struct template *template, CK_OBJECT_CLASS object_class,
	const struct public_key *key, unsigned char room[POINT_ROOM]);

#endif
