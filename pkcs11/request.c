/* SPDX-License-Identifier: BSD-2-Clause */
/* One request in the worker: its arguments taken, its outputs given. */

#include "config.h"

#include "pkcs11/request.h"

#include <string.h>

static void
refuse_request(struct request *request, CK_RV rv)
{
	if (request->rv == CKR_OK)
		request->rv = rv;
}

bool
request_is_ready(struct request *request)
{
	if (request->rv != CKR_OK)
		return false;
	if (!wire_is_finished(&request->in))
		request->in.failed = true;
	return !request->in.failed;
}

CK_ULONG
request_take_number(struct request *request)
{
	return wire_take_number(&request->in);
}

CK_BBOOL
request_take_flag(struct request *request)
{
	return wire_take_byte(&request->in);
}

/* The token gets what the application gave, also no bytes and a length. */
struct octets
request_take_bytes(struct request *request)
{
	struct octets octets = { 0 };
	bool is_there = wire_take_byte(&request->in) != 0;
	const unsigned char *bytes;
	size_t length;

	if (!is_there) {
		octets.length = request_take_number(request);
		return octets;
	}
	bytes = wire_take_bytes(&request->in, &length);
	memcpy(&octets.at, &bytes, sizeof(bytes));
	octets.length = length;
	return octets;
}

CK_UTF8CHAR *
request_take_label(struct request *request)
{
	struct octets label = request_take_bytes(request);

	if (label.at && label.length != 32)
		request->in.failed = true;
	return label.at;
}

struct template request_take_template(struct request *request)
{
	struct template template = { 0 };

	refuse_request(request,
		template_take(&request->in, &request->arena,
			request->known.attributes, &template));
	return template;
}

CK_MECHANISM *
request_take_mechanism(struct request *request)
{
	CK_MECHANISM *mechanism;

	refuse_request(request,
		mechanism_take(&request->in, &request->arena,
			request->known.parameters, &mechanism));
	return mechanism;
}

void
request_take_query(struct request *request, struct query *query)
{
	*query = (struct query){ 0 };
	refuse_request(request,
		query_take(&request->in, &request->arena,
			request->known.attributes, query));
}

static void
take_room(struct request *request, struct room *room, size_t unit)
{
	uint8_t there = wire_take_byte(&request->in);
	CK_ULONG length = request_take_number(request);

	*room = (struct room){ 0 };
	if (there & 1)
		room->length_at = &room->length;
	if (length > ROOM_CAP / unit)
		length = ROOM_CAP / unit;
	room->length = room->offered = length;
	if (!(there & 2))
		return;
	room->at = arena_take(&request->arena, length * unit);
	if (!room->at)
		refuse_request(request, CKR_DEVICE_MEMORY);
}

void
request_take_room(struct request *request, struct room *room)
{
	take_room(request, room, 1);
}

void
request_take_list(struct request *request, struct room *room)
{
	take_room(request, room, sizeof(CK_ULONG));
}

struct octets
request_take_fill(struct request *request)
{
	struct octets octets = { 0 };
	bool is_there = wire_take_byte(&request->in) != 0;

	octets.length = request_take_number(request);
	if (!is_there)
		return octets;
	if (octets.length > ROOM_CAP)
		request->in.failed = true;
	else if (!(octets.at = arena_take(&request->arena, octets.length)))
		refuse_request(request, CKR_DEVICE_MEMORY);
	return octets;
}

void
request_take_found(struct request *request, struct found *found)
{
	*found = (struct found){ 0 };
	found->most = request_take_number(request);
	if (found->most > FOUND_CAP)
		found->most = FOUND_CAP;
	found->at = arena_take(
		&request->arena, found->most * sizeof(CK_OBJECT_HANDLE));
	if (!found->at)
		refuse_request(request, CKR_DEVICE_MEMORY);
}

void
request_give_rv(struct request *request)
{
	wire_put_number(&request->out, request->rv);
}

void
request_give_number(struct request *request, CK_ULONG number)
{
	wire_put_number(&request->out, number);
}

void
request_give_query(struct request *request, const struct query *query)
{
	query_give(
		&request->out, query, request->rv, request->known.attributes);
}

/* Whether there is a value, and no more of it than the room holds. */
static bool
give_length(struct request *request, const struct room *room)
{
	bool has_value = request->rv == CKR_OK && room->at &&
		room->length <= room->offered;

	wire_put_number(&request->out, room->length);
	wire_put_byte(&request->out, has_value);
	return has_value;
}

void
request_give_room(struct request *request, const struct room *room)
{
	if (give_length(request, room))
		wire_put_bytes(&request->out, room->at, room->length);
}

void
request_give_list(struct request *request, const struct room *room)
{
	const CK_ULONG *numbers = room->at;
	CK_ULONG i;

	if (!give_length(request, room))
		return;
	for (i = 0; i < room->length; i++)
		wire_put_number(&request->out, numbers[i]);
}

void
request_give_fill(struct request *request, const struct octets *filled)
{
	if (request->rv == CKR_OK && filled->at)
		wire_put_bytes(&request->out, filled->at, filled->length);
	else
		wire_put_u32(&request->out, 0);
}

void
request_give_found(struct request *request, const struct found *found)
{
	CK_ULONG count = request->rv == CKR_OK ? found->count : 0, i;

	if (count > found->most)
		count = found->most;
	wire_put_u32(&request->out, (uint32_t)count);
	for (i = 0; i < count; i++)
		wire_put_number(&request->out, found->at[i]);
}

static void
give_version(struct request *request, const CK_VERSION *version)
{
	wire_put_byte(&request->out, version->major);
	wire_put_byte(&request->out, version->minor);
}

void
request_give_slot_info(struct request *request, const CK_SLOT_INFO *info)
{
	struct wire *out = &request->out;

	wire_put_raw(out, info->slotDescription, sizeof(info->slotDescription));
	wire_put_raw(out, info->manufacturerID, sizeof(info->manufacturerID));
	wire_put_number(out, info->flags);
	give_version(request, &info->hardwareVersion);
	give_version(request, &info->firmwareVersion);
}

void
request_give_token_info(struct request *request, const CK_TOKEN_INFO *info)
{
	struct wire *out = &request->out;

	wire_put_raw(out, info->label, sizeof(info->label));
	wire_put_raw(out, info->manufacturerID, sizeof(info->manufacturerID));
	wire_put_raw(out, info->model, sizeof(info->model));
	wire_put_raw(out, info->serialNumber, sizeof(info->serialNumber));
	wire_put_number(out, info->flags);
	wire_put_number(out, info->ulMaxSessionCount);
	wire_put_number(out, info->ulSessionCount);
	wire_put_number(out, info->ulMaxRwSessionCount);
	wire_put_number(out, info->ulRwSessionCount);
	wire_put_number(out, info->ulMaxPinLen);
	wire_put_number(out, info->ulMinPinLen);
	wire_put_number(out, info->ulTotalPublicMemory);
	wire_put_number(out, info->ulFreePublicMemory);
	wire_put_number(out, info->ulTotalPrivateMemory);
	wire_put_number(out, info->ulFreePrivateMemory);
	give_version(request, &info->hardwareVersion);
	give_version(request, &info->firmwareVersion);
	wire_put_raw(out, info->utcTime, sizeof(info->utcTime));
}

void
request_give_mechanism_info(
	struct request *request, const CK_MECHANISM_INFO *info)
{
	wire_put_number(&request->out, info->ulMinKeySize);
	wire_put_number(&request->out, info->ulMaxKeySize);
	wire_put_number(&request->out, info->flags);
}

void
request_give_session_info(struct request *request, const CK_SESSION_INFO *info)
{
	wire_put_number(&request->out, info->slotID);
	wire_put_number(&request->out, info->state);
	wire_put_number(&request->out, info->flags);
	wire_put_number(&request->out, info->ulDeviceError);
}
