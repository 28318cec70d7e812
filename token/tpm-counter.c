/* SPDX-License-Identifier: BSD-2-Clause */
/* Counters of a TPM that only go up. */

#include "config.h"

#include "token/tpm-state.h"

#include "pkcs11/log.h"

/* How long a counter is in bytes. */
enum { SIZE = 8 };

/* Another's counter in the same place refuses our authorisation: it is not the
 * PIN that was wrong. */
static CK_RV
refuse_counter(TSS2_RC answer)
{
	CK_RV rv = tpm_refuse(answer, "a token's counter");

	return rv == CKR_PIN_INCORRECT ? CKR_TOKEN_NOT_RECOGNIZED : rv;
}

static TSS2_RC
read_value(struct tpm *tpm, ESYS_TR counter, uint64_t *value)
{
	TPM2B_MAX_NV_BUFFER *data = NULL;
	TSS2_RC answer = TSS2_ESYS_RC_BAD_SEQUENCE;
	size_t i;

	if (tpm_prepare(tpm, 0))
		answer = Esys_NV_Read(tpm->esys, counter, counter, tpm->session,
			ESYS_TR_NONE, ESYS_TR_NONE, SIZE, 0, &data);
	if (answer == TSS2_RC_SUCCESS && data->size != SIZE)
		answer = TSS2_ESYS_RC_MALFORMED_RESPONSE;
	if (answer == TSS2_RC_SUCCESS)
		for (*value = i = 0; i < SIZE; i++)
			*value = *value << 8 | data->buffer[i];
	Esys_Free(data);
	return answer;
}

static TSS2_RC
advance(struct tpm *tpm, ESYS_TR counter)
{
	if (!tpm_prepare(tpm, 0))
		return TSS2_ESYS_RC_BAD_SEQUENCE;
	return Esys_NV_Increment(tpm->esys, counter, counter, tpm->session,
		ESYS_TR_NONE, ESYS_TR_NONE);
}

CK_RV
tpm_counter_make(struct tpm *tpm, const struct secret *authorisation,
	uint32_t *index, uint64_t *value)
{
	const TPMA_NV attributes =
		TPM2_NT_COUNTER << TPMA_NV_TPM2_NT_SHIFT | TPMA_NV_NO_DA;
	TSS2_RC answer;
	ESYS_TR counter;
	uint32_t number;
	CK_RV rv = tpm_place_make(
		tpm, attributes, SIZE, authorisation, &number, &counter);

	if (rv != CKR_OK)
		return rv;
	/* Only a counter that was advanced once can be read. */
	answer = advance(tpm, counter);
	if (answer == TSS2_RC_SUCCESS)
		answer = read_value(tpm, counter, value);
	Esys_TR_Close(tpm->esys, &counter);
	if (answer != TSS2_RC_SUCCESS) {
		tpm_forget(tpm, number);
		return refuse_counter(answer);
	}
	*index = number;
	return CKR_OK;
}

CK_RV
tpm_counter_read(struct tpm *tpm, uint32_t index,
	const struct secret *authorisation, uint64_t *value)
{
	ESYS_TR counter;
	TSS2_RC answer;
	CK_RV rv = tpm_place_find(tpm, index, authorisation, &counter);

	if (rv != CKR_OK)
		return rv;
	answer = read_value(tpm, counter, value);
	Esys_TR_Close(tpm->esys, &counter);
	return answer == TSS2_RC_SUCCESS ? CKR_OK : refuse_counter(answer);
}

CK_RV
tpm_counter_advance(struct tpm *tpm, uint32_t index,
	const struct secret *authorisation, uint64_t *value)
{
	ESYS_TR counter;
	TSS2_RC answer;
	CK_RV rv = tpm_place_find(tpm, index, authorisation, &counter);

	if (rv != CKR_OK)
		return rv;
	answer = advance(tpm, counter);
	if (answer == TSS2_RC_SUCCESS)
		answer = read_value(tpm, counter, value);
	Esys_TR_Close(tpm->esys, &counter);
	return answer == TSS2_RC_SUCCESS ? CKR_OK : refuse_counter(answer);
}
