/* SPDX-License-Identifier: BSD-2-Clause */
/* Mail as far as S/MIME needs it: headers, line ends, parts. [RFC8551] */

#ifndef MAIL_H
#define MAIL_H

#include "import/ber.h"
#include "pkcs11/bytes.h"

/* A mail, or a part of one; borrows its bytes. */
struct mail {
	/* Complete header lines; empty when it begins with its text. */
	struct ber headers;
	struct ber body;
	/* Whether its lines end with CR LF. */
	bool has_crlf;
};

void mail_read(struct mail *mail, const void *at, size_t length);

/* A header's value without folding and comments taken out of the way, to be
 * freed; NULL: there is none. */
char *mail_header(const struct mail *mail, const char *name);
/* The sender's bare address, to be freed; NULL: there is none. */
char *mail_sender(const struct mail *mail);

/* What will be signed: the headers Content-*, the body, lines ended by CR LF.
 * The others go to *outer. False: memory is short. */
bool mail_split(
	const struct mail *mail, struct bytes *outer, struct bytes *inner);
/* A multipart/signed mail around the part. False: memory or random short. */
bool mail_wrap_signed(const struct mail *mail, const struct bytes *outer,
	const struct bytes *inner, const char *micalg,
	const struct bytes *signature, struct bytes *result);

/* Bytes with every line ended by CR LF. False: memory is short. */
bool mail_canonicalize(struct ber from, struct bytes *to);

/*
 * The CMS structure that a file holds: DER, PEM, or the body of an S/MIME mail.
 * False: it is none of these.
 */
bool mail_cms(const struct bytes *file, struct bytes *cms);

#endif
