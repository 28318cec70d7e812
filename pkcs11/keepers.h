/* SPDX-License-Identifier: BSD-2-Clause */
/* The keepers that an application talks to, and whose each number is. */

#ifndef KEEPERS_H
#define KEEPERS_H

#include "pkcs11/cryptoki.h"
#include "pkcs11/hello.h"
#include "pkcs11/home.h"

#include <stddef.h>
#include <stdint.h>

struct application;
struct connection;

/*
 * The first two keep tokens of their own; fronts are what each of them has
 * beside these, in workers of their own. The number is part of slots and
 * sessions that applications have stored: it never changes.
 */
enum keeper_kind {
	KEEPER_USER,
	KEEPER_MACHINE,
	KEEPER_USER_FRONT,
	KEEPER_MACHINE_FRONT,
	KEEPERS
};

/*
 * A worker knows its own numbers only; to the application they are told apart
 * by the kind from these bits on, and in slots of fronts by the front's number
 * below it. Slots stay below 2^31.
 */
#define SLOT_BITS 29
#define FRONT_BITS 20
#define SESSION_BITS (sizeof(CK_SESSION_HANDLE) == 8 ? 48 : 29)

/* Begins as home_find left it; the application's lock protects what is not
 * constant. */
struct keeper {
	struct application *application;
	struct keeper *next;
	enum keeper_kind kind;
	uint32_t place;   /* constant; among those of its kind */
	uint32_t front;   /* constant; what it is told; 0: its own tokens */
	/* Constant; no other is told it: who knows it can join the worker. */
	unsigned char secret[HELLO_SECRET];
	bool is_remote;   /* constant; its place is of a keeper elsewhere */
	struct home home; /* constant; run is NULL: there is no such keeper */
	bool may_start;   /* constant */
	struct connection *idle, *busy;
	uint64_t worker; /* the instance that holds the sessions; 0: none yet */
	bool is_event_due; /* it was lost, and nobody was told */
	/* What a new worker may give out first. */
	uint64_t first_session, first_object;
	/* Slots that the application has seen: they stay, whoever is lost. */
	CK_SLOT_ID *slots;
	CK_ULONG slots_count;
};

/*
 * Keepers of other machines, whose sockets ssh has brought here, are beside the
 * user's fronts: each has its places for its own tokens and for fronts up to
 * REMOTE_FRONT_MOST.
 */
enum {
	LOCAL_FRONT_MOST = 255,
	REMOTE_PLACES = 256,
	REMOTES_MOST = 16,
	REMOTE_FRONT_MOST = 15
};

/* In the order in which applications see them; NULL after the last. One that
 * there is not has no home. They stay until keepers_clear. */
struct keeper *keepers_first(struct application *application);
struct keeper *keepers_next(struct keeper *keeper);

/* Finds where each is, of those that may count here. CKR_HOST_MEMORY;
 * CKR_GENERAL_ERROR: no secret can be drawn. */
CK_RV keepers_find(struct application *application);
/* What it has beside its tokens, from now on; known already is no error. NULL
 * for the same reasons. */
struct keeper *keeper_add_front(struct keeper *keeper, uint32_t front);
/* The keeper (1 to REMOTES_MOST) whose socket is in that folder; the same. */
struct keeper *keeper_add_remote(
	struct application *application, uint32_t number, const char *run);
void keepers_clear(struct application *application);

/* Whose it is, or would be; NULL: there is no keeper. */
struct keeper *keeper_of_slot(struct application *application, CK_SLOT_ID slot);
struct keeper *keeper_of_session(
	struct application *application, CK_SESSION_HANDLE session);

/* From a keeper's number to the application's, and back. */
CK_SLOT_ID slot_outside(const struct keeper *keeper, CK_SLOT_ID slot);
CK_SLOT_ID slot_inside(const struct keeper *keeper, CK_SLOT_ID slot);
CK_SESSION_HANDLE session_outside(
	const struct keeper *keeper, CK_SESSION_HANDLE session);
CK_SESSION_HANDLE session_inside(
	const struct keeper *keeper, CK_SESSION_HANDLE session);

/* Slots that the application is about to see, as it will see them. */
void keeper_show_slot(struct keeper *keeper, CK_SLOT_ID slot);
bool keeper_has_shown(struct keeper *keeper, CK_SLOT_ID slot);

/* What it is told in the hello: whether a slot without a token is of use. */
uint32_t keeper_wishes(struct keeper *keeper);

#endif
