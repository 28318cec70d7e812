/* SPDX-License-Identifier: BSD-2-Clause */
/* Which commands a worker's connection to the TPM may give. */

#ifndef TPM_FILTER_H
#define TPM_FILTER_H

#include "pkcs11/bytes.h"
#include "token/crypto-seal.h"
#include "token/tpm.h"

#include <stdint.h>

/* The longest command and response, and their header [TPM 2.0 part 2, 6.5.2;
 * part 1, 18]; and how many handles one connection may have at a time. */
enum { TPM_MESSAGE_MOST = 4096, TPM_HEADER = 10, TPM_HANDLES_MOST = 8 };

/*
 * One connection's. All that is not known here is refused: what it names must
 * be what it made itself, or a place whose public part begins with its owner's
 * name. Reads only what it is given, whatever that says.
 */
struct tpm_filter {
	unsigned char owner[TPM_OWNER_SIZE];
	bool may_end_lock; /* after wrong authorisations */
	uint32_t handles[TPM_HANDLES_MOST];
	size_t count;
};

/* How long a message says that it is; its header is there. */
size_t tpm_message_length(const unsigned char header[TPM_HEADER]);

/* What is to become of a command; CHECK: *place is to be looked at first. */
enum tpm_verdict { TPM_PASS, TPM_CHECK, TPM_REFUSE };
enum tpm_verdict tpm_filter_command(const struct tpm_filter *filter,
	const struct span *command, uint32_t *place);
/* The command that has the TPM show the place. */
enum { TPM_QUESTION = 14 };
void tpm_filter_question(uint32_t place, unsigned char command[TPM_QUESTION]);
/* Whether it answered that the place is the owner's; that it gives none. */
bool tpm_filter_is_own(
	const struct tpm_filter *filter, const struct span *response);
bool tpm_filter_is_error(const struct span *response);
/* The command that has the TPM show its state, and whether its lock has no
 * password by that. */
enum { TPM_STATE_QUESTION = 22 };
void tpm_filter_state_question(unsigned char command[TPM_STATE_QUESTION]);
bool tpm_filter_lock_is_free(const struct span *response);
/* Notes the handles that were made and given up. */
void tpm_filter_note(struct tpm_filter *filter, const struct span *command,
	const struct span *response);
/* What the worker is told instead: that there is no such command, or no such
 * thing. */
void tpm_filter_refusal(bool is_place, unsigned char response[TPM_HEADER]);

#endif
