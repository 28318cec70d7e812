/* SPDX-License-Identifier: BSD-2-Clause */
/* Says why something was refused, to whoever keeps the log. */

#ifndef LOG_H
#define LOG_H

#include "pkcs11/cryptoki.h"

/* Who takes a line (no newline at its end). The first setting is nobody. */
typedef void (*log_sink)(const char *line);

void log_to(log_sink sink);

/* A line for the log. Never a secret, never an application's data. */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Notes the reason with the name of rv, and returns rv: for use in return. */
CK_RV refuse(CK_RV rv, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* What others say of themselves may come from an attacker: cut to fit, one line
 * stays one line, and no terminal obeys it. */
void copy_clean(char *clean, const char *text, size_t room);

#endif
