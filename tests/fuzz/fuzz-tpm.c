/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands for the TPM from a worker with any bytes, and the TPM's answers:
 * what passes is in the list, whatever it says. */

#include "config.h"

#include "keeper/tpm-filter.h"

#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#define MAKE \
	"\x80\x02\0\0\0\x1b\0\0\x01\x31\x40\0\0\x01\0\0\0\x09" \
	"\x40\0\0\x09\0\0\0\0\0"
#define START "\x80\x01\0\0\0\x17\0\0\x01\x76\x80\0\0\0\x40\0\0\x07\0\0\0\0\0"
#define FLUSH "\x80\x01\0\0\0\x0e\0\0\x01\x65\x80\0\0\0"
#define READ \
	"\x80\x02\0\0\0\x23\0\0\x01\x4e\x01\x80\0\1\x01\x80\0\1\0\0\0\x09" \
	"\x40\0\0\x09\0\0\0\0\0\0\x20\0\0"
#define ANSWER "\x80\x01\0\0\0\x0e\0\0\0\0\x80\0\0\0"

const struct fuzz_seed fuzz_seeds[] = {
	FUZZ_TEXT(MAKE ANSWER START ANSWER FLUSH ANSWER READ ANSWER),
	FUZZ_TEXT(MAKE ANSWER READ ANSWER FLUSH ANSWER START ANSWER),
	{ NULL, 0 },
};

static bool
is_known(const unsigned char *command)
{
	static const unsigned char codes[] = { 0x22, 0x2a, 0x31, 0x34, 0x37,
		0x4e, 0x65, 0x69, 0x76, 0x7a, 0x7b };

	return command[6] == 0 && command[7] == 0 && command[8] == 1 &&
		memchr(codes, command[9], sizeof(codes));
}

/* The next message, as a socket brings them. */
static struct span
take_message(const uint8_t **at, size_t *left)
{
	struct span message = { *at, *left };
	size_t says = *left < TPM_HEADER ? *left : tpm_message_length(*at);

	if (says < *left)
		message.length = says;
	*at += message.length;
	*left -= message.length;
	return message;
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t length)
{
	struct tpm_filter filter = { .may_end_lock = false };
	struct span command, response;
	enum tpm_verdict verdict;
	uint32_t place;

	while (length >= TPM_HEADER) {
		command = take_message(&at, &length);
		if (!command.length)
			break;
		response = take_message(&at, &length);
		verdict = tpm_filter_command(&filter, &command, &place);
		if (verdict != TPM_REFUSE && !is_known(command.at))
			abort();
		if (verdict == TPM_CHECK && place >> 22 != 0x01800000 >> 22)
			abort();
		(void)tpm_filter_is_own(&filter, &response);
		(void)tpm_filter_is_error(&response);
		(void)tpm_filter_lock_is_free(&response);
		if (verdict != TPM_REFUSE)
			tpm_filter_note(&filter, &command, &response);
		if (filter.count > TPM_HANDLES_MOST)
			abort();
	}
	return 0;
}
