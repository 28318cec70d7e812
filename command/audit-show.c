/* SPDX-License-Identifier: BSD-2-Clause */
/* privyseal audit show: the lines of the log, for people or for programs. */

#include "config.h"

#include "command/audit.h"
#include "import/json.h"
#include "command/say.h"
#include "command/verb.h"
#include "keeper/audit-line.h"

#include <string.h>

/* What people need not see. */
static bool
is_technical(const char *name)
{
	static const char *const names[] = { "before", "log", "code",
		"code-line", "new-code", "version", "class" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static void
show_line(const struct audit_line *line)
{
	char name[32], value[AUDIT_LINE_MOST];
	size_t cursor = 0;

	say("%llu", (unsigned long long)line->number);
	while (audit_line_next(
		line, &cursor, name, sizeof(name), value, sizeof(value))) {
		tame(value, false);
		if (strcmp(name, "time") == 0 || strcmp(name, "what") == 0)
			say("  %s", value);
		else if (!is_technical(name))
			say("  %s: %s", name, value);
	}
	say("\n");
}

static void
show_json(struct json *json, const struct audit_line *line)
{
	char name[32], value[AUDIT_LINE_MOST];
	size_t cursor = 0;

	json_open_object(json, NULL);
	json_number(json, "number", (long long)line->number);
	while (audit_line_next(
		line, &cursor, name, sizeof(name), value, sizeof(value)))
		json_text(json, name, value);
	json_close_object(json);
}

/* What is no line is left to "verify". */
static void
show_file(void *context, const char *path, const struct bytes *bytes)
{
	const char *at = (const char *)bytes->at, *end = at + bytes->length;
	const char *stop;
	struct json *json = context;
	struct audit_line line;

	for (; at < end; at = stop + 1) {
		stop = memchr(at, '\n', (size_t)(end - at));
		stop = stop ? stop : end;
		if (!audit_line_take(at, (size_t)(stop - at), &line))
			continue;
		if (json)
			show_json(json, &line);
		else
			show_line(&line);
	}
}

int
audit_show(const struct request *request)
{
	struct json json = { 0 };
	bool fine;

	if (!is_given(request, OPTION_JSON))
		return audit_read(request, show_file, NULL) ? ENDED_WELL
							    : ENDED_BADLY;
	json_open_array(&json, NULL);
	fine = audit_read(request, show_file, &json);
	json_close_array(&json);
	return fine ? ENDED_WELL : ENDED_BADLY;
}
