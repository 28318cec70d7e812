/* SPDX-License-Identifier: BSD-2-Clause */
/* What of a file stays in memory, and what of it is found in a file at all. */

#include "config.h"

#include "import/bundle-build.h"
#include "tests/test.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WINDOW 16
#define WINDOWS_LIMIT 4096
#define MASK 0x5a

/* Pieces of a key, masked so that they are not what is searched for, in both
 * orders of bytes. */
static unsigned char windows[WINDOWS_LIMIT][WINDOW];
static size_t windows_count;

static void
remember(struct ber part)
{
	size_t at, i;

	for (at = 0; at + WINDOW <= part.length; at += WINDOW) {
		EXPECT(windows_count + 2 <= WINDOWS_LIMIT);
		for (i = 0; i < WINDOW; i++) {
			windows[windows_count][i] = part.at[at + i] ^ MASK;
			windows[windows_count + 1][WINDOW - 1 - i] =
				part.at[at + i] ^ MASK;
		}
		windows_count += 2;
	}
}

/* The memory is masked in place of the windows: no copy of them arises. */
static size_t
count_in(unsigned char *memory, size_t length)
{
	size_t i, found = 0;

	for (i = 0; i < length; i++)
		memory[i] ^= MASK;
	for (i = 0; i < windows_count; i++)
		found += memmem(memory, length, windows[i], WINDOW) != NULL;
	memset(memory, 0, length);
	return found;
}

static size_t
count_in_mapping(int memory, uintptr_t from, uintptr_t until)
{
	/* Masked or zero whenever it is searched itself. */
	static unsigned char buffer[1 << 20];
	size_t found = 0;
	ssize_t length;

	if ((uintptr_t)windows < until && (uintptr_t)windows >= from)
		return 0;
	while (from < until) {
		length = pread(memory, buffer,
			until - from < sizeof(buffer) ? until - from
						      : sizeof(buffer),
			(off_t)from);
		if (length <= WINDOW)
			break;
		found += count_in(buffer, (size_t)length);
		from += (size_t)length == until - from
			? (size_t)length
			: (size_t)length - WINDOW;
	}
	return found;
}

/* All memory of this process that can be written. */
static size_t
count_remains(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	int memory = open("/proc/self/mem", O_RDONLY);
	uintmax_t from, until;
	char line[512], rights[8];
	size_t found = 0;

	EXPECT(maps != NULL && memory >= 0);
	while (fgets(line, sizeof(line), maps))
		if (sscanf(line, "%jx-%jx %7s", &from, &until, rights) == 3 &&
			rights[0] == 'r' && rights[1] == 'w')
			found += count_in_mapping(
				memory, (uintptr_t)from, (uintptr_t)until);
	fclose(maps);
	close(memory);
	return found;
}

static void
run(const char *command)
{
	EXPECT_NUMBER(chdir(test_folder()), 0);
	if (system(command) != 0)
		test_fail(__FILE__, __LINE__, "%s", command);
}

static void
expect_no_remains(const char *make)
{
	struct secret file, passphrase;
	struct bundle bundle;
	size_t part;

	run(make);
	EXPECT_NUMBER(bundle_load("made", &file, NULL), REFUSAL_NONE);
	EXPECT(secret_copy(&passphrase, "secret", 6));
	EXPECT_NUMBER(
		bundle_read(&bundle, &file, &passphrase, NULL), REFUSAL_NONE);
	EXPECT_NUMBER(bundle.keys_count, 1);
	for (part = 0; part < KEY_PARTS; part++)
		remember(bundle.keys[0].parts[part]);
	EXPECT(windows_count >= 4);
	EXPECT(count_remains() >= windows_count / 2);
	bundle_clear(&bundle);
	secret_clear(&file);
	secret_clear(&passphrase);
	EXPECT_NUMBER(count_remains(), 0);
}

TEST(bundle_leaves_nothing_of_an_rsa_key_in_memory)
{
	expect_no_remains("openssl req -x509 -newkey rsa:2048 -nodes -keyout k "
			  "-out c -subj /CN=A 2>log && openssl pkcs12 -export "
			  "-inkey k -in c -out made -passout pass:secret");
}

TEST(bundle_leaves_nothing_of_an_rsa_key_in_pem_in_memory)
{
	expect_no_remains("openssl genrsa 2>log | openssl pkcs8 -topk8 "
			  "-v1 PBE-SHA1-3DES -passout pass:secret -out made");
}

TEST(bundle_leaves_nothing_of_an_ec_key_in_memory)
{
	expect_no_remains("openssl ecparam -name secp384r1 -genkey -noout | "
			  "openssl pkcs8 -topk8 -passout pass:secret "
			  "-outform DER -out made");
}

TEST(bundle_leaves_nothing_of_an_edwards_key_in_memory)
{
	expect_no_remains("openssl genpkey -algorithm ED448 | openssl pkcs8 "
			  "-topk8 -passout pass:secret -outform DER -out made");
}

TEST(bundle_leaves_nothing_of_a_plain_key_in_memory)
{
	expect_no_remains("openssl genrsa -out made 2>log");
}

TEST(bundle_reads_a_pipe_to_its_end)
{
	struct secret file;

	run("mkfifo pipe; (head -c 200000 /dev/zero >pipe) &");
	EXPECT_NUMBER(bundle_load("pipe", &file, NULL), REFUSAL_NONE);
	EXPECT_NUMBER(file.length, 200000);
	secret_clear(&file);
}

/* Many keys with few iterations each are as bad as one with many. */
TEST(bundle_gives_a_file_only_so_much_work)
{
	struct secret file, passphrase;
	struct bundle bundle = { 0 };
	struct failure failure = { 0 };
	struct opener opener;
	struct intake intake = {
		.bundle = &bundle, .opener = &opener, .failure = &failure
	};
	struct ber from;

	run("openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 "
	    "-topk8 -passout pass:secret -iter 2000 -outform DER -out made");
	EXPECT_NUMBER(bundle_load("made", &file, NULL), REFUSAL_NONE);
	EXPECT(secret_copy(&passphrase, "secret", 6));
	opener_init(&opener, &passphrase);
	opener.work_left = 5000;
	from = (struct ber){ file.at, file.length };
	EXPECT_NUMBER(bundle_add_sealed_key(&intake, from, NULL), REFUSAL_NONE);
	EXPECT_NUMBER(bundle_add_sealed_key(&intake, from, NULL), REFUSAL_NONE);
	EXPECT_NUMBER(bundle_add_sealed_key(&intake, from, NULL),
		REFUSAL_WORK_ABSURD);
	EXPECT_NUMBER(bundle.keys_count, 1);
	EXPECT_NUMBER(bundle.keys_repeated, 1);
	bundle_clear(&bundle);
	secret_clear(&file);
	secret_clear(&passphrase);
}
