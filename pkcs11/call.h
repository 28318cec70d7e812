/* SPDX-License-Identifier: BSD-2-Clause */
/* One call in the module: its arguments put, the trip made, its outputs got.
 * The functions are what generate-calls writes calls of; a kind of argument
 * has its pair here and its other pair in request.h. */

#ifndef CALL_H
#define CALL_H

#include "pkcs11/channel.h"
#include "pkcs11/search.h"

/*
 * Data of a call that goes in one frame. Longer data is sent in pieces, to the
 * functions that take pieces; mechanisms that take data only at once refuse
 * it. Longer than STREAM_CAP is refused.
 */
#define PIECE_CAP (1u << 20)
#define STREAM_CAP 0x7fffffffUL

struct call {
	struct application *application;
	struct keeper *keeper;
	uint32_t number;
	const struct call_row *row;
	struct connection *connection;
	struct known known;
	/* The first refusal, else what the worker answered. */
	CK_RV rv;
	bool is_answered; /* there are outputs to get */
	/* For signing.c. */
	CK_SESSION_HANDLE session; /* invalid: it is for none */
	bool asks_length;          /* of an output, which has no room */
	bool is_telling;           /* a C_SignInit of before */
	bool is_deferred;          /* a C_SignInit that was not sent */
	bool has_begin;            /* its C_SignInit goes with it */
	CK_RV begin_rv;            /* what that one was answered */
	int64_t asked;             /* when a C_SignInit was */
};

void call_begin(struct call *call, uint32_t number);
/* Then, whom it is for: who has the slot, or the session. */
void call_to_keeper(struct call *call, struct keeper *keeper);
void call_to_slot(struct call *call, CK_SLOT_ID slot);
void call_to_session(struct call *call, CK_SESSION_HANDLE session);
void call_put_slot(struct call *call, CK_SLOT_ID slot);
void call_put_session(struct call *call, CK_SESSION_HANDLE session);
void call_put_number(struct call *call, CK_ULONG number);
void call_put_flag(struct call *call, CK_BBOOL flag);
void call_put_bytes(struct call *call, const void *at, CK_ULONG length);
void call_put_label(struct call *call, const CK_UTF8CHAR *label);
void call_put_message(struct call *call, const void *at, CK_ULONG length);
void call_put_template(
	struct call *call, const CK_ATTRIBUTE *at, CK_ULONG count);
void call_put_search(struct call *call, const CK_ATTRIBUTE *at, CK_ULONG count);
void call_put_mechanism(struct call *call, const CK_MECHANISM *mechanism);
void call_put_query(struct call *call, const CK_ATTRIBUTE *at, CK_ULONG count);
void call_put_room(struct call *call, const void *at, const CK_ULONG *length);
void call_put_fill(struct call *call, const void *at, CK_ULONG length);
/* An output that cannot be NULL. */
void call_want(struct call *call, const void *at);

/* trip.c: to the worker and back. */
void call_trip(struct call *call);
/* A connection to the call's keeper. */
CK_RV call_connect(struct call *call);
/* Unless something was refused before. */
void call_refuse(struct call *call, CK_RV rv);

/* The outputs that the answer has; NULL: it has none. */
struct wire *call_answer(struct call *call);
void call_get_number(struct call *call, CK_ULONG *number);
/* A slot of the keeper's as the application sees it; CKR_DEVICE_ERROR: it is
 * another's. */
CK_SLOT_ID call_own_slot(struct call *call, CK_SLOT_ID slot);
void call_get_slot(struct call *call, CK_SLOT_ID *slot);
void call_get_session(struct call *call, CK_SESSION_HANDLE *session);
void call_get_object(struct call *call, CK_OBJECT_HANDLE *object);
void call_get_query(struct call *call, CK_ATTRIBUTE *at, CK_ULONG count);
void call_get_room(struct call *call, void *at, CK_ULONG *length);
void call_get_list(struct call *call, CK_ULONG *at, CK_ULONG *length);
void call_get_fill(struct call *call, void *at, CK_ULONG length);
void call_get_found(struct call *call, CK_OBJECT_HANDLE *at, CK_ULONG most,
	CK_ULONG *count);
void call_get_first(struct call *call, struct search *search);
void call_get_slot_info(struct call *call, CK_SLOT_INFO *info);
void call_get_token_info(struct call *call, CK_TOKEN_INFO *info);
void call_get_mechanism_info(struct call *call, CK_MECHANISM_INFO *info);
void call_get_session_info(struct call *call, CK_SESSION_INFO *info);

CK_RV call_end(struct call *call);

#endif
