/* SPDX-License-Identifier: BSD-2-Clause */
/* Mail as far as S/MIME needs it: headers, line ends, parts. [RFC8551] */

#include "config.h"

#include "command/mail.h"

#include "command/base64.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

/* Takes a line with its end; false: nothing is left. */
static bool
take_line(struct ber *from, struct ber *line)
{
	const unsigned char *end;

	if (!from->length)
		return false;
	end = memchr(from->at, '\n', from->length);
	line->at = from->at;
	line->length = end ? (size_t)(end - from->at) + 1 : from->length;
	from->at += line->length;
	from->length -= line->length;
	return true;
}

/* Its length without CR and LF. */
static size_t
text_length(struct ber line)
{
	size_t length = line.length;

	if (length && line.at[length - 1] == '\n')
		length--;
	while (length && line.at[length - 1] == '\r')
		length--;
	return length;
}

static bool
is_folded(struct ber line)
{
	return line.length && (line.at[0] == ' ' || line.at[0] == '\t');
}

/* "Name:" with a name of printable characters. */
static bool
begins_header(struct ber line)
{
	size_t i;

	for (i = 0; i < line.length; i++) {
		if (line.at[i] == ':')
			return i > 0;
		if (line.at[i] <= ' ' || line.at[i] >= 0x7f)
			return false;
	}
	return false;
}

void
mail_read(struct mail *mail, const void *at, size_t length)
{
	struct ber from = { at, length }, line, start;

	*mail = (struct mail){ .body = from };
	/* The line with which old mailboxes separate their mails. */
	if (length > 5 && memcmp(at, "From ", 5) == 0)
		take_line(&from, &line);
	start = from;
	if (!take_line(&from, &line))
		return;
	mail->has_crlf = line.length > 1 && line.at[line.length - 2] == '\r';
	if (!begins_header(line))
		return;
	mail->headers.at = start.at;
	do {
		if (text_length(line) == 0)
			break;
		if (!begins_header(line) && !is_folded(line)) {
			/* No empty line before the text: it begins here. */
			from.at -= line.length;
			from.length += line.length;
			break;
		}
		mail->headers.length =
			(size_t)(line.at + line.length - start.at);
	} while (take_line(&from, &line));
	mail->body = from;
}

static bool
is_named(struct ber line, const char *name)
{
	size_t length = strlen(name);

	return line.length > length && line.at[length] == ':' &&
		strncasecmp((const char *)line.at, name, length) == 0;
}

char *
mail_header(const struct mail *mail, const char *name)
{
	struct ber from = mail->headers, line;
	struct bytes value = { 0 };
	bool is_inside = false, is_found = false;
	char *text = NULL;

	while (take_line(&from, &line)) {
		if (!is_folded(line)) {
			is_inside = !is_found && is_named(line, name);
			if (is_inside) {
				line.at += strlen(name) + 1;
				line.length -= strlen(name) + 1;
				is_found = true;
			}
		}
		if (is_inside &&
			!bytes_append(&value, line.at, text_length(line)))
			is_found = false;
	}
	if (is_found)
		text = strndup(
			value.at ? (const char *)value.at : "", value.length);
	bytes_clear(&value);
	return text;
}

char *
mail_sender(const struct mail *mail)
{
	char *from = mail_header(mail, "From"), *begin, *end, *address = NULL;

	if (!from)
		return NULL;
	begin = strrchr(from, '<');
	if (begin) {
		begin++;
		end = strchr(begin, '>');
	} else {
		begin = from + strspn(from, " \t");
		end = begin + strcspn(begin, " \t(,");
	}
	if (end && end > begin)
		address = strndup(begin, (size_t)(end - begin));
	free(from);
	return address;
}

bool
mail_canonicalize(struct ber from, struct bytes *to)
{
	struct ber line;
	bool fine = bytes_append(to, "", 0);

	while (fine && take_line(&from, &line)) {
		fine = bytes_append(to, line.at, text_length(line));
		if (fine && line.at[line.length - 1] == '\n')
			fine = bytes_append(to, "\r\n", 2);
	}
	return fine;
}

static bool
append_text(struct bytes *to, const char *text)
{
	return bytes_append(to, text, strlen(text));
}

static bool
has_high_bytes(struct ber bytes)
{
	size_t i;

	for (i = 0; i < bytes.length; i++)
		if (bytes.at[i] & 0x80)
			return true;
	return false;
}

static bool
is_content_header(struct ber line)
{
	return line.length > 8 &&
		strncasecmp((const char *)line.at, "Content-", 8) == 0;
}

static bool
split_headers(const struct mail *mail, struct bytes *outer, struct bytes *inner)
{
	struct ber from = mail->headers, line;
	struct bytes *to = outer;
	bool is_inner = false, is_dropped = false, fine = true;

	while (fine && take_line(&from, &line)) {
		if (!is_folded(line)) {
			is_inner = is_content_header(line);
			is_dropped = is_named(line, "MIME-Version");
		}
		to = is_inner ? inner : outer;
		if (!is_dropped)
			fine = bytes_append(to, line.at, text_length(line)) &&
				append_text(to, "\r\n");
	}
	return fine;
}

bool
mail_split(const struct mail *mail, struct bytes *outer, struct bytes *inner)
{
	char *type = mail_header(mail, "Content-Type");
	bool fine = split_headers(mail, outer, inner);

	if (fine && !type)
		fine = append_text(
			       inner, "Content-Type: text/plain; charset=") &&
			append_text(inner,
				has_high_bytes(mail->body) ? "utf-8\r\n"
							   : "us-ascii\r\n");
	free(type);
	return fine && append_text(inner, "\r\n") &&
		mail_canonicalize(mail->body, inner);
}

/* So long that it is in no text by chance. */
static bool
make_boundary(char *boundary, size_t size)
{
	unsigned char random[16];
	size_t i, used;

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return false;
	used = (size_t)snprintf(boundary, size, "=_privyseal_");
	for (i = 0; i < sizeof(random); i++)
		used += (size_t)snprintf(
			boundary + used, size - used, "%02x", random[i]);
	return true;
}

static bool
append_parts(struct bytes *to, const char *boundary, const struct bytes *inner,
	const struct bytes *signature)
{
	static const char headers[] =
		"Content-Type: application/pkcs7-signature; "
		"name=\"smime.p7s\"\r\n"
		"Content-Transfer-Encoding: base64\r\n"
		"Content-Disposition: attachment; filename=\"smime.p7s\"\r\n"
		"\r\n";

	return append_text(to, "--") && append_text(to, boundary) &&
		append_text(to, "\r\n") &&
		bytes_append(to, inner->at, inner->length) &&
		append_text(to, "\r\n--") && append_text(to, boundary) &&
		append_text(to, "\r\n") && append_text(to, headers) &&
		base64_append(to, signature->at, signature->length, "\r\n") &&
		append_text(to, "\r\n--") && append_text(to, boundary) &&
		append_text(to, "--\r\n");
}

/* Back to bare line feeds, when the mail came so. */
static void
drop_returns(struct bytes *text)
{
	size_t i, used = 0;

	for (i = 0; i < text->length; i++)
		if (text->at[i] != '\r' || i + 1 == text->length ||
			text->at[i + 1] != '\n')
			text->at[used++] = text->at[i];
	text->length = used;
}

bool
mail_wrap_signed(const struct mail *mail, const struct bytes *outer,
	const struct bytes *inner, const char *micalg,
	const struct bytes *signature, struct bytes *result)
{
	char boundary[64], type[256];
	bool fine = make_boundary(boundary, sizeof(boundary));

	snprintf(type, sizeof(type),
		"MIME-Version: 1.0\r\n"
		"Content-Type: multipart/signed;\r\n"
		" protocol=\"application/pkcs7-signature\";\r\n"
		" micalg=%s; boundary=\"%s\"\r\n\r\n"
		"This mail is signed (S/MIME).\r\n\r\n",
		micalg, boundary);
	fine = fine && bytes_append(result, outer->at, outer->length) &&
		append_text(result, type) &&
		append_parts(result, boundary, inner, signature);
	if (fine && !mail->has_crlf)
		drop_returns(result);
	return fine;
}

/* The lines between BEGIN and END of the first PEM block. */
static bool
read_pem(const struct bytes *file, struct bytes *cms)
{
	struct ber from = { file->at, file->length }, line;

	while (take_line(&from, &line))
		if (line.length > 11 && memcmp(line.at, "-----BEGIN ", 11) == 0)
			return base64_read((const char *)from.at, from.length,
				       cms) &&
				cms->length > 0;
	return false;
}

static bool
is_smime(const struct mail *mail)
{
	char *type = mail_header(mail, "Content-Type");
	bool fits = type &&
		(strcasestr(type, "application/pkcs7-mime") ||
			strcasestr(type, "application/x-pkcs7-mime"));

	free(type);
	return fits;
}

static bool
read_body(const struct mail *mail, struct bytes *cms)
{
	char *encoding = mail_header(mail, "Content-Transfer-Encoding");
	bool is_base64 = encoding && strcasestr(encoding, "base64");

	free(encoding);
	if (is_base64)
		return base64_read(
			(const char *)mail->body.at, mail->body.length, cms);
	return bytes_copy(cms, mail->body.at, mail->body.length);
}

bool
mail_cms(const struct bytes *file, struct bytes *cms)
{
	struct mail mail;

	if (file->length && file->at[0] == BER_SEQUENCE)
		return bytes_copy(cms, file->at, file->length);
	if (file->length > 11 && memcmp(file->at, "-----BEGIN ", 11) == 0)
		return read_pem(file, cms);
	mail_read(&mail, file->at, file->length);
	return is_smime(&mail) && read_body(&mail, cms);
}
