/* SPDX-License-Identifier: BSD-2-Clause */
/* The PIN before the present one, told apart from a guess. */

#include "config.h"

#include "token/previous.h"

#include "pkcs11/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whole or not there: it fits in a disk's sector and has a sum. */
struct record {
	char magic[8];
	unsigned char head[WRAPPING_HEAD]; /* version, parameters and salt */
	unsigned char nonce[SEAL_NONCE];
	unsigned char check[DIGEST_SIZE];
	unsigned char sum[DIGEST_SIZE];
};

static const char magic[8] = "PSPREV1";

static int
open_file(const char *token_path, int flags)
{
	char path[4096];

	if (snprintf(path, sizeof(path), "%s-previous", token_path) >=
		(int)sizeof(path))
		return -1;
	return open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
}

static bool
make_sum(const struct record *record, unsigned char sum[DIGEST_SIZE])
{
	const struct span whole = { record, offsetof(struct record, sum) };

	return seal_digest(&whole, 1, sum);
}

static bool
make_check(const unsigned char stream[ROOT_KEY_SIZE],
	unsigned char check[DIGEST_SIZE])
{
	const struct span spans[] = { { "privyseal previous PIN", 22 },
		{ stream, ROOT_KEY_SIZE } };

	return seal_digest(spans, SPAN_COUNT(spans), check);
}

/* What the old PIN's key enciphered is known, and what came out: so is the
 * key's stream, without the PIN. */
void
previous_keep(const char *token_path,
	const unsigned char wrapping[WRAPPING_SIZE], const struct secret *root)
{
	const unsigned char *sealed = wrapping + WRAPPING_HEAD;
	unsigned char stream[ROOT_KEY_SIZE];
	struct record record = { .magic = { 0 } };
	bool made;
	size_t i;
	int file;

	previous_forget(token_path);
	if (wrapping_is_guarded(wrapping) || root->length != ROOT_KEY_SIZE)
		return;
	memcpy(record.magic, magic, sizeof(magic));
	memcpy(record.head, wrapping, sizeof(record.head));
	memcpy(record.nonce, sealed, sizeof(record.nonce));
	for (i = 0; i < ROOT_KEY_SIZE; i++)
		stream[i] = sealed[SEAL_NONCE + i] ^ root->at[i];
	made = make_check(stream, record.check) &&
		make_sum(&record, record.sum);
	wipe(stream, sizeof(stream));
	file = made ? open_file(token_path, O_WRONLY | O_CREAT) : -1;
	if (file < 0 ||
		pwrite(file, &record, sizeof(record), 0) != sizeof(record))
		note("the former PIN is not remembered: %s", strerror(errno));
	if (file >= 0)
		close(file);
}

/* Emptied in place: it needs no right to remove. */
void
previous_forget(const char *token_path)
{
	int file = open_file(token_path, O_WRONLY | O_TRUNC);

	if (file >= 0)
		close(file);
}

static bool
read_record(const char *token_path, struct record *record)
{
	unsigned char sum[DIGEST_SIZE];
	int file = open_file(token_path, O_RDONLY);
	ssize_t got = file < 0 ? -1 : read(file, record, sizeof(*record));

	if (file >= 0)
		close(file);
	return got == sizeof(*record) &&
		memcmp(record->magic, magic, sizeof(magic)) == 0 &&
		make_sum(record, sum) &&
		memcmp(sum, record->sum, sizeof(sum)) == 0;
}

bool
previous_is(const char *token_path, const struct span *pin)
{
	unsigned char stream[ROOT_KEY_SIZE], check[DIGEST_SIZE];
	struct secret key = { 0 };
	struct record record;
	bool is = false;

	if (!read_record(token_path, &record) ||
		!wrapping_key(record.head, pin, &key))
		return false;
	if (seal_stream(&key, record.nonce, stream, sizeof(stream)) &&
		make_check(stream, check))
		is = memcmp(check, record.check, sizeof(check)) == 0;
	wipe(stream, sizeof(stream));
	secret_clear(&key);
	return is;
}
