/* SPDX-License-Identifier: BSD-2-Clause */
/* What listener and worker tell each other, on a socket pair of their own. */

#ifndef CONTROL_H
#define CONTROL_H

#include "keeper/audit-record.h"
#include "keeper/prompt.h"
#include "pkcs11/cryptoki.h"
#include "pkcs11/hello.h"

enum control_kind {
	CONTROL_CONNECTION, /* listener: serve this descriptor */
	CONTROL_COUNT,      /* worker: a PIN is about to be checked */
	CONTROL_CLEAR,      /* worker: it was right */
	CONTROL_LOOK,       /* worker: how many tries are left? */
	CONTROL_ANSWER,     /* listener: to the last three, RECALL, ASK, TPM */
	CONTROL_IDLE,       /* worker: no connection is left; may I go? */
	CONTROL_NOTE,       /* worker: a line for the log */
	CONTROL_ADVANCE,    /* worker: a token was changed so often */
	CONTROL_RECALL,     /* worker: and how often was it, for all we know? */
	CONTROL_ASK,        /* worker: ask a person; ANSWER has a pipe */
	CONTROL_AUDIT,      /* worker: a line for the audit log */
	CONTROL_RETURN,     /* worker: the PIN that was counted is no guess */
	CONTROL_TPM,        /* worker: ANSWER has a way to the TPM; user: SO */
	CONTROL_WALLS,      /* worker: what stands around it, in a line */
	CONTROL_SLOT,       /* worker: a fronted slot's name; its number? */
	CONTROL_NAMES,      /* worker: such names that it will ask for, lines */
	CONTROL_LOADED,     /* worker: the front's module works */
	CONTROL_KINDS
};

/* Both ends are the same program, so the bytes go as they are. What a kind
 * does not use is zero. */
struct control {
	enum control_kind kind;
	struct audit_record audit; /* AUDIT: a message that ends here */
	enum audit_choice {
		AUDIT_OFF,
		AUDIT_ON,
		AUDIT_DATA
	} audit_choice;       /* CONNECTION */
	uint64_t number;      /* of a question, and of its answer */
	unsigned connections; /* IDLE: how many came so far */
	CK_USER_TYPE user;
	CK_RV rv;
	unsigned left, limit;
	unsigned long slot; /* of ANSWER to SLOT */
	uint64_t changes;   /* ADVANCE, RECALL: of the token ... */
	/* ... whose rows are signed by it; of ANSWER to TPM: what the places of
	 * the owner's tokens begin with */
	unsigned char key[32];
	char serial[17];
	char line[512]; /* NOTE; CONNECTION: the program, if it is seen */
	struct hello hello;
	struct prompt_question question; /* ASK */
};

/* Sends a message, with a descriptor unless that is -1; both stay the caller's.
 * Waits for room only when may_wait. */
bool control_send(int socket, const struct control *control, int descriptor,
	bool may_wait);

/* Sends what AUDIT says; it is small, since each signature has one. */
bool control_send_audit(int socket, const struct audit_record *record);

enum control_result { CONTROL_GOT, CONTROL_NOTHING, CONTROL_CLOSED };

/* Receives a message, waiting for it only when may_wait; *descriptor is the
 * caller's to close, or -1. What is no message counts as closed. */
enum control_result control_receive(
	int socket, struct control *control, int *descriptor, bool may_wait);

#endif
