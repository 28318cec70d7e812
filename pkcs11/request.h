/* SPDX-License-Identifier: BSD-2-Clause */
/* One request in the worker: its arguments taken, its outputs given. The
 * functions are what generate-calls writes calls of; a kind of argument has
 * its pair here and its other pair in call.h. */

#ifndef REQUEST_H
#define REQUEST_H

#include "pkcs11/parameter.h"
#include "pkcs11/template.h"

/* The largest output that a call may ask for at once. */
#define ROOM_CAP (FRAME_CAP - 4096)

struct request {
	struct wire in, out;
	struct arena arena;
	struct known known;
	CK_RV rv; /* not CKR_OK before the token is called: refused */
};

struct octets {
	CK_BYTE *at; /* NULL as the application gave it */
	CK_ULONG length;
};

/* An output whose length the caller may ask first. [PKCS11 5.2] */
struct room {
	void *at; /* NULL: only the length is asked */
	CK_ULONG length, offered;
	CK_ULONG *length_at; /* NULL as the application gave it */
};

struct found {
	CK_OBJECT_HANDLE *at;
	CK_ULONG most, count;
};

/* All taken, nothing left, nothing refused: the token may be called. */
bool request_is_ready(struct request *request);

CK_ULONG request_take_number(struct request *request);
CK_BBOOL request_take_flag(struct request *request);
struct octets request_take_bytes(struct request *request);
CK_UTF8CHAR *request_take_label(struct request *request);
struct template request_take_template(struct request *request);
CK_MECHANISM *request_take_mechanism(struct request *request);
void request_take_query(struct request *request, struct query *query);
void request_take_room(struct request *request, struct room *room);
void request_take_list(struct request *request, struct room *room);
struct octets request_take_fill(struct request *request);
void request_take_found(struct request *request, struct found *found);

void request_give_rv(struct request *request);
void request_give_number(struct request *request, CK_ULONG number);
void request_give_query(struct request *request, const struct query *query);
void request_give_room(struct request *request, const struct room *room);
void request_give_list(struct request *request, const struct room *room);
void request_give_fill(struct request *request, const struct octets *filled);
void request_give_found(struct request *request, const struct found *found);
void request_give_slot_info(struct request *request, const CK_SLOT_INFO *info);
void request_give_token_info(
	struct request *request, const CK_TOKEN_INFO *info);
void request_give_mechanism_info(
	struct request *request, const CK_MECHANISM_INFO *info);
void request_give_session_info(
	struct request *request, const CK_SESSION_INFO *info);

#endif
