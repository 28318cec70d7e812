/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls about slots, tokens and mechanisms. */

#include "config.h"

#include "token/soft-calls.h"

#include "pkcs11/log.h"
#include "token/mechanism.h"
#include "token/pin-rules.h"
#include "token/slot.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

CK_RV
soft_C_GetSlotList(CK_BBOOL with_token, CK_SLOT_ID *list, CK_ULONG *count)
{
	CK_ULONG room;
	CK_RV rv;

	if ((rv = state_check()) != CKR_OK)
		return rv;
	if (!count)
		return CKR_ARGUMENTS_BAD;
	if (!list && (rv = slots_scan()) != CKR_OK)
		return rv;
	room = list ? *count : 0;
	*count = slots_list(with_token, list, room);
	return list && *count > room ? CKR_BUFFER_TOO_SMALL : CKR_OK;
}

/* By this the command knows a group's slots. */
static void
describe_slot(CK_SLOT_INFO *info)
{
	const char *group = state_configuration()->group;
	char name[sizeof(info->slotDescription)] = "Privy Seal";

	if (group)
		snprintf(name, sizeof(name), "Privy Seal, group %s", group);
	soft_pad(info->slotDescription, sizeof(info->slotDescription), name);
}

CK_RV
soft_C_GetSlotInfo(CK_SLOT_ID slot, CK_SLOT_INFO *info)
{
	enum slot_content content;
	CK_RV rv;

	if ((rv = state_check()) != CKR_OK)
		return rv;
	if (!info)
		return CKR_ARGUMENTS_BAD;
	if ((rv = slot_content(slot, &content)) != CKR_OK)
		return rv;
	/* Removable: NSS gives up on a fixed one that failed once. */
	*info = (CK_SLOT_INFO){ .flags = CKF_REMOVABLE_DEVICE |
			(content == SLOT_ABSENT ? 0 : CKF_TOKEN_PRESENT),
		.hardwareVersion = { 0, 1 },
		.firmwareVersion = { 0, 1 } };
	describe_slot(info);
	soft_pad(info->manufacturerID, sizeof(info->manufacturerID),
		"Privy Seal");
	return CKR_OK;
}

/* What an uninitialised token tells, and what all tell. */
static void
describe_any(CK_TOKEN_INFO *info)
{
	const struct soft_configuration *how = state_configuration();

	*info = (CK_TOKEN_INFO){
		.flags = CKF_RNG | CKF_LOGIN_REQUIRED |
			CKF_DUAL_CRYPTO_OPERATIONS,
		.ulMaxSessionCount = CK_EFFECTIVELY_INFINITE,
		.ulMaxRwSessionCount = CK_EFFECTIVELY_INFINITE,
		.ulMaxPinLen = PIN_LENGTH_MAX,
		.ulMinPinLen = how->pin_min_length,
		.ulTotalPublicMemory = CK_UNAVAILABLE_INFORMATION,
		.ulFreePublicMemory = CK_UNAVAILABLE_INFORMATION,
		.ulTotalPrivateMemory = CK_UNAVAILABLE_INFORMATION,
		.ulFreePrivateMemory = CK_UNAVAILABLE_INFORMATION,
		.hardwareVersion = { 0, 1 },
		.firmwareVersion = { 0, 1 },
	};
	soft_pad(info->label, sizeof(info->label), "");
	soft_pad(info->manufacturerID, sizeof(info->manufacturerID),
		"Privy Seal");
	soft_pad(info->model, sizeof(info->model), "Soft token");
	soft_pad(info->serialNumber, sizeof(info->serialNumber), "");
	soft_pad(info->utcTime, sizeof(info->utcTime), "");
}

/* How the tries of a user show. The recovery code is slowed and never locked:
 * who read that it was might give the token up. */
static const struct {
	CK_USER_TYPE user;
	CK_FLAGS low, final, locked;
} try_flags[] = {
	{ CKU_USER, CKF_USER_PIN_COUNT_LOW, CKF_USER_PIN_FINAL_TRY,
		CKF_USER_PIN_LOCKED },
	{ CKU_SO, CKF_SO_PIN_COUNT_LOW, CKF_SO_PIN_COUNT_LOW,
		CKF_SO_PIN_COUNT_LOW },
};

static CK_FLAGS
describe_tries(const char *serial)
{
	const struct store_tries *tries = &state_configuration()->tries;
	unsigned left, limit;
	CK_FLAGS flags = 0;
	size_t i;

	if (!tries->look)
		return 0;
	for (i = 0; i < sizeof(try_flags) / sizeof(*try_flags); i++) {
		left = limit = 0;
		tries->look(tries->context, serial, try_flags[i].user, &left,
			&limit);
		if (left == 0)
			flags |= try_flags[i].locked;
		else if (left == 1)
			flags |= try_flags[i].final | try_flags[i].low;
		if (left && left < limit)
			flags |= try_flags[i].low;
	}
	return flags;
}

static void
describe(struct token *token, CK_TOKEN_INFO *info)
{
	struct store_token about;

	state_lock();
	about = token->info;
	info->ulSessionCount = token->sessions;
	info->ulRwSessionCount = token->read_write_sessions;
	state_unlock();
	memcpy(info->label, about.label, sizeof(info->label));
	memcpy(info->serialNumber, about.serial, sizeof(info->serialNumber));
	info->flags |= CKF_TOKEN_INITIALIZED | describe_tries(about.serial);
	if (about.user_pin_is_set)
		info->flags |= CKF_USER_PIN_INITIALIZED;
	/* The hardware of a token that has some is its TPM: the one member in
	 * which a client, near or far, can see that. */
	if (about.is_guarded)
		info->hardwareVersion = (CK_VERSION){ 2, 0 };
}

CK_RV
soft_C_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
	enum slot_content content;
	struct token *token;
	CK_RV rv;

	if ((rv = state_check()) != CKR_OK)
		return rv;
	if (!info)
		return CKR_ARGUMENTS_BAD;
	if ((rv = slot_content(slot, &content)) != CKR_OK)
		return rv;
	if (content == SLOT_BLANK) {
		describe_any(info);
		return CKR_OK;
	}
	if ((rv = slot_open(slot, &token)) != CKR_OK)
		return rv;
	describe_any(info);
	describe(token, info);
	token_release(token);
	return CKR_OK;
}

static CK_RV
check_present(CK_SLOT_ID slot)
{
	enum slot_content content;
	CK_RV rv;

	if ((rv = slot_content(slot, &content)) != CKR_OK)
		return rv;
	return content == SLOT_ABSENT ? CKR_TOKEN_NOT_PRESENT : CKR_OK;
}

CK_RV
soft_C_GetMechanismList(
	CK_SLOT_ID slot, CK_MECHANISM_TYPE *list, CK_ULONG *count)
{
	const struct mechanism *mechanism;
	CK_ULONG i, room;
	CK_RV rv;

	if ((rv = state_check()) != CKR_OK)
		return rv;
	if (!count)
		return CKR_ARGUMENTS_BAD;
	if ((rv = check_present(slot)) != CKR_OK)
		return rv;
	room = list ? *count : 0;
	for (i = 0; (mechanism = mechanism_at(i)); i++)
		if (i < room)
			list[i] = mechanism->type;
	*count = i;
	return list && i > room ? CKR_BUFFER_TOO_SMALL : CKR_OK;
}

CK_RV
soft_C_GetMechanismInfo(
	CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info)
{
	const struct mechanism *mechanism;
	CK_RV rv;

	if ((rv = state_check()) != CKR_OK)
		return rv;
	if (!info)
		return CKR_ARGUMENTS_BAD;
	if ((rv = check_present(slot)) != CKR_OK)
		return rv;
	if (!(mechanism = mechanism_find(type)))
		return CKR_MECHANISM_INVALID;
	*info = (CK_MECHANISM_INFO){ mechanism->minimum, mechanism->maximum,
		mechanism->uses };
	return CKR_OK;
}

CK_RV
soft_C_InitToken(
	CK_SLOT_ID slot, CK_UTF8CHAR *pin, CK_ULONG length, CK_UTF8CHAR *label)
{
	CK_RV rv;

	if ((rv = state_check()) != CKR_OK)
		return rv;
	if (!pin || !label)
		return CKR_ARGUMENTS_BAD;
	if (length > PIN_LENGTH_MAX)
		return CKR_PIN_LEN_RANGE;
	return slot_initialize(slot, label, pin, length);
}

/* Without a folder to watch, it is looked at again so often (ms). */
enum { WATCH_INTERVAL = 2000 };

/* Waits until something happens in the folder, or the state ends. */
static void
wait_for_folder(int watch, int end)
{
	struct pollfd both[] = { { watch, POLLIN, 0 }, { end, POLLIN, 0 } };
	char events[4096];

	if (poll(both, 2, WATCH_INTERVAL) > 0 && both[0].revents &&
		read(watch, events, sizeof(events)) < 0)
		note("the tokens' folder cannot be watched");
}

static CK_RV
wait_for_event(CK_SLOT_ID *slot)
{
	int watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	int end = state_end_descriptor();
	CK_RV rv;

	while ((rv = state_check()) == CKR_OK) {
		/* Again each time: the folder may come later. */
		(void)inotify_add_watch(watch, state_configuration()->folder,
			IN_CREATE | IN_DELETE | IN_MOVE);
		if ((rv = slots_scan()) != CKR_OK || slots_take_event(slot))
			break;
		wait_for_folder(watch, end);
	}
	close(watch);
	if (end >= 0)
		close(end);
	return rv;
}

CK_RV
soft_C_WaitForSlotEvent(CK_FLAGS flags, CK_SLOT_ID *slot, CK_VOID_PTR reserved)
{
	CK_RV rv;

	if ((rv = state_check()) != CKR_OK)
		return rv;
	if (!slot || reserved)
		return CKR_ARGUMENTS_BAD;
	if (!(flags & CKF_DONT_BLOCK))
		return wait_for_event(slot);
	if ((rv = slots_scan()) != CKR_OK)
		return rv;
	return slots_take_event(slot) ? CKR_OK : CKR_NO_EVENT;
}
