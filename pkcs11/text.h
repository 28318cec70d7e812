/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts for users: every one is marked, so that it can be translated. */

#ifndef TEXT_H
#define TEXT_H

#include <libintl.h>

/* The text in the user's language. */
#define _(text) dgettext("privyseal", text)
/* The same for a count: one, several, how many. */
#define P_(one, several, count) dngettext("privyseal", one, several, count)
/* Marks a text in a table; the reader of the table translates it by _(). */
#define N_(text) text

#endif
