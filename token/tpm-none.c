/* SPDX-License-Identifier: BSD-2-Clause */
/* A build without TPMs: each function says so. */

#include "config.h"

#include "token/tpm.h"

#include "pkcs11/log.h"

#include <unistd.h>

static CK_RV
refuse_tpm(void)
{
	return refuse(CKR_FUNCTION_NOT_SUPPORTED,
		"this program was built without tpm2-tss, so it knows no TPM");
}

CK_RV
tpm_open(int descriptor, struct tpm **result)
{
	close(descriptor);
	return refuse_tpm();
}

void
tpm_close(struct tpm *tpm)
{
}

void
tpm_limit(struct tpm *tpm, unsigned milliseconds)
{
}

void
tpm_serve(struct tpm *tpm, const unsigned char owner[TPM_OWNER_SIZE],
	const unsigned char token[TPM_TOKEN_SIZE])
{
}

CK_RV
tpm_has(struct tpm *tpm, uint32_t index)
{
	return refuse_tpm();
}

CK_RV
tpm_find_other(struct tpm *tpm, const uint32_t known[2], uint32_t *index)
{
	return refuse_tpm();
}

CK_RV
tpm_keep(struct tpm *tpm, const struct secret *authorisation,
	const struct secret *secret, uint32_t *index)
{
	return refuse_tpm();
}

CK_RV
tpm_give(struct tpm *tpm, uint32_t index, const struct secret *authorisation,
	struct secret *secret)
{
	return refuse_tpm();
}

CK_RV
tpm_look(struct tpm *tpm, uint32_t index)
{
	return refuse_tpm();
}

CK_RV
tpm_forget(struct tpm *tpm, uint32_t index)
{
	return refuse_tpm();
}

void
tpm_end_lockout(struct tpm *tpm)
{
}

CK_RV
tpm_counter_make(struct tpm *tpm, const struct secret *authorisation,
	uint32_t *index, uint64_t *value)
{
	return refuse_tpm();
}

CK_RV
tpm_counter_read(struct tpm *tpm, uint32_t index,
	const struct secret *authorisation, uint64_t *value)
{
	return refuse_tpm();
}

CK_RV
tpm_counter_advance(struct tpm *tpm, uint32_t index,
	const struct secret *authorisation, uint64_t *value)
{
	return refuse_tpm();
}
