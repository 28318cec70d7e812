/* SPDX-License-Identifier: BSD-2-Clause */
/* The outputs of a call that are structures of information. */

#include "config.h"

#include "pkcs11/call.h"

#include <string.h>

static void
get_version(struct wire *wire, CK_VERSION *version)
{
	version->major = wire_take_byte(wire);
	version->minor = wire_take_byte(wire);
}

static void
get_text(struct wire *wire, CK_UTF8CHAR *text, size_t length)
{
	const unsigned char *bytes = wire_take_raw(wire, length);

	if (bytes)
		memcpy(text, bytes, length);
}

void
call_get_slot_info(struct call *call, CK_SLOT_INFO *info)
{
	struct wire *wire = call_answer(call);
	CK_SLOT_INFO got = { 0 };

	if (!wire)
		return;
	get_text(wire, got.slotDescription, sizeof(got.slotDescription));
	get_text(wire, got.manufacturerID, sizeof(got.manufacturerID));
	got.flags = wire_take_number(wire);
	get_version(wire, &got.hardwareVersion);
	get_version(wire, &got.firmwareVersion);
	if (call->rv == CKR_OK)
		*info = got;
}

void
call_get_token_info(struct call *call, CK_TOKEN_INFO *info)
{
	struct wire *wire = call_answer(call);
	CK_TOKEN_INFO got = { 0 };

	if (!wire)
		return;
	get_text(wire, got.label, sizeof(got.label));
	get_text(wire, got.manufacturerID, sizeof(got.manufacturerID));
	get_text(wire, got.model, sizeof(got.model));
	get_text(wire, got.serialNumber, sizeof(got.serialNumber));
	got.flags = wire_take_number(wire);
	got.ulMaxSessionCount = wire_take_number(wire);
	got.ulSessionCount = wire_take_number(wire);
	got.ulMaxRwSessionCount = wire_take_number(wire);
	got.ulRwSessionCount = wire_take_number(wire);
	got.ulMaxPinLen = wire_take_number(wire);
	got.ulMinPinLen = wire_take_number(wire);
	got.ulTotalPublicMemory = wire_take_number(wire);
	got.ulFreePublicMemory = wire_take_number(wire);
	got.ulTotalPrivateMemory = wire_take_number(wire);
	got.ulFreePrivateMemory = wire_take_number(wire);
	get_version(wire, &got.hardwareVersion);
	get_version(wire, &got.firmwareVersion);
	get_text(wire, got.utcTime, sizeof(got.utcTime));
	if (call->rv == CKR_OK)
		*info = got;
}

void
call_get_mechanism_info(struct call *call, CK_MECHANISM_INFO *info)
{
	struct wire *wire = call_answer(call);
	CK_MECHANISM_INFO got;

	if (!wire)
		return;
	got.ulMinKeySize = wire_take_number(wire);
	got.ulMaxKeySize = wire_take_number(wire);
	got.flags = wire_take_number(wire);
	if (call->rv == CKR_OK)
		*info = got;
}

void
call_get_session_info(struct call *call, CK_SESSION_INFO *info)
{
	struct wire *wire = call_answer(call);
	CK_SESSION_INFO got;

	if (!wire)
		return;
	got.slotID = wire_take_number(wire);
	got.state = wire_take_number(wire);
	got.flags = wire_take_number(wire);
	got.ulDeviceError = wire_take_number(wire);
	if (call->rv == CKR_OK && !wire->failed)
		got.slotID = call_own_slot(call, got.slotID);
	if (call->rv == CKR_OK)
		*info = got;
}
