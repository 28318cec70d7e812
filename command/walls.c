/* SPDX-License-Identifier: BSD-2-Clause */
/* Which protections stand around the processes of the keepers, as they tell. */

#include "config.h"

#include "command/walls.h"

#include "command/keeper.h"
#include "command/module.h"
#include "command/say.h"
#include "pkcs11/bytes.h"
#include "pkcs11/hello.h"
#include "pkcs11/home.h"
#include "pkcs11/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The number after a name in a line; -1. */
static long
number_after(const char *line, const char *name)
{
	const char *at = strstr(line, name);

	return at ? strtol(at + strlen(name), NULL, 10) : -1;
}

/* "PID seccomp 2 no-new-privileges 1 dumpable 0 landlock 7 locked X of Y" */
static void
take_process(struct keeper_walls *keeper, const char *line, long listener)
{
	struct walls *grown = reallocarray(
		keeper->at, keeper->count + 1, sizeof(*keeper->at));
	long process = strtol(line, NULL, 10);
	const char *locked = strstr(line, " locked ");

	if (!grown)
		return;
	keeper->at = grown;
	grown[keeper->count++] = (struct walls){
		.process = process,
		.is_worker = process != listener,
		.is_closed = number_after(line, " no-new-privileges ") == 1 &&
			number_after(line, " dumpable ") == 0,
		.are_calls_filtered = number_after(line, " seccomp ") == 2,
		.landlock = number_after(line, " landlock "),
		.locked = locked ? number_after(locked, " locked ") : -1,
		.opened = locked ? number_after(locked, " of ") : -1,
	};
	if (process == keeper->front_process)
		snprintf(grown[keeper->count - 1].front, sizeof(keeper->front),
			"%s", keeper->front);
}

/* "PID NAME" */
static void
take_front(struct keeper_walls *keeper, const char *line)
{
	char *end;

	keeper->front_process = strtol(line, &end, 10);
	snprintf(keeper->front, sizeof(keeper->front), "%s",
		end + (*end == ' '));
}

static void
read_answer(struct keeper_walls *keeper, char *text)
{
	static const char walls[] = "walls ", process[] = "process ",
			  front[] = "front ", scope[] = "ptrace-scope ";
	char *rest = text, *line;
	long listener = -1;

	keeper->ptrace_scope = -1;
	while ((line = strsep(&rest, "\n"))) {
		if (strncmp(line, process, strlen(process)) == 0)
			listener = strtol(line + strlen(process), NULL, 10);
		if (strncmp(line, scope, strlen(scope)) == 0)
			keeper->ptrace_scope =
				strtol(line + strlen(scope), NULL, 10);
		if (strncmp(line, front, strlen(front)) == 0)
			take_front(keeper, line + strlen(front));
		if (strncmp(line, walls, strlen(walls)) == 0)
			take_process(keeper, line + strlen(walls), listener);
	}
}

static void
add_keeper(
	struct walls_list *list, const struct secret *answer, bool is_machine)
{
	struct keeper_walls keeper = { .is_machine = is_machine };
	char *text = strndup((const char *)answer->at, answer->length);

	if (text)
		read_answer(&keeper, text);
	free(text);
	if (keeper.count)
		list->at[list->count++] = keeper;
}

void
walls_read(const struct request *request, struct walls_list *list)
{
	struct secret answer = { 0 };
	struct home home = { 0 };

	*list = (struct walls_list){ 0 };
	if (!module_is_ours(request))
		return;
	if (home_find(&home) && keeper_ask(home.run, STATUS_CALL, &answer))
		add_keeper(list, &answer, false);
	home_clear(&home);
	secret_clear(&answer);
	if (keeper_ask_machine(STATUS_CALL, &answer))
		add_keeper(list, &answer, true);
	secret_clear(&answer);
}

void
walls_clear(struct walls_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		free(list->at[i].at);
	*list = (struct walls_list){ 0 };
}

static void
report_process(const struct walls *walls)
{
	say(walls->is_worker ? _("  worker %ld") : _("  listener %ld"),
		walls->process);
	if (*walls->front)
		say(_(" of the module \"%s\""), walls->front);
	say(": ");
	say("%s, ",
		walls->is_closed ? _("closed to other programs")
				 : _("OPEN to other programs"));
	say("%s",
		walls->are_calls_filtered ? _("system calls filtered")
					  : _("system calls NOT filtered"));
	if (walls->is_worker)
		say(", %s",
			walls->landlock > 0 ? _("files closed")
					    : _("files NOT closed"));
	if (walls->locked < walls->opened)
		say(_(", %ld of %ld KiB for keys locked in memory"),
			walls->locked, walls->opened);
	else if (walls->locked >= 0)
		say(", %s", _("keys locked in memory"));
	say("\n");
}

void
walls_report(const struct request *request)
{
	struct walls_list list;
	size_t i, j;

	walls_read(request, &list);
	for (i = 0; i < list.count; i++) {
		say("%s\n",
			list.at[i].is_machine
				? _("Protections of the machine keeper:")
				: _("Protections of your keeper:"));
		for (j = 0; j < list.at[i].count; j++)
			report_process(&list.at[i].at[j]);
	}
	if (list.count && list.at[0].ptrace_scope > 0)
		say(_("Programs trace only what they started "
		      "(ptrace_scope %ld)\n"),
			list.at[0].ptrace_scope);
	else if (list.count)
		say(_("Programs of one user can trace each other\n"));
	walls_clear(&list);
}

/* No number below 0 is one. */
static void
put_number(struct json *json, const char *name, long number)
{
	if (number < 0)
		json_null(json, name);
	else
		json_number(json, name, number);
}

static void
report_process_json(struct json *json, const struct walls *walls)
{
	json_open_object(json, NULL);
	json_number(json, "process", walls->process);
	json_text(json, "role", walls->is_worker ? "worker" : "listener");
	json_text(json, "front", *walls->front ? walls->front : NULL);
	json_boolean(json, "closed", walls->is_closed);
	json_boolean(json, "calls_filtered", walls->are_calls_filtered);
	put_number(json, "landlock", walls->landlock);
	put_number(json, "memory_kib", walls->opened);
	put_number(json, "memory_locked_kib", walls->locked);
	json_close_object(json);
}

void
walls_report_json(struct json *json, const struct request *request)
{
	struct walls_list list;
	size_t i, j;

	walls_read(request, &list);
	json_open_array(json, "protections");
	for (i = 0; i < list.count; i++) {
		json_open_object(json, NULL);
		json_text(json, "keeper",
			list.at[i].is_machine ? "machine" : "user");
		put_number(json, "ptrace_scope", list.at[i].ptrace_scope);
		json_open_array(json, "processes");
		for (j = 0; j < list.at[i].count; j++)
			report_process_json(json, &list.at[i].at[j]);
		json_close_array(json);
		json_close_object(json);
	}
	json_close_array(json);
	walls_clear(&list);
}
