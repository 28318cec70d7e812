/* SPDX-License-Identifier: BSD-2-Clause */
/* A token of the module: found by label or URI, opened, logged in. */

#ifndef TOKEN_H
#define TOKEN_H

#include "command/module.h"
#include "pkcs11/bytes.h"

/* Starts empty ({ 0 }); borrows the module. */
struct token {
	const struct module *module;
	CK_FUNCTION_LIST *calls;
	CK_SLOT_ID slot;
	CK_TOKEN_INFO info;
	/* The label without the blanks that fill it. */
	char label[33];
	CK_SESSION_HANDLE session;
	bool is_logged_in;
	/* Where the PIN came from, for keys that want it at every use. */
	const struct request *request;
	/* What a descriptor gave, for it gives it only once; from login to
	 * token_close(). */
	struct secret pin;
};

/* Which tokens: a label or a pkcs11: URI; NULL: every one. */
struct token_list {
	struct token *at;
	size_t count;
};

/*
 * The initialised tokens that fit. False, after saying why, when the module
 * fails or the URI is none; finding nothing is no failure. The caller clears.
 */
bool token_list_read(const struct module *module, const char *wanted,
	struct token_list *list);
void token_list_clear(struct token_list *list);
/* Whether the PIN that the request brings is for a token of the list: with
 * several and no --token nobody knows whose it is, and it would cost the others
 * a try each. Says so when it brings one for nothing. */
bool token_list_has_pin(
	const struct token_list *list, const struct request *request);

/* The one token that the request means. False, after saying why, when there is
 * none or several. */
bool token_choose(const struct module *module, const struct request *request,
	struct token *token);

/* Opens a session. False, after saying why. */
bool token_open(struct token *token, bool writable);
/* Enters the PIN as the request says, asking again when one typed is wrong.
 * False, after saying why. */
bool token_login(struct token *token, const struct request *request);
/* The same with a PIN that is at hand, without a word. */
CK_RV token_login_with(struct token *token, const struct secret *pin);
/* The PIN once more, for the operation that was just begun with a key that
 * asks for it at every use. */
CK_RV token_confirm(const struct token *token);
/* Whether our own module shows it. */
bool token_is_by_us(const struct token *token);
/* Whether the machine keeper has it, not the user's own. */
bool token_is_of_machine(const struct token *token);
/* What guards the PIN of a token of ours, as its keeper says: "tpm" when its
 * hardware is a TPM 2.0, else "none". NULL: somebody else's token. */
const char *token_guard(const struct token *token);
/* The name of the group whose slot it is; false: it is none's. */
bool token_group(const struct module *module, CK_SLOT_ID slot, char name[65]);
/* Reads what the token says of itself anew. */
CK_RV token_refresh(struct token *token);
void token_close(struct token *token);

/* Both in one: module, token, session and (when asked) login. */
bool token_enter(const struct request *request, bool writable, bool login,
	struct module *module, struct token *token);
void token_leave(struct module *module, struct token *token);

/* A text of the standard's kind: padded with blanks, no end mark. */
void token_text(const unsigned char *padded, size_t length, char *text);

/* The pkcs11: URI, to be freed; NULL: memory is short. */
char *token_uri(const struct token *token);

#endif
