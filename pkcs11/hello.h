/* SPDX-License-Identifier: BSD-2-Clause */
/* The first frame in each direction: who is there, and what it knows. */

#ifndef HELLO_H
#define HELLO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pkcs11/wire.h"

/* The call number of a hello, and the longest body of one. */
#define HELLO_CALL 0
#define HELLO_CAP 4096

/*
 * Instead of a hello: how is the listener doing, and a request to end. Both
 * have no body. The answer to the first is a frame of the same call with lines
 * of text; to the second, that the connection ends when all is done.
 */
#define STATUS_CALL 0xffffff01u
#define STOP_CALL 0xffffff02u
/* The same: a new verification code for the audit log, which is the answer's
 * body; an empty one refuses. */
#define AUDIT_CODE_CALL 0xffffff03u

/*
 * To the machine keeper, instead of a hello: take in a token. No body either;
 * after the frame come the length of the token's file and that of its journal,
 * u64 each, and their bytes. The answer is a frame of the same call with a u32
 * (move_result) and the token's serial as text. MOVE_DONE is also said of a
 * token that is there already. A keeper that takes none hangs up.
 */
#define MOVE_CALL 0xffffff04u
#define MOVE_LENGTHS 16
#define MOVE_CAP ((uint64_t)1 << 30)
enum move_result {
	MOVE_DONE,
	MOVE_BUSY, /* another one is on its way */
	MOVE_TOO_LARGE,
	MOVE_NO_TOKEN,
	MOVE_FAILED
};

/*
 * Also instead of a hello: what else the keeper has for this user, each served
 * by a worker of its own. The answer is a frame of the same call: a u32, how
 * many; for each a u32, its number (1 to FRONT_MOST), and its name as a text.
 */
#define FRONTS_CALL 0xffffff05u
#define FRONTS_CAP 65536u
#define FRONT_MOST 511u

/* Bytes of the secret of an application's worker. */
#define HELLO_SECRET 16

/* Handles from here on are session objects; a token object's are below. */
#define SESSION_OBJECT_FIRST 0x40000000UL

/* What an application has slots without a token for: it will make one, or has
 * tokens elsewhere. */
#define HELLO_SPARE_SLOT 1u
#define HELLO_NO_EMPTY_SLOT 2u
/* The application is on another machine: its person is to be asked where the
 * keeper's user is, not where the application is. */
#define HELLO_ELSEWHERE 4u
/* The worker takes requests that come before it has answered the last one. */
#define HELLO_IN_A_ROW 8u

/*
 * What a hello says. The module's names the application: connections with the
 * same secret (and from the same process) belong to one worker. The worker's
 * answer has its own counts, its instance, HELLO_IN_A_ROW as its wishes, and
 * the front that it serves; the rest of it is empty.
 */
struct hello {
	unsigned char secret[HELLO_SECRET]; /* drawn for this keeper alone */
	/* Rows of the three append-only tables that the sender knows. */
	uint32_t calls, parameters, attributes;
	/* The first numbers that a worker which starts now may give out to
	 * sessions and to session objects, so that old ones stay void. */
	uint64_t first_session, first_object;
	uint64_t instance; /* differs between workers; 0 from the module */
	char application[64];
	char display[128], wayland[128], authority[256]; /* for prompts */
	char terminal[128], locale[64];
	uint32_t wishes; /* HELLO_...; 0 from who does not know them */
	uint32_t front;  /* the number of one; 0: the keeper's own tokens */
};

/* Puts the whole frame, header included, for sending as it is. */
void hello_put(struct wire *wire, const struct hello *hello);

/*
 * Takes the body of a hello frame (what follows the header). False when it is
 * no hello of a version that this side speaks, or not whole. What a newer
 * sender added at the end is ignored. All texts are closed by a NUL; they are
 * a peer's claims, not facts.
 */
bool hello_take(const void *body, size_t length, struct hello *hello);

#endif
