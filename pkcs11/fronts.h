/* SPDX-License-Identifier: BSD-2-Clause */
/* What keepers have beside their own tokens: fronted modules and the like. */

#ifndef FRONTS_H
#define FRONTS_H

#include <stdbool.h>

struct application;

/* Asks each keeper what it has, and starts one that would have something. What
 * cannot be asked stays as it was. */
void fronts_look(struct application *application);
/* Whether that was done: some clients never ask for the number of slots. */
bool fronts_are_known(struct application *application);

#endif
