/* SPDX-License-Identifier: BSD-2-Clause */
/* The numbers of a front's slots, by names that a vendor's module chooses.
 *
 * Each new name is a line in a file that only grows, and a sync while everybody
 * waits. So there are only so many, at once and in all, and the owners whom a
 * machine keeper serves have a file each.
 */

#include "config.h"

#include "keeper/listener.h"

#include "keeper/folder.h"
#include "keeper/numbering.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Names of one front and owner, in all the time of a keeper. */
enum { SLOTS_MOST = 4096 };

/* New names of one worker at once, which is more than it shows slots, and
 * milliseconds until it may have another. */
enum { AT_ONCE = 300, REFILL = 1000 };

/* Names that are one message. */
enum { TOGETHER_MOST = 64 };

static void
complain(void *context, const char *line)
{
	notes_write(context, line);
}

/* A worker of a test's module has no folder of its owner's yet. */
static char *
path_of(struct listener *listener, const struct worker *worker)
{
	char *path;

	if (!folder_make(worker->owner->folder) ||
		asprintf(&path, "%s/front-%u.numbers", worker->owner->folder,
			worker->front) < 0)
		return NULL;
	return path;
}

static void
find_all(struct listener *listener, struct worker *worker,
	const char *const *names, size_t count, unsigned long *numbers)
{
	struct numbering numbering = { .most = SLOTS_MOST,
		.fresh_most = quota_left(&worker->names, AT_ONCE, REFILL),
		.complain = complain,
		.context = worker };
	char *path = path_of(listener, worker);

	memset(numbers, 0, count * sizeof(*numbers));
	numbering.path = path;
	if (path)
		worker->names.spent += (unsigned)numbering_find_all(
			&numbering, names, count, numbers);
	free(path);
}

unsigned long
naming_find(struct listener *listener, struct worker *worker, const char *name)
{
	unsigned long number;

	find_all(listener, worker, &name, 1, &number);
	return number <= SLOTS_MOST ? number : 0;
}

void
naming_add(struct listener *listener, struct worker *worker, char *lines)
{
	const char *names[TOGETHER_MOST];
	unsigned long numbers[TOGETHER_MOST];
	size_t count = 0;
	char *name;

	while (count < TOGETHER_MOST && (name = strsep(&lines, "\n")))
		if (*name)
			names[count++] = name;
	if (count)
		find_all(listener, worker, names, count, numbers);
}
