/* SPDX-License-Identifier: BSD-2-Clause */
/* The programs that a keeper serves. */

#include "config.h"

#include "command/programs.h"

#include "command/keeper.h"
#include "pkcs11/hello.h"
#include "pkcs11/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a line of the status says of a worker's application. */
static void
write_program(FILE *out, const char *line)
{
	char name[64] = "";
	long process = 0;

	if (sscanf(line,
		    "worker %*d application %ld connections %*u name %63[^\n]",
		    &process, name) < 1 ||
		process == getpid())
		return;
	fprintf(out, _("  %s (process %ld)\n"), name, process);
}

char *
programs_list(const char *folder)
{
	struct secret status = { 0 };
	char *lines = NULL, *line, *rest = NULL, *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out && keeper_ask(folder, STATUS_CALL, &status))
		lines = strndup((const char *)status.at, status.length);
	for (line = lines ? strtok_r(lines, "\n", &rest) : NULL; line;
		line = strtok_r(NULL, "\n", &rest))
		write_program(out, line);
	if (out)
		fclose(out);
	free(lines);
	secret_clear(&status);
	return text;
}
