/* SPDX-License-Identifier: BSD-2-Clause */
/* Looks for secrets in the memory of running processes.
 *
 * memory-search PID ... < SECRETS: each line names a secret and has its bytes in
 * hexadecimal. Every run of 16 bytes of each secret, in either byte order, is
 * looked for at every address that can be read. Prints what was found where, and
 * how much was read; exits with 0 when nothing was found, 1 when something was,
 * 2 when a process could not be read.
 */

#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WINDOW = 16, CHUNK = 1 << 22, TABLE = 1 << 16 };

struct window {
	unsigned char bytes[WINDOW];
	char name[32];
	struct window *next;
};

/* By the first two bytes of the window. */
static struct window *table[TABLE];
static size_t windows, found;
static unsigned long long bytes_read;

static void
window_add(const char *name, const unsigned char *bytes)
{
	struct window *window = calloc(1, sizeof(*window));
	unsigned slot = bytes[0] | (unsigned)bytes[1] << 8;

	if (!window)
		abort();
	memcpy(window->bytes, bytes, WINDOW);
	snprintf(window->name, sizeof(window->name), "%s", name);
	window->next = table[slot];
	table[slot] = window;
	windows++;
}

static void
secret_add(const char *name, unsigned char *bytes, size_t length)
{
	unsigned char reversed[8192];
	size_t i;

	for (i = 0; i < length; i++)
		reversed[i] = bytes[length - 1 - i];
	for (i = 0; i + WINDOW <= length; i++) {
		window_add(name, bytes + i);
		window_add(name, reversed + i);
	}
}

static void
secrets_read(void)
{
	static char line[20000], name[32], digits[17000];
	static unsigned char bytes[8192];
	size_t length;

	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "%31s %16999s", name, digits) != 2)
			continue;
		for (length = 0; length < sizeof(bytes) &&
			sscanf(digits + 2 * length, "%2hhx", &bytes[length]) ==
				1;)
			length++;
		secret_add(name, bytes, length);
	}
}

static void
chunk_search(const unsigned char *chunk, size_t length, int process,
	uintmax_t address)
{
	const struct window *window;
	size_t i;

	for (i = 0; i + WINDOW <= length; i++) {
		window = table[chunk[i] | (unsigned)chunk[i + 1] << 8];
		for (; window; window = window->next) {
			if (memcmp(window->bytes, chunk + i, WINDOW) != 0)
				continue;
			if (++found <= 10)
				printf("found %s in process %d at %" PRIxMAX
				       "\n", window->name, process,
					address + i);
		}
	}
}

static void
mapping_search(int memory, int process, uintmax_t from, uintmax_t to)
{
	static unsigned char chunk[CHUNK];
	ssize_t length;

	while (from < to) {
		length = pread(memory, chunk,
			to - from < CHUNK ? (size_t)(to - from) : CHUNK,
			(off_t)from);
		if (length <= 0) {
			/* A page that cannot be read (a guard): go past it. */
			from = (from | 4095) + 1;
			continue;
		}
		bytes_read += (unsigned long long)length;
		chunk_search(chunk, (size_t)length, process, from);
		if (from + (uintmax_t)length >= to || length < 2 * WINDOW)
			from += (uintmax_t)length;
		else
			from += (uintmax_t)length - (WINDOW - 1);
	}
}

static bool
process_search(int process)
{
	char path[64], line[512], rights[8];
	uintmax_t from, to;
	FILE *mappings;
	int memory;

	snprintf(path, sizeof(path), "/proc/%d/mem", process);
	memory = open(path, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/%d/maps", process);
	mappings = fopen(path, "re");
	if (memory < 0 || !mappings) {
		printf("cannot read process %d\n", process);
		return false;
	}
	while (fgets(line, sizeof(line), mappings)) {
		if (sscanf(line, "%" SCNxMAX "-%" SCNxMAX " %7s", &from, &to,
			    rights) != 3 ||
			rights[0] != 'r' || strstr(line, "[vsyscall]") ||
			strstr(line, "[vvar"))
			continue;
		mapping_search(memory, process, from, to);
	}
	fclose(mappings);
	close(memory);
	return true;
}

int
main(int count, char **arguments)
{
	bool is_whole = count > 1;
	int i;

	secrets_read();
	for (i = 1; i < count; i++)
		is_whole = process_search(atoi(arguments[i])) && is_whole;
	printf("%zu windows, %d processes, %llu MiB read, %zu found\n", windows,
		count - 1, bytes_read >> 20, found);
	if (!is_whole || windows == 0 || bytes_read == 0)
		return 2;
	return found != 0;
}
