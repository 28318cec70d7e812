/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs of bytes: plain ones, and secret ones that are locked and wiped. */

#include "config.h"

#include "pkcs11/bytes.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

bool
bytes_init(struct bytes *bytes, size_t length)
{
	bytes->at = malloc(length ? length : 1);
	bytes->length = bytes->at ? length : 0;
	return bytes->at != NULL;
}

bool
bytes_copy(struct bytes *bytes, const void *from, size_t length)
{
	if (!bytes_init(bytes, length))
		return false;
	if (length)
		memcpy(bytes->at, from, length);
	return true;
}

bool
bytes_append(struct bytes *bytes, const void *from, size_t length)
{
	unsigned char *grown;

	if (length == 0)
		return true;
	if (length > (size_t)-1 - bytes->length)
		return false;
	grown = realloc(bytes->at, bytes->length + length);
	if (!grown)
		return false;
	memcpy(grown + bytes->length, from, length);
	bytes->at = grown;
	bytes->length += length;
	return true;
}

bool
bytes_equal(const struct bytes *one, const void *other, size_t length)
{
	return one->length == length &&
		(length == 0 || memcmp(one->at, other, length) == 0);
}

void
bytes_clear(struct bytes *bytes)
{
	free(bytes->at);
	*bytes = (struct bytes){ 0 };
}

/* A mapping holds its own size first, so that a shortened secret is unmapped
 * whole. The header takes a cache line: what follows stays aligned. */
#define HEADER 64

static const struct secret_place *place;

void
secret_keep_in(const struct secret_place *better)
{
	place = better;
}

static size_t
page_round(size_t length)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (length + page - 1) / page * page;
}

static unsigned char *
take_pages(size_t length)
{
	unsigned char *pages;
	size_t size;

	if (length > (size_t)-1 / 2)
		return NULL;
	size = page_round(length + HEADER);
	pages = mmap(NULL, size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED)
		return NULL;
	/* Each is a further wall, and none is there on every machine. */
	(void)mlock(pages, size);
	(void)madvise(pages, size, MADV_DONTDUMP);
	(void)madvise(pages, size, MADV_WIPEONFORK);
	memcpy(pages, &size, sizeof(size));
	return pages + HEADER;
}

bool
secret_init(struct secret *secret, size_t length)
{
	secret->at =
		place ? place->take(length ? length : 1) : take_pages(length);
	secret->length = secret->at ? length : 0;
	return secret->at != NULL;
}

bool
secret_copy(struct secret *secret, const void *from, size_t length)
{
	if (!secret_init(secret, length))
		return false;
	if (length)
		memcpy(secret->at, from, length);
	return true;
}

bool
secret_equal(const struct secret *one, const void *other, size_t length)
{
	const volatile unsigned char *b = other;
	unsigned char differs = 0;
	size_t i;

	if (one->length != length)
		return false;
	for (i = 0; i < length; i++)
		differs |= one->at[i] ^ b[i];
	return differs == 0;
}

void
secret_shorten(struct secret *secret, size_t length)
{
	if (length >= secret->length)
		return;
	wipe(secret->at + length, secret->length - length);
	secret->length = length;
}

static void
give_pages(unsigned char *at)
{
	unsigned char *pages = at - HEADER;
	size_t size;

	memcpy(&size, pages, sizeof(size));
	/* In a forked child the pages read as zero. */
	if (size) {
		wipe(pages, size);
		munmap(pages, size);
	}
}

void
secret_clear(struct secret *secret)
{
	if (secret->at && place)
		place->give(secret->at);
	else if (secret->at)
		give_pages(secret->at);
	*secret = (struct secret){ 0 };
}

void
wipe(void *at, size_t length)
{
	if (length)
		explicit_bzero(at, length);
}
