/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the one identity or certificate that the user means. */

#ifndef CHOICE_H
#define CHOICE_H

#include "command/inventory.h"

/* What is looked for. */
struct wish {
	/* Address, label, id or URI; NULL: any. */
	const char *name;
	/* Whether a key's certificate (NULL: the key has none) serves. */
	bool (*serves)(const struct held_certificate *certificate);
	/* Of several keys take the one with the newest certificate, when a
	 * name was given; else complain. */
	bool takes_newest;
	/* Certificates without a key count too. */
	bool takes_certificates;
};

/* What was found, with the token it is on. Starts empty; owns all. */
struct choice {
	const struct request *request;
	struct wish wish;
	struct module module;
	struct token token;
	struct inventory inventory;
	/* Of the inventory; one of them may be NULL. */
	const struct held_key *key;
	const struct held_certificate *certificate;
};

bool wish_for_signer(const struct held_certificate *certificate);
bool wish_for_anything(const struct held_certificate *certificate);

/* Looks through the tokens that the request allows. False, after saying why
 * there is none, or which ones there are. */
bool choice_make(const struct request *request, const struct wish *wish,
	struct choice *choice);
/* Logs in to the chosen token; then the private key is seen. */
bool choice_enter(struct choice *choice, bool writable);
void choice_clear(struct choice *choice);

#endif
