/* SPDX-License-Identifier: BSD-2-Clause */
/* What files and folders were like before they were read, so that they are read
 * again only when one has changed. */

#ifndef WITNESS_H
#define WITNESS_H

#include <stdbool.h>
#include <stddef.h>

struct witness;

/* Starts empty ({ 0 }). */
struct witnesses {
	struct witness *at;
	size_t count;
	bool is_blind; /* something could change and not be noticed */
};

/* Before it is read; one that is not there may come. */
void witnesses_see(struct witnesses *witnesses, const char *path);
/* Whether all are as they were, and would not be if they had been changed. */
bool witnesses_hold(const struct witnesses *witnesses);
/* Whether all look as they were: enough for what is read anyway in a while. */
bool witnesses_agree(const struct witnesses *witnesses);
void witnesses_clear(struct witnesses *witnesses);

#endif
