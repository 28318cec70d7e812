/* SPDX-License-Identifier: BSD-2-Clause */
/* A layer under SQLite that counts writes, lets one fail, and tells where a
 * process was when it died. */

#include "config.h"

#include "tests/crash/shim.h"

#include "tests/test.h"

#include <signal.h>
#include <sqlite3.h>
#include <string.h>

static struct shim *shim;
static sqlite3_vfs *below, layer;

/* Ours, and the file below it in the room that follows. */
struct file {
	sqlite3_file base;
	bool is_journal;
	sqlite3_file *below;
};

static sqlite3_file *
below_of(sqlite3_file *file)
{
	return ((struct file *)(void *)file)->below;
}

static bool
fails(void)
{
	shim->writes++;
	if (!shim->fail_at || shim->writes < shim->fail_at ||
		(shim->writes > shim->fail_at && !shim->goes_on))
		return false;
	shim->failed++;
	return true;
}

static void
die_if_asked(void)
{
	if (shim->fault == SHIM_KILL)
		raise(SIGKILL);
}

static void
enter(sqlite3_file *file, enum shim_stage journal, enum shim_stage other)
{
	shim->stage =
		((struct file *)(void *)file)->is_journal ? journal : other;
}

static int
leave(int result)
{
	shim->stage = SHIM_QUIET;
	return result;
}

static int
shim_close(sqlite3_file *file)
{
	return below_of(file)->pMethods->xClose(below_of(file));
}

static int
shim_read(sqlite3_file *file, void *at, int length, sqlite3_int64 offset)
{
	return below_of(file)->pMethods->xRead(
		below_of(file), at, length, offset);
}

static int
shim_write(sqlite3_file *file, const void *at, int length, sqlite3_int64 offset)
{
	sqlite3_file *real = below_of(file);

	enter(file, SHIM_JOURNAL, SHIM_FILE);
	if (!fails())
		return leave(real->pMethods->xWrite(real, at, length, offset));
	if (shim->fault == SHIM_SHORT || shim->fault == SHIM_KILL)
		real->pMethods->xWrite(real, at, length / 2, offset);
	die_if_asked();
	return leave(
		shim->fault == SHIM_ERROR ? SQLITE_IOERR_WRITE : SQLITE_FULL);
}

static int
shim_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	enter(file, SHIM_CUT, SHIM_CUT);
	if (fails()) {
		die_if_asked();
		return leave(SQLITE_IOERR_TRUNCATE);
	}
	return leave(below_of(file)->pMethods->xTruncate(below_of(file), size));
}

static int
shim_sync(sqlite3_file *file, int flags)
{
	enter(file, SHIM_JOURNAL_SYNC, SHIM_FILE_SYNC);
	if (fails()) {
		die_if_asked();
		return leave(SQLITE_IOERR_FSYNC);
	}
	if (shim->is_fast)
		return leave(SQLITE_OK);
	return leave(below_of(file)->pMethods->xSync(below_of(file), flags));
}

static int
shim_size(sqlite3_file *file, sqlite3_int64 *size)
{
	return below_of(file)->pMethods->xFileSize(below_of(file), size);
}

static int
shim_lock(sqlite3_file *file, int level)
{
	return below_of(file)->pMethods->xLock(below_of(file), level);
}

static int
shim_unlock(sqlite3_file *file, int level)
{
	return below_of(file)->pMethods->xUnlock(below_of(file), level);
}

static int
shim_check(sqlite3_file *file, int *result)
{
	return below_of(file)->pMethods->xCheckReservedLock(
		below_of(file), result);
}

static int
shim_control(sqlite3_file *file, int what, void *argument)
{
	return below_of(file)->pMethods->xFileControl(
		below_of(file), what, argument);
}

static int
shim_sector(sqlite3_file *file)
{
	return below_of(file)->pMethods->xSectorSize(below_of(file));
}

static int
shim_device(sqlite3_file *file)
{
	return below_of(file)->pMethods->xDeviceCharacteristics(below_of(file));
}

static int
shim_map(sqlite3_file *file, int page, int size, int extend,
	void volatile **result)
{
	return below_of(file)->pMethods->xShmMap(
		below_of(file), page, size, extend, result);
}

static int
shim_shared_lock(sqlite3_file *file, int offset, int count, int flags)
{
	return below_of(file)->pMethods->xShmLock(
		below_of(file), offset, count, flags);
}

static void
shim_barrier(sqlite3_file *file)
{
	below_of(file)->pMethods->xShmBarrier(below_of(file));
}

static int
shim_unmap(sqlite3_file *file, int remove)
{
	return below_of(file)->pMethods->xShmUnmap(below_of(file), remove);
}

static const sqlite3_io_methods methods = {
	.iVersion = 2,
	.xClose = shim_close,
	.xRead = shim_read,
	.xWrite = shim_write,
	.xTruncate = shim_truncate,
	.xSync = shim_sync,
	.xFileSize = shim_size,
	.xLock = shim_lock,
	.xUnlock = shim_unlock,
	.xCheckReservedLock = shim_check,
	.xFileControl = shim_control,
	.xSectorSize = shim_sector,
	.xDeviceCharacteristics = shim_device,
	.xShmMap = shim_map,
	.xShmLock = shim_shared_lock,
	.xShmBarrier = shim_barrier,
	.xShmUnmap = shim_unmap,
};

static int
shim_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *opened, int flags,
	int *out)
{
	struct file *file = (struct file *)(void *)opened;
	int result;

	memset(file, 0, sizeof(*file));
	file->below = (sqlite3_file *)(void *)(file + 1);
	file->is_journal = (flags & SQLITE_OPEN_WAL) != 0;
	result = below->xOpen(below, name, file->below, flags, out);
	if (file->below->pMethods)
		file->base.pMethods = &methods;
	return result;
}

void
shim_install(struct shim *first)
{
	if (!below) {
		below = sqlite3_vfs_find(NULL);
		EXPECT(below != NULL);
		layer = *below;
		layer.zName = "shim";
		layer.xOpen = shim_open;
		layer.szOsFile = (int)sizeof(struct file) + below->szOsFile;
		EXPECT(sqlite3_vfs_register(&layer, 1) == SQLITE_OK);
	}
	shim = first;
}
