/* SPDX-License-Identifier: BSD-2-Clause */
/* The certificates of a PKCS #7 file: how authorities send their chains. */

#include "config.h"

#include "import/p12.h"

#include "pkcs11/text.h"

#include <string.h>

bool
p7_is_one(struct ber from)
{
	struct ber inside;
	char type[BER_OID_TEXT];

	return ber_enter(&from, BER_SEQUENCE, &inside) &&
		ber_take_oid(&inside, type) &&
		strcmp(type, "1.2.840.113549.1.7.2") == 0;
}

/* SignedData [RFC5652 5.1]: its certificates are the first element tagged 0. */
enum refusal
p7_read(struct intake *intake, struct ber from)
{
	struct ber inside, content, data, certificates;
	struct ber_item item;
	enum refusal refusal;
	char type[BER_OID_TEXT];

	if (!ber_enter(&from, BER_SEQUENCE, &inside) ||
		!ber_take_oid(&inside, type) ||
		!ber_enter(&inside, BER_CONTEXT_CONSTRUCTED | 0, &content) ||
		!ber_enter(&content, BER_SEQUENCE, &data))
		return fail(intake->failure, REFUSAL_DAMAGED, "PKCS #7");
	while (!ber_enter(&data, BER_CONTEXT_CONSTRUCTED | 0, &certificates))
		if (!ber_next(&data, &item))
			return REFUSAL_NONE;
	while (ber_take(&certificates, BER_SEQUENCE, &item)) {
		refusal = bundle_add_certificate(intake, item.whole, NULL);
		if (refusal != REFUSAL_NONE)
			return refusal;
	}
	return REFUSAL_NONE;
}
