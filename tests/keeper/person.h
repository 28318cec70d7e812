/* SPDX-License-Identifier: BSD-2-Clause */
/* A person at the keeper's questions, whose answers a test gives beforehand. */

#ifndef PERSON_H
#define PERSON_H

#include <stdbool.h>

/* application_set_up with a pinentry of the test's own. It asks nobody yet; the
 * configuration counts from person_configure on. */
void person_set_up(void);
/* Begins anew as an application under this configuration. */
void person_configure(const char *configuration);

/* What it answers from now on, a line for each question. */
void person_will(const char *answers);
/* How many answers it has given. */
unsigned person_answers(void);
/* Whether the program was told a line with this text. */
bool person_was_told(const char *text);
/* Its last process. */
int person_process(void);

/* PIN of the token that application_set_up makes. */
#define PERSON_PIN "correct horse"

#endif
