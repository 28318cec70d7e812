/* SPDX-License-Identifier: BSD-2-Clause */
/* The slot that is there before there is a token. */

#ifndef EMPTY_H
#define EMPTY_H

#include "pkcs11/cryptoki.h"

/* The slot's number, which its token keeps once it is initialized. */
#define EMPTY_SLOT 1

/* What PINs may have where nothing else was configured, in bytes. */
#define PIN_MAX_LENGTH 255
#define PIN_MIN_LENGTH 8

/* Fills text, without an end, and the rest of room with blanks. */
void blank_pad(CK_UTF8CHAR *to, size_t room, const char *text);

/* Every slot looks like this, with a token or with one to be initialized. */
void empty_slot_info(CK_SLOT_INFO *info);
/* A token that nobody has initialized. */
void empty_token_info(CK_TOKEN_INFO *info);

#endif
