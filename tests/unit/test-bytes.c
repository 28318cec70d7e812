/* SPDX-License-Identifier: BSD-2-Clause */
/* What bytes and secrets promise. */

#include "config.h"

#include "pkcs11/bytes.h"
#include "tests/test.h"

#include <sys/wait.h>
#include <unistd.h>

TEST(secret_reads_as_zero_in_a_forked_child)
{
	struct secret secret;
	int status;

	EXPECT(secret_copy(&secret, "hunter2!", 8));
	if (fork() == 0)
		_exit(secret.at[0] == 0 && secret.at[7] == 0 ? 0 : 1);
	EXPECT(wait(&status) > 0);
	EXPECT_NUMBER(WEXITSTATUS(status), 0);
	EXPECT(secret_equal(&secret, "hunter2!", 8));
	secret_clear(&secret);
	EXPECT(secret.at == NULL);
}

TEST(secret_equal_sees_each_differing_byte)
{
	struct secret secret;

	EXPECT(secret_copy(&secret, "abc", 3));
	EXPECT(!secret_equal(&secret, "abd", 3));
	EXPECT(!secret_equal(&secret, "bbc", 3));
	EXPECT(!secret_equal(&secret, "abc", 2));
	secret_clear(&secret);
}

TEST(secret_shorten_wipes_the_rest)
{
	struct secret secret;

	EXPECT(secret_copy(&secret, "abcdef", 6));
	secret_shorten(&secret, 2);
	EXPECT_NUMBER(secret.length, 2);
	EXPECT_NUMBER(secret.at[2], 0);
	secret_clear(&secret);
}

TEST(bytes_append_keeps_what_was_there)
{
	struct bytes bytes = { 0 };

	EXPECT(bytes_append(&bytes, "ab", 2));
	EXPECT(bytes_append(&bytes, "cd", 2));
	EXPECT_BYTES(bytes.at, bytes.length, "abcd", 4);
	bytes_clear(&bytes);
}
