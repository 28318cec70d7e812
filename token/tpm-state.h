/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of tpm*.c share. */

#ifndef TPM_STATE_H
#define TPM_STATE_H

#include "token/tpm.h"

#include <tss2/tss2_esys.h>

struct tpm_link;

struct tpm {
	struct tpm_link *link;
	ESYS_CONTEXT *esys;
	ESYS_TR parent;  /* the storage key, made anew for each connection */
	ESYS_TR session; /* salted by it: what secrets cross in */
	unsigned char label[TPM_LABEL_SIZE]; /* the owner's, the token's */
};

/* tpm-link.c: raw commands through a descriptor, which it takes over. */
struct tpm_link *tpm_link_new(int descriptor);
TSS2_TCTI_CONTEXT *tpm_link_context(struct tpm_link *link);
void tpm_link_limit(struct tpm_link *link, unsigned milliseconds);
void tpm_link_free(struct tpm_link *link);

/* The CK_RV for what the TPM said, which is noted with the doing. */
CK_RV tpm_refuse(TSS2_RC answer, const char *doing);
/* Whether the TPM said that it has nothing there. */
bool tpm_is_nothing(TSS2_RC answer);
/* For the next command, the session hides the first parameter on its way in
 * (TPMA_SESSION_DECRYPT), out (TPMA_SESSION_ENCRYPT) or neither. */
bool tpm_prepare(struct tpm *tpm, TPMA_SESSION hides);
/* tpm-place.c: a place that is there, or a new one of so many bytes; to be
 * closed. Without an authorisation it can only be looked at. */
CK_RV tpm_place_find(struct tpm *tpm, uint32_t index,
	const struct secret *authorisation, ESYS_TR *place);
CK_RV tpm_place_make(struct tpm *tpm, TPMA_NV attributes, uint16_t size,
	const struct secret *authorisation, uint32_t *index, ESYS_TR *place);

/* tpm-label.c: where this token's places are, and what they say. */
uint32_t tpm_label_number(const struct tpm *tpm, uint32_t random);
TPM2B_DIGEST tpm_label(const struct tpm *tpm);

TPM2B_AUTH tpm_authorisation(const struct secret *authorisation);

#endif
