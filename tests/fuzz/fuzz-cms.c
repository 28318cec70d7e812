/* SPDX-License-Identifier: BSD-2-Clause */
/* A mail with any bytes, to be signed or to be opened: split, read as CMS, and
 * searched for its recipients. */

#include "config.h"

#include "command/cms-recipient.h"
#include "command/mail.h"
#include "tests/fuzz/fail.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of key transport to serial 1, of key agreement to key id "k". */
#define TRANSPORT \
	"\x30\x22\x02\x01\x00\x30\x05\x30\x00\x02\x01\x01\x30\x0d\x06\x09" \
	"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00\x04\x07sealed!"
#define AGREEMENT \
	"\xa1\x47\x02\x01\x03\xa0\x0f\xa1\x0d\x30\x07\x06\x05\x2b\x81\x04" \
	"\x00\x22\x03\x02\x00\x04\xa1\x04\x04\x02um\x30\x15\x06\x06\x2b\x81" \
	"\x04\x01\x0b\x01\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x05" \
	"\x30\x14\x30\x12\xa0\x03\x04\x01k\x04\x0bsealed key!"
#define CONTENT \
	"\x30\x37\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\x30\x1d\x06\x09" \
	"\x60\x86\x48\x01\x65\x03\x04\x01\x2a\x04\x10" \
	"0123456789abcdef" \
	"\xa0\x0b\x04\x09seal seal"

const struct fuzz_seed fuzz_seeds[] = {
	FUZZ_TEXT("\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03\xa0\x80"
		  "\x30\x80\x02\x01\x02\x31\x80" TRANSPORT AGREEMENT
		  "\x00\x00" CONTENT "\x00\x00\x00\x00\x00\x00"),
	FUZZ_TEXT("\x30\x80\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17"
		  "\xa0\x80\x30\x80\x02\x01\x00\x31\x80" TRANSPORT
		  "\x00\x00" CONTENT "\xa1\x02\x30\x00\x04\x03tag"
		  "\x00\x00\x00\x00\x00\x00"),
	FUZZ_TEXT(
		"From: A <a@b>\r\nContent-Type: application/pkcs7-mime\r\n"
		"Content-Transfer-Encoding: base64\r\n\r\nMIAGCSqGSIb3DQEHA6CA"
		"MIACAQIxgAAA\r\n"),
	FUZZ_TEXT("-----BEGIN CMS-----\nMIAGCSqGSIb3DQEHA6CAMIACAQIxgAAA\n"
		  "-----END CMS-----\n"),
	{ NULL, 0 },
};

/* The certificate that the seeds are for. */
static const struct certificate recipient_certificate = {
	.issuer = { (unsigned char *)(uintptr_t) "\x30\x00", 2 },
	.serial = { (unsigned char *)(uintptr_t) "\x02\x01\x01", 3 },
	.key_id = { (unsigned char *)(uintptr_t) "k", 1 },
};

static void
sign_side(const uint8_t *at, size_t length)
{
	struct bytes outer = { 0 }, inner = { 0 }, whole = { 0 };
	struct mail mail;

	mail_read(&mail, at, length);
	free(mail_sender(&mail));
	if (mail_split(&mail, &outer, &inner) &&
		!mail_wrap_signed(
			&mail, &outer, &inner, "sha-256", &inner, &whole))
		abort();
	bytes_clear(&outer);
	bytes_clear(&inner);
	bytes_clear(&whole);
}

static void
touch(struct ber bytes)
{
	volatile unsigned char sum = 0;
	size_t i;

	for (i = 0; i < bytes.length; i++)
		sum = (unsigned char)(sum + bytes.at[i]);
}

static void
open_side(const uint8_t *at, size_t length)
{
	struct bytes file = { 0 }, cms = { 0 };
	struct envelope envelope = { 0 };
	struct recipient recipient;

	if (bytes_copy(&file, at, length) && mail_cms(&file, &cms) &&
		envelope_read(&envelope, &cms) &&
		recipient_find(envelope.recipients, &recipient_certificate,
			&recipient)) {
		touch(recipient.sealed);
		touch(recipient.point);
		touch(recipient.material);
		touch(recipient.parameters);
		touch(envelope.sealed);
		touch(envelope.tag);
	}
	envelope_clear(&envelope);
	bytes_clear(&cms);
	bytes_clear(&file);
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t length)
{
	static FILE *nowhere;

	/* What is said to people about each bad mail; the descriptor stays, for
	 * what a sanitizer says. */
	if (!nowhere && !(nowhere = fopen("/dev/null", "w")))
		abort();
	stderr = nowhere;
	sign_side(at, length);
	fail_begin(at, length);
	open_side(at, length);
	fail_end();
	return 0;
}
