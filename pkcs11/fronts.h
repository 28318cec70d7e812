/* SPDX-License-Identifier: BSD-2-Clause */
/* What keepers have beside their own tokens: fronted modules and the like. */

#ifndef FRONTS_H
#define FRONTS_H

struct application;

/* Asks each keeper what it has, and starts one that would have something. What
 * cannot be asked stays as it was. */
void fronts_look(struct application *application);

#endif
