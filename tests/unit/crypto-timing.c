/* SPDX-License-Identifier: BSD-2-Clause */
/* For valgrind: everything of a decryption that is secret is marked as not
 * initialised, so that a branch or an address that depends on it is reported.
 */

#include "config.h"

/* The functions themselves, which no header has. */
#include "token/crypto-rsa-decrypt.c"

#include <stdio.h>

#include <valgrind/memcheck.h>

enum { LENGTH = 256 };

static void
secrets_hide(struct work *work)
{
	VALGRIND_MAKE_MEM_UNDEFINED(work, sizeof(*work));
}

/* The padding's choice between the two messages. */
static void
choose_hidden(const struct lengths *legal, unsigned char first)
{
	static unsigned char out[RSA_LENGTH_MAX];
	struct work work;
	uint32_t start, good;
	CK_ULONG length;

	memset(&work, 7, sizeof(work));
	work.padded[0] = first;
	work.padded[1] = 2;
	work.padded[LENGTH - 17] = 0;
	secrets_hide(&work);
	start = start_choose(&work, LENGTH, legal, &good);
	/* The caller sees how long the message is. */
	VALGRIND_MAKE_MEM_DEFINED(&start, sizeof(start));
	length = message_choose(&work, LENGTH, start, good, out);
	printf("%lu bytes\n", length);
}

int
main(int count, char **arguments)
{
	static const struct lengths any = { { 0 }, 0 };
	static const struct lengths aes = { { 16, 24, 32 }, 3 };
	unsigned char first;

	for (first = 0; first < 2; first++) {
		choose_hidden(&any, first);
		choose_hidden(&aes, first);
	}
	/* To see that it would be seen. */
	if (count > 1) {
		static struct work work;

		secrets_hide(&work);
		puts(work.padded[0] ? "leak" : "no leak");
	}
	return 0;
}
