/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as an audit log and as anchors: read to the end, every fault told
 * once, and a line that is printed cannot steer a terminal. */

#include "config.h"

#include "keeper/audit-verify.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static unsigned char code[] = "FVC3AD-0QYGNN-8TEQPQ-JFPS56-3DJF3C";

/* A log under that code, of two keepers; and anchors before one. */
const struct fuzz_seed fuzz_seeds[] = {
	FUZZ_TEXT("1 2026-11-26T01:41:17.568Z what=begin version=0.1.0 user=0 l"
		  "og=d6bd8a3975e98092 before=000000000000000000000000000000000"
		  "0000000000000000000000000000000 chain=ff626fcc8cbe5998dc4069"
		  "882ce2941e8bf8a009e8bfc2b43c2d352844376442 mac=79287614e4684"
		  "69cec41c6be169c3bb9fd0c6261bcafef9b1157a704cec68e46"
		  "\n"
		  "2 2026-11-26T01:41:17.575Z what=code new-code=978053d3c46854"
		  "f4 chain=15dd771cac4cf1c488d2e6e48a21b70868aa8c1e13ffa76a946"
		  "8d11aafff12c0 mac=2aa97d83684f181317157d13b11ea9abe5e5592c7c"
		  "63b995f2f3a36a878b42eb"
		  "\n"
		  "3 2026-11-26T01:41:17.584Z what=sign user=1000 process=4711 "
		  "application=mail class=CKO_DATA key=Alice result=CKR_OK chai"
		  "n=ee6cff3fe5f184ad4e62ec1ead179a1525b2284dd80d1511a746fd5bf6"
		  "e65190 mac=20647692de17e1f87838ed3c1c0b507e31a822f0296d84fcf"
		  "e3a92c5be1dd22f"
		  "\n"
		  "4 2026-11-26T01:41:17.584Z what=stop chain=7f38e0b2ef328d2c5"
		  "1e6a796cea4e7b1f4f909c28e82363750480fd899b63243 mac=b71d3edb"
		  "7fc570c35319d551e6a50ab7f6156aeb6ef77d69bbef8ca7550bae39"
		  "\n"
		  "5 2026-11-26T01:41:17.596Z what=start version=0.1.0 user=0 l"
		  "og=d6bd8a3975e98092 code=978053d3c46854f4 code-line=3 before"
		  "=7f38e0b2ef328d2c51e6a796cea4e7b1f4f909c28e82363750480fd899b"
		  "63243 chain=23fab20cfc34da4b47764117304db5cb2fe01a88f7f52575"
		  "4189904721bdc939 mac=e2463bb7da182ba3cb2bce8fc3bcd77e790dcee"
		  "2d76361a07a4dcc1f95e90b3d"
		  "\n"
		  "6 2026-11-26T01:41:17.608Z what=stop chain=e489b67863a42bdde"
		  "f402648e179bbea9149831fe88677606e2b0f9982e12412 mac=1170b238"
		  "9d50c894e8f6c3786fa5eb61e2932d091f7dbb64cc20986a066d5916"
		  "\n"),
	FUZZ_TEXT("privyseal audit user=0 log=d6bd8a3975e98092 line=1 chain=ff6"
		  "26fcc8cbe5998dc4069882ce2941e8bf8a009e8bfc2b43c2d35284437644"
		  "2"
		  "\n"
		  "Nov 26 01:41:17 host privyseal-keeper[1]: privyseal audit us"
		  "er=0 log=d6bd8a3975e98092 line=5 chain=23fab20cfc34da4b47764"
		  "117304db5cb2fe01a88f7f525754189904721bdc939"
		  "\n"
		  "\0"
		  "1 2026-11-26T01:41:17.568Z what=begin version=0.1.0 user=0 l"
		  "og=d6bd8a3975e98092 before=000000000000000000000000000000000"
		  "0000000000000000000000000000000 chain=ff626fcc8cbe5998dc4069"
		  "882ce2941e8bf8a009e8bfc2b43c2d352844376442 mac=79287614e4684"
		  "69cec41c6be169c3bb9fd0c6261bcafef9b1157a704cec68e46"
		  "\n"
		  "2 2026-11-26T01:41:17.575Z what=code new-code=978053d3c46854"
		  "f4 chain=15dd771cac4cf1c488d2e6e48a21b70868aa8c1e13ffa76a946"
		  "8d11aafff12c0 mac=2aa97d83684f181317157d13b11ea9abe5e5592c7c"
		  "63b995f2f3a36a878b42eb"
		  "\n"
		  "3 2026-11-26T01:41:17.584Z what=sign user=1000 process=4711 "
		  "application=mail class=CKO_DATA key=Alice result=CKR_OK chai"
		  "n=ee6cff3fe5f184ad4e62ec1ead179a1525b2284dd80d1511a746fd5bf6"
		  "e65190 mac=20647692de17e1f87838ed3c1c0b507e31a822f0296d84fcf"
		  "e3a92c5be1dd22f"
		  "\n"
		  "4 2026-11-26T01:41:17.584Z what=stop chain=7f38e0b2ef328d2c5"
		  "1e6a796cea4e7b1f4f909c28e82363750480fd899b63243 mac=b71d3edb"
		  "7fc570c35319d551e6a50ab7f6156aeb6ef77d69bbef8ca7550bae39"
		  "\n"),
	FUZZ_TEXT("1 2026-01-01T00:00:00.000Z what=begin before= %% =\n"),
	{ NULL, 0 },
};

static unsigned long heard;

static void
hear(void *context, const struct audit_place *place)
{
	if (place->finding >= AUDIT_FINDINGS)
		abort();
	heard++;
}

static void
read_fields(const char *at, size_t length)
{
	char name[16], value[64];
	struct audit_line line;
	size_t cursor = 0;

	if (!audit_line_take(at, length, &line))
		return;
	while (audit_line_next(
		&line, &cursor, name, sizeof(name), value, sizeof(value)))
		if (strlen(name) >= sizeof(name) ||
			strlen(value) >= sizeof(value) || cursor > length)
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t length)
{
	const struct secret written = { code, sizeof(code) - 1 };
	const char *text = (const char *)at,
		   *log = length ? memchr(text, 0, length) : NULL;
	struct audit_verifier *verifier = audit_verifier_new(hear, NULL);
	struct audit_summary summary;
	size_t before = log ? (size_t)(log + 1 - text) : 0;

	heard = 0;
	if (!verifier || !audit_verifier_code(verifier, &written) ||
		!audit_verifier_anchors(verifier, text, before))
		abort();
	audit_verifier_limit(verifier, 1000);
	audit_verifier_file(verifier, "log", text + before, length - before);
	audit_verifier_end(verifier, &summary);
	if (heard != summary.findings || summary.sealed > summary.lines)
		abort();
	audit_verifier_free(verifier);
	read_fields(text, length);
	return 0;
}
