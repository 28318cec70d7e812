/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose wrong PINs a token has counted: from the audit log. */

#include "config.h"

#include "command/audit.h"

#include "keeper/audit-files.h"
#include "keeper/audit-line.h"

#include "command/output.h"

#include <stdio.h>
#include <string.h>

/* The value of a field, with %XX resolved, cut to fit. */
static void
take_field(const struct audit_line *line, const char *wanted, char *value,
	size_t room)
{
	char name[32];
	size_t cursor = 0;

	while (audit_line_next(line, &cursor, name, sizeof(name), value, room))
		if (strcmp(name, wanted) == 0)
			return;
	*value = '\0';
}

/* A right PIN, or a new one, ends what was before. */
static void
read_line(const struct audit_line *line, struct culprit *culprit)
{
	bool is_login = audit_line_is(line, "what", "login") &&
		audit_line_is(line, "detail", "user");
	bool is_good = audit_line_is(line, "result", "CKR_OK");
	uint64_t process;

	if ((is_login || audit_line_is(line, "what", "pin")) && is_good)
		culprit->tries = 0;
	if (!is_login || !audit_line_is(line, "result", "CKR_PIN_INCORRECT"))
		return;
	culprit->tries++;
	culprit->process = audit_line_number(line, "process", &process)
		? (long)process
		: 0;
	take_field(line, "time", culprit->time, sizeof(culprit->time));
	take_field(line, "application", culprit->application,
		sizeof(culprit->application));
}

static void
read_file(
	const struct bytes *bytes, const char *serial, struct culprit *culprit)
{
	const char *at = (const char *)bytes->at, *end = at + bytes->length;
	const char *stop;
	struct audit_line line;

	for (; at < end; at = stop + 1) {
		stop = memchr(at, '\n', (size_t)(end - at));
		stop = stop ? stop : end;
		if (audit_line_take(at, (size_t)(stop - at), &line) &&
			audit_line_is(&line, "token", serial))
			read_line(&line, culprit);
	}
}

bool
audit_find_culprit(
	const char *folder, const char *serial, struct culprit *culprit)
{
	struct audit_files files = { 0 };
	struct bytes bytes = { 0 };
	size_t i;

	*culprit = (struct culprit){ .tries = 0 };
	if (!audit_files_find(folder, &files))
		return false;
	/* The last file, and the one before where it has just been put aside.
	 */
	for (i = files.count > 2 ? files.count - 2 : 0; i < files.count; i++) {
		if (input_read_file(files.paths[i], &bytes))
			read_file(&bytes, serial, culprit);
		bytes_clear(&bytes);
	}
	audit_files_clear(&files);
	return culprit->tries > 0;
}
