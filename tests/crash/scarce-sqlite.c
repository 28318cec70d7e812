/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that SQLite asks for, and mappings, its own and ours, that are refused
 * at a moment that a test chooses. */

#include "config.h"

#include "tests/crash/scarce.h"

#include "tests/test.h"

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <sqlite3.h>

static _Atomic long held;

static void *
take(int size)
{
	void *at = scarce_refuses(SCARCE_SQLITE) ? NULL : malloc((size_t)size);

	held += at != NULL;
	return at;
}

static void
give(void *at)
{
	held -= at != NULL;
	free(at);
}

static void *
resize(void *at, int size)
{
	return scarce_refuses(SCARCE_SQLITE) ? NULL : realloc(at, (size_t)size);
}

static int
size_of(void *at)
{
	return (int)malloc_usable_size(at);
}

static int
round_up(int size)
{
	return (size + 7) & ~7;
}

static int
begin(void *unused)
{
	return SQLITE_OK;
}

static void
end(void *unused)
{
}

/* The linker's names for what calls mmap. */
void *__real_mmap(void *at, size_t length, int protection, int flags, int file,
	off_t offset);
void *__wrap_mmap(void *at, size_t length, int protection, int flags, int file,
	off_t offset);

void *
__wrap_mmap(void *at, size_t length, int protection, int flags, int file,
	off_t offset)
{
	if (scarce_refuses(SCARCE_MAPPING)) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	return __real_mmap(at, length, protection, flags, file, offset);
}

/* No allocator stands between: each piece is asked of the one above. */
__attribute__((constructor)) static void
take_sqlite(void)
{
	static const sqlite3_mem_methods methods = { take, give, resize,
		size_of, round_up, begin, end, NULL };
	sqlite3_vfs *files;

	if (sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) != SQLITE_OK ||
		sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0) != SQLITE_OK ||
		sqlite3_initialize() != SQLITE_OK ||
		!(files = sqlite3_vfs_find(NULL)) ||
		files->xSetSystemCall(files, "mmap",
			(sqlite3_syscall_ptr)__wrap_mmap) != SQLITE_OK)
		abort();
}

void
scarce_expect_no_leak_of_sqlite(void)
{
	EXPECT_NUMBER(sqlite3_shutdown(), SQLITE_OK);
	EXPECT_NUMBER(held, 0);
}
