/* SPDX-License-Identifier: BSD-2-Clause */
/* A token's file with any bytes changed: no row is believed that is not as it
 * was written, before login and after. */

#include "config.h"

#include "tests/fuzz/fail.h"
#include "tests/fuzz/fuzz.h"
#include "token/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIN "fuzz"

/* An input is a list of changes: where (3 bytes), and what is there then. */
enum { CHANGE = 4, ROWS = 4 };

/* Near the end of the header, and in the first pages. */
const struct fuzz_seed fuzz_seeds[] = {
	FUZZ_TEXT("\x12\x00\x00\x02\x3f\x00\x00\x01\x64\x00\x00\x0d"),
	FUZZ_TEXT("\x00\x10\x00\x0a\x10\x20\x00\xff\x20\x30\x00\x00"),
	FUZZ_TEXT("\xf0\x4f\x00\x41\xf0\x5f\x00\x41\xf0\x6f\x00\x41"),
	FUZZ_TEXT("\x01\x70\x00\x41\x02\x80\x00\x41\x03\x90\x00\x41"),
	{ NULL, 0 },
};

static char folder[] = "/tmp/privyseal-fuzz.XXXXXX", path[64];
static unsigned char *sound;
static size_t sound_length;

static void
must(bool right)
{
	if (!right)
		abort();
}

static void
clean(void)
{
	char name[80];

	unlink(path);
	snprintf(name, sizeof(name), "%s-wal", path);
	unlink(name);
	snprintf(name, sizeof(name), "%s-shm", path);
	unlink(name);
	snprintf(name, sizeof(name), "%s-journal", path);
	unlink(name);
}

static void
clean_all(void)
{
	clean();
	rmdir(folder);
}

/* Rows 2 and 4 are private, and have something sealed. */
static bool
row_is_private(object_id id)
{
	return id % 2 == 0;
}

static void
add_row(struct store *store, object_id number)
{
	struct store_value columns[COLUMN_COUNT] = { { NULL, 0 } };
	struct store_row row = { .is_private = row_is_private(number) };
	object_id id;

	must(bytes_init(&row.open, 200));
	memset(row.open.at, (int)number, row.open.length);
	columns[COLUMN_LABEL] = (struct store_value){ row.open.at, 8 };
	if (row.is_private)
		must(secret_copy(&row.sealed, "sealed", 6));
	must(store_add(store, &row, columns, &id) == CKR_OK && id == number);
	store_row_clear(&row);
}

static void
keep_sound(void)
{
	FILE *file = fopen(path, "rb");
	long length;

	must(file && fseek(file, 0, SEEK_END) == 0);
	length = ftell(file);
	rewind(file);
	sound_length = (size_t)length;
	sound = malloc(sound_length);
	must(sound && fread(sound, 1, sound_length, file) == sound_length);
	fclose(file);
}

static void
make_sound(void)
{
	static const CK_UTF8CHAR label[33] = "fuzz                            ";
	static const struct store_cost cost = { .memory = 16 };
	struct store *store;
	object_id number;

	must(mkdtemp(folder) != NULL);
	snprintf(path, sizeof(path), "%s/1.token", folder);
	atexit(clean_all);
	must(store_initialize(path, label, PIN, 4, &cost, NULL) == CKR_OK);
	must(store_open(path, NULL, &store) == CKR_OK);
	must(store_login(store, CKU_SO, PIN, 4) == CKR_OK);
	must(store_set_pin(store, CKU_USER, NULL, 0, PIN, 4, &cost) == CKR_OK);
	must(store_login(store, CKU_USER, PIN, 4) == CKR_OK);
	for (number = 1; number <= ROWS; number++)
		add_row(store, number);
	store_close(store);
	keep_sound();
}

static void
write_changed(const uint8_t *at, size_t length)
{
	unsigned char *changed = malloc(sound_length);
	FILE *file;
	size_t place;

	must(changed != NULL);
	memcpy(changed, sound, sound_length);
	for (; length >= CHANGE; at += CHANGE, length -= CHANGE) {
		place = at[0] | (size_t)at[1] << 8 | (size_t)at[2] << 16;
		changed[place % sound_length] = at[3];
	}
	clean();
	file = fopen(path, "wb");
	must(file && fwrite(changed, 1, sound_length, file) == sound_length);
	fclose(file);
	free(changed);
}

static void
read_rows(struct store *store, bool logged_in)
{
	struct store_row row;
	object_id id;
	size_t i;

	for (id = 0; id <= ROWS + 1; id++) {
		if (store_read(store, id, &row) != CKR_OK)
			continue;
		must(id >= 1 && id <= ROWS && row.open.length == 200);
		must(row.is_private == row_is_private(id));
		must(logged_in || !row.is_private);
		for (i = 0; i < row.open.length; i++)
			must(row.open.at[i] == id);
		must(row.sealed.length ==
			(logged_in && row.is_private ? 6 : 0));
		store_row_clear(&row);
	}
}

static void
find_rows(struct store *store)
{
	struct store_value columns[COLUMN_COUNT] = { { NULL, 0 } };
	unsigned char value[8];
	object_id *ids;
	size_t count;
	int i;

	for (i = 0; i <= ROWS; i++) {
		memset(value, i, sizeof(value));
		if (i > 0)
			columns[COLUMN_LABEL] =
				(struct store_value){ value, sizeof(value) };
		ids = NULL;
		if (store_find(store, columns, &ids, &count) == CKR_OK)
			free(ids);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t length)
{
	struct store *store;

	if (!sound)
		make_sound();
	write_changed(at, length);
	fail_begin(at, length);
	if (store_open(path, NULL, &store) != CKR_OK) {
		fail_end();
		return 0;
	}
	read_rows(store, false);
	find_rows(store);
	if (store_login(store, CKU_USER, PIN, 4) == CKR_OK) {
		read_rows(store, true);
		find_rows(store);
	}
	store_close(store);
	fail_end();
	return 0;
}
