/* SPDX-License-Identifier: BSD-2-Clause */
/* The worker's end of the wire: one connection, served from a function list. */

#ifndef SERVE_H
#define SERVE_H

#include <stddef.h>

#include "pkcs11/cryptoki.h"
#include "pkcs11/hello.h"

/* Bytes of large frames that one client may have under way. */
#define SERVE_MEMORY (64u << 20)

/* What one client may take. Zero means the cap of the wire. */
struct serve_limits {
	size_t frame;  /* bytes of one frame's body, at most FRAME_CAP */
	size_t memory; /* bytes of frames of all connections together */
	int seconds;   /* for the rest of a frame whose header has come */
	/* Asked after each answer: no other call is to be served. Or NULL. */
	bool (*is_over)(void);
};

/*
 * Serves one connection in the calling thread until it ends: answers the hello
 * (which its accepter has read and taken) and then every call, with the
 * CK_RV and all outputs that the token gives. Malformed, oversized or
 * unfinished frames end the connection and reach nothing. The token's version
 * says which functions it has: those of 3.0 on a 2.40 list, and any that is
 * NULL, answer CKR_FUNCTION_NOT_SUPPORTED. The caller keeps and closes the
 * descriptor. May run in any number of threads on one token.
 */
void serve(int descriptor, const struct hello *hello,
	const CK_FUNCTION_LIST_3_0 *token, const struct serve_limits *limits);

#endif
