/* SPDX-License-Identifier: BSD-2-Clause */
/* Public keys that a fronted token lacks, from its certificates.
 *
 * Before the login NSS knows a certificate as the user's by the public key of
 * the same CKA_ID, and some tokens keep none.
 */

#ifndef FRONTED_PUBLIC_H
#define FRONTED_PUBLIC_H

#include "pkcs11/bytes.h"
#include "pkcs11/cryptoki.h"

/* One, for as long as the process lives. */
struct public_key;

/* What a token has of a certificate. */
struct public_source {
	CK_OBJECT_HANDLE certificate;
	struct bytes value, id, label, subject;
};

/* fronted-public-key.c: the one of a certificate, made or found, or found only.
 * NULL: memory is short; it is not known. */
const struct public_key *public_key_make(const struct public_source *source);
const struct public_key *public_key_known(CK_OBJECT_HANDLE certificate);
/* False: the certificate has no key of a type that is known here. */
bool public_key_is_one(const struct public_key *key);
/* The certificate signs others, and only a private key shows that it is the
 * user's. */
bool public_key_is_authority(const struct public_key *key);
/* What stands for the vendor's handle of it. */
CK_OBJECT_HANDLE public_key_handle(const struct public_key *key);
const struct public_key *public_key_of(CK_OBJECT_HANDLE handle);
const struct bytes *public_key_id(const struct public_key *key);
bool public_key_matches(const struct public_key *key,
	const CK_ATTRIBUTE *template, CK_ULONG count);
CK_RV public_key_show(
	const struct public_key *key, CK_ATTRIBUTE *template, CK_ULONG count);

/* fronted-public.c: the layer around fronted_wrap's list. Called once. */
const CK_FUNCTION_LIST_3_0 *public_wrap(const CK_FUNCTION_LIST_3_0 *next);

#endif
