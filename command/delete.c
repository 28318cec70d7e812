/* SPDX-License-Identifier: BSD-2-Clause */
/* privyseal delete and rename: changes what a token holds. */

#include "config.h"

#include "command/choice.h"
#include "command/object.h"
#include "command/report.h"
#include "command/say.h"
#include "command/secret-entry.h"
#include "command/verb.h"
#include "pkcs11/text.h"

#include <string.h>
#include <unistd.h>

/* Key halves and certificates that make up what was chosen. */
struct parts {
	CK_OBJECT_HANDLE at[64];
	size_t count;
};

static void
add(struct parts *parts, CK_OBJECT_HANDLE handle)
{
	if (handle != CK_INVALID_HANDLE &&
		parts->count < sizeof(parts->at) / sizeof(parts->at[0]))
		parts->at[parts->count++] = handle;
}

/* The private key goes last: a deletion that was cut short can be repeated. */
static void
list_parts(const struct choice *choice, struct parts *parts)
{
	size_t i;

	if (!choice->key) {
		add(parts, choice->certificate->handle);
		return;
	}
	for (i = 0; i < choice->key->certificate_count; i++)
		add(parts, choice->key->certificates[i]->handle);
	add(parts, choice->key->public);
	add(parts, choice->key->private);
}

static bool
agree(const struct choice *choice)
{
	if (is_given(choice->request, OPTION_YES))
		return true;
	if (choice->key)
		report_identity(&choice->inventory, choice->key);
	else
		report_certificate(&choice->inventory, choice->certificate);
	if (choice->key)
		say(_("Mail that was encrypted to this key can then no longer "
		      "be read with it.\n"));
	if (isatty(STDIN_FILENO) && ask(_("Delete this for good? (y/n)")))
		return true;
	say(_("Nothing was deleted. (Without asking: --yes)\n"));
	return false;
}

static CK_RV
delete_parts(struct choice *choice)
{
	struct parts parts = { 0 };
	CK_RV rv = CKR_OK;
	size_t i;

	list_parts(choice, &parts);
	for (i = 0; i < parts.count && rv == CKR_OK; i++)
		rv = choice->token.calls->C_DestroyObject(
			choice->token.session, parts.at[i]);
	return rv;
}

static bool
finish(const struct choice *choice, CK_RV rv, const char *done)
{
	if (rv == CKR_OK)
		say("%s\n", done);
	else
		complain_about(rv, choice->token.label);
	return rv == CKR_OK;
}

static const struct wish anything = { .serves = wish_for_anything,
	.takes_certificates = true };

int
delete_run(const struct request *request)
{
	struct choice choice;
	struct wish wish = anything;
	bool fine;

	wish.name = request->operands[0];
	if (!choice_make(request, &wish, &choice))
		return ENDED_BADLY;
	fine = agree(&choice) && choice_enter(&choice, true) &&
		finish(&choice, delete_parts(&choice), _("Deleted."));
	choice_clear(&choice);
	return fine ? ENDED_WELL : ENDED_BADLY;
}

static CK_RV
label_parts(struct choice *choice, const char *label)
{
	char copy[256];
	CK_ATTRIBUTE attribute = { CKA_LABEL, copy, strlen(label) };
	struct parts parts = { 0 };
	CK_RV rv = CKR_OK;
	size_t i;

	memcpy(copy, label, strlen(label));
	list_parts(choice, &parts);
	for (i = 0; i < parts.count && rv == CKR_OK; i++)
		rv = choice->token.calls->C_SetAttributeValue(
			choice->token.session, parts.at[i], &attribute, 1);
	return rv;
}

int
rename_run(const struct request *request)
{
	const char *label = request->operands[1];
	struct choice choice;
	struct wish wish = anything;
	bool fine;

	/* A blank at the end would be lost on the way to NSS. */
	if (!*label || strlen(label) > 255 || label[strlen(label) - 1] == ' ') {
		complain(_("A label has 1 to 255 bytes and no blank at its "
			   "end."));
		return ENDED_BY_USAGE;
	}
	wish.name = request->operands[0];
	if (!choice_make(request, &wish, &choice))
		return ENDED_BADLY;
	fine = choice_enter(&choice, true) &&
		finish(&choice, label_parts(&choice, label), _("Renamed."));
	choice_clear(&choice);
	return fine ? ENDED_WELL : ENDED_BADLY;
}
