/* SPDX-License-Identifier: BSD-2-Clause */
/* The modules that are registered with p11-kit. */

#ifndef REGISTRY_H
#define REGISTRY_H

#include "keeper/configuration.h"

struct witnesses;

/* What precedes the name of its file in the name of its front. */
#define REGISTRY_PREFIX "p11-kit."

/*
 * Adds the line that a section [front p11-kit.FILE] would have for each module
 * that p11-kit knows, but for our own, p11-kit's own, and those that have such
 * a section. The user's own files count where the configuration is the user's.
 * seen: gets all that this depends on, or is NULL.
 */
void registry_add(struct configuration *configuration, bool is_users,
	struct witnesses *seen);

#endif
