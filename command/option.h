/* SPDX-License-Identifier: BSD-2-Clause */
/* What a verb may be given: every option of the command, each described once.
 */

#ifndef OPTION_H
#define OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_id {
	OPTION_HELP,
	OPTION_MODULE,
	OPTION_TOKEN,
	OPTION_LABEL,
	OPTION_PIN_FILE,
	OPTION_PIN_FD,
	OPTION_NEW_PIN_FILE,
	OPTION_NEW_PIN_FD,
	OPTION_RECOVERY_CODE_FILE,
	OPTION_RECOVERY_CODE_FD,
	OPTION_PASSPHRASE_FILE,
	OPTION_PASSPHRASE_FD,
	OPTION_JSON,
	OPTION_YES,
	OPTION_IDENTITY,
	OPTION_OUTPUT,
	OPTION_FORMAT,
	OPTION_DIGEST,
	OPTION_PSS,
	OPTION_CHAIN,
	OPTION_TYPE,
	OPTION_ADDRESS,
	OPTION_SUBJECT,
	OPTION_REQUEST,
	OPTION_POLICY,
	OPTION_UNDO,
	OPTION_NO_WAIT,
	OPTION_PROFILE,
	OPTION_KEEPER,
	OPTION_APPLICATION,
	OPTION_ORIGIN,
	OPTION_SYSTEM_CONFIGURATION,
	OPTION_CODE_FILE,
	OPTION_ANCHORS,
	OPTION_FOLDER,
	OPTION_MACHINE,
	OPTION_TPM,
	OPTION_ENVIRONMENT,
	OPTION_ONE_THREAD,
	OPTION_CALL_SECONDS,
	OPTION_SYSTEM,
	OPTION_GROUP,
	OPTION_CHAIN_FILE,
	OPTION_COUNT
};

/* A set of options, for a verb's row. */
#define WITH(name) (1ull << OPTION_##name)
/* What every verb that meets a token takes. */
#define WITH_TOKEN (WITH(MODULE) | WITH(TOKEN))
#define WITH_PIN (WITH(PIN_FILE) | WITH(PIN_FD))

/* Options of a line that are kept in their order. */
enum { OPTIONS_KEPT = 64 };

/* What the user asked for. Borrows the texts of the command line. */
struct request {
	/* NULL when not given; an empty text for options without a value. */
	const char *value[OPTION_COUNT];
	/* Each, for those that may be given several times. */
	struct {
		enum option_id option;
		const char *value;
	} kept[OPTIONS_KEPT];
	size_t kept_count;
	/* The operands, without the verb. */
	char **operands;
	int operand_count;
};

/*
 * Reads the options that the set allows from a verb's words (the verb itself
 * comes first). False, after saying why, when a word is not among them.
 */
bool option_read(
	uint64_t allowed, int count, char **words, struct request *request);

/* Prints a line for each option of the set. */
void option_help(uint64_t allowed);
/* Prints the names of the set's options ("--json" ...), for completion. */
void option_names(uint64_t allowed);

static inline bool
is_given(const struct request *request, enum option_id option)
{
	return request->value[option] != NULL;
}

#endif
