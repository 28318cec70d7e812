/* SPDX-License-Identifier: BSD-2-Clause */
/* An open token: its store, who is logged in, and whether it is still there. */

#include "config.h"

#include "token/token.h"

#include "pkcs11/log.h"
#include "token/object.h"
#include "token/state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* Whether the file is still the one that was opened. */
static bool
look_at_file(const char *path, uint64_t *device, uint64_t *file)
{
	struct stat status;

	if (stat(path, &status) != 0)
		return false;
	*device = status.st_dev;
	*file = status.st_ino;
	return true;
}

CK_RV
token_new(CK_SLOT_ID slot, const char *path, struct token **result)
{
	const struct store_tries *tries = &state_configuration()->tries;
	struct token *token = calloc(1, sizeof(*token));
	CK_RV rv;

	if (!token)
		return refuse(CKR_HOST_MEMORY, "no memory for a token");
	token->owners = 1;
	token->slot = slot;
	pthread_mutex_init(&token->login_lock, NULL);
	snprintf(token->path, sizeof(token->path), "%s", path);
	if (!look_at_file(token->path, &token->device, &token->file))
		rv = refuse(CKR_TOKEN_NOT_PRESENT, "%s: %s", token->path,
			strerror(errno));
	else
		rv = store_open(token->path, tries, &token->store);
	if (rv != CKR_OK) {
		token_release(token);
		return rv;
	}
	store_token(token->store, &token->info);
	atomic_store(&token->changes, store_changes(token->store));
	*result = token;
	return CKR_OK;
}

struct token *
token_share(struct token *token)
{
	state_lock();
	token->owners++;
	state_unlock();
	return token;
}

void
token_release(struct token *token)
{
	unsigned left;

	if (!token)
		return;
	state_lock();
	left = --token->owners;
	state_unlock();
	if (left)
		return;
	objects_forget(&token->objects);
	store_close(token->store);
	pthread_mutex_destroy(&token->login_lock);
	free(token);
}

static long
milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool
token_is_locked(struct token *token, CK_USER_TYPE user)
{
	const struct store_tries *tries = &state_configuration()->tries;
	char serial[sizeof(token->info.serial)];
	unsigned left = 1, limit = 1;

	state_lock();
	memcpy(serial, token->info.serial, sizeof(serial));
	state_unlock();
	if (tries->look)
		tries->look(tries->context, serial, user, &left, &limit);
	return left == 0;
}

/* What costs a system call is asked at most once in so many milliseconds. */
enum { LOOK_INTERVAL = 5 };

static bool
is_same_file(struct token *token)
{
	long now = milliseconds();
	uint64_t device, file;

	if (now - atomic_load(&token->looked) < LOOK_INTERVAL)
		return true;
	atomic_store(&token->looked, now);
	return look_at_file(token->path, &device, &file) &&
		device == token->device && file == token->file;
}

/* The store changed: what was read of it no longer counts. */
static CK_RV
reread(struct token *token)
{
	struct store_token info;
	struct table stale;
	enum login login;
	bool is_same;

	store_token(token->store, &info);
	state_lock();
	is_same = info.made == token->info.made;
	if (is_same)
		token->info = info;
	login = token->login;
	stale = token->objects;
	token->objects = (struct table){ 0 };
	atomic_fetch_add(&token->version, 1);
	state_unlock();
	objects_forget(&stale);
	if (!is_same)
		return CKR_DEVICE_REMOVED;
	/* Whoever has the recovery code is slowed, and not shut out. */
	if (login == LOGIN_USER && token_is_locked(token, CKU_USER))
		return CKR_PIN_LOCKED;
	return CKR_OK;
}

CK_RV
token_refresh(struct token *token)
{
	uint64_t changes;
	CK_RV rv = CKR_OK;

	state_lock();
	if (token->is_gone)
		rv = CKR_DEVICE_REMOVED;
	state_unlock();
	if (rv == CKR_OK && !is_same_file(token))
		rv = CKR_DEVICE_REMOVED;
	if (rv == CKR_OK) {
		changes = store_changes(token->store);
		if (atomic_exchange(&token->changes, changes) != changes)
			rv = reread(token);
	}
	if (rv == CKR_DEVICE_REMOVED)
		token_lose(token);
	return rv;
}

void
token_lose(struct token *token)
{
	state_lock();
	token->is_gone = true;
	state_unlock();
}
