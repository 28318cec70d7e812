/* SPDX-License-Identifier: BSD-2-Clause */
/* Mechanisms and their parameters on the wire. */

#ifndef PARAMETER_H
#define PARAMETER_H

#include "pkcs11/arena.h"
#include "pkcs11/tables.h"
#include "pkcs11/wire.h"

/* The longest parameter, or byte string in one. */
#define PARAMETER_CAP (64u << 10)

/*
 * Puts a mechanism; NULL stays NULL (in 3.0 that cancels an operation).
 * CKR_MECHANISM_INVALID: one that not both sides know;
 * CKR_MECHANISM_PARAM_INVALID: a parameter missing, too long, or of another
 * size than its structure.
 */
CK_RV mechanism_put(
	struct wire *wire, const CK_MECHANISM *mechanism, uint32_t known);
/* Takes one into the arena; what is malformed fails the wire.
 * CKR_MECHANISM_INVALID: not known here with that parameter;
 * CKR_DEVICE_MEMORY. */
CK_RV mechanism_take(struct wire *wire, struct arena *arena, uint32_t known,
	CK_MECHANISM **result);

#endif
