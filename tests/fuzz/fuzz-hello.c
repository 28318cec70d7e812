/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a hello: refused, or texts that end, and the same hello when it
 * is put again. */

#include "config.h"

#include "pkcs11/frame.h"
#include "pkcs11/hello.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

/* The body of one of an application "x", and one cut short. */
const struct fuzz_seed fuzz_seeds[] = {
	FUZZ_TEXT("PRIVSEAL\1\0\0\0ssssssssssssssss\x54\0\0\0\x20\0\0\0\x40"
		  "\0\0\0\1\0\0\0\0\0\0\0\0\0\0\x40\0\0\0\0\0\0\0\0\0\0\0\0"
		  "\1\0\0\0x\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
	FUZZ_TEXT("PRIVSEAL\1\0\0\0ssssssssssssssss\x54\0\0\0"),
	{ NULL, 0 },
};

static void
read_text(const char *text, size_t room)
{
	if (!memchr(text, 0, room))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t length)
{
	struct hello hello = { .calls = 0 }, again = { .calls = 0 };
	struct wire wire = { 0 };

	if (!hello_take(at, length, &hello))
		return 0;
	read_text(hello.application, sizeof(hello.application));
	read_text(hello.display, sizeof(hello.display));
	read_text(hello.wayland, sizeof(hello.wayland));
	read_text(hello.authority, sizeof(hello.authority));
	read_text(hello.terminal, sizeof(hello.terminal));
	read_text(hello.locale, sizeof(hello.locale));
	hello_put(&wire, &hello);
	if (wire.failed ||
		!hello_take(wire.at + FRAME_HEADER, wire.length - FRAME_HEADER,
			&again) ||
		memcmp(hello.secret, again.secret, sizeof(hello.secret)) != 0 ||
		hello.calls != again.calls ||
		hello.first_session != again.first_session ||
		strcmp(hello.application, again.application) != 0 ||
		strcmp(hello.locale, again.locale) != 0)
		abort();
	wire_clear(&wire);
	return 0;
}
