/* SPDX-License-Identifier: BSD-2-Clause */
/* The slots: files NUMBER.token in a folder, and the tokens open in them. */

#include "config.h"

#include "token/slot.h"

#include "pkcs11/log.h"
#include "pkcs11/place.h"
#include "token/object.h"
#include "token/pin-rules.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct slot {
	CK_SLOT_ID number;
	enum slot_content content;
	bool has_event;
	struct token *token; /* NULL until someone needs it */
};

/* By number, ascending. */
static struct slot *slots;
static size_t slots_count;

enum { SLOT_FIRST = 1 };
static const CK_SLOT_ID SLOT_LAST = 0x7fffffff;

static struct slot *
find_slot(CK_SLOT_ID number)
{
	size_t i;

	for (i = 0; i < slots_count; i++)
		if (slots[i].number == number)
			return &slots[i];
	return NULL;
}

static bool
add_slot(CK_SLOT_ID number, enum slot_content content)
{
	struct slot *grown = realloc(slots, (slots_count + 1) * sizeof(*slots));
	size_t i = slots_count;

	if (!grown)
		return false;
	slots = grown;
	for (; i > 0 && slots[i - 1].number > number; i--)
		slots[i] = slots[i - 1];
	slots[i] = (struct slot){ number, content, true, NULL };
	slots_count++;
	return true;
}

static bool
path_of(CK_SLOT_ID number, char *path, size_t room)
{
	return snprintf(path, room, "%s/%lu.token",
		       state_configuration()->folder, number) < (int)room;
}

/* The number in a name like 12.token, written in the one usual way. */
static bool
number_of(const char *name, CK_SLOT_ID *number)
{
	char again[32], *end;

	*number = strtoul(name, &end, 10);
	snprintf(again, sizeof(again), "%lu.token", *number);
	return *number <= SLOT_LAST && strcmp(again, name) == 0;
}

/* The numbers of the files there are; the caller frees them. A folder that
 * does not exist has none. */
static bool
read_folder(CK_SLOT_ID **numbers, size_t *count)
{
	DIR *folder = opendir(state_configuration()->folder);
	CK_SLOT_ID number, *grown;
	struct dirent *entry;

	*numbers = NULL;
	*count = 0;
	if (!folder)
		return errno == ENOENT;
	while ((entry = readdir(folder))) {
		if (!number_of(entry->d_name, &number))
			continue;
		grown = realloc(*numbers, (*count + 1) * sizeof(number));
		if (!grown)
			break;
		*numbers = grown;
		(*numbers)[(*count)++] = number;
	}
	closedir(folder);
	return entry == NULL;
}

static void
set_content(struct slot *slot, enum slot_content content)
{
	slot->has_event |= slot->content != content;
	slot->content = content;
}

static bool
is_among(CK_SLOT_ID number, const CK_SLOT_ID *numbers, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (numbers[i] == number)
			return true;
	return false;
}

/* A blank slot beside what there is, when there should be one. */
static bool
add_spare(void)
{
	CK_SLOT_ID next = SLOT_FIRST;
	bool has_token = false;
	size_t i;

	for (i = 0; i < slots_count; i++) {
		if (slots[i].content == SLOT_BLANK)
			return true;
		has_token |= slots[i].content == SLOT_TOKEN;
		next = slots[i].number + 1;
	}
	if (((has_token || state_configuration()->no_empty_slot) &&
		    !state_configuration()->spare_slot) ||
		next > SLOT_LAST)
		return true;
	return add_slot(next, SLOT_BLANK);
}

/* With the lock held. */
static bool
merge(const CK_SLOT_ID *numbers, size_t count)
{
	struct slot *slot;
	size_t i;

	if (!state_is_started())
		return true;
	for (i = 0; i < slots_count; i++)
		if (slots[i].content == SLOT_TOKEN &&
			!is_among(slots[i].number, numbers, count))
			set_content(&slots[i], SLOT_ABSENT);
	for (i = 0; i < count; i++) {
		slot = find_slot(numbers[i]);
		if (slot)
			set_content(slot, SLOT_TOKEN);
		else if (!add_slot(numbers[i], SLOT_TOKEN))
			return false;
	}
	return add_spare();
}

CK_RV
slots_scan(void)
{
	CK_SLOT_ID *numbers;
	size_t count;
	bool done;

	if (!read_folder(&numbers, &count)) {
		free(numbers);
		return refuse(
			CKR_GENERAL_ERROR, "the tokens' folder is unreadable");
	}
	state_lock();
	done = merge(numbers, count);
	state_unlock();
	free(numbers);
	return done ? CKR_OK : CKR_HOST_MEMORY;
}

CK_ULONG
slots_list(bool with_token, CK_SLOT_ID *list, CK_ULONG room)
{
	CK_ULONG count = 0;
	size_t i;

	state_lock();
	for (i = 0; i < slots_count; i++) {
		if (with_token && slots[i].content == SLOT_ABSENT)
			continue;
		if (count < room)
			list[count] = slots[i].number;
		count++;
	}
	state_unlock();
	return count;
}

static bool
known_content(CK_SLOT_ID number, enum slot_content *content)
{
	struct slot *slot;

	state_lock();
	slot = find_slot(number);
	if (slot)
		*content = slot->content;
	state_unlock();
	return slot != NULL;
}

CK_RV
slot_content(CK_SLOT_ID number, enum slot_content *content)
{
	char path[4096];
	CK_RV rv;

	if (!known_content(number, content))
		return CKR_SLOT_ID_INVALID;
	if (!path_of(number, path, sizeof(path)))
		return refuse(CKR_GENERAL_ERROR, "the path is too long");
	/* Whoever asks about a slot learns how it is now. */
	if ((access(path, F_OK) == 0) == (*content == SLOT_TOKEN))
		return CKR_OK;
	if ((rv = slots_scan()) != CKR_OK)
		return rv;
	return known_content(number, content) ? CKR_OK : CKR_SLOT_ID_INVALID;
}

bool
slots_take_event(CK_SLOT_ID *number)
{
	bool found = false;
	size_t i;

	state_lock();
	for (i = 0; i < slots_count && !found; i++) {
		found = slots[i].has_event;
		if (!found)
			continue;
		slots[i].has_event = false;
		*number = slots[i].number;
	}
	state_unlock();
	return found;
}

/* With the lock held: what is there already, or why there can be none. A token
 * that is gone goes to *gone, for the caller to release. */
static CK_RV
look_in(CK_SLOT_ID number, struct token **result, struct token **gone)
{
	struct slot *slot = find_slot(number);

	if (!slot)
		return CKR_SLOT_ID_INVALID;
	if (slot->token && slot->token->is_gone) {
		*gone = slot->token;
		slot->token = NULL;
		slot->has_event = true;
	}
	if (slot->content == SLOT_ABSENT)
		return CKR_TOKEN_NOT_PRESENT;
	if (slot->content == SLOT_BLANK)
		return CKR_TOKEN_NOT_RECOGNIZED;
	*result = slot->token;
	if (slot->token)
		slot->token->owners++;
	return CKR_OK;
}

/* The token that is open in the slot; NULL with CKR_OK: it is to be opened. */
static CK_RV
open_token(CK_SLOT_ID number, struct token **result)
{
	struct token *token = NULL, *gone = NULL;
	CK_RV rv;

	state_lock();
	rv = look_in(number, &token, &gone);
	state_unlock();
	token_release(gone);
	if (token && token_refresh(token) == CKR_DEVICE_REMOVED) {
		token_release(token);
		return open_token(number, result);
	}
	*result = token;
	return rv;
}

/* The new token becomes the slot's, unless another thread was faster. */
static void
install(struct token **token)
{
	struct token *ours = *token, *surplus = NULL;
	struct slot *slot;

	state_lock();
	slot = state_is_started() ? find_slot(ours->slot) : NULL;
	if (slot && !slot->token) {
		slot->token = ours;
		ours->owners++;
	} else if (slot) {
		*token = slot->token;
		slot->token->owners++;
		surplus = ours;
	}
	state_unlock();
	token_release(surplus);
}

/* Locks and the memory that processes share for a file are of one host: two
 * would damage it. */
static CK_RV
check_place(void)
{
	const struct soft_configuration *how = state_configuration();
	const char *kind =
		how->allow_network_store ? NULL : place_shared(how->folder);

	if (!kind)
		return CKR_OK;
	return refuse(CKR_DEVICE_ERROR,
		"%s is on %s, where other hosts may write: keep the tokens on"
		" a local disk (PRIVYSEAL_HOME), or say allow-network-store ="
		" yes and use them from one host at a time",
		how->folder, kind);
}

CK_RV
slot_open(CK_SLOT_ID number, struct token **result)
{
	struct token *token;
	char path[4096];
	CK_RV rv;

	rv = open_token(number, &token);
	if (rv == CKR_OK && !token) {
		if (!path_of(number, path, sizeof(path)))
			return refuse(
				CKR_GENERAL_ERROR, "the path is too long");
		if ((rv = check_place()) == CKR_OK)
			rv = token_new(number, path, &token);
		if (rv == CKR_TOKEN_NOT_PRESENT)
			(void)slots_scan();
		if (rv == CKR_OK)
			install(&token);
	}
	if (rv == CKR_OK)
		*result = token;
	return rv;
}

/* Makes the folder, and those above it, for this user alone. */
static bool
make_folder(const char *folder)
{
	char path[4096];
	char *slash;

	snprintf(path, sizeof(path), "%s", folder);
	for (slash = strchr(path + 1, '/'); slash;
		slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0700) != 0 && errno != EEXIST)
			return false;
		*slash = '/';
	}
	return mkdir(path, 0700) == 0 || errno == EEXIST;
}

/* What says so goes by the label without the blanks at its end. */
bool
slot_wants_guard(const CK_UTF8CHAR label[32])
{
	const struct soft_configuration *how = state_configuration();
	size_t length = 32;
	char text[33] = "";

	while (length > 0 && label[length - 1] == ' ')
		length--;
	memcpy(text, label, length);
	return how->guards && how->guards(how->guards_context, text);
}

/* What must be so before a token is made; *token: the one that is there. */
static CK_RV
prepare(CK_SLOT_ID number, const CK_UTF8CHAR *pin, CK_ULONG length,
	struct token **token)
{
	const struct soft_configuration *how = state_configuration();
	CK_RV rv;

	rv = slot_open(number, token);
	if (rv == CKR_TOKEN_NOT_RECOGNIZED) {
		/* Blank, or a file that is no token: store_initialize knows. */
		rv = pin_check_new(
			pin, length, how->pin_min_length, how->pin_min_digits);
		if (rv == CKR_OK)
			rv = check_place();
		if (rv == CKR_OK && !make_folder(how->folder))
			rv = refuse(CKR_DEVICE_ERROR, "%s: %s", how->folder,
				strerror(errno));
		return rv;
	}
	if (rv != CKR_OK)
		return rv;
	state_lock();
	if ((*token)->sessions)
		rv = CKR_SESSION_EXISTS;
	state_unlock();
	return rv == CKR_OK ? pin_check_try(pin, length) : rv;
}

CK_RV
slot_initialize(CK_SLOT_ID number, const CK_UTF8CHAR label[32],
	const CK_UTF8CHAR *pin, CK_ULONG length)
{
	const struct soft_configuration *how = state_configuration();
	struct token *token = NULL;
	char path[4096];
	CK_RV rv;

	rv = prepare(number, pin, length, &token);
	if (rv == CKR_OK && !path_of(number, path, sizeof(path)))
		rv = refuse(CKR_GENERAL_ERROR, "the path is too long");
	/* Its first PIN would fail; and a token without one is of no use. */
	if (rv == CKR_OK && slot_wants_guard(label))
		rv = store_find_guard(&how->tries);
	if (rv == CKR_OK)
		rv = store_initialize(
			path, label, pin, length, &how->cost, &how->tries);
	if (rv == CKR_OK && token)
		token_lose(token);
	token_release(token);
	if (rv == CKR_OK)
		rv = slots_scan();
	return rv;
}

void
slots_clear(void)
{
	struct slot *all;
	size_t i, count;

	state_lock();
	all = slots;
	count = slots_count;
	slots = NULL;
	slots_count = 0;
	state_unlock();
	for (i = 0; i < count; i++)
		token_release(all[i].token);
	free(all);
}

void
slots_forget(void)
{
	slots = NULL;
	slots_count = 0;
}
