/* SPDX-License-Identifier: BSD-2-Clause */
/* What workers want in the log: so much that it helps, and not so much that it
 * pushes out what others said. */

#include "config.h"

#include "keeper/listener.h"

#include "pkcs11/log.h"

/* Lines of one worker at once, and milliseconds until it may have another. */
enum { AT_ONCE = 100, REFILL = 1000 };

static void
say_left_out(struct worker *worker)
{
	if (worker->left_out)
		note("worker %ld: %u lines were left out", (long)worker->number,
			worker->left_out);
	worker->left_out = 0;
}

void
notes_write(struct worker *worker, const char *line)
{
	if (quota_left(&worker->notes, AT_ONCE, REFILL) == 0) {
		worker->left_out++;
		return;
	}
	say_left_out(worker);
	worker->notes.spent++;
	note("worker %ld: %s", (long)worker->number, line);
}

void
notes_end(struct worker *worker)
{
	say_left_out(worker);
}
