/* SPDX-License-Identifier: BSD-2-Clause */
/* A TPM: what it keeps for a token, and counts. The only one that knows how. */

#ifndef TPM_H
#define TPM_H

#include "pkcs11/bytes.h"
#include "pkcs11/cryptoki.h"

#include <stdint.h>

/*
 * A connection to a TPM 2.0; for one thread at a time. It fails with
 * CKR_FUNCTION_NOT_SUPPORTED in a build without TPMs, and with
 * CKR_DEVICE_ERROR when the TPM does not do what it is told; the reason is in
 * the log.
 */
struct tpm;

enum {
	TPM_SECRET_SIZE =
		32, /* bytes: secrets, and what authorises their use */
	TPM_SEALED_MOST = 1024
};

/* Talks to the TPM behind a descriptor of raw commands: /dev/tpmrm0, or a
 * socket. Takes the descriptor over, also when it fails. */
CK_RV tpm_open(int descriptor, struct tpm **result);
void tpm_close(struct tpm *tpm);

/* Seals a secret of TPM_SECRET_SIZE bytes: from then on only this TPM opens it,
 * with the authorisation (of TPM_SECRET_SIZE too), and counts wrong ones
 * [TPM 2.0 part 1, 19.8: dictionary attack protection]. The caller owns
 * *sealed, which is no secret. */
CK_RV tpm_seal(struct tpm *tpm, const struct secret *authorisation,
	const struct secret *secret, struct bytes *sealed);
/*
 * Opens it. CKR_PIN_INCORRECT: another authorisation was meant; CKR_PIN_LOCKED:
 * the TPM takes none for now, after too many wrong ones;
 * CKR_TOKEN_NOT_RECOGNIZED: another TPM sealed it, or this one before it was
 * cleared.
 */
CK_RV tpm_unseal(struct tpm *tpm, const struct secret *authorisation,
	const struct bytes *sealed, struct secret *secret);

/* A counter that only goes up, also over the TPM's clearing; who knows the
 * authorisation reads and advances it. *index names it. */
CK_RV tpm_counter_make(struct tpm *tpm, const struct secret *authorisation,
	uint32_t *index, uint64_t *value);
/* Both give the value. CKR_TOKEN_NOT_RECOGNIZED: this TPM has no such counter,
 * or one of somebody else. */
CK_RV tpm_counter_read(struct tpm *tpm, uint32_t index,
	const struct secret *authorisation, uint64_t *value);
CK_RV tpm_counter_advance(struct tpm *tpm, uint32_t index,
	const struct secret *authorisation, uint64_t *value);
/* Gives its place back; one that is not there is no error. */
CK_RV tpm_counter_remove(struct tpm *tpm, uint32_t index);

#endif
