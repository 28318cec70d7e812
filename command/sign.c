/* SPDX-License-Identifier: BSD-2-Clause */
/* privyseal sign: signs a mail. */

#include "config.h"

#include "command/base64.h"
#include "command/cms.h"
#include "command/mail.h"
#include "command/output.h"
#include "command/say.h"
#include "command/verb.h"
#include "pkcs11/text.h"

#include <stdlib.h>
#include <string.h>

enum format { FORMAT_MAIL, FORMAT_PEM, FORMAT_DER, FORMATS };
static const char *const format_names[FORMATS] = { "mail", "pem", "der" };

static enum format
find_format(const struct request *request)
{
	int format;

	if (!is_given(request, OPTION_FORMAT))
		return FORMAT_MAIL;
	for (format = 0; format < FORMATS; format++)
		if (strcmp(request->value[OPTION_FORMAT],
			    format_names[format]) == 0)
			return (enum format)format;
	complain(_("The format is \"mail\", \"pem\" or \"der\"."));
	return FORMATS;
}

static bool
digest_is_known(const struct request *request)
{
	if (!is_given(request, OPTION_DIGEST) ||
		hash_can_sign(hash_named(request->value[OPTION_DIGEST])))
		return true;
	complain(_("The digest is sha256, sha384 or sha512."));
	return false;
}

/* The identity that was named, else the sender's, else the only one. */
static bool
choose(const struct request *request, const struct mail *mail,
	struct choice *choice)
{
	struct wish wish = { .name = request->value[OPTION_IDENTITY],
		.serves = wish_for_signer,
		.takes_newest = true };
	char *sender = wish.name ? NULL : mail_sender(mail);
	bool fine;

	if (sender)
		wish.name = sender;
	fine = choice_make(request, &wish, choice) &&
		choice_enter(choice, false);
	/* The choice borrows the wish's name no longer. */
	choice->wish.name = NULL;
	free(sender);
	return fine;
}

static bool
sign_content(const struct request *request, const struct choice *choice,
	const struct bytes *content, struct signer *signer,
	struct bytes *signature)
{
	return signer_init(signer, &choice->token, choice->key,
		       request->value[OPTION_DIGEST],
		       is_given(request, OPTION_PSS)) &&
		cms_sign(choice, signer, content, signature);
}

static bool
sign_mail(const struct request *request, const struct mail *mail,
	const struct choice *choice, struct bytes *result)
{
	struct bytes outer = { 0 }, inner = { 0 }, signature = { 0 };
	struct signer signer;
	bool fine = mail_split(mail, &outer, &inner) &&
		sign_content(request, choice, &inner, &signer, &signature) &&
		mail_wrap_signed(mail, &outer, &inner, signer.hash->mail,
			&signature, result);

	bytes_clear(&outer);
	bytes_clear(&inner);
	bytes_clear(&signature);
	return fine;
}

/* The bytes as they are, but for the line ends. */
static bool
sign_detached(const struct request *request, const struct bytes *file,
	const struct choice *choice, enum format format, struct bytes *result)
{
	struct bytes content = { 0 }, signature = { 0 };
	struct ber from = { file->at, file->length };
	struct signer signer;
	bool fine = mail_canonicalize(from, &content) &&
		sign_content(request, choice, &content, &signer, &signature);

	if (fine && format == FORMAT_PEM)
		fine = pem_append(
			result, "CMS", signature.at, signature.length);
	else if (fine)
		fine = bytes_append(result, signature.at, signature.length);
	bytes_clear(&content);
	bytes_clear(&signature);
	return fine;
}

int
sign_run(const struct request *request)
{
	enum format format = find_format(request);
	struct bytes file = { 0 }, result = { 0 };
	struct choice choice = { 0 };
	struct mail mail;
	bool fine;

	if (format == FORMATS || !digest_is_known(request))
		return ENDED_BY_USAGE;
	if (!input_read(request, &file))
		return ENDED_BADLY;
	mail_read(&mail, file.at, file.length);
	fine = choose(request, &mail, &choice);
	if (fine && format == FORMAT_MAIL)
		fine = sign_mail(request, &mail, &choice, &result);
	else if (fine)
		fine = sign_detached(request, &file, &choice, format, &result);
	fine = fine && output_write(request, &result);
	choice_clear(&choice);
	bytes_clear(&result);
	bytes_clear(&file);
	return fine ? ENDED_WELL : ENDED_BADLY;
}
