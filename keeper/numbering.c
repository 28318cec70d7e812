/* SPDX-License-Identifier: BSD-2-Clause */
/* A file that gives names numbers, each the same for ever. */

#include "config.h"

#include "keeper/numbering.h"

#include "pkcs11/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A line is a number, a blank and a name. */
enum { LINE_MOST = NUMBERING_NAME_MOST + 24 };

static bool
take_line(const char *line, unsigned long *number, const char **name)
{
	char *end;

	errno = 0;
	*number = strtoul(line, &end, 10);
	*name = end + 1;
	return errno == 0 && end != line && *end == ' ';
}

/* The name's number, or 0; *last is the highest of all. Stays at the end. */
static unsigned long
search(FILE *file, const char *wanted, unsigned long *last)
{
	unsigned long number, found = 0;
	char line[LINE_MOST + 2];
	const char *name;

	*last = 0;
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (!take_line(line, &number, &name))
			continue;
		if (number > *last)
			*last = number;
		if (!found && strcmp(name, wanted) == 0)
			found = number;
	}
	return found;
}

/* A line that a crash cut short must not swallow this one. */
static bool
append(FILE *file, unsigned long number, const char *name)
{
	return fprintf(file, "\n%lu %s\n", number, name) > 0 &&
		fflush(file) == 0 && fdatasync(fileno(file)) == 0;
}

static bool
is_name(const char *name)
{
	return *name && strlen(name) <= NUMBERING_NAME_MOST &&
		!strpbrk(name, "\r\n");
}

unsigned long
numbering_find(const char *path, const char *name, unsigned long most)
{
	int descriptor = open(path,
		O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "r+");
	unsigned long number = 0, last;

	if (file && is_name(name)) {
		number = search(file, name, &last);
		if (!number && last < most && !ferror(file) &&
			append(file, last + 1, name))
			number = last + 1;
	}
	if (!number)
		note("%s: no number for \"%s\": %s", path, name,
			file && is_name(name) ? strerror(errno) : "no name");
	if (file)
		fclose(file);
	else if (descriptor >= 0)
		close(descriptor);
	return number <= most ? number : 0;
}
