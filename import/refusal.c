/* SPDX-License-Identifier: BSD-2-Clause */
/* Why an import ends without success, for people and for scripts. */

#include "config.h"

#include "import/refusal.h"

#include "pkcs11/text.h"

#include <stdarg.h>
#include <stdio.h>

static const struct text {
	enum refusal refusal;
	const char *text;
} texts[] = {
	{ REFUSAL_NONE, N_("Done.") },
	{ REFUSAL_PASSPHRASE_WRONG,
		N_("This passphrase does not open the file. Check capital "
		   "letters and the keyboard's language, and try again with "
		   "the passphrase that was chosen when the file was made.") },
	{ REFUSAL_DAMAGED,
		N_("The file is damaged: it was cut short or altered. Fetch it "
		   "again from where it came, or restore it from a backup.") },
	{ REFUSAL_FORMAT_UNKNOWN,
		N_("This is no file of keys or certificates. Give the .p12 or "
		   ".pfx file (or .pem, .key, .crt) that your certificate "
		   "authority gave to you or your browser saved.") },
	{ REFUSAL_ALGORITHM_UNKNOWN,
		N_("The file is protected by an algorithm that this program "
		   "does not know. Export it again from the program that made "
		   "it, with its usual protection (AES-256).") },
	{ REFUSAL_WORK_ABSURD,
		N_("The file asks for an absurd amount of work to open it. No "
		   "honest program makes such a file; do not trust where it "
		   "came from. If it is yours, export it again.") },
	{ REFUSAL_EMPTY,
		N_("There is no key and no certificate in the file. When you "
		   "export it again, choose to export the private key too.") },
	{ REFUSAL_FILE_TOO_LARGE,
		N_("The file is larger than any file of keys. Check that you "
		   "chose the right one.") },
	{ REFUSAL_PASSPHRASE_NEEDED,
		N_("The file is protected by a passphrase. Give the passphrase "
		   "that was chosen when the file was made.") },
	{ REFUSAL_KEY_INVALID,
		N_("A private key in the file contradicts itself, so that it "
		   "could not sign. Export it again from the program that made "
		   "it, or restore it from a backup.") },
	{ REFUSAL_FILE_UNREADABLE,
		N_("The file cannot be read. Check its name and whether you "
		   "may read it.") },
	{ REFUSAL_TOKEN,
		N_("The token refused; nothing was stored.") },
	{ REFUSAL_INTERRUPTED,
		N_("The token failed half way. What was stored is kept; run "
		   "the same import again to complete it.") },
	{ REFUSAL_MEMORY,
		N_("There is not enough memory. Close other programs and try "
		   "again.") },
};

const char *
refusal_text(enum refusal refusal)
{
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].refusal == refusal)
			return _(texts[i].text);
	return "";
}

enum refusal
fail(struct failure *failure, enum refusal refusal, const char *format, ...)
{
	va_list arguments;

	if (!failure)
		return refusal;
	failure->refusal = refusal;
	va_start(arguments, format);
	vsnprintf(failure->detail, sizeof(failure->detail), format, arguments);
	va_end(arguments);
	return refusal;
}
