/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads PKCS #12 files. [RFC7292 4] */

#include "config.h"

#include "import/p12.h"

#include "pkcs11/text.h"

#include <stdlib.h>
#include <string.h>

#define DATA "1.2.840.113549.1.7.1"
#define SIGNED_DATA "1.2.840.113549.1.7.2"
#define ENVELOPED_DATA "1.2.840.113549.1.7.3"
#define ENCRYPTED_DATA "1.2.840.113549.1.7.6"

static enum refusal
malformed(struct intake *intake, const char *where)
{
	return fail(intake->failure, REFUSAL_DAMAGED, "%s", where);
}

/* A ContentInfo: its type, and the reader of its content. */
static bool
take_content(struct ber *from, char type[BER_OID_TEXT], struct ber *content)
{
	struct ber inside;

	if (!ber_enter(from, BER_SEQUENCE, &inside) ||
		!ber_take_oid(&inside, type))
		return false;
	*content = (struct ber){ 0 };
	(void)ber_enter(&inside, BER_CONTEXT_CONSTRUCTED | 0, content);
	return true;
}

static enum refusal
read_plain(struct intake *intake, struct ber content)
{
	struct secret joined = { 0 };
	struct ber octets;
	enum refusal refusal;

	if (ber_take_string(&content, BER_OCTET_STRING, &joined, &octets))
		refusal = p12_read_bags(intake, octets);
	else
		refusal = malformed(intake, _("plain contents"));
	secret_clear(&joined);
	return refusal;
}

/* What stays closed because of its algorithm may be no more than certificates:
 * go on. A passphrase that does not open it must be asked for again. */
static enum refusal
open_contents(struct intake *intake, const struct ber_item *algorithm,
	struct ber sealed)
{
	struct secret plain = { 0 };
	enum refusal refusal;

	refusal = bundle_open(intake, algorithm, sealed, &plain);
	if (refusal == REFUSAL_NONE) {
		refusal = p12_read_bags(
			intake, (struct ber){ plain.at, plain.length });
	} else if (refusal == REFUSAL_ALGORITHM_UNKNOWN) {
		refusal = bundle_skip(intake, _("a sealed part of the file"),
			intake->failure->detail, false, refusal);
	}
	secret_clear(&plain);
	return refusal;
}

/* EncryptedData [RFC5652 8] */
static enum refusal
read_sealed(struct intake *intake, struct ber content)
{
	struct ber inside, info, sealed;
	struct ber_item algorithm;
	struct secret joined = { 0 };
	enum refusal refusal;
	uint64_t version;
	char type[BER_OID_TEXT];

	if (ber_enter(&content, BER_SEQUENCE, &inside) &&
		ber_take_number(&inside, &version) &&
		ber_enter(&inside, BER_SEQUENCE, &info) &&
		ber_take_oid(&info, type) &&
		ber_take(&info, BER_SEQUENCE, &algorithm) &&
		ber_take_string(&info, BER_CONTEXT | 0, &joined, &sealed))
		refusal = open_contents(intake, &algorithm, sealed);
	else
		refusal = malformed(intake, _("sealed contents"));
	secret_clear(&joined);
	return refusal;
}

/* AuthenticatedSafe */
static enum refusal
read_safe(struct intake *intake, struct ber from)
{
	struct ber safe, content;
	enum refusal refusal;
	char type[BER_OID_TEXT];

	if (!ber_enter(&from, BER_SEQUENCE, &safe))
		return malformed(intake, _("the list of contents"));
	while (!intake->is_over && take_content(&safe, type, &content)) {
		if (strcmp(type, DATA) == 0)
			refusal = read_plain(intake, content);
		else if (strcmp(type, ENCRYPTED_DATA) == 0)
			refusal = read_sealed(intake, content);
		else
			refusal = bundle_skip(intake,
				_("a sealed part of the file"),
				strcmp(type, ENVELOPED_DATA) == 0
					? _("it is encrypted to a certificate, "
					    "not to a passphrase")
					: _("its kind is unknown"),
				false, REFUSAL_ALGORITHM_UNKNOWN);
		if (refusal != REFUSAL_NONE)
			return refusal;
	}
	return intake->is_over || safe.length == 0
		? REFUSAL_NONE
		: malformed(intake, _("the list of contents"));
}

/*
 * A check value that does not fit means a wrong passphrase or altered contents.
 * The contents tell which: what the passphrase opens was sealed with it.
 */
static enum refusal
explain_stamp(struct intake *intake, struct ber safe, enum refusal refusal)
{
	struct bundle scratch = { 0 };
	struct failure ignored = { 0 };
	struct intake trial = { .bundle = &scratch,
		.opener = intake->opener,
		.failure = &ignored,
		.is_trial = true };

	(void)read_safe(&trial, safe);
	bundle_clear(&scratch);
	if (trial.opened == 0)
		return refusal;
	return fail(intake->failure, REFUSAL_DAMAGED, "%s",
		_("the passphrase is right, but the check value does not fit "
		  "the contents"));
}

static enum refusal
read_checked(struct intake *intake, struct ber content, struct ber rest)
{
	struct secret joined = { 0 };
	struct ber_item stamp;
	struct ber safe;
	enum refusal refusal = REFUSAL_NONE;

	if (!ber_take_string(&content, BER_OCTET_STRING, &joined, &safe)) {
		refusal = malformed(intake, _("the outermost contents"));
		goto out;
	}
	if (ber_next(&rest, &stamp))
		refusal = pbe_check_stamp(
			intake->opener, &stamp, safe, intake->failure);
	else if (rest.length)
		refusal = malformed(intake, _("the check value"));
	if (refusal == REFUSAL_NONE)
		refusal = read_safe(intake, safe);
	else if (refusal == REFUSAL_PASSPHRASE_WRONG ||
		refusal == REFUSAL_PASSPHRASE_NEEDED)
		refusal = explain_stamp(intake, safe, refusal);
out:
	secret_clear(&joined);
	return refusal;
}

bool
p12_is_one(struct ber from)
{
	struct ber inside, content;
	char type[BER_OID_TEXT];
	uint64_t version;

	return ber_enter(&from, BER_SEQUENCE, &inside) &&
		ber_take_number(&inside, &version) &&
		take_content(&inside, type, &content) &&
		strncmp(type, DATA, strlen(DATA) - 1) == 0;
}

enum refusal
p12_read(struct intake *intake, struct ber from)
{
	struct ber inside, content;
	char type[BER_OID_TEXT];
	uint64_t version;

	if (!ber_enter(&from, BER_SEQUENCE, &inside) ||
		!ber_take_number(&inside, &version) ||
		!take_content(&inside, type, &content))
		return malformed(intake, _("the beginning of the file"));
	if (version != 3)
		return fail(intake->failure, REFUSAL_FORMAT_UNKNOWN, "%s",
			_("a PKCS #12 of a version other than 3"));
	if (strcmp(type, DATA) == 0)
		return read_checked(intake, content, inside);
	return fail(intake->failure, REFUSAL_ALGORITHM_UNKNOWN, "%s",
		strcmp(type, SIGNED_DATA) == 0
			? _("a signature in place of a check value")
			: type);
}
