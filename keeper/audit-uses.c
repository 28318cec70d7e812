/* SPDX-License-Identifier: BSD-2-Clause */
/* Tells the audit log of uses of keys: one line each, when the result is given
 * out or refused. */

#include "config.h"

#include "keeper/audit-tell.h"
#include "keeper/layer.h"
#include "keeper/pending.h"
#include "pkcs11/bytes.h"
#include "token/crypto-hashing.h"

#include <stdio.h>

/* What is known of a use before its call is passed on: the call may end it. */
struct watched {
	struct pending pending;
	bool is_watched;
};

static struct watched
watch(CK_SESSION_HANDLE session, enum use use)
{
	struct watched watched;

	watched.is_watched = pending_find(session, use, &watched.pending) &&
		audit_is_watched(&watched.pending.key);
	return watched;
}

static void
describe(struct audit_record *record, enum audit_event event,
	const struct watched *watched)
{
	*record = (struct audit_record){ .event = event,
		.key = watched->pending.key,
		.has_mechanism = true,
		.mechanism = watched->pending.mechanism };
}

/* A refusal at the beginning is all that there is of a use. */
static CK_RV
begin(CK_SESSION_HANDLE session, const CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE handle, enum audit_event event, CK_RV rv)
{
	struct keyname key;

	if (rv == CKR_OK || !audit_is_event(rv))
		return rv;
	keyname_get(audit_inner, session, handle, &key);
	if (audit_is_watched(&key))
		return audit_tell_key(event, &key, mechanism, "", rv);
	return rv;
}

static void
release(void *hashing)
{
	hashing_free(hashing);
}

/* Feeds what is signed to the digest that goes into the log. Where another
 * thread does the same there is no telling what came first. */
static void
feed(CK_SESSION_HANDLE session, const CK_BYTE *in, CK_ULONG length)
{
	struct watched watched = watch(session, USE_SIGN);
	struct hashing *hashing;

	if (!audit_has_data || !watched.is_watched)
		return;
	hashing = pending_detach(session, USE_SIGN);
	if (!hashing && !(watched.pending.marks & PENDING_DIGESTED))
		hashing = hashing_new();
	pending_mark(session, USE_SIGN, PENDING_DIGESTED);
	if (hashing && hashing_add(hashing, in, length) &&
		pending_attach(session, USE_SIGN, hashing, release))
		return;
	hashing_free(hashing);
	pending_mark(session, USE_SIGN, PENDING_UNSURE);
}

/* What was fed, when the use is at its end. */
static void
digest_parts(struct audit_record *record, struct hashing *hashing,
	const struct watched *watched)
{
	bool is_sure = watched->pending.marks & PENDING_DIGESTED &&
		!(watched->pending.marks & PENDING_UNSURE);

	record->has_data =
		hashing && is_sure && hashing_end(hashing, record->data);
}

/* In one call. */
static void
digest_whole(struct audit_record *record, const CK_BYTE *in, CK_ULONG length)
{
	struct hashing *hashing = hashing_new();

	record->has_data = hashing && hashing_add(hashing, in, length) &&
		hashing_end(hashing, record->data);
	hashing_free(hashing);
}

/* A result that cannot be told is not given out. */
static CK_RV
give(struct audit_record *record, CK_BYTE *out, const CK_ULONG *length,
	CK_RV rv)
{
	if (rv != CKR_OK && !audit_is_event(rv))
		return rv;
	if (audit_tell(record, rv) == rv)
		return rv;
	if (out && length)
		wipe(out, *length);
	return CKR_DEVICE_ERROR;
}

typedef CK_RV (*take_and_give)(
	CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG, CK_BYTE *, CK_ULONG *);

static CK_RV
do_whole(CK_SESSION_HANDLE session, CK_BYTE *in, CK_ULONG in_length,
	CK_BYTE *out, CK_ULONG *out_length, enum use use,
	enum audit_event event, take_and_give next)
{
	struct watched watched = watch(session, use);
	struct audit_record record;
	CK_RV rv = next(session, in, in_length, out, out_length);

	if (!watched.is_watched || (rv == CKR_OK && !out))
		return rv;
	describe(&record, event, &watched);
	if (audit_has_data && event == AUDIT_SIGN && rv == CKR_OK)
		digest_whole(&record, in, in_length);
	return give(&record, out, out_length, rv);
}

/* The first part that comes out is the use, the others belong to it. */
static CK_RV
do_part(CK_SESSION_HANDLE session, CK_BYTE *in, CK_ULONG in_length,
	CK_BYTE *out, CK_ULONG *out_length, enum use use,
	enum audit_event event, take_and_give next)
{
	struct watched watched = watch(session, use);
	struct audit_record record;
	CK_RV rv = next(session, in, in_length, out, out_length);

	if (!watched.is_watched ||
		(rv == CKR_OK &&
			(!out || watched.pending.marks & PENDING_AUDITED)))
		return rv;
	describe(&record, event, &watched);
	rv = give(&record, out, out_length, rv);
	if (rv == CKR_OK)
		pending_mark(session, use, PENDING_AUDITED);
	return rv;
}

static CK_RV
do_last(CK_SESSION_HANDLE session, CK_BYTE *out, CK_ULONG *length, enum use use,
	enum audit_event event,
	CK_RV (*next)(CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG *))
{
	struct watched watched = watch(session, use);
	struct audit_record record;
	struct hashing *hashing;
	CK_RV rv = next(session, out, length);

	if (!watched.is_watched ||
		(rv == CKR_OK &&
			(!out || watched.pending.marks & PENDING_AUDITED)))
		return rv;
	describe(&record, event, &watched);
	if (rv == CKR_OK) {
		hashing = pending_detach(session, use);
		digest_parts(&record, hashing, &watched);
		hashing_free(hashing);
	}
	return give(&record, out, length, rv);
}

/* A use that gives nothing out but its answer. */
static CK_RV
tell_use(CK_SESSION_HANDLE session, enum use use, enum audit_event event,
	CK_RV rv)
{
	struct watched watched = watch(session, use);
	struct audit_record record;

	if (!watched.is_watched)
		return rv;
	describe(&record, event, &watched);
	return give(&record, NULL, NULL, rv);
}

/* In the middle of a use only a refusal is told. */
static CK_RV
tell_refusal(CK_SESSION_HANDLE session, enum use use, enum audit_event event,
	CK_RV rv)
{
	return rv == CKR_OK ? rv : tell_use(session, use, event, rv);
}

#define BEGIN(name, use, event) \
	static CK_RV audit_##name(CK_SESSION_HANDLE session, \
		CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key) \
	{ \
		return begin(session, mechanism, key, event, \
			audit_inner->name(session, mechanism, key)); \
	}
#define WHOLE(name, use, event) \
	static CK_RV audit_##name(CK_SESSION_HANDLE session, CK_BYTE *in, \
		CK_ULONG in_length, CK_BYTE *out, CK_ULONG *out_length) \
	{ \
		return do_whole(session, in, in_length, out, out_length, use, \
			event, audit_inner->name); \
	}
#define PART(name, use, event) \
	static CK_RV audit_##name(CK_SESSION_HANDLE session, CK_BYTE *in, \
		CK_ULONG in_length, CK_BYTE *out, CK_ULONG *out_length) \
	{ \
		return do_part(session, in, in_length, out, out_length, use, \
			event, audit_inner->name); \
	}
#define LAST(name, use, event) \
	static CK_RV audit_##name( \
		CK_SESSION_HANDLE session, CK_BYTE *out, CK_ULONG *length) \
	{ \
		return do_last( \
			session, out, length, use, event, audit_inner->name); \
	}
#define TAKE(name, use, event) \
	static CK_RV audit_##name( \
		CK_SESSION_HANDLE session, CK_BYTE *in, CK_ULONG length) \
	{ \
		return tell_refusal(session, use, event, \
			audit_inner->name(session, in, length)); \
	}
/* A message of several: the parameter comes before. */
#define MESSAGE(name, use, event) \
	static CK_RV audit_##name(CK_SESSION_HANDLE session, void *parameter, \
		CK_ULONG parameter_length, CK_BYTE *associated, \
		CK_ULONG associated_length, CK_BYTE *in, CK_ULONG in_length, \
		CK_BYTE *out, CK_ULONG *out_length) \
	{ \
		CK_RV rv = audit_inner->name(session, parameter, \
			parameter_length, associated, associated_length, in, \
			in_length, out, out_length); \
\
		if (rv == CKR_OK && !out) \
			return rv; \
		rv = tell_use(session, use, event, rv); \
		if (rv == CKR_DEVICE_ERROR && out && out_length) \
			wipe(out, *out_length); \
		return rv; \
	}
#define MESSAGE_BEGIN(name, use, event) \
	static CK_RV audit_##name(CK_SESSION_HANDLE session, void *parameter, \
		CK_ULONG parameter_length, CK_BYTE *associated, \
		CK_ULONG length) \
	{ \
		return tell_use(session, use, event, \
			audit_inner->name(session, parameter, \
				parameter_length, associated, length)); \
	}
#define MESSAGE_NEXT(name, use, event) \
	static CK_RV audit_##name(CK_SESSION_HANDLE session, void *parameter, \
		CK_ULONG parameter_length, CK_BYTE *in, CK_ULONG in_length, \
		CK_BYTE *out, CK_ULONG *out_length, CK_FLAGS flags) \
	{ \
		return tell_refusal(session, use, event, \
			audit_inner->name(session, parameter, \
				parameter_length, in, in_length, out, \
				out_length, flags)); \
	}

/* clang-format off */
#define USES_2_40(BEGIN, WHOLE, PART, LAST, TAKE) \
	BEGIN(C_EncryptInit, USE_ENCRYPT, AUDIT_ENCRYPT) \
	WHOLE(C_Encrypt, USE_ENCRYPT, AUDIT_ENCRYPT) \
	PART(C_EncryptUpdate, USE_ENCRYPT, AUDIT_ENCRYPT) \
	PART(C_DigestEncryptUpdate, USE_ENCRYPT, AUDIT_ENCRYPT) \
	LAST(C_EncryptFinal, USE_ENCRYPT, AUDIT_ENCRYPT) \
	BEGIN(C_DecryptInit, USE_DECRYPT, AUDIT_DECRYPT) \
	WHOLE(C_Decrypt, USE_DECRYPT, AUDIT_DECRYPT) \
	PART(C_DecryptUpdate, USE_DECRYPT, AUDIT_DECRYPT) \
	PART(C_DecryptDigestUpdate, USE_DECRYPT, AUDIT_DECRYPT) \
	PART(C_DecryptVerifyUpdate, USE_DECRYPT, AUDIT_DECRYPT) \
	LAST(C_DecryptFinal, USE_DECRYPT, AUDIT_DECRYPT) \
	BEGIN(C_SignInit, USE_SIGN, AUDIT_SIGN) \
	WHOLE(C_Sign, USE_SIGN, AUDIT_SIGN) \
	LAST(C_SignFinal, USE_SIGN, AUDIT_SIGN) \
	BEGIN(C_SignRecoverInit, USE_SIGN_RECOVER, AUDIT_SIGN) \
	WHOLE(C_SignRecover, USE_SIGN_RECOVER, AUDIT_SIGN) \
	BEGIN(C_VerifyInit, USE_VERIFY, AUDIT_VERIFY) \
	TAKE(C_VerifyUpdate, USE_VERIFY, AUDIT_VERIFY) \
	BEGIN(C_VerifyRecoverInit, USE_VERIFY_RECOVER, AUDIT_VERIFY) \
	WHOLE(C_VerifyRecover, USE_VERIFY_RECOVER, AUDIT_VERIFY)

#define USES_3_0(BEGIN, MESSAGE, MESSAGE_BEGIN, MESSAGE_NEXT) \
	BEGIN(C_MessageEncryptInit, USE_MESSAGE_ENCRYPT, AUDIT_ENCRYPT) \
	MESSAGE(C_EncryptMessage, USE_MESSAGE_ENCRYPT, AUDIT_ENCRYPT) \
	MESSAGE_BEGIN(C_EncryptMessageBegin, USE_MESSAGE_ENCRYPT, AUDIT_ENCRYPT) \
	MESSAGE_NEXT(C_EncryptMessageNext, USE_MESSAGE_ENCRYPT, AUDIT_ENCRYPT) \
	BEGIN(C_MessageDecryptInit, USE_MESSAGE_DECRYPT, AUDIT_DECRYPT) \
	MESSAGE(C_DecryptMessage, USE_MESSAGE_DECRYPT, AUDIT_DECRYPT) \
	MESSAGE_BEGIN(C_DecryptMessageBegin, USE_MESSAGE_DECRYPT, AUDIT_DECRYPT) \
	MESSAGE_NEXT(C_DecryptMessageNext, USE_MESSAGE_DECRYPT, AUDIT_DECRYPT) \
	BEGIN(C_MessageSignInit, USE_MESSAGE_SIGN, AUDIT_SIGN) \
	BEGIN(C_MessageVerifyInit, USE_MESSAGE_VERIFY, AUDIT_VERIFY)

USES_2_40(BEGIN, WHOLE, PART, LAST, TAKE)
USES_3_0(BEGIN, MESSAGE, MESSAGE_BEGIN, MESSAGE_NEXT)
/* clang-format on */

static CK_RV
audit_C_SignUpdate(CK_SESSION_HANDLE session, CK_BYTE *in, CK_ULONG length)
{
	CK_RV rv = audit_inner->C_SignUpdate(session, in, length);

	if (rv == CKR_OK)
		feed(session, in, length);
	return tell_refusal(session, USE_SIGN, AUDIT_SIGN, rv);
}

static CK_RV
audit_C_SignEncryptUpdate(CK_SESSION_HANDLE session, CK_BYTE *in,
	CK_ULONG in_length, CK_BYTE *out, CK_ULONG *out_length)
{
	CK_RV rv = do_part(session, in, in_length, out, out_length, USE_ENCRYPT,
		AUDIT_ENCRYPT, audit_inner->C_SignEncryptUpdate);

	if (rv == CKR_OK && out)
		feed(session, in, in_length);
	return rv;
}

static CK_RV
audit_C_Verify(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG length,
	CK_BYTE *signature, CK_ULONG signature_length)
{
	return tell_use(session, USE_VERIFY, AUDIT_VERIFY,
		audit_inner->C_Verify(
			session, data, length, signature, signature_length));
}

static CK_RV
audit_C_VerifyFinal(
	CK_SESSION_HANDLE session, CK_BYTE *signature, CK_ULONG length)
{
	return tell_use(session, USE_VERIFY, AUDIT_VERIFY,
		audit_inner->C_VerifyFinal(session, signature, length));
}

static CK_RV
audit_C_SignMessage(CK_SESSION_HANDLE session, void *parameter,
	CK_ULONG parameter_length, CK_BYTE *in, CK_ULONG in_length,
	CK_BYTE *out, CK_ULONG *out_length)
{
	struct watched watched = watch(session, USE_MESSAGE_SIGN);
	struct audit_record record;
	CK_RV rv = audit_inner->C_SignMessage(session, parameter,
		parameter_length, in, in_length, out, out_length);

	if (!watched.is_watched || (rv == CKR_OK && !out))
		return rv;
	describe(&record, AUDIT_SIGN, &watched);
	if (audit_has_data && rv == CKR_OK)
		digest_whole(&record, in, in_length);
	return give(&record, out, out_length, rv);
}

static CK_RV
audit_C_SignMessageBegin(
	CK_SESSION_HANDLE session, void *parameter, CK_ULONG length)
{
	return tell_use(session, USE_MESSAGE_SIGN, AUDIT_SIGN,
		audit_inner->C_SignMessageBegin(session, parameter, length));
}

static CK_RV
audit_C_VerifyMessage(CK_SESSION_HANDLE session, void *parameter,
	CK_ULONG parameter_length, CK_BYTE *in, CK_ULONG in_length,
	CK_BYTE *signature, CK_ULONG signature_length)
{
	return tell_use(session, USE_MESSAGE_VERIFY, AUDIT_VERIFY,
		audit_inner->C_VerifyMessage(session, parameter,
			parameter_length, in, in_length, signature,
			signature_length));
}

static CK_RV
audit_C_VerifyMessageBegin(
	CK_SESSION_HANDLE session, void *parameter, CK_ULONG length)
{
	return tell_use(session, USE_MESSAGE_VERIFY, AUDIT_VERIFY,
		audit_inner->C_VerifyMessageBegin(session, parameter, length));
}

void
audit_put_uses(CK_FUNCTION_LIST_3_0 *list)
{
#define PUT(name, use, event) LAYER_ENTRY(list, audit, name);
	USES_2_40(PUT, PUT, PUT, PUT, PUT)
	USES_3_0(PUT, PUT, PUT, PUT)
#undef PUT
	LAYER_ENTRY(list, audit, C_SignUpdate);
	LAYER_ENTRY(list, audit, C_SignEncryptUpdate);
	LAYER_ENTRY(list, audit, C_Verify);
	LAYER_ENTRY(list, audit, C_VerifyFinal);
	LAYER_ENTRY(list, audit, C_SignMessage);
	LAYER_ENTRY(list, audit, C_SignMessageBegin);
	LAYER_ENTRY(list, audit, C_VerifyMessage);
	LAYER_ENTRY(list, audit, C_VerifyMessageBegin);
}
