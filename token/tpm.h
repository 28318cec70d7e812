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

/* Bytes of a secret that a TPM keeps, and of what authorises its use. */
enum { TPM_SECRET_SIZE = 32 };

/* What a place says of itself to anyone: whose token's it is, and which
 * token's. */
enum {
	TPM_OWNER_SIZE = 24,
	TPM_TOKEN_SIZE = 8,
	TPM_LABEL_SIZE = TPM_OWNER_SIZE + TPM_TOKEN_SIZE
};

/* Talks to the TPM behind a descriptor of raw commands: /dev/tpmrm0, or a
 * socket. Takes the descriptor over, also when it fails. */
CK_RV tpm_open(int descriptor, struct tpm **result);
void tpm_close(struct tpm *tpm);
/* From now on, the closing included, it has this much time in all; without, a
 * command has 30 s. What did not answer in time is not asked again. */
void tpm_limit(struct tpm *tpm, unsigned milliseconds);

/* The places that are made from now on are this token's, and say so. */
void tpm_serve(struct tpm *tpm, const unsigned char owner[TPM_OWNER_SIZE],
	const unsigned char token[TPM_TOKEN_SIZE]);
/* Whether that one is there and the token's: CKR_TOKEN_NOT_RECOGNIZED if not.
 */
CK_RV tpm_has(struct tpm *tpm, uint32_t index);
/* A place of the token's that is neither of these; *index is 0 when there is
 * none. */
CK_RV tpm_find_other(struct tpm *tpm, const uint32_t known[2], uint32_t *index);

/*
 * Has the TPM keep a secret in a place that *index names. It is in nothing that
 * leaves the TPM but to who knows the authorisation, and the TPM itself counts
 * wrong ones [TPM 2.0 part 1, 19.8: dictionary attack protection].
 */
CK_RV tpm_keep(struct tpm *tpm, const struct secret *authorisation,
	const struct secret *secret, uint32_t *index);
/* Gives it. CKR_PIN_INCORRECT: another authorisation was meant; CKR_PIN_LOCKED:
 * the TPM takes none for now, after too many wrong ones;
 * CKR_TOKEN_NOT_RECOGNIZED: this TPM keeps nothing there (any more). */
CK_RV tpm_give(struct tpm *tpm, uint32_t index,
	const struct secret *authorisation, struct secret *secret);
/* Whether it would answer for the secret in a place at all, whatever the
 * authorisation: CKR_PIN_LOCKED or CKR_TOKEN_NOT_RECOGNIZED if not. */
CK_RV tpm_look(struct tpm *tpm, uint32_t index);
/* Forgets what is kept or counted there; nothing there is no error. */
CK_RV tpm_forget(struct tpm *tpm, uint32_t index);

/* Ends a lock after too many wrong authorisations, where the owner of the
 * machine has not forbidden that. */
void tpm_end_lockout(struct tpm *tpm);

/* A counter that only goes up, also when it is made anew; who knows the
 * authorisation reads and advances it. *index names it. */
CK_RV tpm_counter_make(struct tpm *tpm, const struct secret *authorisation,
	uint32_t *index, uint64_t *value);
/* Both give the value. CKR_TOKEN_NOT_RECOGNIZED: this TPM has no such counter,
 * or one of somebody else. */
CK_RV tpm_counter_read(struct tpm *tpm, uint32_t index,
	const struct secret *authorisation, uint64_t *value);
CK_RV tpm_counter_advance(struct tpm *tpm, uint32_t index,
	const struct secret *authorisation, uint64_t *value);

#endif
