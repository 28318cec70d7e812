/* SPDX-License-Identifier: BSD-2-Clause */
/* Mechanisms that a fronted token lacks, and that hashing here makes of those
 * that it has. */

#ifndef FRONTED_HASH_H
#define FRONTED_HASH_H

#include "token/crypto.h"

struct hashing;

/* What a needed mechanism signs in place of the text. */
enum hashed_input {
	HASHED_INFO,  /* the digest in a DigestInfo */
	HASHED_ORDER, /* the digest, as long as the curve's order at most */
	HASHED_PLAIN, /* the digest; the parameter names its hash too */
};

struct hashed {
	CK_MECHANISM_TYPE offered, needed, hash;
	enum hashed_input input;
};

/* What a session has under way, from the C_SignInit or C_VerifyInit on. */
struct hashed_operation {
	struct hashed_operation *next;
	CK_SESSION_HANDLE session;
	CK_FLAGS use; /* CKF_SIGN or CKF_VERIFY */
	const struct hashed *row;
	struct hashing *hashing; /* of what came in parts */
	CK_ULONG digest_most;
	CK_BYTE input[HASH_INFO_MAX + HASH_LENGTH_MAX];
	CK_ULONG input_length; /* 0: not made yet */
	/* It failed. What the vendor may still have under way would sign
	 * anything: no call reaches it before the next C_SignInit. */
	bool is_dead;
};

/* fronted-hash.c: the books. Taken, an operation is the caller's until
 * hashed_end, which has its call's result and gives that back. NULL with
 * CKR_OK: the vendor does it alone. */
void hashed_begin(struct hashed_operation *operation);
CK_RV hashed_take(CK_SESSION_HANDLE session, CK_FLAGS use,
	struct hashed_operation **operation);
CK_RV hashed_end(struct hashed_operation *operation, bool goes_on, CK_RV rv);
void hashed_forget(CK_SESSION_HANDLE session, CK_FLAGS uses);
bool hashed_is_under_way(CK_SESSION_HANDLE session, CK_FLAGS uses);
/* Hashes a part; makes the input of it, or, with no digest yet, one of the same
 * length; and forgets it again. */
CK_RV hashed_add(
	struct hashed_operation *operation, const CK_BYTE *in, CK_ULONG length);
CK_RV hashed_finish(struct hashed_operation *operation);
void hashed_set_input(
	struct hashed_operation *operation, const unsigned char *digest);
void hashed_reset(struct hashed_operation *operation);

/* fronted-mechanism.c: the row of the mechanism, or NULL. */
const struct hashed *hashed_find(CK_MECHANISM_TYPE offered);
/* The token's mechanisms and these. */
CK_RV hashed_mechanism_list(const CK_FUNCTION_LIST_3_0 *next, CK_SLOT_ID slot,
	CK_MECHANISM_TYPE *types, CK_ULONG *count);
CK_RV hashed_mechanism_info(const CK_FUNCTION_LIST_3_0 *next, CK_SLOT_ID slot,
	CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info);

/* fronted-hash-calls.c: the layer around fronted_wrap's list. Called once. */
const CK_FUNCTION_LIST_3_0 *hashed_wrap(const CK_FUNCTION_LIST_3_0 *next);

#endif
