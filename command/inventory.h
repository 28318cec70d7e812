/* SPDX-License-Identifier: BSD-2-Clause */
/* What a token holds, as people think of it: identities and certificates. */

#ifndef INVENTORY_H
#define INVENTORY_H

#include "command/token.h"
#include "import/certificate.h"

/* A certificate on the token. */
struct held_certificate {
	CK_OBJECT_HANDLE handle;
	struct bytes id;
	char *label;
	struct certificate read;
	/* False: the object's value is no certificate that we can read. */
	bool is_readable;
};

/* A key on the token; before login only its public half is seen. */
struct held_key {
	/* CK_INVALID_HANDLE: not there, or not seen. */
	CK_OBJECT_HANDLE private, public;
	struct bytes id;
	char *label;
	CK_KEY_TYPE type;
	/* For people: "RSA", "EC P-256", "Ed25519"; and its size. */
	char kind[48];
	unsigned bits;
	/* What the token lets it do; known when the private half is seen. */
	bool signs, decrypts, unwraps, derives;
	/* Its certificates, newest first; borrowed. */
	const struct held_certificate **certificates;
	size_t certificate_count;
};

/* Starts empty ({ 0 }); borrows the token. */
struct inventory {
	struct token *token;
	struct held_certificate *certificates;
	size_t certificate_count;
	struct held_key *keys;
	size_t key_count;
	/* Every readable certificate, for building chains. */
	const struct certificate **pool;
	size_t pool_count;
	/* Some key was altered on the disk and is not among them. */
	bool is_altered;
};

/* Reads it in the token's session. False, after saying why. */
bool inventory_read(struct token *token, struct inventory *inventory);
void inventory_clear(struct inventory *inventory);

/* The key that a certificate belongs to; NULL: none on this token. */
const struct held_key *inventory_key_of(const struct inventory *inventory,
	const struct held_certificate *certificate);
void inventory_chain(const struct inventory *inventory,
	const struct certificate *certificate, struct chain *chain);

/* Whether the text (address, label, id, URI; NULL: any) means it. */
bool key_is_meant(const struct held_key *key, const char *wanted);
bool certificate_is_meant(
	const struct held_certificate *certificate, const char *wanted);

/* pkcs11: URIs, to be freed. */
char *key_uri(const struct token *token, const struct held_key *key);
char *certificate_uri(
	const struct token *token, const struct held_certificate *certificate);

#endif
