/* SPDX-License-Identifier: BSD-2-Clause */
/* What ties the lines of the audit log together, and to their key. */

#ifndef AUDIT_CHAIN_H
#define AUDIT_CHAIN_H

#include "token/crypto-seal.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Each line carries two values. Its chain value is SHA-256 over its text and
 * the chain value of the line before: who has the log can compute it. Its MAC
 * is HMAC-SHA-256 over the chain value under the line's own key. Each line's
 * key is made one-way of the one before, which is then gone: who gets the
 * present key cannot make a MAC for an earlier line.
 */
enum { AUDIT_KEY_SIZE = SEAL_KEY_SIZE, AUDIT_CODE_GROUPS = 5 };

/* The first key, from the verification code (145 random bits, written form);
 * and what tells one code from another without giving it away. */
bool audit_chain_key(const struct secret *code, struct secret *key);
enum { AUDIT_PRINT_SIZE = 8 };
bool audit_chain_print(
	const struct secret *code, unsigned char print[AUDIT_PRINT_SIZE]);

/* digest may be before. */
bool audit_chain_digest(const unsigned char before[DIGEST_SIZE],
	const void *text, size_t length, unsigned char digest[DIGEST_SIZE]);
bool audit_chain_mac(const struct secret *key,
	const unsigned char digest[DIGEST_SIZE],
	unsigned char mac[DIGEST_SIZE]);
/* The key of the next line takes the place of this one's. */
bool audit_chain_advance(struct secret *key);

#endif
