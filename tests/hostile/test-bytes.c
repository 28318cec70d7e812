/* SPDX-License-Identifier: BSD-2-Clause */
/* Every byte of a token's file, and of its journal, changed in turn: it is
 * noticed or has no effect. STRIDE=1 takes all of them, otherwise some. */

#include "config.h"

#include "pkcs11/log.h"
#include "tests/crash/shim.h"
#include "tests/test.h"
#include "tests/unit/store-kit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What the token has; the last two came after the journal began. */
static const struct content {
	const char *open, *sealed;
} contents[] = {
	{ "alice", NULL },
	{ "bob", NULL },
	{ "a key", "its secret" },
	{ "carol", NULL },
	{ "dave", NULL },
};

enum { ROWS = sizeof(contents) / sizeof(*contents), SETTLED = 3 };

static unsigned char *image[2];
static size_t length[2];
/* What a change of a byte came to. */
static unsigned refused, reported, harmless, taken_back;
static unsigned notes;

static void
count_note(const char *line)
{
	notes++;
}

static const char *
path_of(int which)
{
	static char path[2][140];

	snprintf(path[which], sizeof(path[which]), "%s%s", store_path(),
		which ? "-wal" : "");
	return path[which];
}

static void
read_image(int which)
{
	FILE *file = fopen(path_of(which), "rb");

	EXPECT(file != NULL);
	image[which] = test_memory(1 << 20);
	length[which] = fread(image[which], 1, 1 << 20, file);
	fclose(file);
	EXPECT(length[which] > 0 && length[which] < 1 << 20);
}

/* A token that a killed process leaves: a file, and a journal beside it. */
static void
make_images(void)
{
	static struct shim shim = { .is_fast = true };
	struct store *store;
	int i;

	shim_install(&shim);
	store = fresh_store();

	for (i = 0; i < ROWS; i++)
		if (contents[i].sealed)
			add_private(
				store, contents[i].open, contents[i].sealed);
		else
			add_public(store, contents[i].open);
	read_image(0);
	read_image(1);
	store_close(store);
}

static void
write_images(void)
{
	char shared[140];
	int which, file;

	snprintf(shared, sizeof(shared), "%s-shm", store_path());
	unlink(shared);
	for (which = 0; which < 2; which++) {
		file = open(path_of(which), O_WRONLY | O_CREAT | O_TRUNC, 0600);
		EXPECT(file >= 0);
		EXPECT(write(file, image[which], length[which]) ==
			(ssize_t)length[which]);
		close(file);
	}
}

/* Right, or an error; nothing else. */
static bool
row_is_right(struct store *store, object_id id, bool logged_in, bool *missing)
{
	const struct content *content = &contents[id - 1];
	struct store_row row;
	CK_RV rv = store_read(store, id, &row);
	bool right;

	*missing = rv == CKR_OBJECT_HANDLE_INVALID;
	if (rv != CKR_OK)
		return content->sealed && !logged_in && *missing;
	right = row.open.length == strlen(content->open) &&
		memcmp(row.open.at, content->open, row.open.length) == 0 &&
		row.is_private == (content->sealed != NULL) &&
		(!content->sealed ||
			(logged_in &&
				row.sealed.length == strlen(content->sealed) &&
				memcmp(row.sealed.at, content->sealed,
					row.sealed.length) == 0));
	store_row_clear(&row);
	EXPECT(right);
	return true;
}

static bool
search_is_right(struct store *store, object_id id, bool logged_in)
{
	const struct content *content = &contents[id - 1];
	struct store_value columns[COLUMN_COUNT] = {
		[COLUMN_LABEL] = { content->open, strlen(content->open) }
	};
	object_id *ids;
	size_t count;
	bool right;

	if (store_find(store, columns, &ids, &count) != CKR_OK)
		return false;
	EXPECT(count == 0 || (count == 1 && ids[0] == id));
	right = count == (content->sealed && !logged_in ? 0 : 1);
	free(ids);
	return right;
}

/* Whether all is as it was. Rows that came after the journal began may be gone
 * without a word, all from one on, when the journal was damaged. */
static bool
all_is_right(struct store *store, bool logged_in, bool *is_shorter)
{
	bool right = true, missing = false;
	object_id id;

	*is_shorter = false;
	for (id = 1; id <= ROWS; id++) {
		if (row_is_right(store, id, logged_in, &missing) &&
			!(missing && !contents[id - 1].sealed)) {
			right &= !*is_shorter;
			right &= search_is_right(store, id, logged_in);
		} else if (missing && id > SETTLED) {
			*is_shorter = true;
		} else {
			right = false;
		}
	}
	return right;
}

/* The label, the PINs, and who it is. */
static bool
token_is_right(struct store *store)
{
	struct store_token token;

	store_token(store, &token);
	return memcmp(token.label, "Test token                      ", 32) ==
		0 &&
		token.user_pin_is_set && token.cost.memory == 16 &&
		token.made == 1;
}

/* What one change comes to; ends the test when a wrong value gets through. */
static void
judge(void)
{
	struct store *store = NULL;
	bool right, is_shorter = false, was_shorter;
	CK_RV rv;

	notes = 0;
	log_to(count_note);
	if (store_open(store_path(), NULL, &store) != CKR_OK) {
		refused++;
		return;
	}
	right = token_is_right(store) &&
		all_is_right(store, false, &was_shorter);
	rv = login(store);
	right = right && rv == CKR_OK && all_is_right(store, true, &is_shorter);
	EXPECT(was_shorter == is_shorter || rv != CKR_OK || notes);
	/* Whatever is not as it was must have been told. */
	EXPECT(right || notes || rv != CKR_OK || store_damage(store));
	EXPECT_RV(store_login(store, CKU_USER, "wrong", 5),
		rv == CKR_OK ? CKR_PIN_INCORRECT : rv);
	store_close(store);
	if (right && !is_shorter)
		harmless++;
	else if (right)
		taken_back++;
	else
		reported++;
}

static void
change_each(int which, unsigned stride)
{
	const char *limit = getenv("STRIDE");
	uint64_t state = 0x9e3779b97f4a7c15 + (unsigned)which;
	unsigned char flip;
	size_t at;

	refused = reported = harmless = taken_back = 0;
	if (limit)
		stride = (unsigned)atoi(limit);
	for (at = 0; at < length[which];) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		flip = (unsigned char)(1u << (state >> 33) % 8);
		if (state >> 40 & 1)
			flip = 0xff;
		image[which][at] ^= flip;
		write_images();
		judge();
		image[which][at] ^= flip;
		at += stride > 1 ? 1 + (size_t)(state >> 20) % (2 * stride - 1)
				 : 1;
	}
	printf("# %u refused, %u reported, %u without effect, %u took the last "
	       "changes back, of %zu bytes\n",
		refused, reported, harmless, taken_back, length[which]);
}

TEST(no_byte_of_the_file_makes_a_wrong_value)
{
	alarm(3600);
	make_images();
	/* All of it in the file, as a store that was closed leaves it. */
	read_image(0);
	length[1] = 0;
	write_images();
	judge();
	EXPECT_NUMBER(harmless, 1);
	change_each(0, 97);
	EXPECT_NUMBER(taken_back, 0);
	EXPECT(reported > 0 && refused > 0);
}

TEST(no_byte_of_the_journal_makes_a_wrong_value)
{
	alarm(3600);
	make_images();
	write_images();
	judge();
	EXPECT_NUMBER(harmless, 1);
	change_each(1, 97);
}

TEST(no_byte_of_the_file_beside_its_journal_makes_a_wrong_value)
{
	alarm(3600);
	make_images();
	change_each(0, 197);
}

enum { PAGE = 4096 };

/* A page that a failing disk gives back: nothing, noise, or another's. */
static void
spoil(unsigned char *page, size_t number, size_t pages, unsigned way)
{
	size_t i, other = (number + way) % pages;

	if (way == 0)
		memset(page, 0, PAGE);
	else if (way == 1)
		for (i = 0; i < PAGE; i++)
			page[i] = (unsigned char)(i * 167 + number * 31);
	else
		memmove(page, image[0] + other * PAGE, PAGE);
}

TEST(no_page_of_the_file_makes_a_wrong_value)
{
	unsigned char kept[PAGE];
	size_t pages, number;
	unsigned way;

	make_images();
	read_image(0);
	length[1] = 0;
	pages = length[0] / PAGE;
	for (number = 0; number < pages; number++)
		for (way = 0; way < pages + 1; way++) {
			memcpy(kept, image[0] + number * PAGE, PAGE);
			spoil(image[0] + number * PAGE, number, pages, way);
			write_images();
			judge();
			memcpy(image[0] + number * PAGE, kept, PAGE);
		}
	printf("# %u refused, %u reported, %u without effect, of %zu pages\n",
		refused, reported, harmless, pages);
	EXPECT_NUMBER(taken_back, 0);
}
