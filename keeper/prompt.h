/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions that the keeper itself asks a person. */

#ifndef PROMPT_H
#define PROMPT_H

#include "keeper/rule.h"
#include "pkcs11/bytes.h"
#include "pkcs11/cryptoki.h"

enum prompt_kind {
	PROMPT_PIN,
	PROMPT_OLD_PIN, /* before it is changed */
	PROMPT_CODE,    /* the recovery code */
	PROMPT_NEW_PIN, /* asked for twice */
	PROMPT_NEW_CODE,
	PROMPT_USE, /* whether a key may be used; no text comes back */
	PROMPT_KINDS
};

/* Why it is asked again. */
enum prompt_reason {
	PROMPT_FIRST,
	PROMPT_WRONG,
	PROMPT_SHORT, /* or too simple */
	PROMPT_REASONS
};

/* What a worker wants to be asked. Both ends are the same program. */
struct prompt_question {
	enum prompt_kind kind;
	enum prompt_reason reason;
	unsigned left;    /* tries; 0: not to be told */
	unsigned least;   /* characters of a new one */
	unsigned seconds; /* that the person has */
	unsigned use;     /* MAY_SIGN ..., of a PROMPT_USE */
	char token[33], key[65];
};

/* Bytes of the longest text that a person may type. */
enum { PROMPT_LONGEST = 255 };

/* The first byte of what comes back; the text follows it, to the end. */
enum { PROMPT_GIVEN = 'g', PROMPT_REFUSED = 'r', PROMPT_UNABLE = 'u' };

/* Gets the question to a person; gives back the end of a pipe that the answer
 * comes by, -1 when there is none. */
typedef int (*prompt_sender)(const struct prompt_question *question);
void prompt_by(prompt_sender sender);
/* Whether there is such a way at all. */
bool prompt_is_possible(void);

/*
 * Asks, one question at a time in this process. CKR_FUNCTION_CANCELED: the
 * person said no, was not there, or cannot be reached; why is in the log. The
 * caller clears the text, which is empty for PROMPT_USE.
 */
CK_RV prompt_ask(const struct prompt_question *question, struct secret *text);

#endif
