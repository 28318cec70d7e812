/* SPDX-License-Identifier: BSD-2-Clause */
/* Which protections stand around the processes of the keepers, as they tell. */

#ifndef WALLS_H
#define WALLS_H

#include "import/json.h"
#include "command/option.h"

#include <stdbool.h>
#include <stddef.h>

/* One process. */
struct walls {
	long process;
	bool is_worker;
	/* No tracing, no core dump, no new privileges. */
	bool is_closed;
	bool are_calls_filtered;
	/* The version of Landlock that closes the files; 0: they are open. */
	long landlock;
	/* KiB for keys when the process last told, which it does where not
	 * all is locked; -1: it holds none. */
	long locked, opened;
	char front[64]; /* the module that it runs; "": none */
};

/* One keeper and its workers that are this user's. */
struct keeper_walls {
	bool is_machine;
	/* kernel.yama.ptrace_scope; -1: there is none. */
	long ptrace_scope;
	struct walls *at;
	size_t count;
	/* The module of the process whose line comes next. */
	long front_process;
	char front[64];
};

/* Starts empty; a keeper that does not run, or tells nothing, is not in. */
struct walls_list {
	struct keeper_walls at[2];
	size_t count;
};

/* Asks both keepers, when the module is ours. */
void walls_read(const struct request *request, struct walls_list *list);
void walls_clear(struct walls_list *list);

/* For status: a line for each process. */
void walls_report(const struct request *request);
/* The member "protections": an array, with a member for each keeper. */
void walls_report_json(struct json *json, const struct request *request);

#endif
