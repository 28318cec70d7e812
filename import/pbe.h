/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens what is sealed with a passphrase, and checks what is stamped with one.
 * [RFC7292] [RFC8018] [RFC9579] */

#ifndef PBE_H
#define PBE_H

#include <stdbool.h>
#include <stdint.h>

#include "import/ber.h"
#include "import/passphrase.h"
#include "import/refusal.h"
#include "pkcs11/bytes.h"

/* One passphrase at work on one file. Starts as opener_init() makes it; owns
 * nothing. */
struct opener {
	const struct secret *passphrase; /* NULL: none was given */
	uint64_t work_left;              /* iterations, over the whole file */
	/* The forms that opened something already are tried first. */
	enum passphrase_form pkcs12_form, pkcs5_form;
};

/* More iterations than this for one key are absurd: a second or two on a fast
 * machine. Today's writers ask for up to 1,000,000. */
#define WORK_LIMIT UINT64_C(10000000)
/* And for all keys of a file. */
#define WORK_LIMIT_FILE UINT64_C(60000000)
/* The memory that scrypt may ask for. */
#define SCRYPT_MEMORY_LIMIT (UINT64_C(1) << 30)

void opener_init(struct opener *opener, const struct secret *passphrase);

/*
 * Opens what is sealed by the algorithm (an AlgorithmIdentifier of a PBES1 or
 * PBES2 scheme): a SEQUENCE, or it counts as not opened.
 * REFUSAL_PASSPHRASE_WRONG when no form of the passphrase opens it; _NEEDED
 * when there is none.
 */
enum refusal pbe_open(struct opener *opener, const struct ber_item *algorithm,
	struct ber sealed, struct secret *plain, struct failure *failure);

/* Checks the stamp of a file: MacData over content. Refuses as pbe_open(). */
enum refusal pbe_check_stamp(struct opener *opener,
	const struct ber_item *stamp, struct ber content,
	struct failure *failure);

#endif
