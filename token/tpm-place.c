/* SPDX-License-Identifier: BSD-2-Clause */
/* Places in a TPM's memory: where secrets and counters are. */

#include "config.h"

#include "token/tpm-state.h"

#include "pkcs11/log.h"

#include <string.h>
#include <sys/random.h>

/* How many places are tried. */
enum { ATTEMPTS = 16 };

CK_RV
tpm_place_find(struct tpm *tpm, uint32_t index,
	const struct secret *authorisation, ESYS_TR *place)
{
	TSS2_RC answer;
	TPM2B_AUTH value;

	answer = Esys_TR_FromTPMPublic(tpm->esys, index, ESYS_TR_NONE,
		ESYS_TR_NONE, ESYS_TR_NONE, place);
	if (answer == TSS2_RC_SUCCESS && authorisation) {
		value = tpm_authorisation(authorisation);
		answer = Esys_TR_SetAuth(tpm->esys, *place, &value);
		wipe(&value, sizeof(value));
	}
	return answer == TSS2_RC_SUCCESS
		? CKR_OK
		: tpm_refuse(answer, "a place in the TPM");
}

static TSS2_RC
define(struct tpm *tpm, uint32_t index, TPMA_NV attributes, uint16_t size,
	const TPM2B_AUTH *value, ESYS_TR *place)
{
	const TPM2B_NV_PUBLIC public = {
		.nvPublic = {
			.nvIndex = index,
			.nameAlg = TPM2_ALG_SHA256,
			.attributes = TPMA_NV_AUTHREAD | TPMA_NV_AUTHWRITE |
				attributes,
			.authPolicy = tpm_label(tpm),
			.dataSize = size,
		},
	};

	/* The session hides what will authorise. */
	if (!tpm_prepare(tpm, TPMA_SESSION_DECRYPT))
		return TSS2_ESYS_RC_BAD_SEQUENCE;
	return Esys_NV_DefineSpace(tpm->esys, ESYS_TR_RH_OWNER, tpm->session,
		ESYS_TR_NONE, ESYS_TR_NONE, value, &public, place);
}

CK_RV
tpm_place_make(struct tpm *tpm, TPMA_NV attributes, uint16_t size,
	const struct secret *authorisation, uint32_t *index, ESYS_TR *place)
{
	TPM2B_AUTH value = tpm_authorisation(authorisation);
	TSS2_RC answer = TPM2_RC_NV_DEFINED;
	uint32_t number = 0;
	int i;

	for (i = 0; i < ATTEMPTS && answer == TPM2_RC_NV_DEFINED; i++) {
		if (getrandom(&number, sizeof(number), 0) != sizeof(number))
			break;
		number = tpm_label_number(tpm, number);
		answer = define(tpm, number, attributes, size, &value, place);
	}
	wipe(&value, sizeof(value));
	if (answer != TSS2_RC_SUCCESS)
		return tpm_refuse(answer, "making a place in the TPM");
	*index = number;
	return CKR_OK;
}

CK_RV
tpm_keep(struct tpm *tpm, const struct secret *authorisation,
	const struct secret *secret, uint32_t *index)
{
	TPM2B_MAX_NV_BUFFER data = { .size = TPM_SECRET_SIZE };
	TSS2_RC answer = TSS2_ESYS_RC_BAD_SEQUENCE;
	ESYS_TR place;
	uint32_t number;
	CK_RV rv = tpm_place_make(
		tpm, 0, TPM_SECRET_SIZE, authorisation, &number, &place);

	if (rv != CKR_OK)
		return rv;
	memcpy(data.buffer, secret->at, TPM_SECRET_SIZE);
	if (tpm_prepare(tpm, TPMA_SESSION_DECRYPT))
		answer = Esys_NV_Write(tpm->esys, place, place, tpm->session,
			ESYS_TR_NONE, ESYS_TR_NONE, &data, 0);
	wipe(&data, sizeof(data));
	if (answer != TSS2_RC_SUCCESS) {
		tpm_forget(tpm, number);
		return tpm_refuse(answer, "keeping a secret");
	}
	Esys_TR_Close(tpm->esys, &place);
	*index = number;
	return CKR_OK;
}

CK_RV
tpm_give(struct tpm *tpm, uint32_t index, const struct secret *authorisation,
	struct secret *secret)
{
	TSS2_RC answer = TSS2_ESYS_RC_BAD_SEQUENCE;
	TPM2B_MAX_NV_BUFFER *data = NULL;
	ESYS_TR place;
	CK_RV rv = tpm_place_find(tpm, index, authorisation, &place);

	if (rv != CKR_OK)
		return rv;
	if (tpm_prepare(tpm, TPMA_SESSION_ENCRYPT))
		answer = Esys_NV_Read(tpm->esys, place, place, tpm->session,
			ESYS_TR_NONE, ESYS_TR_NONE, TPM_SECRET_SIZE, 0, &data);
	if (answer != TSS2_RC_SUCCESS)
		rv = tpm_refuse(answer, "a secret of the TPM");
	else if (data->size != TPM_SECRET_SIZE)
		rv = refuse(CKR_TOKEN_NOT_RECOGNIZED,
			"the TPM keeps something else there");
	else if (!secret_copy(secret, data->buffer, TPM_SECRET_SIZE))
		rv = CKR_HOST_MEMORY;
	if (data)
		wipe(data, sizeof(*data));
	Esys_Free(data);
	Esys_TR_Close(tpm->esys, &place);
	return rv;
}

static TSS2_RC
read_state(struct tpm *tpm, TPMA_PERMANENT *state)
{
	TPMI_YES_NO more;
	TPMS_CAPABILITY_DATA *data = NULL;
	const TPMS_TAGGED_PROPERTY *first;
	TSS2_RC answer = Esys_GetCapability(tpm->esys, ESYS_TR_NONE,
		ESYS_TR_NONE, ESYS_TR_NONE, TPM2_CAP_TPM_PROPERTIES,
		TPM2_PT_PERMANENT, 1, &more, &data);

	if (answer == TSS2_RC_SUCCESS) {
		first = data->data.tpmProperties.tpmProperty;
		if (data->data.tpmProperties.count == 1 &&
			first->property == TPM2_PT_PERMANENT)
			*state = first->value;
		else
			answer = TSS2_ESYS_RC_MALFORMED_RESPONSE;
	}
	Esys_Free(data);
	return answer;
}

CK_RV
tpm_look(struct tpm *tpm, uint32_t index)
{
	TPMA_PERMANENT state = 0;
	TSS2_RC answer = read_state(tpm, &state);
	ESYS_TR place;
	CK_RV rv;

	if (answer != TSS2_RC_SUCCESS)
		return tpm_refuse(answer, "its state");
	if (state & TPMA_PERMANENT_INLOCKOUT)
		return tpm_refuse(TPM2_RC_LOCKOUT, "its state");
	rv = tpm_place_find(tpm, index, NULL, &place);
	if (rv == CKR_OK)
		Esys_TR_Close(tpm->esys, &place);
	return rv;
}

CK_RV
tpm_forget(struct tpm *tpm, uint32_t index)
{
	ESYS_TR place;
	TSS2_RC answer = Esys_TR_FromTPMPublic(tpm->esys, index, ESYS_TR_NONE,
		ESYS_TR_NONE, ESYS_TR_NONE, &place);

	if (tpm_is_nothing(answer))
		return CKR_OK;
	if (answer != TSS2_RC_SUCCESS)
		return tpm_refuse(answer, "a place in the TPM");
	answer = TSS2_ESYS_RC_BAD_SEQUENCE;
	if (tpm_prepare(tpm, 0))
		answer = Esys_NV_UndefineSpace(tpm->esys, ESYS_TR_RH_OWNER,
			place, tpm->session, ESYS_TR_NONE, ESYS_TR_NONE);
	return answer == TSS2_RC_SUCCESS
		? CKR_OK
		: tpm_refuse(answer, "forgetting a secret");
}

/* Where that has a password, a try without it would take the administrator's
 * own use of it away for a day or so [TPM 2.0 part 1, 19.8.5]. */
void
tpm_end_lockout(struct tpm *tpm)
{
	TPMA_PERMANENT state = 0;
	TSS2_RC answer = read_state(tpm, &state);

	if (answer == TSS2_RC_SUCCESS && state & TPMA_PERMANENT_LOCKOUTAUTHSET)
		answer = TPM2_RC_LOCKOUT;
	else if (answer == TSS2_RC_SUCCESS && !tpm_prepare(tpm, 0))
		answer = TSS2_ESYS_RC_BAD_SEQUENCE;
	if (answer == TSS2_RC_SUCCESS)
		answer = Esys_DictionaryAttackLockReset(tpm->esys,
			ESYS_TR_RH_LOCKOUT, tpm->session, ESYS_TR_NONE,
			ESYS_TR_NONE);
	if (answer != TSS2_RC_SUCCESS)
		note("the TPM ends its lock in its own time (0x%x)",
			(unsigned)answer);
}
