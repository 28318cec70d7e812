/* SPDX-License-Identifier: BSD-2-Clause */
/* Hashing for a fronted token: what its sessions have under way. */

#include "config.h"

#include "token/fronted-hash.h"

#include "pkcs11/log.h"
#include "token/crypto-hashing.h"
#include "token/fronted-call.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static struct hashed_operation *operations;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void
operation_free(struct hashed_operation *operation)
{
	if (operation)
		hashing_free(operation->hashing);
	free(operation);
}

static bool
session_is_open(CK_SESSION_HANDLE session)
{
	CK_SESSION_HANDLE vendor;
	unsigned slot;

	return fronted_session_find(session, &slot, &vendor);
}

/* Out of the list; and those of closed sessions for good, whose handles nobody
 * gets again. */
static struct hashed_operation *
detach(CK_SESSION_HANDLE session, CK_FLAGS use)
{
	struct hashed_operation **link = &operations, *operation, *found = NULL;

	pthread_mutex_lock(&lock);
	while ((operation = *link)) {
		bool is_it =
			operation->session == session && operation->use == use;

		if (!is_it && session_is_open(operation->session)) {
			link = &operation->next;
			continue;
		}
		*link = operation->next;
		if (is_it)
			found = operation;
		else
			operation_free(operation);
	}
	pthread_mutex_unlock(&lock);
	return found;
}

static void
attach(struct hashed_operation *operation)
{
	pthread_mutex_lock(&lock);
	operation->next = operations;
	operations = operation;
	pthread_mutex_unlock(&lock);
}

void
hashed_begin(struct hashed_operation *operation)
{
	hashed_forget(operation->session, operation->use);
	attach(operation);
}

void
hashed_forget(CK_SESSION_HANDLE session, CK_FLAGS uses)
{
	if (uses & CKF_SIGN)
		operation_free(detach(session, CKF_SIGN));
	if (uses & CKF_VERIFY)
		operation_free(detach(session, CKF_VERIFY));
}

bool
hashed_is_under_way(CK_SESSION_HANDLE session, CK_FLAGS uses)
{
	const struct hashed_operation *operation;

	pthread_mutex_lock(&lock);
	for (operation = operations; operation; operation = operation->next)
		if (operation->session == session && operation->use & uses)
			break;
	pthread_mutex_unlock(&lock);
	return operation;
}

CK_RV
hashed_end(struct hashed_operation *operation, bool goes_on, CK_RV rv)
{
	if (rv == CKR_OK && !goes_on) {
		operation_free(operation);
		return rv;
	}
	operation->is_dead |= rv != CKR_OK && rv != CKR_BUFFER_TOO_SMALL;
	attach(operation);
	return rv;
}

CK_RV
hashed_take(CK_SESSION_HANDLE session, CK_FLAGS use,
	struct hashed_operation **operation)
{
	*operation = detach(session, use);
	if (!*operation || !(*operation)->is_dead)
		return CKR_OK;
	attach(*operation);
	return CKR_OPERATION_NOT_INITIALIZED;
}

void
hashed_set_input(
	struct hashed_operation *operation, const unsigned char *digest)
{
	const struct hash *hash = hash_find(operation->row->hash);
	CK_ULONG before = 0, length = hash->length;

	if (operation->row->input == HASHED_INFO) {
		before = hash->info_length;
		memcpy(operation->input, hash->info, before);
	}
	if (length > operation->digest_most)
		length = operation->digest_most;
	if (digest)
		memcpy(operation->input + before, digest, length);
	operation->input_length = before + length;
}

CK_RV
hashed_add(
	struct hashed_operation *operation, const CK_BYTE *in, CK_ULONG length)
{
	if (operation->input_length)
		return refuse(CKR_OPERATION_ACTIVE, "a result waits");
	if (length && !in)
		return CKR_ARGUMENTS_BAD;
	if (!operation->hashing)
		operation->hashing = hashing_new_by(operation->row->hash);
	if (!operation->hashing)
		return CKR_HOST_MEMORY;
	return !length || hashing_add(operation->hashing, in, length)
		? CKR_OK
		: CKR_FUNCTION_FAILED;
}

/* Nothing is left to do when it was asked for before. */
CK_RV
hashed_finish(struct hashed_operation *operation)
{
	unsigned char digest[HASH_LENGTH_MAX];
	CK_RV rv;

	if (operation->input_length)
		return CKR_OK;
	if ((rv = hashed_add(operation, NULL, 0)) != CKR_OK)
		return rv;
	if (!hashing_end(operation->hashing, digest))
		return CKR_FUNCTION_FAILED;
	hashed_set_input(operation, digest);
	return CKR_OK;
}

void
hashed_reset(struct hashed_operation *operation)
{
	hashing_free(operation->hashing);
	operation->hashing = NULL;
	operation->input_length = 0;
}
