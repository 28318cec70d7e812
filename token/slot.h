/* SPDX-License-Identifier: BSD-2-Clause */
/* The slots: files NUMBER.token in a folder. */

#ifndef SLOT_H
#define SLOT_H

#include "token/state.h"
#include "token/token.h"

enum slot_content {
	SLOT_ABSENT, /* a file that was there and is no more */
	SLOT_BLANK,  /* a token that is not initialised */
	SLOT_TOKEN
};

/* Looks at the folder: new files become slots, lost ones lose their token. */
CK_RV slots_scan(void);
/* The numbers, in ascending order, of slots (only with a token, when asked);
 * at most room of them; returns how many there are. */
CK_ULONG slots_list(bool with_token, CK_SLOT_ID *list, CK_ULONG room);
/* CKR_SLOT_ID_INVALID. */
CK_RV slot_content(CK_SLOT_ID number, enum slot_content *content);
/* A slot that changed since this was last asked; false: none. */
bool slots_take_event(CK_SLOT_ID *number);

/* Whether a TPM is to guard the PIN of a token with this label. */
bool slot_wants_guard(const CK_UTF8CHAR label[32]);
/* Makes the token of a slot (anew). CKR_SESSION_EXISTS, CKR_PIN_INCORRECT,
 * CKR_TOKEN_NOT_PRESENT and what the rules for a new PIN say. */
CK_RV slot_initialize(CK_SLOT_ID number, const CK_UTF8CHAR label[32],
	const CK_UTF8CHAR *pin, CK_ULONG length);

/* The token in a slot, opened when it is not; the caller releases *result.
 * CKR_SLOT_ID_INVALID, CKR_TOKEN_NOT_PRESENT, CKR_TOKEN_NOT_RECOGNIZED (not
 * initialised), CKR_DEVICE_ERROR. */
CK_RV slot_open(CK_SLOT_ID number, struct token **result);
void slots_clear(void);
/* In a forked child: what there was is the parent's. */
void slots_forget(void);

#endif
