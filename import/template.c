/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of attributes, as PKCS #11 takes them. */

#include "config.h"

#include "import/template.h"

#include <string.h>

void
template_init(struct template *template)
{
	template->count = 0;
	template->required = TEMPLATE_ROOM;
}

/* PKCS #11 has one type for what it reads and what it writes. */
void
template_put(struct template *template, CK_ATTRIBUTE_TYPE type, const void *at,
	size_t length)
{
	CK_ATTRIBUTE *attribute = &template->attributes[template->count];
	union {
		const void *borrowed;
		void *parameter;
	} value = { at };

	if (template->count == TEMPLATE_ROOM)
		return;
	attribute->type = type;
	attribute->pValue = value.parameter;
	attribute->ulValueLen = length;
	template->count++;
}

void
template_put_ber(
	struct template *template, CK_ATTRIBUTE_TYPE type, struct ber value)
{
	template_put(template, type, value.at, value.length);
}

void
template_put_bytes(struct template *template, CK_ATTRIBUTE_TYPE type,
	const struct bytes *value)
{
	template_put(template, type, value->at, value->length);
}

void
template_put_text(
	struct template *template, CK_ATTRIBUTE_TYPE type, const char *text)
{
	template_put(template, type, text, strlen(text));
}

void
template_put_number(
	struct template *template, CK_ATTRIBUTE_TYPE type, CK_ULONG number)
{
	CK_ULONG *kept;

	if (template->count == TEMPLATE_ROOM)
		return;
	kept = &template->numbers[template->count];
	*kept = number;
	template_put(template, type, kept, sizeof(*kept));
}

void
template_put_claim(
	struct template *template, CK_ATTRIBUTE_TYPE type, bool claim)
{
	static const CK_BBOOL claims[] = { CK_FALSE, CK_TRUE };

	template_put(template, type, &claims[claim], sizeof(claims[claim]));
}

void
template_end_required(struct template *template)
{
	template->required = template->count;
}
