/* SPDX-License-Identifier: BSD-2-Clause */
/* A running digest, signature, verification, encryption or decryption. */

#ifndef OPERATION_H
#define OPERATION_H

#include "token/key.h"

/*
 * What a session holds between C_SignInit and its end. It knows the mechanism,
 * the key (its own share of it) and the state so far; it knows no handles, and
 * which key may do what was checked before. One thread at a time.
 */
struct operation;

/*
 * Begins. use is one of CKF_DIGEST, CKF_SIGN, CKF_VERIFY, CKF_ENCRYPT,
 * CKF_DECRYPT, CKF_SIGN_RECOVER, CKF_VERIFY_RECOVER; key is NULL for digests.
 * The parameter is copied. CKR_MECHANISM_INVALID,
 * CKR_MECHANISM_PARAM_INVALID, CKR_KEY_TYPE_INCONSISTENT, CKR_KEY_SIZE_RANGE.
 */
CK_RV operation_new(const CK_MECHANISM *mechanism, CK_FLAGS use,
	struct key *key, struct operation **result);
void operation_free(struct operation *operation);

/*
 * One-shot: in is all the input. out NULL asks for the length; a room too small
 * gives CKR_BUFFER_TOO_SMALL with the length in *out_length; neither ends the
 * operation nor changes it ([PKCS11 5.2]). Anything else ends it (the caller
 * frees it).
 */
CK_RV operation_once(struct operation *operation, const CK_BYTE *in,
	CK_ULONG in_length, CK_BYTE *out, CK_ULONG *out_length);
/* More input; digests and signatures give no output (out and out_length NULL),
 * ciphers do, with the same rule on room. */
CK_RV operation_update(struct operation *operation, const CK_BYTE *in,
	CK_ULONG in_length, CK_BYTE *out, CK_ULONG *out_length);
/* The rest, or the signature or digest; the same rule on room. */
CK_RV operation_finish(struct operation *operation, CK_BYTE *out,
	CK_ULONG *out_length);
/* Verification: at once, and after updates.
 * CKR_SIGNATURE_INVALID, CKR_SIGNATURE_LEN_RANGE. */
CK_RV operation_verify_once(struct operation *operation, const CK_BYTE *in,
	CK_ULONG in_length, const CK_BYTE *signature, CK_ULONG length);
CK_RV operation_verify_finish(struct operation *operation,
	const CK_BYTE *signature, CK_ULONG length);
/* Adds a secret key's value to a digest (C_DigestKey).
 * CKR_KEY_INDIGESTIBLE. */
CK_RV operation_digest_key(struct operation *operation, const struct key *key);
/* Whether update was called: then one-shot calls are CKR_OPERATION_ACTIVE. */
bool operation_has_updates(const struct operation *operation);

#endif
