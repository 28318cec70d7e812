/* SPDX-License-Identifier: BSD-2-Clause */
/* A TPM: connections to it. */

#include "config.h"

#include "token/tpm-state.h"

#include "pkcs11/log.h"

#include <stdlib.h>
#include <string.h>

/* The storage key of the TCG's provisioning guidance: the same each time, as
 * long as the TPM is not cleared. */
static const TPM2B_PUBLIC storage_key = {
	.publicArea = {
		.type = TPM2_ALG_ECC,
		.nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = TPMA_OBJECT_FIXEDTPM |
			TPMA_OBJECT_FIXEDPARENT |
			TPMA_OBJECT_SENSITIVEDATAORIGIN |
			TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA |
			TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT,
		.parameters.eccDetail = {
			.symmetric = { TPM2_ALG_AES, { .aes = 128 },
				{ .aes = TPM2_ALG_CFB } },
			.scheme = { .scheme = TPM2_ALG_NULL },
			.curveID = TPM2_ECC_NIST_P256,
			.kdf = { .scheme = TPM2_ALG_NULL },
		},
		.unique.ecc = { { .size = 32 }, { .size = 32 } },
	},
};

/* What the TPM itself says, without the places that errors carry. */
static TSS2_RC
base_of(TSS2_RC answer)
{
	if ((answer & TSS2_RC_LAYER_MASK) != 0)
		return answer;
	if (answer & TPM2_RC_FMT1)
		return answer & 0xbf;
	return answer;
}

bool
tpm_is_nothing(TSS2_RC answer)
{
	return base_of(answer) == TPM2_RC_HANDLE;
}

CK_RV
tpm_refuse(TSS2_RC answer, const char *doing)
{
	static const struct {
		TSS2_RC answer;
		CK_RV rv;
		const char *words;
	} meanings[] = {
		{ TPM2_RC_AUTH_FAIL, CKR_PIN_INCORRECT, "it was not the PIN" },
		{ TPM2_RC_BAD_AUTH, CKR_PIN_INCORRECT, "it was not the PIN" },
		{ TPM2_RC_LOCKOUT, CKR_PIN_LOCKED,
			"the TPM takes no PIN for now" },
		{ TPM2_RC_HANDLE, CKR_TOKEN_NOT_RECOGNIZED,
			"this TPM does not have it: it was made by "
			"another one, or this one was cleared" },
	};
	size_t i;

	for (i = 0; i < sizeof(meanings) / sizeof(*meanings); i++)
		if (base_of(answer) == meanings[i].answer)
			return refuse(meanings[i].rv, "%s: %s", doing,
				meanings[i].words);
	return refuse(CKR_DEVICE_ERROR, "%s: the TPM says 0x%x", doing,
		(unsigned)answer);
}

bool
tpm_prepare(struct tpm *tpm, TPMA_SESSION hides)
{
	return Esys_TRSess_SetAttributes(tpm->esys, tpm->session,
		       TPMA_SESSION_CONTINUESESSION | hides,
		       0xff) == TSS2_RC_SUCCESS;
}

TPM2B_AUTH
tpm_authorisation(const struct secret *authorisation)
{
	TPM2B_AUTH result = { .size = TPM_SECRET_SIZE };

	memcpy(result.buffer, authorisation->at, TPM_SECRET_SIZE);
	return result;
}

static CK_RV
make_parent(struct tpm *tpm)
{
	static const TPM2B_SENSITIVE_CREATE nothing;
	static const TPM2B_DATA no_data;
	static const TPML_PCR_SELECTION no_registers;
	TPM2B_PUBLIC *public = NULL;
	TPM2B_CREATION_DATA *data = NULL;
	TPM2B_DIGEST *digest = NULL;
	TPMT_TK_CREATION *ticket = NULL;
	TSS2_RC answer;

	answer = Esys_CreatePrimary(tpm->esys, ESYS_TR_RH_OWNER,
		ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &nothing,
		&storage_key, &no_data, &no_registers, &tpm->parent, &public,
		&data, &digest, &ticket);
	Esys_Free(public);
	Esys_Free(data);
	Esys_Free(digest);
	Esys_Free(ticket);
	return answer == TSS2_RC_SUCCESS
		? CKR_OK
		: tpm_refuse(answer, "making the storage key");
}

static CK_RV
start_session(struct tpm *tpm)
{
	static const TPMT_SYM_DEF cipher = { TPM2_ALG_AES, { .aes = 128 },
		{ .aes = TPM2_ALG_CFB } };
	TSS2_RC answer;

	answer = Esys_StartAuthSession(tpm->esys, tpm->parent, ESYS_TR_NONE,
		ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, NULL, TPM2_SE_HMAC,
		&cipher, TPM2_ALG_SHA256, &tpm->session);
	return answer == TSS2_RC_SUCCESS
		? CKR_OK
		: tpm_refuse(answer, "starting a session");
}

CK_RV
tpm_open(int descriptor, struct tpm **result)
{
	struct tpm *tpm = calloc(1, sizeof(*tpm));
	TSS2_RC answer = TSS2_ESYS_RC_MEMORY;
	CK_RV rv = CKR_HOST_MEMORY;

	/* Takes the descriptor in any case. */
	struct tpm_link *link = tpm_link_new(descriptor);

	if (!tpm || !link) {
		tpm_link_free(link);
		free(tpm);
		return rv;
	}
	tpm->link = link;
	tpm->parent = tpm->session = ESYS_TR_NONE;
	answer = Esys_Initialize(&tpm->esys, tpm_link_context(link), NULL);
	rv = answer == TSS2_RC_SUCCESS ? make_parent(tpm)
				       : tpm_refuse(answer, "a TPM");
	if (rv == CKR_OK)
		rv = start_session(tpm);
	if (rv != CKR_OK) {
		tpm_close(tpm);
		return rv;
	}
	*result = tpm;
	return CKR_OK;
}

void
tpm_limit(struct tpm *tpm, unsigned milliseconds)
{
	tpm_link_limit(tpm->link, milliseconds);
}

/* Without a resource manager what we leave would fill the TPM. */
void
tpm_close(struct tpm *tpm)
{
	if (!tpm)
		return;
	if (tpm->session != ESYS_TR_NONE)
		Esys_FlushContext(tpm->esys, tpm->session);
	if (tpm->parent != ESYS_TR_NONE)
		Esys_FlushContext(tpm->esys, tpm->parent);
	Esys_Finalize(&tpm->esys);
	tpm_link_free(tpm->link);
	free(tpm);
}
