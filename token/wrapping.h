/* SPDX-License-Identifier: BSD-2-Clause */
/* How a PIN opens the root key, and which wrong PINs were tried already. */

#ifndef WRAPPING_H
#define WRAPPING_H

#include "pkcs11/bytes.h"
#include "pkcs11/cryptoki.h"
#include "token/crypto-seal.h"

/*
 * The root key under a PIN: version, KDF parameters, salt, and the key sealed
 * with what the KDF makes of PIN and salt. It is bound to the token's id and
 * the user, so that it opens nowhere else.
 */
enum {
	WRAPPING_SALT = 32,
	WRAPPING_HEAD = 1 + 3 * 4 + WRAPPING_SALT,
	ROOT_KEY_SIZE = 32,
	WRAPPING_SIZE =
		1 + 3 * 4 + WRAPPING_SALT + ROOT_KEY_SIZE + SEAL_OVERHEAD,
	TOKEN_ID_SIZE = 8
};

/* Whose wrapping it is. */
struct wrapping_owner {
	unsigned char token[TOKEN_ID_SIZE];
	CK_USER_TYPE user;
};

/*
 * What a PIN needs beside itself, if the wrapping is a guarded one: a secret of
 * SEAL_KEY_SIZE that is given only to who shows the authorisation that the KDF
 * makes of the PIN. Its own refusals are passed on.
 */
struct wrapping_guard {
	CK_RV(*give)
	(void *context, const struct secret *authorisation,
		struct secret *secret);
	void *context;
};

/* Makes the wrapping; memory is the KDF's, in KiB (rounded down to a power of
 * two). The KDF runs here, in the caller's thread: some 200 ms. guard may be
 * NULL. */
CK_RV wrapping_make(const struct wrapping_owner *owner, const struct span *pin,
	uint32_t memory, const struct wrapping_guard *guard,
	const struct secret *root, unsigned char wrapping[WRAPPING_SIZE]);
/* Opens it; the guard is asked if it is a guarded one. CKR_PIN_INCORRECT;
 * CKR_DEVICE_ERROR for a wrapping that no version of this program wrote, or
 * that would take more than 1 GiB. */
CK_RV wrapping_open(const struct wrapping_owner *owner, const struct span *pin,
	const struct wrapping_guard *guard,
	const unsigned char wrapping[WRAPPING_SIZE], struct secret *root);
bool wrapping_is_guarded(const unsigned char wrapping[WRAPPING_SIZE]);
/* What the KDF takes for this wrapping in KiB; 0 for a malformed one. */
uint32_t wrapping_memory(const unsigned char wrapping[WRAPPING_SIZE]);

/* The KDF's key for the PIN, of a wrapping that begins like this. False:
 * malformed, or memory is short. */
bool wrapping_key(const unsigned char head[WRAPPING_HEAD],
	const struct span *pin, struct secret *key);

/* The wrong PINs of late, as keyed digests under a key of this process: the
 * same one again is no further guess. Starts empty. */
enum { WRONG_PINS = 8 };

struct wrong_pins {
	struct secret key;
	unsigned char digests[WRONG_PINS][DIGEST_SIZE];
	unsigned count;
};

/* Was this PIN wrong for this very wrapping before? */
bool wrong_pins_have(const struct wrong_pins *wrong, const struct span *pin,
	const unsigned char wrapping[WRAPPING_SIZE]);
void wrong_pins_add(struct wrong_pins *wrong, const struct span *pin,
	const unsigned char wrapping[WRAPPING_SIZE]);
void wrong_pins_clear(struct wrong_pins *wrong);

#endif
