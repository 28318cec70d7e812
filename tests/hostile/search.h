/* SPDX-License-Identifier: BSD-2-Clause */
/* What a search by random calls has in hand: keys, and bytes that came out. */

#ifndef SEARCH_H
#define SEARCH_H

#include "tests/hostile/canary.h"

/* Whose value a handle has, as far as the test can follow it. */
enum secret {
	SECRET_KNOWN, /* the attacker's */
	SECRET_OTHER, /* nobody's: what is generated or unwrapped by accident */
	SECRET_TRUSTED,
	SECRET_CANARY,
	SECRET_HKDF,
	SECRET_RSA,
	SECRET_EC,
	SECRET_DERIVED, /* of a secret that stays */
	SECRET_GUARDED, /* leaves by the trusted key only */
};

struct thing {
	CK_OBJECT_HANDLE handle;
	enum secret secret;
};

/* With what it is, if it is a wrapping. */
struct blob {
	CK_BYTE at[2048];
	CK_ULONG length;
	CK_MECHANISM_TYPE mechanism; /* 0: it is no wrapping */
	enum secret by, inside;
};

enum { ORIGINALS = 10, THINGS = 40, BLOBS = 24 };

struct search {
	unsigned long seed, seed_given, call, returned, blobs_seen;
	const char *move;
	CK_SESSION_HANDLE session;
	CK_BYTE point[65]; /* the attacker's half of ECDH */
	struct thing things[THINGS];
	size_t thing_count;
	const struct thing *last;
	struct blob blobs[BLOBS];
	size_t blob_count;
};

/* A token with all canaries, the trusted key and the attacker's own. */
void search_begin(struct search *search);
/* Below limit; the same for the same seed. */
unsigned draw(struct search *search, unsigned limit);
const struct thing *any_thing(struct search *search);
const struct blob *any_blob(struct search *search);
/* One in the place of another, which is destroyed, when there are too many. */
void keep_thing(
	struct search *search, CK_OBJECT_HANDLE handle, enum secret secret);
/* Looks for canaries in it first. */
void keep_blob(struct search *search, const struct blob *blob);

bool secret_must_stay(enum secret secret);
/* Not even wrapped. */
bool secret_never_leaves(enum secret secret);
/* Ends the test, with the seed and the call. */
void theft(const struct search *search, const char *what)
	__attribute__((noreturn));

#endif
