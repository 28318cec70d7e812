/* SPDX-License-Identifier: BSD-2-Clause */
/* One call in the module: its arguments put, and its outputs got. */

#include "config.h"

#include "pkcs11/call.h"

#include "pkcs11/parameter.h"
#include "pkcs11/template.h"

#include <string.h>

/* Numbers that one frame can bring. */
enum { LIST_MOST = FRAME_CAP / 8 };

void
call_refuse(struct call *call, CK_RV rv)
{
	if (call->rv == CKR_OK)
		call->rv = rv;
}

void
call_begin(struct call *call, uint32_t number)
{
	*call = (struct call){ .number = number, .row = &call_rows[number] };
	call->application = application_enter();
	if (!call->application)
		call->rv = CKR_CRYPTOKI_NOT_INITIALIZED;
}

void
call_to_keeper(struct call *call, struct keeper *keeper)
{
	call->keeper = keeper;
	signing_meet(call);
	if (call->rv == CKR_OK)
		call->rv = call_connect(call);
	if (call->rv != CKR_OK)
		return;
	call->known = call->connection->known;
	if (call->number > call->known.calls)
		call->rv = CKR_FUNCTION_NOT_SUPPORTED;
	signing_precede(call);
	frame_begin(&call->connection->request, call->number);
}

void
call_to_slot(struct call *call, CK_SLOT_ID slot)
{
	struct keeper *keeper;

	if (call->rv != CKR_OK)
		return;
	keeper = keeper_of_slot(call->application, slot);
	if (!keeper) {
		call->rv = CKR_TOKEN_NOT_PRESENT;
		return;
	}
	call_to_keeper(call, keeper);
	/* A keeper that was never there has no slots. */
	if (call->rv == CKR_TOKEN_NOT_PRESENT && !keeper->may_start &&
		!keeper_has_shown(keeper, slot))
		call->rv = CKR_SLOT_ID_INVALID;
}

void
call_to_session(struct call *call, CK_SESSION_HANDLE session)
{
	struct keeper *keeper;

	if (call->rv != CKR_OK)
		return;
	keeper = keeper_of_session(call->application, session);
	call->session = session;
	if (keeper)
		call_to_keeper(call, keeper);
	else
		call->rv = call->row->absent;
}

static struct wire *
request_of(struct call *call)
{
	return call->rv == CKR_OK ? &call->connection->request : NULL;
}

void
call_put_number(struct call *call, CK_ULONG number)
{
	struct wire *wire = request_of(call);

	if (wire)
		wire_put_number(wire, number);
}

void
call_put_slot(struct call *call, CK_SLOT_ID slot)
{
	if (request_of(call))
		call_put_number(call, slot_inside(call->keeper, slot));
}

void
call_put_session(struct call *call, CK_SESSION_HANDLE session)
{
	if (request_of(call))
		call_put_number(call, session_inside(call->keeper, session));
}

void
call_put_flag(struct call *call, CK_BBOOL flag)
{
	struct wire *wire = request_of(call);

	if (wire)
		wire_put_byte(wire, flag);
}

/* No bytes cross as such, with the length that the application gave: the
 * token knows what that means to the operation. */
void
call_put_bytes(struct call *call, const void *at, CK_ULONG length)
{
	struct wire *wire = request_of(call);

	if (!wire)
		return;
	wire_put_byte(wire, at != NULL);
	if (!at)
		wire_put_number(wire, length);
	else if (length > PIECE_CAP)
		call->rv = CKR_ARGUMENTS_BAD;
	else
		wire_put_bytes(wire, at, length);
}

void
call_put_label(struct call *call, const CK_UTF8CHAR *label)
{
	call_put_bytes(call, label, label ? 32 : 0);
}

/* The parameters of message calls are structures of their own; no mechanism of
 * parameters.table has one. */
void
call_put_message(struct call *call, const void *at, CK_ULONG length)
{
	if (length)
		call_refuse(call, CKR_MECHANISM_PARAM_INVALID);
}

void
call_put_template(struct call *call, const CK_ATTRIBUTE *at, CK_ULONG count)
{
	struct wire *wire = request_of(call);

	if (wire)
		call->rv =
			template_put(wire, at, count, call->known.attributes);
}

/* No object has an attribute that is not known: it is a search for objects of
 * no class. */
void
call_put_search(struct call *call, const CK_ATTRIBUTE *at, CK_ULONG count)
{
	CK_OBJECT_CLASS none = CK_UNAVAILABLE_INFORMATION;
	CK_ATTRIBUTE nothing = { CKA_CLASS, &none, sizeof(none) };
	struct wire *wire = request_of(call);
	size_t start = wire ? wire->length : 0;

	call_put_template(call, at, count);
	if (!wire || call->rv != CKR_ATTRIBUTE_TYPE_INVALID)
		return;
	wire->length = start;
	call->rv = CKR_OK;
	call_put_template(call, &nothing, 1);
}

void
call_put_mechanism(struct call *call, const CK_MECHANISM *mechanism)
{
	struct wire *wire = request_of(call);

	if (wire)
		call->rv =
			mechanism_put(wire, mechanism, call->known.parameters);
}

void
call_put_query(struct call *call, const CK_ATTRIBUTE *at, CK_ULONG count)
{
	struct wire *wire = request_of(call);

	if (wire)
		call->rv = query_put(wire, at, count, call->known.attributes);
}

void
call_put_room(struct call *call, const void *at, const CK_ULONG *length)
{
	struct wire *wire = request_of(call);

	if (!wire)
		return;
	call->asks_length = !at;
	wire_put_byte(wire, (uint8_t)((length ? 1 : 0) | (at ? 2 : 0)));
	wire_put_number(wire, length ? *length : 0);
}

void
call_put_fill(struct call *call, const void *at, CK_ULONG length)
{
	struct wire *wire = request_of(call);

	if (!wire)
		return;
	wire_put_byte(wire, at != NULL);
	wire_put_number(wire, length);
}

void
call_want(struct call *call, const void *at)
{
	if (!at)
		call_refuse(call, CKR_ARGUMENTS_BAD);
}

/* An error may come without outputs. */
struct wire *
call_answer(struct call *call)
{
	if (call->is_answered)
		return &call->connection->answer;
	if (call->rv == CKR_OK)
		call->connection->answer.failed = true;
	return NULL;
}

void
call_get_number(struct call *call, CK_ULONG *number)
{
	struct wire *wire = call_answer(call);
	CK_ULONG value = wire ? wire_take_number(wire) : 0;

	if (wire && !wire->failed && call->rv == CKR_OK)
		*number = value;
}

/* What another keeper has is not this one's to speak of. */
CK_SLOT_ID
call_own_slot(struct call *call, CK_SLOT_ID slot)
{
	CK_SLOT_ID outside = slot_outside(call->keeper, slot);

	if (keeper_of_slot(call->application, outside) == call->keeper)
		return outside;
	call->rv = CKR_DEVICE_ERROR;
	return 0;
}

void
call_get_slot(struct call *call, CK_SLOT_ID *slot)
{
	CK_SLOT_ID own = 0;

	call_get_number(call, &own);
	if (!call->is_answered || call->rv != CKR_OK)
		return;
	own = call_own_slot(call, own);
	if (call->rv == CKR_OK)
		*slot = own;
}

/* A worker that comes after this one must not give the number out again. */
static void
remember(struct call *call, uint64_t *first, CK_ULONG number)
{
	pthread_mutex_lock(&call->application->lock);
	if (number >= *first)
		*first = (uint64_t)number + 1;
	pthread_mutex_unlock(&call->application->lock);
}

/* A number that runs over would be a session of another keeper's. */
void
call_get_session(struct call *call, CK_SESSION_HANDLE *session)
{
	CK_SESSION_HANDLE own = CK_INVALID_HANDLE, outside;

	call_get_number(call, &own);
	if (!call->is_answered || call->rv != CKR_OK)
		return;
	outside = session_outside(call->keeper, own);
	if (keeper_of_session(call->application, outside) != call->keeper) {
		call->rv = CKR_DEVICE_ERROR;
		return;
	}
	remember(call, &call->keeper->first_session, own);
	*session = outside;
}

static void
remember_object(struct call *call, CK_OBJECT_HANDLE object)
{
	if (object >= SESSION_OBJECT_FIRST)
		remember(call, &call->keeper->first_object, object);
}

void
call_get_object(struct call *call, CK_OBJECT_HANDLE *object)
{
	call_get_number(call, object);
	if (call->is_answered && call->rv == CKR_OK)
		remember_object(call, *object);
}

void
call_get_query(struct call *call, CK_ATTRIBUTE *at, CK_ULONG count)
{
	struct wire *wire = call_answer(call);

	if (wire)
		call->rv = query_get(
			wire, at, count, call->known.attributes, call->rv);
}

/* The length that the token gave, at most this much, and how much of it comes:
 * nothing that the room does not hold. */
static CK_ULONG
get_length(struct call *call, struct wire *wire, const void *at,
	CK_ULONG *length, CK_ULONG most)
{
	CK_ULONG room = length ? *length : 0;
	CK_ULONG value = wire_take_number(wire);
	bool has_value = wire_take_byte(wire) != 0;

	if (has_value != (call->rv == CKR_OK && at) ||
		(has_value && (!length || value > room)))
		wire->failed = true;
	if (wire->failed)
		return 0;
	if (!length || (call->rv != CKR_OK && call->rv != CKR_BUFFER_TOO_SMALL))
		return 0;
	if (value > most) {
		wire->failed = true;
		return 0;
	}
	*length = value;
	return has_value ? value : 0;
}

void
call_get_room(struct call *call, void *at, CK_ULONG *length)
{
	struct wire *wire = call_answer(call);
	const unsigned char *bytes;
	CK_ULONG count;
	size_t there;

	if (!wire)
		return;
	if (call->rv != CKR_OK || !at) {
		get_length(call, wire, at, length, ~0UL);
		return;
	}
	count = get_length(call, wire, at, length, ~0UL);
	bytes = wire_take_bytes(wire, &there);
	if (there != count)
		wire->failed = true;
	else if (count && !wire->failed)
		memcpy(at, bytes, count);
}

/* Applications multiply without looking, and would make room for few. */
void
call_get_list(struct call *call, CK_ULONG *at, CK_ULONG *length)
{
	struct wire *wire = call_answer(call);
	CK_ULONG count, i;

	if (!wire)
		return;
	count = get_length(call, wire, at, length, LIST_MOST);
	for (i = 0; i < count && !wire->failed; i++)
		at[i] = wire_take_number(wire);
}

void
call_get_fill(struct call *call, void *at, CK_ULONG length)
{
	struct wire *wire = call_answer(call);
	const unsigned char *bytes;
	size_t there;

	if (!wire)
		return;
	bytes = wire_take_bytes(wire, &there);
	if (call->rv != CKR_OK || wire->failed)
		return;
	if (there != (at ? length : 0))
		wire->failed = true;
	else if (there)
		memcpy(at, bytes, there);
}

void
call_get_found(
	struct call *call, CK_OBJECT_HANDLE *at, CK_ULONG most, CK_ULONG *count)
{
	struct wire *wire = call_answer(call);
	uint32_t there, i;

	if (!wire)
		return;
	there = wire_take_count(wire, 8);
	if (there > most)
		wire->failed = true;
	for (i = 0; i < there && !wire->failed; i++) {
		at[i] = wire_take_number(wire);
		remember_object(call, at[i]);
	}
	if (call->rv == CKR_OK)
		*count = there;
}

/* Whether its connection is ready for another call; if not, the call failed. */
static bool
end_answer(struct call *call)
{
	const struct wire *answer = &call->connection->answer;

	if (answer->failed || (call->is_answered && !wire_is_finished(answer)))
		call->rv = CKR_DEVICE_ERROR;
	else if (channel_is_stale(call->connection))
		call->rv = CKR_DEVICE_REMOVED;
	else
		return true;
	return false;
}

CK_RV
call_end(struct call *call)
{
	struct application *application = call->application;
	struct connection *connection = call->connection;
	bool is_ready = connection && end_answer(call);

	if (!application)
		return call->rv;
	signing_end(call);
	if (is_ready)
		channel_give(connection);
	else if (connection)
		channel_drop(connection);
	application_leave(application);
	return call->rv;
}
