/* SPDX-License-Identifier: BSD-2-Clause */
/* The programs that a keeper serves. */

#ifndef PROGRAMS_H
#define PROGRAMS_H

/* Those of the keeper in the folder, this one left out: a line of each,
 * indented. To be freed; NULL or empty: it names none. */
char *programs_list(const char *folder);

#endif
