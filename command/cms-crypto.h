/* SPDX-License-Identifier: BSD-2-Clause */
/* What a mail needs beside the private key: hashes, ciphers, key wrapping. */

#ifndef CMS_CRYPTO_H
#define CMS_CRYPTO_H

#include "import/ber.h"
#include "pkcs11/bytes.h"

#define DIGEST_LONGEST 64

/* By OpenSSL's name ("SHA256"). The length; 0: it failed. */
size_t cms_digest(const char *name, const void *from, size_t length,
	unsigned char digest[DIGEST_LONGEST]);

/* A content cipher of a mail. */
struct content_cipher {
	const char *oid;
	const char *name;
	size_t key_length;
	/* Authenticated, with the parameters of RFC 5084. */
	bool is_gcm;
};

/* NULL: we do not know it. */
const struct content_cipher *content_cipher_find(const char *oid);

/* Opens a content; the tag is for GCM alone. False: it was altered, or the key
 * is another. */
bool cms_open(const struct content_cipher *cipher, const struct secret *key,
	struct ber nonce, struct ber header, struct ber sealed, struct ber tag,
	struct secret *content);

/* Unwraps a key by a cipher for keys (OpenSSL's name, such as "AES-256-WRAP").
 * False: altered, or another key. */
bool cms_unwrap(const char *cipher, const struct secret *wrapping,
	struct ber wrapped, struct secret *key);

/* The KDF of X9.63 with a hash, or HKDF, which alone takes a salt. */
bool cms_derive(const char *digest, bool is_hkdf, const struct secret *shared,
	struct ber salt, const struct bytes *information, struct secret *key);

/* Whether the detached signature over the mail's part is good. The signer's
 * certificates are in it; their issuers are not checked. */
bool cms_verify(const struct bytes *content, const struct bytes *signature);
/* Whether a bare signature by the certificate's Edwards key is good: OpenSSL
 * before 3.2 cannot verify a CMS by one. */
bool cms_verify_bare(const struct bytes *certificate,
	const struct bytes *message, const struct bytes *signature);

#endif
