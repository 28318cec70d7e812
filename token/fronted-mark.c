/* SPDX-License-Identifier: BSD-2-Clause */
/* How an object of a card is known again when the card is back.
 *
 * NSS keeps handles when a card was away for a moment, and takes the object for
 * lost that it cannot ask about. Only what a certificate or a public part tells
 * from all others is known again, and on the same card only.
 */

#include "config.h"

#include "token/fronted-call.h"
#include "token/fronted-supplement.h"

#include "pkcs11/clock.h"
#include "token/crypto-hashing.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of an attribute; a certificate has fewer. */
enum { PART_MOST = 65536 };

/* Objects of a card that are looked at to find what came back. */
enum { LOOKED_AT_MOST = 4096, LOOKED_AT_ONCE = 64 };

/* Milliseconds for all the marks of one call. */
enum { MARKS_TIME = 5000 };

/* Attributes that go into a mark. */
enum { PARTS_MOST = 6 };

/* What tells an object from others of its class, and what it is called. */
static const struct {
	CK_OBJECT_CLASS class;
	CK_ATTRIBUTE_TYPE types[PARTS_MOST];
	/* Of which one must be there: to be called the same proves nothing. */
	CK_ATTRIBUTE_TYPE proofs[2];
} classes[] = {
	{ CKO_CERTIFICATE, { CKA_ID, CKA_LABEL, CKA_VALUE },
		{ CKA_VALUE, CKA_VALUE } },
	{ CKO_PUBLIC_KEY,
		{ CKA_ID, CKA_LABEL, CKA_KEY_TYPE, CKA_MODULUS, CKA_EC_PARAMS,
			CKA_EC_POINT },
		{ CKA_MODULUS, CKA_EC_POINT } },
	{ CKO_PRIVATE_KEY,
		{ CKA_ID, CKA_LABEL, CKA_KEY_TYPE, CKA_MODULUS, CKA_EC_PARAMS,
			CKA_EC_POINT },
		{ CKA_MODULUS, CKA_EC_POINT } },
};

/* One object that is being looked at. */
struct look {
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE object;
	struct hashing *hashing;
	unsigned char *part; /* PART_MOST bytes */
	bool is_proved;
};

/* Whether the slot was searched for what came back, since its card came or
 * somebody logged in. */
static atomic_bool was_searched[FRONTED_SLOTS_MOST];
/* Held during a search: who comes meanwhile waits for what it finds. */
static pthread_mutex_t searching = PTHREAD_MUTEX_INITIALIZER;

static bool
add_token(struct hashing *hashing, const CK_TOKEN_INFO *token)
{
	return hashing_add(hashing, token->label, sizeof(token->label)) &&
		hashing_add(hashing, token->manufacturerID,
			sizeof(token->manufacturerID)) &&
		hashing_add(hashing, token->model, sizeof(token->model)) &&
		hashing_add(hashing, token->serialNumber,
			sizeof(token->serialNumber));
}

/* CK_UNAVAILABLE_INFORMATION: the vendor does not tell. */
static CK_ULONG
read_part(const struct look *look, CK_ATTRIBUTE_TYPE type)
{
	CK_ATTRIBUTE attribute = { type, look->part, PART_MOST };

	if (fronted_vendor->C_GetAttributeValue(
		    look->session, look->object, &attribute, 1) != CKR_OK ||
		attribute.ulValueLen > PART_MOST)
		return CK_UNAVAILABLE_INFORMATION;
	return attribute.ulValueLen;
}

/* With its type and its length, so that no two lists are the same bytes. */
static bool
add_part(struct look *look, CK_ATTRIBUTE_TYPE type,
	const CK_ATTRIBUTE_TYPE proofs[2])
{
	const CK_ULONG length = read_part(look, type);
	const CK_ULONG head[] = { type, length };

	if (!hashing_add(look->hashing, head, sizeof(head)))
		return false;
	if (length == CK_UNAVAILABLE_INFORMATION || !length)
		return true;
	look->is_proved |= type == proofs[0] || type == proofs[1];
	return hashing_add(look->hashing, look->part, length);
}

static bool
add_object(struct look *look)
{
	CK_OBJECT_CLASS class = 0;
	size_t row, i;

	if (read_part(look, CKA_CLASS) != sizeof(class))
		return false;
	memcpy(&class, look->part, sizeof(class));
	for (row = 0; row < sizeof(classes) / sizeof(classes[0]); row++)
		if (classes[row].class == class)
			break;
	if (row == sizeof(classes) / sizeof(classes[0]) ||
		!hashing_add(look->hashing, &class, sizeof(class)))
		return false;
	for (i = 0; i < PARTS_MOST && classes[row].types[i]; i++)
		if (!add_part(look, classes[row].types[i], classes[row].proofs))
			return false;
	return look->is_proved;
}

/* A slow card is not asked for ever, and one that waits for the use of a PIN
 * not at all. */
static bool
is_time_left(struct fronted_call *call)
{
	if (!call->marks_until)
		call->marks_until = clock_milliseconds() + MARKS_TIME;
	return clock_milliseconds() <= call->marks_until &&
		!fronted_consent_is_pending(call->slot);
}

void
fronted_mark_make(struct fronted_mark *mark, struct fronted_call *call,
	CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object)
{
	struct look look = { session, object, NULL, NULL, false };
	CK_TOKEN_INFO token;

	*mark = (struct fronted_mark){ 0 };
	if (!fronted_slot_can_return(call->slot) || !is_time_left(call) ||
		!fronted_slot_identify(call->slot, &token))
		return;
	look.hashing = hashing_new();
	look.part = calloc(1, PART_MOST);
	mark->is_set = look.hashing && look.part &&
		add_token(look.hashing, &token) && add_object(&look) &&
		hashing_end(look.hashing, mark->digest);
	free(look.part);
	hashing_free(look.hashing);
	fronted_renew(call);
}

/* It never changes, and its handle is never another's. */
void
fronted_mark_make_supplement(
	struct fronted_mark *mark, unsigned slot, CK_OBJECT_HANDLE handle)
{
	struct hashing *hashing;
	CK_TOKEN_INFO token;

	*mark = (struct fronted_mark){ 0 };
	if (!fronted_slot_can_return(slot) || !fronted_slot_token(slot, &token))
		return;
	hashing = hashing_new();
	mark->is_set = hashing && add_token(hashing, &token) &&
		hashing_add(hashing, &handle, sizeof(handle)) &&
		hashing_end(hashing, mark->digest);
	hashing_free(hashing);
}

bool
fronted_supplement_returns(
	unsigned slot, CK_OBJECT_HANDLE object, CK_OBJECT_HANDLE *handle)
{
	struct fronted_mark mark;

	if (!fronted_object_was(slot, object, handle) ||
		!supplement_of(*handle))
		return false;
	fronted_mark_make_supplement(&mark, slot, *handle);
	fronted_object_return(slot, *handle, &mark);
	return fronted_object_find(slot, object, handle);
}

void
fronted_mark_search_again(unsigned slot)
{
	was_searched[slot] = false;
}

/* In a session of ours, with a search of its own. False: the vendor failed. */
static bool
search(struct fronted_call *call, CK_SESSION_HANDLE session)
{
	CK_OBJECT_HANDLE found[LOOKED_AT_ONCE];
	CK_ULONG count = 0, total = 0, i;
	struct fronted_mark mark;

	do {
		if (fronted_vendor->C_FindObjects(
			    session, found, LOOKED_AT_ONCE, &count) != CKR_OK ||
			count > LOOKED_AT_ONCE)
			return false;
		for (i = 0; i < count; i++) {
			fronted_mark_make(&mark, call, session, found[i]);
			fronted_object_return(call->slot, found[i], &mark);
		}
		total += count;
	} while (count && total < LOOKED_AT_MOST && is_time_left(call));
	return true;
}

static CK_RV
open_session(unsigned slot, CK_SESSION_HANDLE *session)
{
	const CK_SLOT_ID vendor = fronted_slot_vendor(slot);
	CK_RV rv = fronted_vendor->C_OpenSession(
		vendor, CKF_SERIAL_SESSION, NULL, NULL, session);

	if (rv == CKR_SESSION_READ_WRITE_SO_EXISTS)
		rv = fronted_vendor->C_OpenSession(vendor,
			CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL,
			session);
	return rv;
}

/* One that could not be made whole is made again. */
static void
search_slot(struct fronted_call *call)
{
	CK_BBOOL yes = CK_TRUE;
	CK_ATTRIBUTE of_token = { CKA_TOKEN, &yes, sizeof(yes) };
	CK_SESSION_HANDLE session;

	if (open_session(call->slot, &session) != CKR_OK)
		return;
	if (fronted_vendor->C_FindObjectsInit(session, &of_token, 1) ==
		CKR_OK) {
		was_searched[call->slot] = search(call, session);
		fronted_vendor->C_FindObjectsFinal(session);
	}
	fronted_vendor->C_CloseSession(session);
}

bool
fronted_object_returns(struct fronted_call *call, CK_OBJECT_HANDLE object,
	CK_OBJECT_HANDLE *vendor)
{
	bool is_there;

	/* Another thread's search may have found it just now. */
	if (!fronted_object_was(call->slot, object, vendor))
		return fronted_object_find(call->slot, object, vendor);
	pthread_mutex_lock(&searching);
	is_there = fronted_object_find(call->slot, object, vendor);
	if (!is_there && !was_searched[call->slot] && is_time_left(call)) {
		search_slot(call);
		is_there = fronted_object_find(call->slot, object, vendor);
	}
	pthread_mutex_unlock(&searching);
	return is_there;
}
