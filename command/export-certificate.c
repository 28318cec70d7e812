/* SPDX-License-Identifier: BSD-2-Clause */
/* privyseal export-certificate: gives out what is public anyway. */

#include "config.h"

#include "command/base64.h"
#include "command/choice.h"
#include "command/output.h"
#include "command/say.h"
#include "command/verb.h"
#include "pkcs11/text.h"

#include <string.h>

static bool
wish_for_certificate(const struct held_certificate *certificate)
{
	return certificate != NULL;
}

static bool
append(struct bytes *text, const struct certificate *certificate, bool is_der)
{
	if (is_der)
		return bytes_append(
			text, certificate->der.at, certificate->der.length);
	return pem_append(text, "CERTIFICATE", certificate->der.at,
		certificate->der.length);
}

static bool
append_all(struct bytes *text, const struct choice *choice, bool is_der)
{
	struct chain chain;
	size_t i;

	if (!is_given(choice->request, OPTION_CHAIN))
		return append(text, &choice->certificate->read, is_der);
	inventory_chain(&choice->inventory, &choice->certificate->read, &chain);
	for (i = 0; i < chain.count; i++)
		if (!append(text, chain.certificates[i], is_der))
			return false;
	return true;
}

int
export_certificate_run(const struct request *request)
{
	struct wish wish = { .name = request->operands[0],
		.serves = wish_for_certificate,
		.takes_newest = true,
		.takes_certificates = true };
	const char *format = is_given(request, OPTION_FORMAT)
		? request->value[OPTION_FORMAT]
		: "pem";
	bool is_der = strcmp(format, "der") == 0;
	struct bytes text = { 0 };
	struct choice choice;
	bool fine;

	if (!is_der && strcmp(format, "pem") != 0) {
		complain(_("The format is \"pem\" or \"der\"."));
		return ENDED_BY_USAGE;
	}
	if (!choice_make(request, &wish, &choice))
		return ENDED_BADLY;
	fine = choice.certificate->is_readable &&
		append_all(&text, &choice, is_der) &&
		output_write(request, &text);
	bytes_clear(&text);
	choice_clear(&choice);
	return fine ? ENDED_WELL : ENDED_BADLY;
}
