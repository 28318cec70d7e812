/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a call of any number, in the worker: the token gets what it may
 * read, and the answer fits. */

#include "config.h"

#include "pkcs11/frame.h"
#include "pkcs11/serve-dispatch.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/request-seeds.h"
#include "tests/wire/probe.h"

#include <stdlib.h>

const struct fuzz_seed fuzz_seeds[] = { REQUEST_SEEDS, { NULL, 0 } };

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t length)
{
	static struct request request;
	uint32_t call;

	request.known = tables_known;
	request.rv = CKR_OK;
	wire_reset(&request.in);
	wire_reset(&request.out);
	wire_put_raw(&request.in, at, length);
	call = wire_take_u32(&request.in) % (tables_known.calls + 1);
	probe_begin((unsigned)length * 7 + call);
	if (call != 0 && !request.in.failed) {
		frame_begin(&request.out, call);
		dispatch_rows[call].serve(&request, &probe_functions);
		if (request.out.length > FRAME_HEADER + FRAME_CAP)
			abort();
	}
	arena_clear(&request.arena);
	return 0;
}
