/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the audit log goes on after a keeper that ended, in whatever way. */

#include "config.h"

#include "keeper/audit-files.h"
#include "keeper/audit-writer.h"

#include "pkcs11/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a keeper may have written after its last state, and more. */
enum { TAIL_MOST = 2 * AUDIT_WAITING };

/* What was found; it is told in the line that begins this keeper's part. */
struct findings {
	enum audit_state_found state;
	bool was_closed, other_boot;
	bool is_beside;  /* another keeper of this home lives */
	bool is_moved;   /* the file is not the one that we wrote to */
	bool is_altered; /* the last line that the state knows is another one */
	bool is_short;   /* lines that the state knows are missing */
	uint64_t recovered, cut, foreign;
};

static void
read_boot(unsigned char boot[16])
{
	int file =
		open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	struct span whole;
	unsigned char digest[DIGEST_SIZE];
	char text[64];
	ssize_t got = file < 0 ? -1 : read(file, text, sizeof(text));

	memset(boot, 0, 16);
	whole = (struct span){ text, got < 0 ? 0 : (size_t)got };
	if (got > 0 && seal_digest(&whole, 1, digest))
		memcpy(boot, digest, 16);
	if (file >= 0)
		close(file);
}

/* One line that the state does not know yet, if it is its own. */
static bool
take_up(struct audit *audit, const struct audit_line *line, size_t length)
{
	struct audit_state *state = &audit->state;
	unsigned char chain[DIGEST_SIZE], mac[DIGEST_SIZE];

	if (line->number != state->next ||
		!audit_chain_digest(
			state->chain, line->text, line->text_length, chain) ||
		!audit_chain_mac(&state->key, chain, mac) ||
		memcmp(chain, line->chain, sizeof(chain)) != 0 ||
		memcmp(mac, line->mac, sizeof(mac)) != 0 ||
		!audit_chain_advance(&state->key))
		return false;
	memcpy(state->chain, chain, sizeof(chain));
	state->next++;
	state->offset += length;
	return true;
}

/* Takes up what was written before the state could follow. What comes after
 * it, and is no whole line, was cut by the end of the keeper: it goes. Anything
 * else is not ours, and stays for whoever looks. */
static bool
take_up_tail(struct audit *audit, uint64_t size, struct findings *found)
{
	uint64_t left = size - audit->state.offset;
	char *tail = malloc(TAIL_MOST), *at = tail, *end;
	struct audit_line line;
	ssize_t got;

	if (!tail)
		return false;
	got = pread(audit->file, tail, TAIL_MOST, (off_t)audit->state.offset);
	while (got > 0 && (end = memchr(at, '\n', (size_t)got))) {
		if (!audit_line_take(at, (size_t)(end - at), &line) ||
			!take_up(audit, &line, (size_t)(end + 1 - at)))
			break;
		found->recovered++;
		got -= end + 1 - at;
		left -= (uint64_t)(end + 1 - at);
		at = end + 1;
	}
	if (got > 0 && (uint64_t)got == left && !memchr(at, '\n', (size_t)got))
		found->cut = left;
	else
		found->foreign = left;
	free(tail);
	if (found->cut)
		return ftruncate(audit->file, (off_t)audit->state.offset) == 0;
	audit->state.offset = size;
	return true;
}

/* The last whole line that ends at the offset; false: there is none. */
static bool
read_last_line(int file, uint64_t offset, char room[AUDIT_LINE_MOST],
	struct audit_line *line)
{
	size_t length =
		offset < AUDIT_LINE_MOST ? (size_t)offset : AUDIT_LINE_MOST;
	const char *begin;

	if (length < 2 ||
		pread(file, room, length, (off_t)(offset - length)) !=
			(ssize_t)length ||
		room[length - 1] != '\n')
		return false;
	begin = memrchr(room, '\n', length - 1);
	begin = begin ? begin + 1 : room;
	return audit_line_take(
		begin, (size_t)(room + length - 1 - begin), line);
}

static uint64_t
first_number(int file)
{
	char room[AUDIT_LINE_MOST];
	struct audit_line line;
	ssize_t got = pread(file, room, sizeof(room), 0);
	const char *end = got > 0 ? memchr(room, '\n', (size_t)got) : NULL;

	return end && audit_line_take(room, (size_t)(end - room), &line)
		? line.number
		: 0;
}

/* A keeper that ended while it put a file aside left no present one, or one
 * that its state does not know. */
static bool
was_put_aside(const struct audit *audit)
{
	struct audit_files files = { 0 };
	char room[AUDIT_LINE_MOST];
	struct audit_line line;
	struct stat status;
	bool is_whole = false;
	int file = -1;

	if (audit_files_find(audit->settings.folder, &files) && files.aside)
		file = open(files.paths[files.aside - 1],
			O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (file >= 0 && fstat(file, &status) == 0)
		is_whole = (uint64_t)status.st_size == audit->state.offset &&
			read_last_line(
				file, audit->state.offset, room, &line) &&
			memcmp(line.chain, audit->state.chain, DIGEST_SIZE) ==
				0;
	if (file >= 0)
		close(file);
	audit_files_clear(&files);
	return is_whole;
}

static bool
go_on(struct audit *audit, uint64_t size, struct findings *found)
{
	struct audit_state *state = &audit->state;
	char room[AUDIT_LINE_MOST];
	struct audit_line line;

	if (size < state->offset) {
		found->is_short = !was_put_aside(audit);
		state->offset = found->is_short ? size : 0;
	}
	found->is_altered = state->offset > 0 && !found->is_short &&
		(!read_last_line(audit->file, state->offset, room, &line) ||
			memcmp(line.chain, state->chain, DIGEST_SIZE) != 0);
	return size == state->offset || take_up_tail(audit, size, found);
}

/* A key that nobody knows: until a verification code is asked for, the chain
 * alone ties the lines together. Lines that are there already stay. */
static bool
begin_anew(struct audit *audit, uint64_t size)
{
	struct audit_state *state = &audit->state;
	char room[AUDIT_LINE_MOST];
	struct audit_line line;

	audit_state_clear(state);
	state->next = 1;
	state->offset = size;
	if (read_last_line(audit->file, size, room, &line)) {
		state->next = line.number + 1;
		memcpy(state->chain, line.chain, sizeof(state->chain));
	}
	return secret_init(&state->key, AUDIT_KEY_SIZE) &&
		seal_random(state->key.at, AUDIT_KEY_SIZE) &&
		seal_random(state->log, sizeof(state->log));
}

static void
put_number(struct audit_text *text, const char *name, uint64_t number)
{
	if (number)
		audit_text_put_number(text, name, number);
}

static bool
say_how(struct audit *audit, const char *what, const struct findings *found)
{
	const char *harm = found->is_moved ? "moved"
		: found->is_short          ? "missing"
		: found->is_altered        ? "altered"
					   : "";
	struct audit_text text;

	audit_line_begin(audit, &text, what);
	audit_text_put_text(&text, "version", PACKAGE_VERSION);
	audit_text_put_number(&text, "user", geteuid());
	if (found->state == AUDIT_STATE_LOST)
		audit_text_put_text(&text, "state", "lost");
	if (found->is_beside)
		audit_text_put_text(&text, "beside", "another");
	else if (!found->was_closed)
		audit_text_put_text(
			&text, "end", found->other_boot ? "system" : "killed");
	put_number(&text, "recovered", found->recovered);
	put_number(&text, "cut", found->cut);
	put_number(&text, "foreign", found->foreign);
	audit_text_put_text(&text, "earlier", harm);
	audit_put_before(audit, &text);
	if (*harm || found->state == AUDIT_STATE_LOST || found->foreign)
		note("the audit log was changed by somebody else");
	return audit_line_end(audit, &text);
}

/* Its first line's number names the file when it is put aside. */
static bool
settle_file(struct audit *audit)
{
	bool fine = audit_file_end_line(audit);

	audit->first = first_number(audit->file);
	if (!audit->first)
		audit->first = audit->state.next;
	audit->state.is_closed = false;
	return fine;
}

bool
audit_recover(struct audit *audit)
{
	unsigned char boot[sizeof(audit->state.boot)];
	struct findings found = { 0 };
	struct stat status;
	bool fine;

	found.state = audit_state_read(&audit->state_file, &audit->state);
	if (!audit_file_open(audit) || fstat(audit->file, &status) < 0)
		return false;
	if (found.state == AUDIT_STATE_NONE && status.st_size > 0)
		found.state = AUDIT_STATE_LOST;
	read_boot(boot);
	found.is_beside = !audit_state_is_alone(&audit->state_file);
	found.other_boot = memcmp(boot, audit->state.boot, sizeof(boot)) != 0;
	if (found.state == AUDIT_STATE_FOUND) {
		fine = go_on(audit, (uint64_t)status.st_size, &found);
		found.was_closed = audit->state.is_closed;
	} else {
		fine = begin_anew(audit, (uint64_t)status.st_size);
		found.was_closed = true;
	}
	memcpy(audit->state.boot, boot, sizeof(boot));
	return fine && settle_file(audit) &&
		say_how(audit,
			found.state == AUDIT_STATE_FOUND ? "start" : "begin",
			&found);
}

bool
audit_catch_up(struct audit *audit)
{
	struct findings found = { .was_closed = true };
	bool by_keeper = !audit_state_is_ours(&audit->state_file);
	struct stat status;

	if (by_keeper) {
		found.state =
			audit_state_read(&audit->state_file, &audit->state);
		if (found.state == AUDIT_STATE_NONE)
			found.state = AUDIT_STATE_LOST;
	}
	if (lstat(audit_path(audit, "audit.log"), &status) < 0 ||
		status.st_dev != audit->device ||
		status.st_ino != audit->inode) {
		found.is_moved = !by_keeper || found.state == AUDIT_STATE_LOST;
		close(audit->file);
		if (!audit_file_open(audit) || fstat(audit->file, &status) < 0)
			return false;
	}
	if (!go_on(audit, (uint64_t)status.st_size, &found) ||
		!settle_file(audit))
		return false;
	if (found.state == AUDIT_STATE_FOUND && !found.is_moved &&
		!found.is_short && !found.is_altered && !found.recovered &&
		!found.cut && !found.foreign)
		return true;
	return say_how(audit, "resume", &found);
}
