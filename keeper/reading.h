/* SPDX-License-Identifier: BSD-2-Clause */
/* A configuration file while it is read: where it is, and who hears of it. */

#ifndef READING_H
#define READING_H

#include "keeper/configuration.h"

struct reading {
	const char *file; /* as complaints name it */
	enum setting_level level;
	configuration_complaint complain;
	void *context;
	unsigned line, complaints;
	/* The section that the lines are in; one that is none has no name. */
	enum scope scope;
	char section[512];
	bool is_lost;
};

void reading_complain(struct reading *reading, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Takes one line, without its end. */
void reading_take(struct reading *reading, struct configuration *configuration,
	const char *at, size_t length);

#endif
