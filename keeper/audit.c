/* SPDX-License-Identifier: BSD-2-Clause */
/* The audit log, as its only writer sees it. */

#include "config.h"

#include "keeper/audit-writer.h"

#include "keeper/folder.h"
#include "pkcs11/code.h"
#include "pkcs11/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Seconds after which a line is anchored, however few there are. */
enum { ANCHOR_TIME = 60 };

static time_t
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

const char *
audit_path(const struct audit *audit, const char *name)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/%s", audit->settings.folder, name);
	return path;
}

void
audit_line_begin(struct audit *audit, struct audit_text *text, const char *what)
{
	audit_text_begin(text, audit->state.next);
	audit_text_put_text(text, "what", what);
}

void
audit_put_before(const struct audit *audit, struct audit_text *text)
{
	const struct audit_state *state = &audit->state;
	static const unsigned char none[AUDIT_PRINT_SIZE];

	audit_text_put_hex(text, "log", state->log, sizeof(state->log));
	if (memcmp(state->print, none, sizeof(none)) != 0) {
		audit_text_put_hex(
			text, "code", state->print, sizeof(state->print));
		audit_text_put_number(text, "code-line", state->code_line);
	}
	audit_text_put_hex(text, "before", state->chain, sizeof(state->chain));
}

bool
audit_line_end(struct audit *audit, struct audit_text *text)
{
	struct audit_state *state = &audit->state;
	unsigned char chain[DIGEST_SIZE], mac[DIGEST_SIZE];

	if (audit->length + sizeof(text->at) > sizeof(audit->waiting) ||
		!audit_chain_digest(
			state->chain, text->at, text->length, chain) ||
		!audit_chain_mac(&state->key, chain, mac) ||
		!audit_chain_advance(&state->key))
		return false;
	audit_text_end(text, chain, mac);
	memcpy(state->chain, chain, sizeof(chain));
	memcpy(audit->waiting + audit->length, text->at, text->length);
	audit->length += text->length;
	state->offset += text->length;
	state->next++;
	return true;
}

/* Somebody moved or cut the file that we write to: what is missing then will
 * be found, but what comes next must not go where nobody finds it. */
static void
follow_file(struct audit *audit)
{
	struct audit_text text;
	struct stat status;
	uint64_t expected = audit->state.offset - audit->length;

	if (lstat(audit_path(audit, "audit.log"), &status) == 0 &&
		status.st_dev == audit->device &&
		status.st_ino == audit->inode &&
		(uint64_t)status.st_size == expected)
		return;
	note("audit.log was changed by somebody else");
	close(audit->file);
	if (!audit_file_open(audit) || fstat(audit->file, &status) < 0)
		return;
	audit->state.offset = (uint64_t)status.st_size + audit->length;
	if (status.st_size == 0)
		audit->first = audit->state.next;
	audit_file_end_line(audit);
	audit_line_begin(audit, &text, "disturbed");
	audit_put_before(audit, &text);
	audit_line_end(audit, &text);
}

static void
say_stuck(struct audit *audit, bool is_stuck)
{
	if (is_stuck && !audit->is_stuck)
		note("the audit log cannot be written: %s", strerror(errno));
	if (!is_stuck && audit->is_stuck)
		note("the audit log can be written again");
	audit->is_stuck = is_stuck;
}

/* The state comes last: lines that it does not know are recognised by its key,
 * a key without its line would look like a line that somebody took away. */
static bool
write_waiting(struct audit *audit)
{
	ssize_t written;

	follow_file(audit);
	while (audit->length > 0) {
		written = write(audit->file, audit->waiting, audit->length);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return false;
		audit->length -= (size_t)written;
		memmove(audit->waiting, audit->waiting + written,
			audit->length);
	}
	return audit_state_write(&audit->state_file, &audit->state);
}

static bool
write_anchor(struct audit *audit)
{
	if (fdatasync(audit->file) < 0)
		return false;
	audit->state.anchored = audit->state.next - 1;
	audit->anchored = now();
	if (!audit_state_write(&audit->state_file, &audit->state) ||
		!audit_state_sync(&audit->state_file))
		return false;
	audit_anchor(audit);
	return true;
}

bool
audit_flush(struct audit *audit)
{
	uint64_t loose = audit->state.next - 1 - audit->state.anchored;
	bool fine = true;

	if (audit->length > 0)
		fine = write_waiting(audit);
	if (fine && loose > 0 &&
		(loose >= audit->settings.anchor_lines ||
			now() - audit->anchored >= ANCHOR_TIME))
		fine = write_anchor(audit);
	if (fine && audit->state.offset > audit->settings.file_size)
		fine = write_anchor(audit) && audit_file_turn(audit) &&
			write_waiting(audit);
	say_stuck(audit, !fine);
	return fine;
}

bool
audit_has_room(const struct audit *audit)
{
	/* For this line, and those that we add ourselves. */
	return audit->length + 4 * AUDIT_LINE_MOST <= sizeof(audit->waiting);
}

void
audit_add(struct audit *audit, const struct audit_record *record,
	const struct audit_author *author)
{
	struct audit_text text;

	audit_text_begin(&text, audit->state.next);
	audit_text_put_record(&text, record, author);
	if (!audit_line_end(audit, &text))
		note("a line of the audit log was lost");
}

bool
audit_new_code(struct audit *audit, struct secret *code)
{
	unsigned char print[AUDIT_PRINT_SIZE];
	struct secret key = { 0 };
	struct audit_text text;
	bool made;

	made = code_make(AUDIT_CODE_GROUPS, code) &&
		audit_chain_key(code, &key) && audit_chain_print(code, print);
	if (made) {
		audit_line_begin(audit, &text, "code");
		audit_text_put_hex(&text, "new-code", print, sizeof(print));
		made = audit_line_end(audit, &text);
	}
	if (made) {
		secret_clear(&audit->state.key);
		audit->state.key = key;
		key = (struct secret){ 0 };
		audit->state.code_line = audit->state.next;
		memcpy(audit->state.print, print, sizeof(print));
		made = write_waiting(audit) && write_anchor(audit);
	}
	secret_clear(&key);
	if (!made)
		secret_clear(code);
	return made;
}

static void
audit_free(struct audit *audit)
{
	if (audit->file >= 0)
		close(audit->file);
	audit_state_clear(&audit->state);
	audit_state_close(&audit->state_file);
	free(audit);
}

struct audit *
audit_open(const struct audit_settings *settings)
{
	struct audit *audit = calloc(1, sizeof(*audit));

	if (!audit)
		return NULL;
	audit->settings = *settings;
	audit->file = -1;
	if (folder_make(settings->folder) &&
		audit_state_open(
			&audit->state_file, audit_path(audit, "audit.state")) &&
		audit_recover(audit) && write_waiting(audit) &&
		write_anchor(audit))
		return audit;
	note("the audit log in %s cannot be opened: %s", settings->folder,
		strerror(errno));
	audit_free(audit);
	return NULL;
}

void
audit_close(struct audit *audit)
{
	struct audit_text text;

	if (!audit)
		return;
	audit_line_begin(audit, &text, "stop");
	audit_line_end(audit, &text);
	audit->state.is_closed = true;
	if (!write_waiting(audit) || !write_anchor(audit))
		note("the audit log ends without its last lines: %s",
			strerror(errno));
	audit_free(audit);
}
