/* SPDX-License-Identifier: BSD-2-Clause */
/* What a worker tells of one event, for a line of the audit log. */

#ifndef AUDIT_RECORD_H
#define AUDIT_RECORD_H

#include "keeper/keyname.h"

#include <stdbool.h>
#include <string.h>
#include <sys/types.h>

/* The names in the log are in audit-line.c, in this order. */
enum audit_event {
	AUDIT_LOGIN,
	AUDIT_LOGOUT,
	AUDIT_PIN,
	AUDIT_INIT_TOKEN,
	AUDIT_SIGN,
	AUDIT_DECRYPT,
	AUDIT_ENCRYPT,
	AUDIT_VERIFY,
	AUDIT_DERIVE,
	AUDIT_WRAP,
	AUDIT_UNWRAP,
	AUDIT_DIGEST,
	AUDIT_CREATE,
	AUDIT_GENERATE,
	AUDIT_COPY,
	AUDIT_CHANGE,
	AUDIT_DESTROY,
	AUDIT_READ,
	AUDIT_POLICY,
	AUDIT_MOVE, /* a token was brought to the machine keeper */
	AUDIT_EVENTS
};

/* Workers are the same program, so the bytes go as they are. */
struct audit_record {
	enum audit_event event;
	unsigned char has_mechanism, has_data;
	CK_MECHANISM_TYPE mechanism;
	CK_RV rv;
	struct keyname key;     /* all zero: none */
	unsigned char data[32]; /* SHA-256 of what was signed */
	char detail[128];       /* words of the layer's own, or empty */
};

/* What a worker sent is whole; the rest is only shown. */
static inline bool
audit_record_is_sound(const struct audit_record *record)
{
	return (unsigned)record->event < AUDIT_EVENTS &&
		record->key.id_length <= sizeof(record->key.id) &&
		memchr(record->key.serial, 0, sizeof(record->key.serial)) &&
		memchr(record->key.label, 0, sizeof(record->key.label)) &&
		memchr(record->detail, 0, sizeof(record->detail));
}

/* Who did it, as the listener knows: a worker cannot say otherwise. */
struct audit_author {
	uid_t user;
	pid_t process;
	const char *group;       /* whose token it is, or "" */
	const char *application; /* as it called itself */
	const char *program;     /* as the kernel sees it, or "" */
};

#endif
