/* SPDX-License-Identifier: BSD-2-Clause */
/* NSS's list of security devices in a profile (pkcs11.txt): blocks of
 * name=value lines, with an empty line after each. */

#include "config.h"

#include "command/security-device.h"

#include "command/preferences.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char device_name[] = "name=Privy Seal";

/* NSS reads the list only when its own module is in it. */
static const char *const internal[] = {
	"library=",
	"name=NSS Internal PKCS #11 Module",
	"parameters=configdir='sql:%s' certPrefix='' keyPrefix='' "
	"secmod='secmod.db' flags= updatedir='' updateCertPrefix='' "
	"updateKeyPrefix='' updateid='' updateTokenDescription='' ",
	"NSS=Flags=internal,critical trustOrder=75 cipherOrder=100 "
	"slotParams=(1={slotFlags=[ECC,RSA,DSA,DH,RC2,RC4,DES,RANDOM,SHA1,MD5,"
	"MD2,SSL,TLS,AES,Camellia,SEED,SHA256,SHA512] askpw=any timeout=30})",
	"",
};

static char *
list_path(const char *folder)
{
	char *path;

	return asprintf(&path, "%s/pkcs11.txt", folder) < 0 ? NULL : path;
}

/* One block of the list: lines from .. to (not included). */
struct block {
	size_t from, to;
};

static bool
block_next(const struct preferences *list, struct block *block)
{
	block->from = block->to;
	while (block->from < list->count && !list->lines[block->from][0])
		block->from++;
	block->to = block->from;
	while (block->to < list->count && list->lines[block->to][0])
		block->to++;
	return block->from < block->to;
}

static bool
block_has(const struct preferences *list, const struct block *block,
	const char *line)
{
	size_t i;

	for (i = block->from; i < block->to; i++)
		if (strcmp(list->lines[i], line) == 0)
			return true;
	return false;
}

static void
block_remove(struct preferences *list, const struct block *block)
{
	size_t i, end = block->to;

	if (end < list->count)
		end++;
	for (i = block->from; i < end; i++)
		free(list->lines[i]);
	memmove(&list->lines[block->from], &list->lines[end],
		(list->count - end) * sizeof(*list->lines));
	list->count -= end - block->from;
}

static bool
internal_append(struct preferences *list, const char *folder)
{
	char *line;
	size_t i;

	for (i = 0; i < sizeof(internal) / sizeof(*internal); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		if (asprintf(&line, internal[i], folder) < 0)
			line = NULL;
#pragma GCC diagnostic pop
		if (!preferences_append(list, line))
			return false;
	}
	return true;
}

static bool
device_append(struct preferences *list, const char *module)
{
	char *library;

	if (list->count && list->lines[list->count - 1][0] &&
		!preferences_append(list, strdup("")))
		return false;
	if (asprintf(&library, "library=%s", module) < 0)
		library = NULL;
	return preferences_append(list, library) &&
		preferences_append(list, strdup(device_name)) &&
		preferences_append(list, strdup(""));
}

static bool
find_ours(const struct preferences *list, struct block *block)
{
	*block = (struct block){ 0 };
	while (block_next(list, block))
		if (block_has(list, block, device_name))
			return true;
	return false;
}

bool
device_is_registered(const char *folder, const char *module)
{
	char *path = list_path(folder), *library = NULL;
	struct preferences list = { 0 };
	struct block block = { 0 };
	bool is_registered = false;

	if (path && asprintf(&library, "library=%s", module) >= 0 &&
		preferences_read(&list, path))
		while (!is_registered && block_next(&list, &block))
			is_registered = block_has(&list, &block, library);
	preferences_clear(&list);
	free(library);
	free(path);
	return is_registered;
}

bool
device_is_listed(const char *folder)
{
	char *path = list_path(folder);
	struct preferences list = { 0 };
	struct block block;
	bool is_listed = path && preferences_read(&list, path) &&
		find_ours(&list, &block);

	preferences_clear(&list);
	free(path);
	return is_listed;
}

size_t
device_count(const char *folder, const char *file_name)
{
	char *path = list_path(folder);
	struct preferences list = { 0 };
	const char *name;
	size_t i, count = 0;

	if (path && preferences_read(&list, path))
		for (i = 0; i < list.count; i++) {
			name = strrchr(list.lines[i], '/');
			count += strncmp(list.lines[i], "library=", 8) == 0 &&
				name && strcmp(name + 1, file_name) == 0;
		}
	preferences_clear(&list);
	free(path);
	return count;
}

enum device_change
device_register(const char *folder, const char *module)
{
	enum device_change change = DEVICE_ADDED;
	char *path = list_path(folder);
	struct preferences list = { 0 };
	struct block block;

	if (device_is_registered(folder, module)) {
		free(path);
		return DEVICE_KEPT;
	}
	if (!path || !preferences_read(&list, path)) {
		free(path);
		return DEVICE_FAILED;
	}
	if (find_ours(&list, &block)) {
		block_remove(&list, &block);
		change = DEVICE_MOVED;
	}
	if ((list.count == 0 && !internal_append(&list, folder)) ||
		!device_append(&list, module) ||
		!preferences_write(&list, path))
		change = DEVICE_FAILED;
	preferences_clear(&list);
	free(path);
	return change;
}

bool
device_unregister(const char *folder)
{
	char *path = list_path(folder);
	struct preferences list = { 0 };
	struct block block;
	bool is_done;

	is_done = path && preferences_read(&list, path);
	if (is_done && find_ours(&list, &block)) {
		block_remove(&list, &block);
		is_done = preferences_write(&list, path);
	}
	preferences_clear(&list);
	free(path);
	return is_done;
}
