/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes one value in the text of a configuration file. */

#include "config.h"

#include "command/policy-text.h"

#include "pkcs11/piece.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kinds[SCOPES] = { "general", "application", "token",
	"key", "front", "group" };

/* While the text is copied: where it is, and what was found. */
struct walk {
	const struct policy_line *line;
	struct bytes *result;
	bool is_there; /* in the section that is meant */
	bool was_there;
	bool is_done; /* the value has been written */
	bool failed;
};

static const char blanks[] = " \t\r";

static bool
is_blank(char c)
{
	return c && strchr(blanks, c);
}

static bool
is_section(struct piece line)
{
	return line.length && line.at[0] == '[';
}

/* The same words; the blanks between them do not matter. */
static bool
is_meant(struct piece head, const struct policy_line *line)
{
	const char *end = head.at + head.length - 1, *name;
	struct piece kind;

	if (head.length < 2 || *end != ']')
		return false;
	kind = piece_trim(head.at + 1, end, blanks);
	end = kind.at + kind.length;
	for (name = kind.at; name < end && !is_blank(*name); name++)
		;
	kind.length = (size_t)(name - kind.at);
	return piece_is(kind, kinds[line->scope]) &&
		piece_is(piece_trim(name, end, blanks), line->section);
}

static bool
is_value(struct piece line, const char *name)
{
	const char *equals = memchr(line.at, '=', line.length);

	return equals && line.at[0] != '#' &&
		piece_is(piece_trim(line.at, equals, blanks), name);
}

static void
add(struct walk *walk, const char *at, size_t length)
{
	if (!bytes_append(walk->result, at, length))
		walk->failed = true;
}

static void
add_text(struct walk *walk, const char *text)
{
	add(walk, text, strlen(text));
}

static void
add_value(struct walk *walk)
{
	const struct policy_line *line = walk->line;

	if (walk->is_done || !line->value)
		return;
	add_text(walk, line->name);
	add_text(walk, " = ");
	add_text(walk, line->value);
	add_text(walk, "\n");
	walk->is_done = true;
}

/* How much at the end are remarks: about the section that follows. */
static size_t
remarks_at_end(const struct bytes *text)
{
	size_t start = text->length, line;

	while (start > 0) {
		for (line = start - 1; line > 0 && text->at[line - 1] != '\n';)
			line--;
		if (text->at[line] != '#')
			break;
		start = line;
	}
	return text->length - start;
}

/* At the section's end, but before the blank lines that part it from what
 * follows. */
static void
add_at_end(struct walk *walk)
{
	struct bytes *result = walk->result;
	size_t length = result->length, blank = 0;

	if (walk->is_done || !walk->line->value)
		return;
	while (length > 1 && result->at[length - 1] == '\n' &&
		result->at[length - 2] == '\n') {
		length--;
		blank++;
	}
	result->length = length;
	add_value(walk);
	while (blank--)
		add_text(walk, "\n");
}

static void
add_before_remarks(struct walk *walk)
{
	struct bytes *result = walk->result, remarks = { 0 };
	size_t length = remarks_at_end(result);

	if (walk->is_done || !walk->line->value)
		return;
	if (length &&
		!bytes_append(
			&remarks, result->at + result->length - length, length))
		walk->failed = true;
	result->length -= length;
	add_at_end(walk);
	if (length && result->length > 1 &&
		result->at[result->length - 2] != '\n')
		add_text(walk, "\n");
	add(walk, (const char *)remarks.at, remarks.length);
	bytes_clear(&remarks);
}

static void
take_line(struct walk *walk, const char *at, const char *end)
{
	struct piece line = piece_trim(at, end, blanks);

	if (is_section(line)) {
		if (walk->is_there)
			add_before_remarks(walk);
		walk->is_there = is_meant(line, walk->line);
	} else if (walk->is_there && is_value(line, walk->line->name)) {
		walk->was_there = true;
		add_value(walk);
		return;
	}
	add(walk, at, (size_t)(end - at));
	add_text(walk, "\n");
}

/* From here on the lines are about what follows a section: remarks after its
 * last blank line. */
static size_t
end_of_section(const struct bytes *text, size_t start)
{
	size_t remarks = remarks_at_end(text), end = text->length - remarks;

	if (remarks && end > start && text->at[end - 1] == '\n' &&
		(end == 1 || text->at[end - 2] == '\n'))
		return end;
	return text->length;
}

/* What was copied of the section goes, from its start on. */
static void
drop_section(struct bytes *result, size_t start)
{
	size_t end = end_of_section(result, start);

	memmove(result->at + start, result->at + end, result->length - end);
	result->length -= end - start;
}

bool
policy_text_remove(const char *text, size_t length,
	const struct policy_line *section, struct bytes *result,
	bool *was_there)
{
	struct walk walk = { .line = section, .result = result };
	const char *end = text + length, *next;
	size_t start = 0;

	*result = (struct bytes){ 0 };
	for (; text < end; text = next + 1) {
		next = memchr(text, '\n', (size_t)(end - text));
		if (!next)
			next = end;
		if (is_section(piece_trim(text, next, blanks))) {
			if (walk.is_there)
				drop_section(result, start);
			walk.is_there = is_meant(
				piece_trim(text, next, blanks), section);
			walk.was_there |= walk.is_there;
			start = result->length;
		}
		add(&walk, text, (size_t)(next - text));
		add_text(&walk, "\n");
	}
	if (walk.is_there)
		result->length = start;
	*was_there = walk.was_there;
	if (walk.failed)
		bytes_clear(result);
	return !walk.failed;
}

/* Where no section was the one. */
static void
add_section(struct walk *walk)
{
	const struct policy_line *line = walk->line;

	if (walk->is_done || !line->value)
		return;
	if (walk->result->length)
		add_text(walk, "\n");
	if (line->remark) {
		add_text(walk, "# ");
		add_text(walk, line->remark);
		add_text(walk, "\n");
	}
	add_text(walk, "[");
	add_text(walk, kinds[line->scope]);
	if (line->section[0])
		add_text(walk, " ");
	add_text(walk, line->section);
	add_text(walk, "]\n");
	add_value(walk);
}

bool
policy_text_set(const char *text, size_t length, const struct policy_line *line,
	struct bytes *result, bool *was_there)
{
	struct walk walk = { .line = line,
		.result = result,
		.is_there = line->scope == SCOPE_GENERAL };
	const char *end = text + length, *next;

	*result = (struct bytes){ 0 };
	for (; text < end; text = next + 1) {
		next = memchr(text, '\n', (size_t)(end - text));
		if (!next)
			next = end;
		take_line(&walk, text, next);
	}
	if (walk.is_there)
		add_at_end(&walk);
	add_section(&walk);
	*was_there = walk.was_there;
	if (walk.failed)
		bytes_clear(result);
	return !walk.failed;
}
