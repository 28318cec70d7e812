/* SPDX-License-Identifier: BSD-2-Clause */
/* A file that gives names numbers, each the same for ever. */

#ifndef NUMBERING_H
#define NUMBERING_H

/* Longer ones have no number. */
enum { NUMBERING_NAME_MOST = 320 };

/*
 * The number of the name, from 1 to most, as the file at path has it; a new
 * name gets the next one, which is on the disk before it is told. A name is a
 * line without its end. 0, with the reason in the log: there is none left, or
 * the file cannot be read or written.
 */
unsigned long numbering_find(
	const char *path, const char *name, unsigned long most);

#endif
