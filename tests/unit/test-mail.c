/* SPDX-License-Identifier: BSD-2-Clause */
/* What is taken of a mail, what is signed of it, and what goes around it. */

#include "config.h"

#include "command/base64.h"
#include "command/mail.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

static void
expect_text(const struct bytes *bytes, const char *text)
{
	EXPECT_BYTES(bytes->at, bytes->length, text, strlen(text));
}

static void
split(const char *text, const char *outer, const char *inner)
{
	struct bytes one = { 0 }, other = { 0 };
	struct mail mail;

	mail_read(&mail, text, strlen(text));
	EXPECT(mail_split(&mail, &one, &other));
	expect_text(&one, outer);
	expect_text(&other, inner);
	bytes_clear(&one);
	bytes_clear(&other);
}

TEST(mail_content_headers_go_inside_with_their_folds)
{
	split("From: a@b\nContent-Type: text/plain;\n charset=utf-8\n"
	      "MIME-Version: 1.0\nSubject: one\n two\n\nText\n",
		"From: a@b\r\nSubject: one\r\n two\r\n",
		"Content-Type: text/plain;\r\n charset=utf-8\r\n\r\nText\r\n");
}

TEST(mail_without_headers_is_text)
{
	split("Hello\nFrom here: on\n", "",
		"Content-Type: text/plain; charset=us-ascii\r\n\r\n"
		"Hello\r\nFrom here: on\r\n");
	split("", "", "Content-Type: text/plain; charset=us-ascii\r\n\r\n");
	split("gr\xc3\xbc\xc3\x9f", "",
		"Content-Type: text/plain; charset=utf-8\r\n\r\n"
		"gr\xc3\xbc\xc3\x9f");
}

TEST(mail_with_headers_alone_has_an_empty_text)
{
	split("From: a@b", "From: a@b\r\n",
		"Content-Type: text/plain; charset=us-ascii\r\n\r\n");
}

TEST(mail_line_ends_are_made_one_kind)
{
	struct bytes to = { 0 };
	struct ber from = { (const unsigned char *)"a\r\nb\nc\r\r\nd\re", 12 };

	EXPECT(mail_canonicalize(from, &to));
	expect_text(&to, "a\r\nb\r\nc\r\nd\re");
	bytes_clear(&to);
}

static void
expect_sender(const char *header, const char *address)
{
	struct mail mail;
	char *sender;

	mail_read(&mail, header, strlen(header));
	sender = mail_sender(&mail);
	if (!address)
		EXPECT(sender == NULL);
	else
		EXPECT_TEXT(sender ? sender : "nothing", address);
	free(sender);
}

TEST(mail_sender_is_the_bare_address)
{
	expect_sender(
		"From: Alice <alice@example.org>\n\n", "alice@example.org");
	expect_sender("from:alice@example.org\n\n", "alice@example.org");
	expect_sender("From: \"A <x>, B\"\n <alice@example.org>\n\n",
		"alice@example.org");
	expect_sender(
		"From: alice@example.org (Alice)\n\n", "alice@example.org");
	expect_sender("To: alice@example.org\n\n", NULL);
	expect_sender("From: <\n\n", NULL);
	expect_sender("From: ><\n\n", NULL);
}

static void
expect_cms(const char *file, const char *cms)
{
	struct bytes from = { 0 }, to = { 0 };

	EXPECT(bytes_copy(&from, file, strlen(file)));
	if (cms) {
		EXPECT(mail_cms(&from, &to));
		expect_text(&to, cms);
	} else {
		EXPECT(!mail_cms(&from, &to));
	}
	bytes_clear(&from);
	bytes_clear(&to);
}

TEST(mail_gives_its_cms_in_each_wrapping)
{
	expect_cms("0abc", "0abc");
	expect_cms(
		"-----BEGIN CMS-----\nMGFi\nYw==\n-----END CMS-----\n", "0abc");
	expect_cms("Content-Type: application/x-pkcs7-mime\n"
		   "Content-Transfer-Encoding: BASE64\n\nMGFiYw==\n",
		"0abc");
	expect_cms("Content-Type: application/pkcs7-mime\n\n0abc", "0abc");
	expect_cms("Content-Type: text/plain\n\n0abc", NULL);
	expect_cms("-----BEGIN CMS-----\n?\n-----END CMS-----\n", NULL);
	expect_cms("-----BEGIN CMS-----", NULL);
	expect_cms("", NULL);
}

TEST(base64_reads_what_it_wrote)
{
	struct bytes text = { 0 }, back = { 0 };
	unsigned char bytes[200];
	size_t length;

	for (length = 0; length < sizeof(bytes); length++) {
		bytes[length] = (unsigned char)(length * 37);
		EXPECT(bytes_append(&text, "", 0));
		EXPECT(base64_append(&text, bytes, length, "\r\n"));
		EXPECT(base64_read((const char *)text.at, text.length, &back));
		EXPECT_BYTES(back.at, back.length, bytes, length);
		bytes_clear(&text);
		bytes_clear(&back);
	}
}
