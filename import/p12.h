/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads PKCS #12 files. [RFC7292] */

#ifndef P12_H
#define P12_H

#include "import/bundle-build.h"

/* The bytes look like a PKCS #12 file of any version. */
bool p12_is_one(struct ber from);
/* Its check value first, then what it holds. */
enum refusal p12_read(struct intake *intake, struct ber from);

/* SafeContents: for p12.c. */
enum refusal p12_read_bags(struct intake *intake, struct ber from);

/* The certificates of a PKCS #7 file of them. */
bool p7_is_one(struct ber from);
enum refusal p7_read(struct intake *intake, struct ber from);

#endif
