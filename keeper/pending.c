/* SPDX-License-Identifier: BSD-2-Clause */
/* Which key and mechanism an operation of a session has under way. */

#include "config.h"

#include "keeper/pending.h"

#include "keeper/layer.h"
#include "keeper/turn.h"

#include <pthread.h>
#include <stdlib.h>

enum { BUCKETS = 256 };

struct operation {
	struct operation *next;
	CK_SESSION_HANDLE session;
	enum use use;
	struct pending pending;
	void *attached;
	void (*release)(void *attached);
};

static CK_FUNCTION_LIST_3_0 list;
static const CK_FUNCTION_LIST_3_0 *inner;
static struct operation *buckets[BUCKETS];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

/* The place of the operation: where it is, or is to be. */
static struct operation **
place_of(CK_SESSION_HANDLE session, enum use use)
{
	struct operation **link = &buckets[session % BUCKETS];

	while (*link && ((*link)->session != session || (*link)->use != use))
		link = &(*link)->next;
	return link;
}

bool
pending_find(CK_SESSION_HANDLE session, enum use use, struct pending *pending)
{
	struct operation *operation;

	pthread_mutex_lock(&mutex);
	operation = *place_of(session, use);
	if (operation)
		*pending = operation->pending;
	pthread_mutex_unlock(&mutex);
	return operation;
}

void
pending_mark(CK_SESSION_HANDLE session, enum use use, unsigned mark)
{
	struct operation *operation;

	pthread_mutex_lock(&mutex);
	operation = *place_of(session, use);
	if (operation)
		operation->pending.marks |= mark;
	pthread_mutex_unlock(&mutex);
}

bool
pending_attach(CK_SESSION_HANDLE session, enum use use, void *at,
	void (*release)(void *at))
{
	struct operation *operation;
	bool done;

	pthread_mutex_lock(&mutex);
	operation = *place_of(session, use);
	done = operation && !operation->attached;
	if (done) {
		operation->attached = at;
		operation->release = release;
	}
	pthread_mutex_unlock(&mutex);
	return done;
}

void *
pending_detach(CK_SESSION_HANDLE session, enum use use)
{
	struct operation *operation;
	void *attached = NULL;

	pthread_mutex_lock(&mutex);
	operation = *place_of(session, use);
	if (operation) {
		attached = operation->attached;
		operation->attached = NULL;
	}
	pthread_mutex_unlock(&mutex);
	return attached;
}

static void
operation_free(struct operation *operation)
{
	if (operation && operation->attached)
		operation->release(operation->attached);
	free(operation);
}

static void
end(CK_SESSION_HANDLE session, enum use use)
{
	struct operation **link, *operation;

	pthread_mutex_lock(&mutex);
	link = place_of(session, use);
	operation = *link;
	if (operation)
		*link = operation->next;
	pthread_mutex_unlock(&mutex);
	operation_free(operation);
}

static void
put(struct operation *operation)
{
	struct operation **link;

	pthread_mutex_lock(&mutex);
	link = place_of(operation->session, operation->use);
	if (*link) {
		operation->next = (*link)->next;
		operation_free(*link);
	}
	*link = operation;
	pthread_mutex_unlock(&mutex);
}

/* Ends what the session, or else any session of the slot, has under way. */
static void
end_all(bool of_slot, CK_ULONG number)
{
	struct operation **link, *operation;
	int i;

	pthread_mutex_lock(&mutex);
	for (i = 0; i < BUCKETS; i++)
		for (link = &buckets[i]; (operation = *link);) {
			if (number !=
				(of_slot ? operation->pending.key.slot
					 : operation->session)) {
				link = &operation->next;
				continue;
			}
			*link = operation->next;
			operation_free(operation);
		}
	pthread_mutex_unlock(&mutex);
}

typedef CK_RV (*begin_function)(
	CK_SESSION_HANDLE, CK_MECHANISM *, CK_OBJECT_HANDLE);

/* Without a book-keeper's memory nothing begins. A session that is already at
 * it keeps what it has. Without a mechanism it is ended. [PKCS11 5.8.1] */
static CK_RV
begin(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key,
	enum use use, begin_function next)
{
	struct operation *operation = calloc(1, sizeof(*operation));
	CK_RV rv;

	if (!operation)
		return CKR_HOST_MEMORY;
	operation->session = session;
	operation->use = use;
	if (mechanism) {
		operation->pending.mechanism = mechanism->mechanism;
		keyname_get(inner, session, key, &operation->pending.key);
	}
	rv = next(session, mechanism, key);
	if (rv == CKR_OK && mechanism) {
		/* It may have come by another thread's login. */
		if (operation->pending.key.class == CK_UNAVAILABLE_INFORMATION)
			keyname_get(
				inner, session, key, &operation->pending.key);
		put(operation);
		return CKR_OK;
	}
	operation_free(operation);
	if (rv == CKR_OK)
		end(session, use);
	return rv;
}

/* A call that gives the last output goes on when it only told the length. */
static CK_RV
end_with(CK_SESSION_HANDLE session, enum use use, const CK_BYTE *output,
	CK_RV rv)
{
	if (rv != CKR_BUFFER_TOO_SMALL && (rv != CKR_OK || output))
		end(session, use);
	return rv;
}

static CK_RV
finish(CK_SESSION_HANDLE session, enum use use, CK_RV rv)
{
	if (rv == CKR_OK)
		end(session, use);
	return rv;
}

/* One that verifies ends with its answer, whatever that is. */
static CK_RV
end_always(CK_SESSION_HANDLE session, enum use use, CK_RV rv)
{
	end(session, use);
	return rv;
}

/* One that is in the middle of it ends it by an error only. */
static CK_RV
go_on_with(CK_SESSION_HANDLE session, enum use use, CK_RV rv)
{
	if (rv != CKR_OK && rv != CKR_BUFFER_TOO_SMALL)
		end(session, use);
	return rv;
}

/*
 * In turn: between the token's answer and our note of it, another call of the
 * session would be one that nobody knows the key of.
 */
#define IN_TURN(name, parameters, outcome) \
	static CK_RV pending_##name parameters \
	{ \
		struct turn turn; \
		CK_RV rv; \
\
		turn_take(&turn, session); \
		rv = outcome; \
		turn_give(&turn); \
		return rv; \
	}
#define BEGIN(name, use) \
	IN_TURN(name, \
		(CK_SESSION_HANDLE session, CK_MECHANISM * mechanism, \
			CK_OBJECT_HANDLE key), \
		begin(session, mechanism, key, use, inner->name))
#define WHOLE(name, use) \
	IN_TURN(name, \
		(CK_SESSION_HANDLE session, CK_BYTE * in, CK_ULONG in_length, \
			CK_BYTE * out, CK_ULONG * out_length), \
		end_with(session, use, out, \
			inner->name(session, in, in_length, out, out_length)))
#define PART(name, use) \
	IN_TURN(name, \
		(CK_SESSION_HANDLE session, CK_BYTE * in, CK_ULONG in_length, \
			CK_BYTE * out, CK_ULONG * out_length), \
		go_on_with(session, use, \
			inner->name(session, in, in_length, out, out_length)))
#define TAKE(name, use) \
	IN_TURN(name, \
		(CK_SESSION_HANDLE session, CK_BYTE * in, CK_ULONG length), \
		go_on_with(session, use, inner->name(session, in, length)))
#define LAST(name, use) \
	IN_TURN(name, \
		(CK_SESSION_HANDLE session, CK_BYTE * out, CK_ULONG * length), \
		end_with( \
			session, use, out, inner->name(session, out, length)))
#define FINISH(name, use) \
	IN_TURN(name, (CK_SESSION_HANDLE session), \
		finish(session, use, inner->name(session)))

/* clang-format off */
#define OPERATIONS(BEGIN, WHOLE, PART, TAKE, LAST, FINISH) \
	BEGIN(C_EncryptInit, USE_ENCRYPT) \
	WHOLE(C_Encrypt, USE_ENCRYPT) \
	PART(C_EncryptUpdate, USE_ENCRYPT) \
	LAST(C_EncryptFinal, USE_ENCRYPT) \
	BEGIN(C_DecryptInit, USE_DECRYPT) \
	WHOLE(C_Decrypt, USE_DECRYPT) \
	PART(C_DecryptUpdate, USE_DECRYPT) \
	LAST(C_DecryptFinal, USE_DECRYPT) \
	BEGIN(C_SignInit, USE_SIGN) \
	WHOLE(C_Sign, USE_SIGN) \
	TAKE(C_SignUpdate, USE_SIGN) \
	LAST(C_SignFinal, USE_SIGN) \
	BEGIN(C_SignRecoverInit, USE_SIGN_RECOVER) \
	WHOLE(C_SignRecover, USE_SIGN_RECOVER) \
	BEGIN(C_VerifyInit, USE_VERIFY) \
	TAKE(C_VerifyUpdate, USE_VERIFY) \
	BEGIN(C_VerifyRecoverInit, USE_VERIFY_RECOVER) \
	WHOLE(C_VerifyRecover, USE_VERIFY_RECOVER) \
	BEGIN(C_MessageEncryptInit, USE_MESSAGE_ENCRYPT) \
	FINISH(C_MessageEncryptFinal, USE_MESSAGE_ENCRYPT) \
	BEGIN(C_MessageDecryptInit, USE_MESSAGE_DECRYPT) \
	FINISH(C_MessageDecryptFinal, USE_MESSAGE_DECRYPT) \
	BEGIN(C_MessageSignInit, USE_MESSAGE_SIGN) \
	FINISH(C_MessageSignFinal, USE_MESSAGE_SIGN) \
	BEGIN(C_MessageVerifyInit, USE_MESSAGE_VERIFY) \
	FINISH(C_MessageVerifyFinal, USE_MESSAGE_VERIFY)

OPERATIONS(BEGIN, WHOLE, PART, TAKE, LAST, FINISH)
/* Of two operations; an error ends both, which is seen when the next begins. */
#define BOTH(name) \
	IN_TURN(name, \
		(CK_SESSION_HANDLE session, CK_BYTE * in, CK_ULONG in_length, \
			CK_BYTE * out, CK_ULONG * out_length), \
		inner->name(session, in, in_length, out, out_length))

#define DOUBLES(BOTH) \
	BOTH(C_DigestEncryptUpdate) \
	BOTH(C_DecryptDigestUpdate) \
	BOTH(C_SignEncryptUpdate) \
	BOTH(C_DecryptVerifyUpdate)

DOUBLES(BOTH)
/* clang-format on */

IN_TURN(C_Verify,
	(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG length,
		CK_BYTE *signature, CK_ULONG signature_length),
	end_always(session, USE_VERIFY,
		inner->C_Verify(
			session, data, length, signature, signature_length)))

IN_TURN(C_VerifyFinal,
	(CK_SESSION_HANDLE session, CK_BYTE *signature, CK_ULONG length),
	end_always(session, USE_VERIFY,
		inner->C_VerifyFinal(session, signature, length)))

static CK_RV
cancel(CK_SESSION_HANDLE session, CK_FLAGS flags)
{
	static const CK_FLAGS flag_of[USES] = {
		[USE_ENCRYPT] = CKF_ENCRYPT,
		[USE_DECRYPT] = CKF_DECRYPT,
		[USE_SIGN] = CKF_SIGN,
		[USE_SIGN_RECOVER] = CKF_SIGN_RECOVER,
		[USE_VERIFY] = CKF_VERIFY,
		[USE_VERIFY_RECOVER] = CKF_VERIFY_RECOVER,
		[USE_MESSAGE_ENCRYPT] = CKF_MESSAGE_ENCRYPT,
		[USE_MESSAGE_DECRYPT] = CKF_MESSAGE_DECRYPT,
		[USE_MESSAGE_SIGN] = CKF_MESSAGE_SIGN,
		[USE_MESSAGE_VERIFY] = CKF_MESSAGE_VERIFY,
	};
	CK_RV rv = inner->C_SessionCancel(session, flags);
	int use;

	for (use = 0; rv == CKR_OK && use < USES; use++)
		if (flags & flag_of[use])
			end(session, (enum use)use);
	return rv;
}

IN_TURN(C_SessionCancel, (CK_SESSION_HANDLE session, CK_FLAGS flags),
	cancel(session, flags))

static CK_RV
pending_C_CloseSession(CK_SESSION_HANDLE session)
{
	CK_RV rv = inner->C_CloseSession(session);

	end_all(false, session);
	return rv;
}

static CK_RV
pending_C_CloseAllSessions(CK_SLOT_ID slot)
{
	CK_RV rv = inner->C_CloseAllSessions(slot);

	if (rv == CKR_OK)
		end_all(true, slot);
	return rv;
}

/* What it does to names is seen at once. */
static CK_RV
pending_C_SetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
	CK_ATTRIBUTE *template, CK_ULONG count)
{
	CK_RV rv = inner->C_SetAttributeValue(session, object, template, count);

	keyname_forget();
	return rv;
}

static CK_RV
pending_C_DestroyObject(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object)
{
	CK_RV rv = inner->C_DestroyObject(session, object);

	keyname_forget();
	return rv;
}

static CK_RV
pending_C_InitToken(
	CK_SLOT_ID slot, CK_UTF8CHAR *pin, CK_ULONG length, CK_UTF8CHAR *label)
{
	CK_RV rv = inner->C_InitToken(slot, pin, length, label);

	keyname_forget();
	return rv;
}

const CK_FUNCTION_LIST_3_0 *
pending_wrap(const CK_FUNCTION_LIST_3_0 *next)
{
	inner = next;
	layer_copy(&list, next);
#define PUT(name, use) LAYER_ENTRY(&list, pending, name);
	OPERATIONS(PUT, PUT, PUT, PUT, PUT, PUT)
#undef PUT
#define PUT(name) LAYER_ENTRY(&list, pending, name);
	DOUBLES(PUT)
#undef PUT
	LAYER_ENTRY(&list, pending, C_Verify);
	LAYER_ENTRY(&list, pending, C_VerifyFinal);
	LAYER_ENTRY(&list, pending, C_SessionCancel);
	LAYER_ENTRY(&list, pending, C_CloseSession);
	LAYER_ENTRY(&list, pending, C_CloseAllSessions);
	LAYER_ENTRY(&list, pending, C_SetAttributeValue);
	LAYER_ENTRY(&list, pending, C_DestroyObject);
	LAYER_ENTRY(&list, pending, C_InitToken);
	return &list;
}
