/* SPDX-License-Identifier: BSD-2-Clause */
/* Counters of a TPM that only go up. */

#include "config.h"

#include "token/tpm-state.h"

#include "pkcs11/log.h"

#include <sys/random.h>

/* Where owners may have their indices [Registry of TPM 2.0 handles], how many
 * places are tried, and how long a counter is in bytes. */
enum { PLACE_FIRST = 0x01800000, PLACES = 0x00400000, ATTEMPTS = 16, SIZE = 8 };

static CK_RV
find_counter(struct tpm *tpm, uint32_t index,
	const struct secret *authorisation, ESYS_TR *counter)
{
	TSS2_RC answer;
	TPM2B_AUTH value;

	answer = Esys_TR_FromTPMPublic(tpm->esys, index, ESYS_TR_NONE,
		ESYS_TR_NONE, ESYS_TR_NONE, counter);
	if (answer == TSS2_RC_SUCCESS && authorisation) {
		value = tpm_authorisation(authorisation);
		answer = Esys_TR_SetAuth(tpm->esys, *counter, &value);
		wipe(&value, sizeof(value));
	}
	return answer == TSS2_RC_SUCCESS
		? CKR_OK
		: tpm_refuse(answer, "a token's counter");
}

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

static TSS2_RC
define(struct tpm *tpm, uint32_t index, const TPM2B_AUTH *value,
	ESYS_TR *counter)
{
	const TPM2B_NV_PUBLIC public = {
		.nvPublic = {
			.nvIndex = index,
			.nameAlg = TPM2_ALG_SHA256,
			.attributes = TPM2_NT_COUNTER << TPMA_NV_TPM2_NT_SHIFT |
				TPMA_NV_AUTHREAD | TPMA_NV_AUTHWRITE |
				TPMA_NV_NO_DA,
			.dataSize = SIZE,
		},
	};

	return Esys_NV_DefineSpace(tpm->esys, ESYS_TR_RH_OWNER,
		ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, value, &public,
		counter);
}

CK_RV
tpm_counter_make(struct tpm *tpm, const struct secret *authorisation,
	uint32_t *index, uint64_t *value)
{
	TPM2B_AUTH secret = tpm_authorisation(authorisation);
	TSS2_RC answer = TPM2_RC_NV_DEFINED;
	ESYS_TR counter;
	uint32_t place = 0;
	int i;

	for (i = 0; i < ATTEMPTS && answer == TPM2_RC_NV_DEFINED; i++) {
		if (getrandom(&place, sizeof(place), 0) != sizeof(place))
			break;
		place = PLACE_FIRST + place % PLACES;
		answer = define(tpm, place, &secret, &counter);
	}
	wipe(&secret, sizeof(secret));
	if (answer != TSS2_RC_SUCCESS)
		return tpm_refuse(answer, "making a counter");
	/* Only a counter that was advanced once can be read. */
	answer = advance(tpm, counter);
	if (answer == TSS2_RC_SUCCESS)
		answer = read_value(tpm, counter, value);
	if (answer != TSS2_RC_SUCCESS) {
		tpm_counter_remove(tpm, place);
		return refuse_counter(answer);
	}
	*index = place;
	return CKR_OK;
}

CK_RV
tpm_counter_read(struct tpm *tpm, uint32_t index,
	const struct secret *authorisation, uint64_t *value)
{
	ESYS_TR counter;
	TSS2_RC answer;
	CK_RV rv = find_counter(tpm, index, authorisation, &counter);

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
	CK_RV rv = find_counter(tpm, index, authorisation, &counter);

	if (rv != CKR_OK)
		return rv;
	answer = advance(tpm, counter);
	if (answer == TSS2_RC_SUCCESS)
		answer = read_value(tpm, counter, value);
	Esys_TR_Close(tpm->esys, &counter);
	return answer == TSS2_RC_SUCCESS ? CKR_OK : refuse_counter(answer);
}

CK_RV
tpm_counter_remove(struct tpm *tpm, uint32_t index)
{
	ESYS_TR counter;
	TSS2_RC answer;
	CK_RV rv = find_counter(tpm, index, NULL, &counter);

	if (rv == CKR_TOKEN_NOT_RECOGNIZED)
		return CKR_OK;
	if (rv != CKR_OK)
		return rv;
	answer = Esys_NV_UndefineSpace(tpm->esys, ESYS_TR_RH_OWNER, counter,
		ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE);
	return answer == TSS2_RC_SUCCESS
		? CKR_OK
		: tpm_refuse(answer, "removing a counter");
}
