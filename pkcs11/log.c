/* SPDX-License-Identifier: BSD-2-Clause */
/* Says why something was refused, to whoever keeps the log. */

#include "config.h"

#include "pkcs11/log.h"

#include "pkcs11/name.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static log_sink current_sink;

void
log_to(log_sink sink)
{
	current_sink = sink;
}

void
note(const char *format, ...)
{
	char line[512];
	va_list arguments;

	if (!current_sink)
		return;
	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	current_sink(line);
}

CK_RV
refuse(CK_RV rv, const char *format, ...)
{
	char line[512];
	va_list arguments;

	if (!current_sink)
		return rv;
	va_start(arguments, format);
	vsnprintf(line, sizeof(line) - 48, format, arguments);
	va_end(arguments);
	strcat(line, " (");
	strcat(line, rv_name(rv));
	strcat(line, ")");
	current_sink(line);
	return rv;
}

void
copy_clean(char *clean, const char *text, size_t room)
{
	size_t i;

	for (i = 0; text[i] && i + 1 < room; i++)
		clean[i] = (unsigned char)text[i] < 32 || text[i] == 127
			? '?'
			: text[i];
	clean[i] = '\0';
}
