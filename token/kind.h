/* SPDX-License-Identifier: BSD-2-Clause */
/* What runs a mechanism's operations: the seam to the crypto-*.c files. */

#ifndef KIND_H
#define KIND_H

#include "token/crypto.h"
#include "token/mechanism.h"
#include "token/operation.h"

struct evp_md_ctx_st;
struct evp_cipher_ctx_st;

/* The lengths that an unwrapped key may have; none: any. */
struct lengths {
	CK_ULONG at[3];
	size_t count;
};

struct operation {
	const struct mechanism *mechanism;
	const struct operation_kind *kind;
	CK_FLAGS use;
	struct key *key;
	bool has_updates;

	/* What the kind's begin read from the mechanism's parameter. */
	const struct hash *hash; /* hashed first, or the padding's */
	const struct hash *mgf;
	CK_ULONG number;    /* salt, tag or MAC length */
	struct bytes label; /* OAEP label, EdDSA context, IV */
	bool prehashed;
	struct lengths legal; /* of a key that RSA unwraps */

	/* Its running state. */
	struct evp_md_ctx_st *digest;
	struct evp_cipher_ctx_st *cipher;
	struct evp_mac_ctx_st *mac;
	CK_ULONG total_in, total_out;
	struct secret gathered; /* room; gathered_length of it is filled */
	CK_ULONG gathered_length;
	/* A result that did not fit yet. */
	struct secret held;
	bool is_held;
};

/*
 * Lengths are checked by operation.c: finish and take get room for what bound
 * promised. All may be called once the operation's begin succeeded.
 */
struct operation_kind {
	/* Reads the parameter and sets up the state. */
	CK_RV(*begin)
	(struct operation *operation, const CK_MECHANISM *mechanism);
	/* The most bytes that in_length bytes more give: at the end (take and
	 * finish together), and before it. */
	CK_ULONG(*bound)
	(const struct operation *operation, CK_ULONG in_length);
	CK_ULONG(*bound_update)
	(const struct operation *operation, CK_ULONG in_length);
	/* Streams input. NULL: it is gathered, up to cap, for run. */
	CK_RV(*take)
	(struct operation *operation, const CK_BYTE *in, CK_ULONG in_length,
		CK_BYTE *out, CK_ULONG *out_length);
	CK_RV(*finish)
	(struct operation *operation, CK_BYTE *out, CK_ULONG *out_length);
	CK_RV(*check)
	(struct operation *operation, const CK_BYTE *signature,
		CK_ULONG length);
	/* For those that need their input whole. */
	CK_RV(*run)
	(struct operation *operation, const CK_BYTE *in, CK_ULONG in_length,
		CK_BYTE *out, CK_ULONG *out_length);
	CK_RV(*verify)
	(struct operation *operation, const CK_BYTE *in, CK_ULONG in_length,
		const CK_BYTE *signature, CK_ULONG length);
	CK_ULONG cap;
	/* With a mechanism that names a hash the input goes through it, and
	 * run and verify get the digest. */
	bool hashes_input;
};

/* The hash of a mechanism's input. */
CK_RV digest_begin(struct operation *operation);
CK_RV digest_take(
	struct operation *operation, const void *in, CK_ULONG in_length);
CK_RV digest_finish(struct operation *operation,
	unsigned char result[HASH_LENGTH_MAX], CK_ULONG *length);
/* Frees what of an operation's state is the library's. */
void crypto_state_clear(struct operation *operation);

/* The rows of the table of mechanisms name these. */
extern const struct operation_kind digest_kind, rsa_pkcs1_kind, rsa_raw_kind,
	rsa_pss_kind, rsa_oaep_kind, ecdsa_kind, eddsa_kind, hmac_kind,
	hmac_general_kind, aes_kind, aes_pad_kind, aes_ctr_kind, aes_gcm_kind,
	aes_wrap_kind;

/* Begins for one use on behalf of another: wrapping encrypts, and the mechanism
 * must be one that may wrap. */
CK_RV operation_begin(const CK_MECHANISM *mechanism, CK_FLAGS permission,
	CK_FLAGS use, struct key *key, struct operation **result);

#endif
