/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys and certificates written as text. [RFC7468] */

#include "config.h"

#include "import/pem.h"

#include "import/pem-seal.h"
#include "pkcs11/text.h"

#include <stdio.h>
#include <string.h>

#define BEGIN "-----BEGIN "
#define END "-----END "
#define DASHES "-----"

static const unsigned char *
find(struct ber from, const char *what)
{
	return memmem(from.at, from.length, what, strlen(what));
}

static void
move_to(struct ber *from, const unsigned char *at)
{
	from->length -= (size_t)(at - from->at);
	from->at = at;
}

static int
digit(unsigned char sign)
{
	if (sign >= 'A' && sign <= 'Z')
		return sign - 'A';
	if (sign >= 'a' && sign <= 'z')
		return sign - 'a' + 26;
	if (sign >= '0' && sign <= '9')
		return sign - '0' + 52;
	return sign == '+' ? 62 : sign == '/' ? 63 : -1;
}

bool
pem_decode(struct ber text, struct secret *decoded)
{
	unsigned int bits = 0, held = 0;
	size_t used = 0;

	if (!secret_init(decoded, text.length / 4 * 3 + 3))
		return false;
	for (; text.length; text.at++, text.length--) {
		if (memchr(" \t\r\n=", text.at[0], 5))
			continue;
		if (digit(text.at[0]) < 0) {
			secret_clear(decoded);
			return false;
		}
		bits = (bits << 6 | (unsigned int)digit(text.at[0])) & 0xffff;
		held += 6;
		if (held >= 8) {
			held -= 8;
			decoded->at[used++] = (unsigned char)(bits >> held);
		}
	}
	secret_shorten(decoded, used);
	return true;
}

/* Some programs save a PKCS #12 in base64, with nothing around it: all of
 * those begin alike. */
static bool
is_bare(struct ber from)
{
	struct ber look = from;

	while (look.length && memchr(" \t\r\n", look.at[0], 4))
		move_to(&look, look.at + 1);
	return look.length > 16 && memcmp(look.at, "MI", 2) == 0 &&
		digit(look.at[2]) >= 0 && digit(look.at[3]) >= 0;
}

bool
pem_is_one(struct ber from)
{
	return find(from, BEGIN) != NULL || is_bare(from);
}

/* What the blocks are that are no key and no certificate. */
static const struct other {
	const char *label, *what; /* NULL: not worth a word */
} others[] = {
	{ "EC PARAMETERS", NULL },
	{ "PUBLIC KEY", N_("a public key") },
	{ "RSA PUBLIC KEY", N_("a public key") },
	{ "X509 CRL", N_("a list of revoked certificates") },
	{ "CERTIFICATE REQUEST", N_("a request for a certificate") },
	{ "NEW CERTIFICATE REQUEST", N_("a request for a certificate") },
	{ "OPENSSH PRIVATE KEY", N_("a private key of OpenSSH") },
	{ "PGP PRIVATE KEY BLOCK", N_("a private key of OpenPGP") },
};

static bool
label_is(struct ber label, const char *text)
{
	return label.length == strlen(text) &&
		memcmp(label.at, text, label.length) == 0;
}

static enum refusal
read_other(struct intake *intake, struct ber label, bool *is_other)
{
	size_t i;

	*is_other = true;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (!label_is(label, others[i].label))
			continue;
		if (!others[i].what)
			return REFUSAL_NONE;
		return bundle_skip(intake, _(others[i].what),
			_("it is of another kind than this program imports"),
			false, REFUSAL_NONE);
	}
	*is_other = false;
	return REFUSAL_NONE;
}

static enum refusal
read_sealed(struct intake *intake, struct ber dek_info, struct ber sealed)
{
	struct secret plain = { 0 };
	enum refusal refusal;

	refusal = pem_open(
		intake->opener, dek_info, sealed, &plain, intake->failure);
	if (refusal == REFUSAL_NONE)
		refusal = bundle_add_key(
			intake, (struct ber){ plain.at, plain.length }, NULL);
	secret_clear(&plain);
	return refusal;
}

static enum refusal
read_block(struct intake *intake, struct ber label, struct ber text)
{
	struct secret decoded = { 0 };
	struct ber dek_info = { 0 }, view;
	enum refusal refusal;
	bool is_other;

	refusal = read_other(intake, label, &is_other);
	if (is_other)
		return refusal;
	while (text.length && memchr("\r\n", text.at[0], 2))
		move_to(&text, text.at + 1);
	(void)pem_take_headers(&text, &dek_info);
	if (!pem_decode(text, &decoded))
		return fail(intake->failure, REFUSAL_DAMAGED, "PEM");
	view = (struct ber){ decoded.at, decoded.length };
	if (dek_info.length)
		refusal = read_sealed(intake, dek_info, view);
	else
		refusal = bundle_add_any(intake, view);
	secret_clear(&decoded);
	/* Who wraps it in PEM says that it is one of these. */
	if (refusal == REFUSAL_FORMAT_UNKNOWN)
		refusal = fail(intake->failure, REFUSAL_DAMAGED, "PEM %.*s",
			label.length > 40 ? 40 : (int)label.length, label.at);
	return refusal;
}

/* From after BEGIN to after END: label and text of one block. */
static bool
take_block(struct ber *from, struct ber *label, struct ber *text)
{
	const unsigned char *end;

	label->at = from->at;
	end = find(*from, DASHES);
	if (!end)
		return false;
	label->length = (size_t)(end - from->at);
	move_to(from, end + strlen(DASHES));
	text->at = from->at;
	end = find(*from, END);
	if (!end)
		return false;
	text->length = (size_t)(end - from->at);
	move_to(from, end + strlen(END));
	return true;
}

static enum refusal
read_bare(struct intake *intake, struct ber from)
{
	struct secret decoded = { 0 };
	enum refusal refusal;

	if (!pem_decode(from, &decoded))
		return fail(intake->failure, REFUSAL_FORMAT_UNKNOWN, "%s", "");
	refusal = bundle_add_any(
		intake, (struct ber){ decoded.at, decoded.length });
	secret_clear(&decoded);
	return refusal;
}

enum refusal
pem_read(struct intake *intake, struct ber from)
{
	struct ber label, text;
	const unsigned char *begin = find(from, BEGIN);
	enum refusal refusal;

	if (!begin)
		return read_bare(intake, from);
	for (; begin; begin = find(from, BEGIN)) {
		move_to(&from, begin + strlen(BEGIN));
		if (!take_block(&from, &label, &text))
			return fail(intake->failure, REFUSAL_DAMAGED, "%s",
				_("a block of PEM has no end"));
		refusal = read_block(intake, label, text);
		if (refusal != REFUSAL_NONE)
			return refusal;
	}
	intake->bundle->format = "PEM";
	return REFUSAL_NONE;
}
