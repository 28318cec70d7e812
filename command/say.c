/* SPDX-License-Identifier: BSD-2-Clause */
/* Speaks to the user; what others wrote cannot steer the terminal. */

#include "config.h"

#include "command/say.h"

#include "import/unicode.h"
#include "pkcs11/name.h"
#include "pkcs11/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
tame(char *text, bool keep_newlines)
{
	struct ber from = { (const unsigned char *)text, strlen(text) }, before;
	char *to = text;
	uint32_t point;

	while (from.length) {
		before = from;
		if (!unicode_take_utf8(&from, &point)) {
			from.at++;
			from.length--;
			point = UNICODE_REPLACEMENT;
		}
		if ((keep_newlines && (point == '\n' || point == '\t')) ||
			(point != UNICODE_REPLACEMENT &&
				!unicode_is_control(point))) {
			memmove(to, before.at, (size_t)(from.at - before.at));
			to += from.at - before.at;
		} else {
			*to++ = '?';
		}
	}
	*to = '\0';
}

static void
put(FILE *file, const char *before, const char *format, va_list arguments,
	const char *after)
{
	char *text;

	if (vasprintf(&text, format, arguments) < 0)
		return;
	tame(text, true);
	fprintf(file, "%s%s%s", before, text, after);
	free(text);
}

void
say(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	put(stdout, "", format, arguments, "");
	va_end(arguments);
}

void
remark(const char *format, ...)
{
	va_list arguments;

	fflush(stdout);
	va_start(arguments, format);
	put(stderr, "", format, arguments, "\n");
	va_end(arguments);
}

int
complain(const char *format, ...)
{
	va_list arguments;

	fflush(stdout);
	va_start(arguments, format);
	put(stderr, "privyseal: ", format, arguments, "\n");
	va_end(arguments);
	return 1;
}

struct meaning {
	CK_RV rv;
	const char *text;
};

/* clang-format off */
static const struct meaning meanings[] = {
	{ CKR_PIN_INCORRECT, N_("that PIN is wrong") },
	{ CKR_PIN_INVALID, N_("that PIN has characters that the token does not take") },
	{ CKR_PIN_LEN_RANGE, N_("that PIN is too short or too long for this token") },
	{ CKR_PIN_EXPIRED, N_("the PIN has expired; set a new one: privyseal pin change") },
	{ CKR_PIN_LOCKED, N_("the PIN is locked after too many wrong tries; set a new one with the recovery code: privyseal pin unlock") },
	{ CKR_PIN_TOO_WEAK, N_("that PIN is too easy to guess; take a longer one") },
	{ CKR_USER_PIN_NOT_INITIALIZED, N_("the token has no PIN yet; set one with the recovery code: privyseal pin unlock") },
	{ CKR_USER_NOT_LOGGED_IN, N_("this needs the PIN") },
	{ CKR_TOKEN_NOT_PRESENT, N_("there is no token in that slot") },
	{ CKR_TOKEN_NOT_RECOGNIZED, N_("the token is not one that this module knows") },
	{ CKR_TOKEN_WRITE_PROTECTED, N_("the token cannot be changed") },
	{ CKR_SESSION_READ_ONLY, N_("the token cannot be changed in this session") },
	{ CKR_SESSION_EXISTS, N_("another program uses the token; close it and try again") },
	{ CKR_DEVICE_REMOVED, N_("the keeper (or the card) went away; try again") },
	{ CKR_SESSION_HANDLE_INVALID, N_("the keeper was restarted; try again") },
	{ CKR_DEVICE_ERROR, N_("the token reports damage; see: privyseal doctor") },
	{ CKR_DEVICE_MEMORY, N_("the token is full") },
	{ CKR_HOST_MEMORY, N_("memory is short") },
	{ CKR_GENERAL_ERROR, N_("the module failed; see: privyseal doctor") },
	{ CKR_FUNCTION_FAILED, N_("the token could not do it") },
	{ CKR_FUNCTION_NOT_SUPPORTED, N_("the module cannot do this") },
	{ CKR_FUNCTION_CANCELED, N_("it was cancelled") },
	{ CKR_MECHANISM_INVALID, N_("the token does not know this kind of operation") },
	{ CKR_MECHANISM_PARAM_INVALID, N_("the token does not take these parameters") },
	{ CKR_KEY_FUNCTION_NOT_PERMITTED, N_("the key may not be used for this") },
	{ CKR_KEY_TYPE_INCONSISTENT, N_("the key is of another type") },
	{ CKR_KEY_SIZE_RANGE, N_("the token does not take keys of this size") },
	{ CKR_ATTRIBUTE_READ_ONLY, N_("this cannot be changed") },
	{ CKR_ACTION_PROHIBITED, N_("the token forbids it for this object") },
	{ CKR_ATTRIBUTE_VALUE_INVALID, N_("the token refuses it as invalid") },
	{ CKR_TEMPLATE_INCONSISTENT, N_("the token refuses it as contradictory") },
	{ CKR_ENCRYPTED_DATA_INVALID, N_("the encrypted data is damaged") },
	{ CKR_ENCRYPTED_DATA_LEN_RANGE, N_("the encrypted data has the wrong length for this key") },
	{ CKR_USER_ALREADY_LOGGED_IN, N_("somebody is logged in already") },
	{ CKR_USER_ANOTHER_ALREADY_LOGGED_IN, N_("another user is logged in") },
	{ CKR_OBJECT_HANDLE_INVALID, N_("it was deleted in the meantime") },
	{ CKR_KEY_HANDLE_INVALID, N_("the key was deleted in the meantime") },
};
/* clang-format on */

const char *
explain(CK_RV rv)
{
	size_t i;

	for (i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (meanings[i].rv == rv)
			return _(meanings[i].text);
	return _("the token refused it");
}

int
complain_about(CK_RV rv, const char *what)
{
	return complain("%s: %s (%s)", what, explain(rv), rv_name(rv));
}

bool
ask(const char *question)
{
	char answer[64] = "";
	const char *yes;
	FILE *terminal = fopen("/dev/tty", "r+");

	if (!terminal)
		return false;
	fprintf(terminal, "%s ", question);
	fflush(terminal);
	if (!fgets(answer, sizeof(answer), terminal))
		answer[0] = '\0';
	fclose(terminal);
	answer[strcspn(answer, "\n")] = '\0';
	/* Translators: what a user may type to agree, separated by blanks. */
	for (yes = _("y yes"); *yes; yes += strspn(yes, " ")) {
		size_t length = strcspn(yes, " ");

		if (strlen(answer) == length &&
			strncasecmp(answer, yes, length) == 0)
			return true;
		yes += length;
	}
	return false;
}
