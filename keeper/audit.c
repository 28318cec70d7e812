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

/* Takes the log for the next lines. Keepers of the same home (there may be two
 * when somebody removed the first one's socket) write in turn. */
static bool
hold(struct audit *audit)
{
	if (audit->is_held)
		return true;
	if (!audit_state_lock(
		    &audit->state_file, audit_path(audit, "audit.state")))
		return false;
	audit->is_held = true;
	return audit_catch_up(audit);
}

static void
let_go(struct audit *audit)
{
	audit_state_unlock(&audit->state_file);
	audit->is_held = false;
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

static bool
is_loose(const struct audit *audit)
{
	uint64_t lines = audit->state.next - 1 - audit->state.anchored;

	return lines >= audit->settings.anchor_lines ||
		(lines > 0 && now() - audit->anchored >= ANCHOR_TIME);
}

static bool
flush(struct audit *audit)
{
	if (!hold(audit) || !write_waiting(audit) ||
		(is_loose(audit) && !write_anchor(audit)))
		return false;
	if (audit->state.offset <= audit->settings.file_size)
		return true;
	return write_anchor(audit) && audit_file_turn(audit) &&
		write_waiting(audit);
}

bool
audit_flush(struct audit *audit)
{
	bool fine = true;

	if (audit->is_held || is_loose(audit))
		fine = flush(audit);
	say_stuck(audit, !fine);
	if (fine && audit->is_held)
		let_go(audit);
	return fine;
}

int
audit_patience(const struct audit *audit)
{
	time_t passed = now() - audit->anchored;

	if (audit->state.next - 1 == audit->state.anchored)
		return -1;
	return passed >= ANCHOR_TIME ? 0 : (int)(ANCHOR_TIME - passed) * 1000;
}

bool
audit_has_room(struct audit *audit)
{
	/* For this line, and those that we add ourselves. */
	return hold(audit) &&
		audit->length + 4 * AUDIT_LINE_MOST <= sizeof(audit->waiting);
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

	made = hold(audit) && code_make(AUDIT_CODE_GROUPS, code) &&
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
	audit_flush(audit);
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
		audit_state_lock(
			&audit->state_file, audit_path(audit, "audit.state")) &&
		audit_recover(audit) && write_waiting(audit) &&
		write_anchor(audit)) {
		let_go(audit);
		return audit;
	}
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
	if (hold(audit)) {
		audit_line_begin(audit, &text, "stop");
		audit_line_end(audit, &text);
		audit->state.is_closed =
			audit_state_is_alone(&audit->state_file);
	}
	if (!audit->is_held || !write_waiting(audit) || !write_anchor(audit))
		note("the audit log ends without its last lines: %s",
			strerror(errno));
	audit_free(audit);
}
