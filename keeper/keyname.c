/* SPDX-License-Identifier: BSD-2-Clause */
/* What people know a key by: asked of the token, and remembered for a while. */

#include "config.h"

#include "keeper/keyname.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

/* Places for names by handle, and for serials by slot; and how many seconds
 * they are good for. Another process may give a key another name. */
enum { KEYS = 64, SLOTS = 16, LIFETIME = 1 };

struct remembered {
	struct keyname name;
	time_t asked; /* 0: the place is free */
};

static struct remembered keys[KEYS], slots[SLOTS];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static time_t
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
	return time.tv_sec + 1;
}

static bool
recall(const struct remembered *place, CK_SLOT_ID slot, CK_OBJECT_HANDLE handle,
	struct keyname *name)
{
	bool is_good;

	pthread_mutex_lock(&mutex);
	is_good = place->asked && now() - place->asked <= LIFETIME &&
		place->name.slot == slot && place->name.handle == handle;
	if (is_good)
		*name = place->name;
	pthread_mutex_unlock(&mutex);
	return is_good;
}

static void
remember(struct remembered *place, const struct keyname *name)
{
	pthread_mutex_lock(&mutex);
	*place = (struct remembered){ *name, now() };
	pthread_mutex_unlock(&mutex);
}

void
keyname_forget(void)
{
	pthread_mutex_lock(&mutex);
	memset(keys, 0, sizeof(keys));
	memset(slots, 0, sizeof(slots));
	pthread_mutex_unlock(&mutex);
}

/* Without the blanks at its end; the name has been cleared. */
static void
take_padded(char *name, const CK_UTF8CHAR *padded, size_t length)
{
	while (length > 0 && padded[length - 1] == ' ')
		length--;
	memcpy(name, padded, length);
}

void
keyname_get_slot(const CK_FUNCTION_LIST_3_0 *token, CK_SLOT_ID slot,
	struct keyname *name)
{
	struct remembered *place = &slots[slot % SLOTS];
	CK_TOKEN_INFO info;

	if (recall(place, slot, CK_INVALID_HANDLE, name))
		return;
	*name = (struct keyname){ .slot = slot,
		.class = CK_UNAVAILABLE_INFORMATION };
	if (token->C_GetTokenInfo(slot, &info) != CKR_OK)
		return;
	take_padded(name->serial, info.serialNumber, sizeof(info.serialNumber));
	take_padded(name->token, info.label, sizeof(info.label));
	remember(place, name);
}

/* In one call, though one of them may be missing. A part that is longer than
 * its place is asked for once more by itself, and cut. */
static void
ask(const CK_FUNCTION_LIST_3_0 *token, CK_SESSION_HANDLE session,
	struct keyname *name)
{
	CK_BBOOL is_of_token = CK_FALSE;
	CK_BYTE label[sizeof(name->label) - 1], id[1024];
	CK_ATTRIBUTE parts[] = {
		{ CKA_CLASS, &name->class, sizeof(name->class) },
		{ CKA_TOKEN, &is_of_token, sizeof(is_of_token) },
		{ CKA_LABEL, label, sizeof(label) },
		{ CKA_ID, id, sizeof(id) },
	};
	CK_BYTE whole[1024];
	CK_ATTRIBUTE again = { CKA_LABEL, whole, sizeof(whole) };

	token->C_GetAttributeValue(session, name->handle, parts, 4);
	name->is_of_token = is_of_token == CK_TRUE;
	if (parts[2].ulValueLen <= sizeof(label))
		memcpy(name->label, label, parts[2].ulValueLen);
	else if (token->C_GetAttributeValue(session, name->handle, &again, 1) ==
			CKR_OK &&
		again.ulValueLen > sizeof(label))
		memcpy(name->label, whole, sizeof(label));
	if (parts[3].ulValueLen <= sizeof(id))
		name->id_length = parts[3].ulValueLen < sizeof(name->id)
			? (unsigned char)parts[3].ulValueLen
			: sizeof(name->id);
	memcpy(name->id, id, name->id_length);
}

void
keyname_get(const CK_FUNCTION_LIST_3_0 *token, CK_SESSION_HANDLE session,
	CK_OBJECT_HANDLE handle, struct keyname *name)
{
	struct remembered *place = &keys[handle % KEYS];
	CK_SESSION_INFO info;

	*name = (struct keyname){ .class = CK_UNAVAILABLE_INFORMATION };
	if (token->C_GetSessionInfo(session, &info) != CKR_OK)
		return;
	if (handle == CK_INVALID_HANDLE) {
		keyname_get_slot(token, info.slotID, name);
		return;
	}
	if (recall(place, info.slotID, handle, name))
		return;
	keyname_get_slot(token, info.slotID, name);
	name->handle = handle;
	ask(token, session, name);
	/* A key that is not seen before login is asked for again after it. */
	if (name->class != CK_UNAVAILABLE_INFORMATION)
		remember(place, name);
}
