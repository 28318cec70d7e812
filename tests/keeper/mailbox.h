/* SPDX-License-Identifier: BSD-2-Clause */
/* A machine keeper with the token of a group on it, and users who come. */

#ifndef MAILBOX_H
#define MAILBOX_H

#include <stdbool.h>
#include <sys/types.h>

#include "pkcs11/cryptoki.h"
#include "tests/keeper/stage.h"

enum { MAILBOX_MEMBER = STAGE_OWNER, MAILBOX_OTHER = 64004 };

/* The first slot of the machine keeper's first front or group. */
enum { MAILBOX_SLOT = 0x60100001 };

/* A keeper whose group mail has both as members, and a token with a key and a
 * secret that may be read. Only for root. */
void mailbox_prepare(void);
pid_t mailbox_keeper(void);
/* All at once, as good editors do it. */
void mailbox_configure(const char *members);
void mailbox_restart(void);

/* What the user does (0: root), in a process of its own that ends well; and the
 * two halves of it. */
void mailbox_as(unsigned user, void (*act)(void));
pid_t mailbox_start(unsigned user, void (*act)(void));
void mailbox_expect_good_end(pid_t process);
/* The module, as an application has it. */
void mailbox_begin(void);
bool mailbox_is_there(void);
CK_SESSION_HANDLE mailbox_session(void);
/* A signature; and all that is needed before one. */
CK_RV mailbox_try(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key);
void mailbox_sign(void);
void mailbox_see_none(void);

#endif
