/* SPDX-License-Identifier: BSD-2-Clause */
/* A fuzz target: linked with libFuzzer (--with-fuzzing) or with drive.c. */

#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* What drive.c starts from; the last has at == NULL. */
struct fuzz_seed {
	const unsigned char *at;
	size_t length;
};

extern const struct fuzz_seed fuzz_seeds[];

#define FUZZ_TEXT(text) \
	{ \
		(const unsigned char *)(text), sizeof(text) - 1 \
	}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t length);

#endif
