/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds what was done to an audit log. Reads hostile files. */

#include "config.h"

#include "keeper/audit-verify.h"

#include <stdlib.h>
#include <string.h>

/* Steps of keys beyond one for each line: a hostile log must not keep us busy
 * for ever. A log whose first files are gone needs as many as they had lines.
 */
#define STEPS_MOST (1ull << 26)

struct code {
	struct code *next;
	unsigned char print[AUDIT_PRINT_SIZE];
	struct secret key; /* of the first line */
	bool was_met;
};

struct anchor {
	unsigned char log[AUDIT_LOG_ID];
	uint64_t number;
	unsigned char chain[DIGEST_SIZE];
};

struct audit_verifier {
	audit_hear hear;
	void *context;
	struct code *codes;
	struct anchor *anchors;
	size_t anchors_count, anchor; /* the next one, sorted by number */
	struct audit_summary summary;

	const char *file;
	unsigned long line;
	/* What the next line should be like. */
	uint64_t expected; /* 0: any number */
	bool has_chain, has_log;
	unsigned char chain[DIGEST_SIZE], log[AUDIT_LOG_ID];
	struct secret key; /* of the line key_number; empty: not known */
	uint64_t key_number, steps, steps_most;
	uint64_t oldest; /* the number with which the log should begin */
};

struct audit_verifier *
audit_verifier_new(audit_hear hear, void *context)
{
	struct audit_verifier *verifier = calloc(1, sizeof(*verifier));

	if (verifier) {
		verifier->hear = hear;
		verifier->context = context;
		verifier->steps_most = STEPS_MOST;
	}
	return verifier;
}

void
audit_verifier_limit(struct audit_verifier *verifier, uint64_t steps)
{
	verifier->steps_most = steps;
}

void
audit_verifier_free(struct audit_verifier *verifier)
{
	struct code *code;

	if (!verifier)
		return;
	while ((code = verifier->codes)) {
		verifier->codes = code->next;
		secret_clear(&code->key);
		free(code);
	}
	secret_clear(&verifier->key);
	free(verifier->anchors);
	free(verifier);
}

bool
audit_verifier_code(struct audit_verifier *verifier, const struct secret *text)
{
	struct code *code = calloc(1, sizeof(*code));

	if (!code || !audit_chain_key(text, &code->key) ||
		!audit_chain_print(text, code->print)) {
		if (code)
			secret_clear(&code->key);
		free(code);
		return false;
	}
	code->next = verifier->codes;
	verifier->codes = code;
	return true;
}

/* "privyseal audit user=U log=HEX line=N chain=HEX" is read as a line of a log
 * is: by its fields. */
static bool
take_anchor(const char *at, size_t length, struct anchor *anchor)
{
	static const char mark[] = "privyseal audit ";
	const char *found = memmem(at, length, mark, sizeof(mark) - 1);
	struct audit_line line;

	if (!found)
		return false;
	line.text = found;
	line.text_length = (size_t)(at + length - found);
	return audit_line_hex(&line, "log", anchor->log, AUDIT_LOG_ID) &&
		audit_line_number(&line, "line", &anchor->number) &&
		audit_line_hex(&line, "chain", anchor->chain, DIGEST_SIZE);
}

static int
compare_anchors(const void *one, const void *other)
{
	uint64_t a = ((const struct anchor *)one)->number;
	uint64_t b = ((const struct anchor *)other)->number;

	return (a > b) - (a < b);
}

bool
audit_verifier_anchors(
	struct audit_verifier *verifier, const char *at, size_t length)
{
	const char *end = at + length, *stop;
	struct anchor anchor, *more;
	size_t count = verifier->anchors_count;

	for (; at < end; at = stop + 1) {
		stop = memchr(at, '\n', (size_t)(end - at));
		stop = stop ? stop : end;
		if (!take_anchor(at, (size_t)(stop - at), &anchor))
			continue;
		/* Doubled when full. */
		if ((count & (count - 1)) == 0) {
			more = realloc(verifier->anchors,
				(count ? 2 * count : 1) * sizeof(*more));
			if (!more)
				return false;
			verifier->anchors = more;
		}
		verifier->anchors[count++] = anchor;
		verifier->anchors_count = count;
	}
	if (count)
		qsort(verifier->anchors, count, sizeof(anchor),
			compare_anchors);
	return true;
}

static void
report(struct audit_verifier *verifier, enum audit_finding finding,
	uint64_t number, uint64_t first, bool is_explained)
{
	const struct audit_place place = { finding, verifier->file,
		verifier->line, number, first, is_explained };

	verifier->summary.findings++;
	verifier->hear(verifier->context, &place);
}

/* The key of the code with this print for the line number, or none. */
static void
take_key(struct audit_verifier *verifier, const unsigned char *print,
	uint64_t number)
{
	struct code *code;

	secret_clear(&verifier->key);
	memcpy(verifier->summary.code, print, AUDIT_PRINT_SIZE);
	for (code = verifier->codes; code; code = code->next)
		if (memcmp(code->print, print, AUDIT_PRINT_SIZE) == 0) {
			code->was_met = true;
			if (secret_copy(&verifier->key, code->key.at,
				    code->key.length))
				verifier->key_number = number;
		}
}

/* Brings the key to the line. False: it has gone further already, or never
 * comes there. */
static bool
bring_key(struct audit_verifier *verifier, uint64_t number)
{
	uint64_t steps = number - verifier->key_number;

	if (number < verifier->key_number ||
		verifier->steps + steps > verifier->steps_most)
		return false;
	verifier->steps += steps;
	for (; verifier->key_number < number; verifier->key_number++)
		if (!audit_chain_advance(&verifier->key))
			return false;
	return true;
}

/* Lines at which another file or another keeper goes on say what was before, so
 * that the log can be read from there. */
static void
take_up(struct audit_verifier *verifier, const struct audit_line *line)
{
	unsigned char print[AUDIT_PRINT_SIZE], before[DIGEST_SIZE];
	uint64_t number;

	if (!audit_line_hex(line, "before", before, sizeof(before)))
		return;
	if (!verifier->has_chain)
		memcpy(verifier->chain, before, sizeof(before));
	verifier->has_chain = true;
	if (!verifier->has_log)
		verifier->has_log = audit_line_hex(
			line, "log", verifier->log, sizeof(verifier->log));
	if (verifier->key.at || line->number == 1 ||
		!audit_line_hex(line, "code", print, sizeof(print)) ||
		!audit_line_number(line, "code-line", &number))
		return;
	take_key(verifier, print, number);
}

/* Its keys come from nowhere. */
static void
begin(struct audit_verifier *verifier, const struct audit_line *line)
{
	if (line->number != 1 || verifier->summary.lines > 0)
		report(verifier, AUDIT_BEGUN, line->number, 0, false);
	secret_clear(&verifier->key);
	memset(verifier->summary.code, 0, AUDIT_PRINT_SIZE);
}

static void
check_number(struct audit_verifier *verifier, const struct audit_line *line)
{
	uint64_t expected = verifier->expected;

	/* The first one begins the log, or a file of it. */
	if (expected == 0 && line->number > 1 &&
		!audit_line_is(line, "what", "file"))
		expected = 1;
	if (expected == 0 || line->number == expected)
		return;
	verifier->has_chain = false;
	report(verifier, AUDIT_MISSING, line->number, expected,
		audit_line_is(line, "end", "system"));
}

/* True: the line is what it was when it was written, as far as can be told. */
static bool
check_seals(struct audit_verifier *verifier, const struct audit_line *line)
{
	unsigned char made[DIGEST_SIZE];
	bool is_first = verifier->summary.lines == 0;

	/* Only after a finding may there be no chain to check. */
	if ((!verifier->has_chain && is_first) ||
		(verifier->has_chain &&
			(!audit_chain_digest(verifier->chain, line->text,
				 line->text_length, made) ||
				memcmp(made, line->chain, DIGEST_SIZE) != 0))) {
		report(verifier, AUDIT_CHANGED, line->number, 0, false);
		return false;
	}
	if (!verifier->key.at || !bring_key(verifier, line->number))
		return true;
	if (!audit_chain_mac(&verifier->key, line->chain, made) ||
		memcmp(made, line->mac, DIGEST_SIZE) != 0) {
		report(verifier, AUDIT_FORGED, line->number, 0, false);
		return false;
	}
	if (!verifier->has_chain)
		return true;
	if (verifier->summary.sealed++ == 0)
		verifier->summary.sealed_first = line->number;
	return true;
}

static void
check_anchors(struct audit_verifier *verifier, const struct audit_line *line)
{
	const struct anchor *anchor;

	for (; verifier->anchor < verifier->anchors_count; verifier->anchor++) {
		anchor = &verifier->anchors[verifier->anchor];
		if (anchor->number > line->number)
			return;
		if (anchor->number < line->number || !verifier->has_log ||
			memcmp(anchor->log, verifier->log, AUDIT_LOG_ID) != 0)
			continue;
		verifier->summary.anchors++;
		verifier->summary.anchored = anchor->number;
		if (memcmp(anchor->chain, line->chain, DIGEST_SIZE) != 0)
			report(verifier, AUDIT_UNANCHORED, line->number, 0,
				false);
	}
}

/* What a sound line says of those after it. */
static void
follow(struct audit_verifier *verifier, const struct audit_line *line)
{
	unsigned char print[AUDIT_PRINT_SIZE];

	if (audit_line_is(line, "what", "begin")) {
		verifier->has_log = audit_line_hex(
			line, "log", verifier->log, sizeof(verifier->log));
	}
	if (audit_line_is(line, "what", "file"))
		audit_line_number(line, "oldest", &verifier->oldest);
	if (audit_line_is(line, "what", "code") &&
		audit_line_hex(line, "new-code", print, sizeof(print)))
		take_key(verifier, print, line->number + 1);
}

static void
check_line(struct audit_verifier *verifier, const char *at, size_t length)
{
	struct audit_summary *summary = &verifier->summary;
	struct audit_line line;
	uint64_t sealed = summary->sealed;
	bool is_sound;

	if (!audit_line_take(at, length, &line) || line.number == 0) {
		report(verifier, AUDIT_MALFORMED, 0, 0, false);
		verifier->has_chain = false;
		return;
	}
	if (line.number < verifier->expected) {
		report(verifier, AUDIT_MISPLACED, line.number, 0, false);
		return;
	}
	check_number(verifier, &line);
	take_up(verifier, &line);
	if (audit_line_is(&line, "what", "begin"))
		begin(verifier, &line);
	is_sound = check_seals(verifier, &line);
	check_anchors(verifier, &line);
	/* What somebody else wrote steers nothing. */
	if (is_sound)
		follow(verifier, &line);
	if (summary->lines++ == 0)
		summary->first = line.number;
	summary->last = line.number;
	verifier->expected = line.number + 1;
	summary->is_sealed_to_end = summary->sealed > sealed;
	memcpy(verifier->chain, line.chain, DIGEST_SIZE);
	verifier->has_chain = true;
}

void
audit_verifier_file(struct audit_verifier *verifier, const char *name,
	const char *at, size_t length)
{
	const char *end = at + length, *stop;

	verifier->file = name;
	verifier->line = 0;
	for (; at < end; at = stop + 1) {
		verifier->line++;
		stop = memchr(at, '\n', (size_t)(end - at));
		if (!stop) {
			report(verifier, AUDIT_MALFORMED, 0, 0, false);
			verifier->has_chain = false;
			return;
		}
		check_line(verifier, at, (size_t)(stop - at));
	}
}

static bool
codes_were_met(const struct audit_verifier *verifier)
{
	const struct code *code;

	for (code = verifier->codes; code; code = code->next)
		if (code->was_met)
			return true;
	return !verifier->codes;
}

void
audit_verifier_end(
	struct audit_verifier *verifier, struct audit_summary *summary)
{
	const struct anchor *anchor;
	size_t i;

	if (verifier->oldest && verifier->oldest < verifier->summary.first)
		report(verifier, AUDIT_MISSING, verifier->summary.first,
			verifier->oldest, false);
	for (i = verifier->anchor; i < verifier->anchors_count; i++) {
		anchor = &verifier->anchors[i];
		if (!verifier->has_log ||
			memcmp(anchor->log, verifier->log, AUDIT_LOG_ID) != 0)
			continue;
		verifier->summary.anchors++;
		verifier->summary.anchored = anchor->number;
		report(verifier, AUDIT_CUT, anchor->number,
			verifier->summary.last + 1, false);
		break;
	}
	if (!codes_were_met(verifier) ||
		(verifier->anchors_count && verifier->summary.anchors == 0))
		report(verifier, AUDIT_REPLACED, verifier->summary.last, 0,
			false);
	*summary = verifier->summary;
}
