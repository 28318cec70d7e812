/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory for secrets: one closed place in the process.
 *
 * The reserved range is opened from its beginning as it is needed, in units.
 * Blocks of one size share a run of units; a free block holds the next one's
 * address, and is zero otherwise. Each thread keeps a few free blocks of the
 * small sizes, so that it seldom meets the lock. What is larger than any block
 * gets pages of its own.
 */

#include "config.h"

#include "token/vault.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

enum { UNIT = 16384, STEP = 8 * UNIT, CLASSES = 40, SMALL = 1024 };

/* The largest block, what a thread keeps of one size at most, and the larger
 * pieces that are locked: beyond are only a KDF's rooms. */
enum { BLOCK_MOST = 32768, KEPT_BYTES = 2048, LOCKED_MOST = 1 << 20 };

/* Before a larger piece: its pages, how much of them is locked, and how much
 * should be. What follows stays aligned. */
struct header {
	size_t size, locked, open;
	_Alignas(64) char at[];
};

struct block {
	struct block *next;
};

/* Which blocks a unit holds, and how far it is from the start of its run. */
struct unit {
	unsigned char class, place;
};

static struct {
	pthread_mutex_t lock; /* guards all that changes */
	char *start;
	size_t most, opened, used, large; /* in bytes */
	size_t locked, large_locked, large_open;
	bool is_short; /* of what may be locked */
	void (*tell)(const struct vault_state *state);
	size_t sizes[CLASSES];
	unsigned char class_of[BLOCK_MOST / 16 + 1]; /* by length in 16 bytes */
	struct block *free[CLASSES];
	struct unit *units;
	pthread_key_t leaving;
} vault = { .lock = PTHREAD_MUTEX_INITIALIZER };

static _Thread_local struct {
	struct block *free[CLASSES];
	unsigned count[CLASSES];
	bool is_known; /* to the key that empties it */
} kept;

static size_t
page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/* Steps of 16 bytes at first, then four sizes to each doubling: at most a fifth
 * of a block is lost. */
static void
lay_out_classes(void)
{
	size_t size = 16, step = 16, length = 0;
	unsigned class = 0;

	for (; class < CLASSES && size <= BLOCK_MOST; class ++) {
		vault.sizes[class] = size;
		for (; length <= size; length += 16)
			vault.class_of[length / 16] = (unsigned char)class;
		if (size >= 8 * step)
			step *= 2;
		size += step;
	}
}

static size_t
run_length(unsigned class)
{
	return vault.sizes[class] <= SMALL ? UNIT : 4 * (size_t)UNIT;
}

static unsigned
kept_most(unsigned class)
{
	unsigned count = (unsigned)(KEPT_BYTES / vault.sizes[class]);

	return count < 2 ? 0 : count > 32 ? 32 : count;
}

/* As far as the limit allows: the end of what it allows is there too. */
static size_t
lock_pages(char *at, size_t length)
{
	struct rlimit limit;
	size_t left, page = page_size();

	if (mlock(at, length) == 0)
		return length;
	if (getrlimit(RLIMIT_MEMLOCK, &limit) < 0 ||
		limit.rlim_cur <= vault.locked + vault.large_locked)
		return 0;
	left = limit.rlim_cur - vault.locked - vault.large_locked;
	left = (left < length ? left : length) / page * page;
	return left && mlock(at, left) == 0 ? left : 0;
}

/* With the lock. */
static struct vault_state
state(void)
{
	return (struct vault_state){
		.opened = vault.opened + vault.large_locked + vault.large_open,
		.locked = vault.locked + vault.large_locked,
	};
}

/* Once is enough: it does not get better. With the lock. */
static void
tell_shortage(void)
{
	struct vault_state now = state();

	if (!vault.is_short && vault.tell)
		vault.tell(&now);
	vault.is_short = true;
}

/* Opens the next part of the range. With the lock. */
static bool
open_step(void)
{
	char *at = vault.start + vault.opened;
	size_t got = 0;

	if (vault.most - vault.opened < STEP ||
		vault.opened + vault.large > vault.most - STEP ||
		mprotect(at, STEP, PROT_READ | PROT_WRITE) < 0)
		return false;
	vault.opened += STEP;
	if (!vault.is_short)
		got = lock_pages(at, STEP);
	vault.locked += got;
	if (got < STEP)
		tell_shortage();
	return true;
}

/* Makes blocks of a run that nobody has used. With the lock. */
static bool
cut_run(unsigned class)
{
	size_t length = run_length(class), size = vault.sizes[class], at, i;
	size_t first = vault.used / UNIT;
	struct block *block;

	while (vault.opened - vault.used < length)
		if (!open_step())
			return false;
	for (i = 0; i < length / UNIT; i++)
		vault.units[first + i] =
			(struct unit){ (unsigned char)(class + 1),
				(unsigned char)i };
	for (at = length / size * size; at > 0; at -= size) {
		block = (struct block *)(void *)(vault.start + vault.used + at -
			size);
		block->next = vault.free[class];
		vault.free[class] = block;
	}
	vault.used += length;
	return true;
}

static void
leave(void *unused)
{
	unsigned class;
	struct block *block;

	pthread_mutex_lock(&vault.lock);
	for (class = 0; class < CLASSES; class ++) {
		while ((block = kept.free[class])) {
			kept.free[class] = block->next;
			block->next = vault.free[class];
			vault.free[class] = block;
		}
		kept.count[class] = 0;
	}
	kept.is_known = false;
	pthread_mutex_unlock(&vault.lock);
}

/* A thread that has blocks gives them back when it ends; one that cannot be
 * told of its end keeps none. */
static bool
may_keep(unsigned class)
{
	if (!kept_most(class))
		return false;
	if (!kept.is_known)
		kept.is_known = pthread_setspecific(vault.leaving, &kept) == 0;
	return kept.is_known;
}

/* One block; and, for a thread that keeps some, half of what it may have. */
static struct block *
fetch(unsigned class)
{
	unsigned more = may_keep(class) ? kept_most(class) / 2 : 0;
	struct block *block, *other;

	pthread_mutex_lock(&vault.lock);
	block = vault.free[class];
	if (!block && cut_run(class))
		block = vault.free[class];
	if (block)
		vault.free[class] = block->next;
	for (; block && more && (other = vault.free[class]); more--) {
		vault.free[class] = other->next;
		other->next = kept.free[class];
		kept.free[class] = other;
		kept.count[class]++;
	}
	pthread_mutex_unlock(&vault.lock);
	return block;
}

static void *
take_block(size_t length)
{
	unsigned class = vault.class_of[(length + 15) / 16];
	struct block *block = kept.free[class];

	if (block) {
		kept.free[class] = block->next;
		kept.count[class]--;
	} else {
		block = fetch(class);
	}
	if (block)
		block->next = NULL;
	return block;
}

/* Half of the blocks that the thread has of a size, for the others. */
static void
give_some_back(unsigned class)
{
	unsigned count = kept.count[class] / 2;
	struct block *block;

	pthread_mutex_lock(&vault.lock);
	for (; count && (block = kept.free[class]); count--) {
		kept.free[class] = block->next;
		kept.count[class]--;
		block->next = vault.free[class];
		vault.free[class] = block;
	}
	pthread_mutex_unlock(&vault.lock);
}

static void
give_block(struct block *block, unsigned class)
{
	explicit_bzero(block, vault.sizes[class]);
	if (may_keep(class)) {
		if (kept.count[class] >= kept_most(class))
			give_some_back(class);
		block->next = kept.free[class];
		kept.free[class] = block;
		kept.count[class]++;
		return;
	}
	pthread_mutex_lock(&vault.lock);
	block->next = vault.free[class];
	vault.free[class] = block;
	pthread_mutex_unlock(&vault.lock);
}

/* The pages of a larger piece, without the guards around them. */
static size_t
large_size(size_t length)
{
	size_t page = page_size();

	return (length + sizeof(struct header) + page - 1) / page * page;
}

static bool
count_large(size_t size)
{
	bool fits;

	pthread_mutex_lock(&vault.lock);
	fits = size <= vault.most &&
		vault.opened + vault.large <= vault.most - size;
	vault.large += fits ? size : 0;
	pthread_mutex_unlock(&vault.lock);
	return fits;
}

static void
forget_large(const struct header *header)
{
	pthread_mutex_lock(&vault.lock);
	vault.large -= header->size;
	vault.large_locked -= header->locked;
	vault.large_open -= header->open;
	pthread_mutex_unlock(&vault.lock);
}

static void
lock_large(struct header *header)
{
	if (header->size > LOCKED_MOST)
		return;
	pthread_mutex_lock(&vault.lock);
	header->locked = lock_pages((char *)header, header->size);
	header->open = header->size - header->locked;
	vault.large_locked += header->locked;
	vault.large_open += header->open;
	if (header->open)
		tell_shortage();
	pthread_mutex_unlock(&vault.lock);
}

/* Pages between two that nobody can touch. */
static struct header *
map_large(size_t size)
{
	size_t page = page_size(), whole = size + 2 * page;
	char *at = mmap(NULL, whole, PROT_NONE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (at == MAP_FAILED)
		return NULL;
	if (mprotect(at + page, size, PROT_READ | PROT_WRITE) < 0) {
		munmap(at, whole);
		return NULL;
	}
	(void)madvise(at, whole, MADV_DONTDUMP);
	(void)madvise(at, whole, MADV_WIPEONFORK);
	return (struct header *)(void *)(at + page);
}

static void *
take_large(size_t length)
{
	struct header *header, refused = { 0 };

	if (length > (size_t)-1 / 2)
		return NULL;
	refused.size = large_size(length);
	if (!count_large(refused.size))
		return NULL;
	header = map_large(refused.size);
	if (!header) {
		forget_large(&refused);
		return NULL;
	}
	header->size = refused.size;
	lock_large(header);
	return header->at;
}

static struct header *
header_of(void *at)
{
	char *header = (char *)at - sizeof(struct header);

	if ((uintptr_t)header % page_size() != 0)
		abort();
	return (struct header *)(void *)header;
}

static void
give_large(struct header *header)
{
	size_t page = page_size(), size = header->size;

	forget_large(header);
	explicit_bzero(header, size);
	munmap((char *)header - page, size + 2 * page);
}

/* The class of a block that we gave; false: it is none of the range. */
static bool
find_class(const void *at, unsigned *class)
{
	size_t offset = (size_t)((uintptr_t)at - (uintptr_t)vault.start);
	struct unit unit;

	if (offset >= vault.most)
		return false;
	unit = vault.units[offset / UNIT];
	if (unit.class == 0)
		abort();
	*class = unit.class - 1u;
	offset = offset % UNIT + unit.place * (size_t)UNIT;
	if ((uint32_t)offset % (uint32_t)vault.sizes[*class] != 0)
		abort();
	return true;
}

static size_t
room_at(void *at)
{
	unsigned class;

	if (find_class(at, &class))
		return vault.sizes[class];
	return header_of(at)->size - sizeof(struct header);
}

bool
vault_open(size_t most, void (*tell)(const struct vault_state *state))
{
	size_t length;
	char *whole;

	vault.tell = tell;
	vault.most = most / STEP * STEP;
	length = vault.most + 2 * (size_t)UNIT;
	lay_out_classes();
	vault.units = mmap(NULL, vault.most / UNIT * sizeof(*vault.units) + 1,
		PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	whole = mmap(NULL, length, PROT_NONE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (vault.units == MAP_FAILED || whole == MAP_FAILED ||
		pthread_key_create(&vault.leaving, leave) != 0)
		return false;
	(void)madvise(whole, length, MADV_DONTDUMP);
	(void)madvise(whole, length, MADV_WIPEONFORK);
	vault.start = whole + UNIT;
	return true;
}

void *
vault_take(size_t length)
{
	if (length == 0)
		return NULL;
	return length <= BLOCK_MOST ? take_block(length) : take_large(length);
}

void
vault_give(void *at)
{
	unsigned class;

	if (!at)
		return;
	if (find_class(at, &class))
		give_block(at, class);
	else
		give_large(header_of(at));
}

void *
vault_resize(void *at, size_t length)
{
	size_t room;
	void *grown;

	if (!at || length == 0) {
		vault_give(at);
		return vault_take(length);
	}
	room = room_at(at);
	if (length <= room && length > room / 2)
		return at;
	grown = vault_take(length);
	if (grown) {
		memcpy(grown, at, length < room ? length : room);
		vault_give(at);
	}
	return grown;
}

void
vault_look(struct vault_state *now)
{
	pthread_mutex_lock(&vault.lock);
	*now = state();
	pthread_mutex_unlock(&vault.lock);
}
