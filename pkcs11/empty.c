/* SPDX-License-Identifier: BSD-2-Clause */
/* The slot that is there before there is a token: described by the keeper, and
 * by the module where no keeper needs to run. */

#include "config.h"

#include "pkcs11/empty.h"

#include <string.h>

void
blank_pad(CK_UTF8CHAR *to, size_t room, const char *text)
{
	size_t length = strlen(text);

	memset(to, ' ', room);
	memcpy(to, text, length < room ? length : room);
}

void
empty_slot_info(CK_SLOT_INFO *info)
{
	*info = (CK_SLOT_INFO){
		.flags = CKF_TOKEN_PRESENT | CKF_REMOVABLE_DEVICE,
		.hardwareVersion = { 1, 0 },
		.firmwareVersion = { 1, 0 },
	};
	blank_pad(info->slotDescription, sizeof(info->slotDescription),
		"Privy Seal");
	blank_pad(info->manufacturerID, sizeof(info->manufacturerID),
		"Privy Seal");
}

void
empty_token_info(CK_TOKEN_INFO *info)
{
	*info = (CK_TOKEN_INFO){
		.flags = CKF_RNG | CKF_LOGIN_REQUIRED,
		.ulMaxSessionCount = CK_EFFECTIVELY_INFINITE,
		.ulMaxRwSessionCount = CK_EFFECTIVELY_INFINITE,
		.ulMaxPinLen = PIN_MAX_LENGTH,
		.ulMinPinLen = PIN_MIN_LENGTH,
		.ulTotalPublicMemory = CK_UNAVAILABLE_INFORMATION,
		.ulFreePublicMemory = CK_UNAVAILABLE_INFORMATION,
		.ulTotalPrivateMemory = CK_UNAVAILABLE_INFORMATION,
		.ulFreePrivateMemory = CK_UNAVAILABLE_INFORMATION,
		.hardwareVersion = { 1, 0 },
		.firmwareVersion = { 1, 0 },
	};
	blank_pad(info->label, sizeof(info->label), "");
	blank_pad(info->manufacturerID, sizeof(info->manufacturerID),
		"Privy Seal");
	blank_pad(info->model, sizeof(info->model), "Soft token");
	blank_pad(info->serialNumber, sizeof(info->serialNumber), "");
	blank_pad(info->utcTime, sizeof(info->utcTime), "");
}
