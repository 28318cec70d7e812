/* SPDX-License-Identifier: BSD-2-Clause */
/* Data of any length: what fits goes in one trip, the rest in pieces. */

#include "config.h"

#include "pkcs11/call.h"
#include "pkcs11/calls.h"

/* What padding and tags can add to data. */
#define GROWTH 64

/* Whether there is an operation is asked with so much of the data. */
#define SAMPLE 4096

typedef CK_RV (*part_function)(CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG);
typedef CK_RV (*cipher_function)(
	CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG, CK_BYTE *, CK_ULONG *);
typedef CK_RV (*final_function)(CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG *);

static bool
is_short(const CK_BYTE *data, CK_ULONG length)
{
	return !data || length <= PIECE_CAP;
}

/* A mechanism that takes no pieces says so of the first. */
static CK_RV
send_parts(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG length,
	part_function update)
{
	CK_ULONG piece;
	CK_RV rv = CKR_OK;

	while (length && rv == CKR_OK) {
		piece = length < PIECE_CAP ? length : PIECE_CAP;
		rv = update(session, data, piece);
		data += piece;
		length -= piece;
	}
	return rv;
}

static bool
is_refusal_of_parts(CK_RV rv)
{
	return rv == CKR_FUNCTION_NOT_SUPPORTED || rv == CKR_MECHANISM_INVALID;
}

/* The functions of one operation. */
struct operation {
	cipher_function once, update;
	part_function part;
	final_function final;
};

/* The token knows what no bytes and this length mean to its operation: an
 * error, and the end of it. */
static CK_RV
refuse_length(CK_SESSION_HANDLE session, CK_ULONG length, cipher_function once)
{
	CK_BYTE room[1];
	CK_ULONG room_length = sizeof(room);
	CK_RV rv = once(session, NULL, length, room, &room_length);

	return rv == CKR_OK || rv == CKR_ARGUMENTS_BAD ? CKR_DATA_LEN_RANGE
						       : rv;
}

/*
 * C_Sign and C_Digest: the length of the result is asked first, so that a room
 * too small leaves the operation as it was.
 */
static CK_RV
condense(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG length,
	CK_BYTE *result, CK_ULONG *result_length,
	const struct operation *operation)
{
	CK_ULONG needed = 0;
	CK_RV rv;

	if (is_short(data, length) || !result_length)
		return operation->once(session, data,
			is_short(data, length) ? length : 0, result,
			result_length);
	if (length > STREAM_CAP)
		return refuse_length(session, length, operation->once);
	rv = operation->once(session, data, PIECE_CAP, NULL, &needed);
	if (rv != CKR_OK)
		return rv;
	if (!result || *result_length < needed) {
		*result_length = needed;
		return result ? CKR_BUFFER_TOO_SMALL : CKR_OK;
	}
	rv = send_parts(session, data, length, operation->part);
	/* There was an operation, it answered: it takes data only at once. */
	if (is_refusal_of_parts(rv) || rv == CKR_OPERATION_NOT_INITIALIZED)
		return CKR_DATA_LEN_RANGE;
	return rv == CKR_OK ? operation->final(session, result, result_length)
			    : rv;
}

CK_RV
C_Sign(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG length,
	CK_BYTE *signature, CK_ULONG *signature_length)
{
	static const struct operation sign = { forward_Sign, NULL,
		forward_SignUpdate, C_SignFinal };

	return condense(
		session, data, length, signature, signature_length, &sign);
}

CK_RV
C_Digest(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG length,
	CK_BYTE *digest, CK_ULONG *digest_length)
{
	static const struct operation make_digest = { forward_Digest, NULL,
		forward_DigestUpdate, C_DigestFinal };

	return condense(
		session, data, length, digest, digest_length, &make_digest);
}

CK_RV
C_Verify(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG length,
	CK_BYTE *signature, CK_ULONG signature_length)
{
	CK_RV rv;

	if (is_short(data, length))
		return forward_Verify(
			session, data, length, signature, signature_length);
	if (length > STREAM_CAP) {
		rv = forward_Verify(
			session, NULL, length, signature, signature_length);
		return rv == CKR_ARGUMENTS_BAD ? CKR_DATA_LEN_RANGE : rv;
	}
	rv = send_parts(session, data, length, forward_VerifyUpdate);
	if (is_refusal_of_parts(rv))
		return CKR_DATA_LEN_RANGE;
	return rv == CKR_OK
		? C_VerifyFinal(session, signature, signature_length)
		: rv;
}

static CK_RV
update(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG length,
	part_function forward)
{
	CK_RV rv;

	if (is_short(data, length))
		return forward(session, data, length);
	if (length <= STREAM_CAP)
		return send_parts(session, data, length, forward);
	rv = forward(session, NULL, length);
	return rv == CKR_ARGUMENTS_BAD ? CKR_DATA_LEN_RANGE : rv;
}

CK_RV
C_SignUpdate(CK_SESSION_HANDLE session, CK_BYTE *part, CK_ULONG length)
{
	return update(session, part, length, forward_SignUpdate);
}

CK_RV
C_VerifyUpdate(CK_SESSION_HANDLE session, CK_BYTE *part, CK_ULONG length)
{
	return update(session, part, length, forward_VerifyUpdate);
}

CK_RV
C_DigestUpdate(CK_SESSION_HANDLE session, CK_BYTE *part, CK_ULONG length)
{
	return update(session, part, length, forward_DigestUpdate);
}

/* Pieces in, pieces out; the room was found large enough for all. */
static CK_RV
send_cipher_parts(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG length,
	CK_BYTE *result, CK_ULONG room, CK_ULONG *made, cipher_function forward)
{
	CK_ULONG piece, out;
	CK_RV rv = CKR_OK;

	*made = 0;
	while (length && rv == CKR_OK) {
		piece = length < PIECE_CAP ? length : PIECE_CAP;
		out = room - *made;
		rv = forward(session, data, piece, result + *made, &out);
		if (rv == CKR_OK)
			*made += out;
		data += piece;
		length -= piece;
	}
	/* Some of it is used up: this is no question of a larger room now. */
	return rv == CKR_BUFFER_TOO_SMALL ? CKR_FUNCTION_FAILED : rv;
}

/*
 * Long data of a cipher. The exact length is known at the end only, so a
 * question, or a room that may not do, gets one that surely does.
 * [PKCS11 5.2]
 */
static CK_RV
transform(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG length,
	CK_BYTE *result, CK_ULONG *result_length,
	const struct operation *operation)
{
	CK_ULONG made = 0, left, room;
	CK_RV rv;

	if (is_short(data, length) || !result_length)
		return operation->once(session, data,
			is_short(data, length) ? length : 0, result,
			result_length);
	if (length > STREAM_CAP)
		return refuse_length(session, length, operation->once);
	room = *result_length;
	rv = operation->once(session, data, SAMPLE, NULL, &made);
	if (rv != CKR_OK)
		return rv;
	if (!result || room < length) {
		*result_length = length + GROWTH;
		return result ? CKR_BUFFER_TOO_SMALL : CKR_OK;
	}
	rv = send_cipher_parts(
		session, data, length, result, room, &made, operation->update);
	if (rv == CKR_OK && operation->final) {
		left = room - made;
		rv = operation->final(session, result + made, &left);
		made += left;
	}
	if (rv == CKR_OK)
		*result_length = made;
	return rv;
}

/* The entry points of ciphers differ in the functions they are made of. */
#define CIPHER(name, update_name, final_name) \
	CK_RV \
	C_##name(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG length, \
		CK_BYTE *result, CK_ULONG *result_length) \
	{ \
		static const struct operation operation = { forward_##name, \
			forward_##update_name, NULL, final_name }; \
\
		return transform(session, data, length, result, result_length, \
			&operation); \
	}

CIPHER(Encrypt, EncryptUpdate, C_EncryptFinal)
CIPHER(Decrypt, DecryptUpdate, C_DecryptFinal)
CIPHER(EncryptUpdate, EncryptUpdate, NULL)
CIPHER(DecryptUpdate, DecryptUpdate, NULL)
CIPHER(DigestEncryptUpdate, DigestEncryptUpdate, NULL)
CIPHER(DecryptDigestUpdate, DecryptDigestUpdate, NULL)
CIPHER(SignEncryptUpdate, SignEncryptUpdate, NULL)
CIPHER(DecryptVerifyUpdate, DecryptVerifyUpdate, NULL)

CK_RV
C_GenerateRandom(CK_SESSION_HANDLE session, CK_BYTE *random, CK_ULONG length)
{
	if (is_short(random, length))
		return forward_GenerateRandom(session, random, length);
	if (length > STREAM_CAP)
		return forward_GenerateRandom(session, NULL, length);
	return send_parts(session, random, length, forward_GenerateRandom);
}
