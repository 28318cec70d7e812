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

/* The numbers of those that have one; the highest of all. Stays at the end. */
static unsigned long
search(FILE *file, const char *const *names, size_t count,
	unsigned long *numbers)
{
	unsigned long number, last = 0;
	char line[LINE_MOST + 2];
	const char *name;
	size_t i;

	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (!take_line(line, &number, &name))
			continue;
		if (number > last)
			last = number;
		for (i = 0; i < count; i++)
			if (!numbers[i] && strcmp(name, names[i]) == 0)
				numbers[i] = number;
	}
	return last;
}

static bool
is_name(const char *name)
{
	return *name && strlen(name) <= NUMBERING_NAME_MOST &&
		!strpbrk(name, "\r\n");
}

/* What was given to the same name further up. */
static unsigned long
number_before(const char *const *names, size_t i, const unsigned long *numbers)
{
	size_t j;

	for (j = 0; j < i; j++)
		if (strcmp(names[j], names[i]) == 0)
			return numbers[j];
	return 0;
}

/* A line that a crash cut short must not swallow these. */
static size_t
append(FILE *file, const struct numbering *numbering, unsigned long last,
	const char *const *names, size_t count, unsigned long *numbers)
{
	size_t fresh = 0, i;

	for (i = 0; i < count && !ferror(file); i++) {
		if (numbers[i] || !is_name(names[i]) ||
			(numbers[i] = number_before(names, i, numbers)) ||
			fresh == numbering->fresh_most ||
			last >= numbering->most)
			continue;
		numbers[i] = ++last;
		fprintf(file, fresh++ ? "%lu %s\n" : "\n%lu %s\n", last,
			names[i]);
	}
	return fresh;
}

/* False: what was new is not there for sure. */
static bool
give(FILE *file, const struct numbering *numbering, const char *const *names,
	size_t count, unsigned long *numbers, size_t *fresh)
{
	unsigned long last = search(file, names, count, numbers);

	if (ferror(file))
		return false;
	*fresh = append(file, numbering, last, names, count, numbers);
	return !*fresh ||
		(!ferror(file) && fflush(file) == 0 &&
			fdatasync(fileno(file)) == 0);
}

static void
complain(
	const struct numbering *numbering, const char *name, const char *reason)
{
	char line[LINE_MOST + 256];

	snprintf(line, sizeof(line), "%s: no number for \"%.*s\": %s",
		numbering->path, NUMBERING_NAME_MOST, name,
		is_name(name) ? reason : "no name");
	if (numbering->complain)
		numbering->complain(numbering->context, line);
	else
		note("%s", line);
}

size_t
numbering_find_all(const struct numbering *numbering, const char *const *names,
	size_t count, unsigned long *numbers)
{
	int descriptor = open(numbering->path,
		O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "r+");
	const char *reason = "none is left, or too many are new";
	size_t fresh = 0, i;

	memset(numbers, 0, count * sizeof(*numbers));
	if (!file || !give(file, numbering, names, count, numbers, &fresh)) {
		reason = strerror(errno);
		memset(numbers, 0, count * sizeof(*numbers));
	}
	for (i = 0; i < count; i++)
		if (!numbers[i])
			complain(numbering, names[i], reason);
	if (file)
		fclose(file);
	else if (descriptor >= 0)
		close(descriptor);
	return fresh;
}

unsigned long
numbering_find(const char *path, const char *name, unsigned long most)
{
	const struct numbering numbering = {
		.path = path, .most = most, .fresh_most = 1
	};
	unsigned long number;

	(void)numbering_find_all(&numbering, &name, 1, &number);
	return number <= most ? number : 0;
}
