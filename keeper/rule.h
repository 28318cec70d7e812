/* SPDX-License-Identifier: BSD-2-Clause */
/* What the configuration may say of applications, tokens and keys. */

#ifndef RULE_H
#define RULE_H

#include <stdbool.h>
#include <stddef.h>

#include "keeper/subject.h"

enum rule_kind {
	RULE_NUMBER, /* from least to most */
	RULE_CLAIM,  /* yes or no */
	RULE_CHOICE, /* one of the words: its place among them */
	RULE_SET,    /* some of the words: a bit for the place of each */
	RULE_NAMES,  /* names of mechanisms; the text counts */
	RULE_PATH,   /* an absolute path; the text counts */
	RULE_PATHS,  /* several, parted by blanks; the text counts */
	RULE_TEXT    /* any; the text counts */
};

struct rule {
	const char *name;
	enum rule_kind kind;
	unsigned scopes; /* a bit for each section that may have it */
	unsigned preset, least, most;
	const char *const *words; /* NULL at the end */
	const char *purpose;      /* to be translated */
};

extern const struct rule rules[];
extern const size_t rules_count;

/* By name; NULL: there is none. */
const struct rule *rule_find(const char *name);
bool rule_is_for(const struct rule *rule, enum scope scope);

/* The value that the text stands for; false: for none. */
bool rule_parse(const struct rule *rule, const char *text, unsigned *number);
/* The value as the configuration would have it, at most room bytes. */
void rule_write(
	const struct rule *rule, unsigned number, char *text, size_t room);

/* Whether a list as RULE_NAMES takes it has the mechanism. "any" has all. */
bool rule_names_mechanism(const char *list, unsigned long mechanism);

/* A number or a claim as every line of the file has it. */
bool rule_parse_number(const char *text, unsigned *number);
bool rule_parse_claim(const char *text, unsigned *claim);

/* Names and words, for who reads their values. */
#define RULE_PIN_ENTRY "pin-entry"
#define RULE_PINENTRY "pinentry"
#define RULE_ASK "ask"
#define RULE_USES "uses"
#define RULE_MECHANISMS "mechanisms"
#define RULE_LOCK_AFTER "lock-after"
#define RULE_LOCK_AT_SUSPEND "lock-at-suspend"
#define RULE_EXPIRED "expired"
#define RULE_TPM "tpm"
#define RULE_PIN_GUARD "pin-guard"

#define RULE_MODULE "module"
#define RULE_TOKENS "tokens"
#define RULE_ENVIRONMENT "environment"
#define RULE_THREADS "threads"
#define RULE_CHAIN "chain"
#define RULE_CALL_SECONDS "call-seconds"
#define RULE_MEMBERS "members"

enum { PIN_ENTRY_CLIENT, PIN_ENTRY_KEEPER };
enum { ASK_NEVER, ASK_FIRST, ASK_EACH };
enum { EXPIRED_WARN, EXPIRED_REFUSE };
enum { PIN_GUARD_NONE, PIN_GUARD_TPM };
/* The places of the words of "uses". */
enum {
	MAY_SIGN,
	MAY_DECRYPT,
	MAY_UNWRAP,
	MAY_DERIVE,
	MAY_WRAP,
	MAY_ENCRYPT,
	MAY_VERIFY,
	MAY_COUNT
};

#endif
