/* SPDX-License-Identifier: BSD-2-Clause */
/* Which places of a TPM are a token's: their numbers, and what they say. */

#include "config.h"

#include "token/tpm-state.h"

#include "pkcs11/log.h"

#include <string.h>

/* Where owners may have their indices [Registry of TPM 2.0 handles]; so many of
 * them are a token's, with others that have the same, so that it finds its own
 * in one question. */
enum { FIRST = 0x01800000, SHARES = 0x1000, SHARE = 0x400 };

static uint32_t
first_of(const struct tpm *tpm)
{
	const unsigned char *token = tpm->label + TPM_OWNER_SIZE;
	uint32_t share = (uint32_t)token[0] << 8 | token[1];

	return FIRST + share % SHARES * SHARE;
}

uint32_t
tpm_label_number(const struct tpm *tpm, uint32_t random)
{
	return first_of(tpm) + random % SHARE;
}

void
tpm_serve(struct tpm *tpm, const unsigned char owner[TPM_OWNER_SIZE],
	const unsigned char token[TPM_TOKEN_SIZE])
{
	memcpy(tpm->label, owner, TPM_OWNER_SIZE);
	memcpy(tpm->label + TPM_OWNER_SIZE, token, TPM_TOKEN_SIZE);
}

/* The digest of a policy that nothing allows a use by, and nobody could meet:
 * the TPM keeps it with the place and shows it to anyone. */
TPM2B_DIGEST
tpm_label(const struct tpm *tpm)
{
	TPM2B_DIGEST label = { .size = TPM_LABEL_SIZE };

	_Static_assert((int)TPM_LABEL_SIZE == (int)TPM2_SHA256_DIGEST_SIZE,
		"a label is as long as a digest");
	memcpy(label.buffer, tpm->label, TPM_LABEL_SIZE);
	return label;
}

static TSS2_RC
is_own(struct tpm *tpm, uint32_t index, bool *is)
{
	const TPM2B_DIGEST label = tpm_label(tpm);
	TPM2B_NV_PUBLIC *public = NULL;
	const TPM2B_DIGEST *found;
	ESYS_TR place;
	TSS2_RC answer = Esys_TR_FromTPMPublic(tpm->esys, index, ESYS_TR_NONE,
		ESYS_TR_NONE, ESYS_TR_NONE, &place);

	/* Gone meanwhile, or of an owner whom we are not to see. */
	if (tpm_is_nothing(answer))
		return TSS2_RC_SUCCESS;
	if (answer != TSS2_RC_SUCCESS)
		return answer;
	answer = Esys_NV_ReadPublic(tpm->esys, place, ESYS_TR_NONE,
		ESYS_TR_NONE, ESYS_TR_NONE, &public, NULL);
	if (answer == TSS2_RC_SUCCESS) {
		found = &public->nvPublic.authPolicy;
		*is = found->size == label.size &&
			memcmp(found->buffer, label.buffer, label.size) == 0;
	}
	Esys_Free(public);
	Esys_TR_Close(tpm->esys, &place);
	return answer;
}

CK_RV
tpm_has(struct tpm *tpm, uint32_t index)
{
	bool is = false;
	TSS2_RC answer = is_own(tpm, index, &is);

	if (answer == TSS2_RC_SUCCESS && !is)
		return CKR_TOKEN_NOT_RECOGNIZED;
	return answer == TSS2_RC_SUCCESS
		? CKR_OK
		: tpm_refuse(answer, "a place of this token's");
}

/* Of some places, in order: *next is what to go on from, 0 after the last. */
static TSS2_RC
look_through(struct tpm *tpm, const TPML_HANDLE *list, const uint32_t known[2],
	uint32_t *next, uint32_t *found)
{
	TSS2_RC answer = TSS2_RC_SUCCESS;
	bool is = false;
	uint32_t i;

	for (i = 0; i < list->count && answer == TSS2_RC_SUCCESS; i++) {
		if (list->handle[i] < *next ||
			list->handle[i] >= first_of(tpm) + SHARE) {
			*next = 0;
			break;
		}
		*next = list->handle[i] + 1;
		if (list->handle[i] == known[0] || list->handle[i] == known[1])
			continue;
		answer = is_own(tpm, list->handle[i], &is);
		if (answer == TSS2_RC_SUCCESS && is) {
			*found = list->handle[i];
			break;
		}
	}
	return answer;
}

CK_RV
tpm_find_other(struct tpm *tpm, const uint32_t known[2], uint32_t *index)
{
	enum { AT_ONCE = 16 };
	uint32_t next = first_of(tpm), found = 0;
	TPMI_YES_NO more = TPM2_YES;
	TPMS_CAPABILITY_DATA *data;
	TSS2_RC answer = TSS2_RC_SUCCESS;

	while (answer == TSS2_RC_SUCCESS && more && next && !found) {
		data = NULL;
		answer = Esys_GetCapability(tpm->esys, ESYS_TR_NONE,
			ESYS_TR_NONE, ESYS_TR_NONE, TPM2_CAP_HANDLES, next,
			AT_ONCE, &more, &data);
		if (answer == TSS2_RC_SUCCESS)
			answer = look_through(
				tpm, &data->data.handles, known, &next, &found);
		Esys_Free(data);
	}
	if (answer != TSS2_RC_SUCCESS)
		return tpm_refuse(answer, "its places");
	*index = found;
	return CKR_OK;
}
