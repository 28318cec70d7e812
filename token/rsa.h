/* SPDX-License-Identifier: BSD-2-Clause */
/* What the crypto-rsa-*.c files share. */

#ifndef RSA_H
#define RSA_H

#include "token/kind.h"

/* Sets what the operation's padding needs on top of the key's context. */
bool rsa_context_set(
	const struct operation *operation, struct evp_pkey_ctx_st *context);
bool rsa_pss_set(
	const struct operation *operation, struct evp_pkey_ctx_st *context);
bool rsa_oaep_set(
	const struct operation *operation, struct evp_pkey_ctx_st *context);
/* Signs, and checks what it made: nothing faulty comes out. */
CK_RV rsa_sign(struct operation *operation, enum key_context sign,
	const CK_BYTE *in, CK_ULONG in_length, CK_BYTE *out,
	CK_ULONG *out_length);
CK_RV rsa_verify(struct operation *operation, enum key_context which,
	const CK_BYTE *in, CK_ULONG in_length, const CK_BYTE *signature,
	CK_ULONG length);
CK_RV rsa_encrypt(struct operation *operation, enum key_context which,
	const CK_BYTE *in, CK_ULONG in_length, CK_BYTE *out,
	CK_ULONG *out_length);
/* The number alone, as long as the modulus; checked before it is given. */
CK_RV rsa_decrypt_raw(
	struct key *key, const CK_BYTE *in, CK_ULONG in_length, CK_BYTE *out);
/* Decrypts by PKCS #1 v1.5. Of bad padding nothing can be told: it gives a
 * message of its own, which follows from the key and the ciphertext; and so
 * does a message of a length that is not legal. */
CK_RV rsa_pkcs1_decrypt(struct key *key, const struct lengths *legal,
	const CK_BYTE *in, CK_ULONG in_length, CK_BYTE *out,
	CK_ULONG *out_length);
/* What was signed by PKCS #1 v1.5. CKR_SIGNATURE_INVALID. */
CK_RV rsa_pkcs1_recover(struct key *key, const CK_BYTE *in, CK_ULONG in_length,
	CK_BYTE *out, CK_ULONG *out_length);
CK_ULONG rsa_bound(const struct operation *operation, CK_ULONG in_length);

#endif
