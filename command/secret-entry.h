/* SPDX-License-Identifier: BSD-2-Clause */
/* Secrets from the terminal, a file or a descriptor; never from the command
 * line, where every user of the machine could read them. */

#ifndef SECRET_ENTRY_H
#define SECRET_ENTRY_H

#include "command/option.h"
#include "pkcs11/bytes.h"

/* Longest secret taken, in bytes. */
#define SECRET_LONGEST 1024

/* Where one kind of secret comes from. */
struct secret_source {
	enum option_id file, descriptor;
	/* What the prompt says; translated by the reader. */
	const char *prompt;
	/* What a message calls it. */
	const char *name;
};

extern const struct secret_source pin_source, pin_again_source, new_pin_source,
	recovery_code_source, passphrase_source;

/* Whether the request names a file or descriptor for it. */
bool secret_is_given(
	const struct request *request, const struct secret_source *source);

/*
 * The secret from the option that was given, else from the terminal. One
 * newline at the end of a file is not part of it. False, after saying why,
 * when there is none. The caller clears the secret.
 */
bool secret_enter(const struct request *request,
	const struct secret_source *source, struct secret *secret);

/* The same for a new secret: the terminal asks twice. */
bool secret_choose(const struct request *request,
	const struct secret_source *source, struct secret *secret);

#endif
