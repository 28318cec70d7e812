/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a call of any number, in the worker: the token gets what it may
 * read, and the answer fits. */

#include "config.h"

#include "pkcs11/frame.h"
#include "pkcs11/serve-dispatch.h"
#include "tests/fuzz/fuzz.h"
#include "tests/wire/probe.h"

#include <stdlib.h>

/* C_Sign, C_CreateObject, C_GetAttributeValue, C_DeriveKey with ECDH, C_Login
 * and C_FindObjectsInit. */
const struct fuzz_seed fuzz_seeds[] = {
	FUZZ_TEXT("\x28\0\0\0\1\0\0\0\0\0\0\0\1\4\0\0\0data\3\0\1\0\0\0\0\0\0"),
	FUZZ_TEXT("\x11\0\0\0\1\0\0\0\0\0\0\0\2\0\0\0\1\0\0\0\1\0\0\0\0\0\0\0\0"
		  "\0\0\0\4\0\0\0\3\0\0\0abc"),
	FUZZ_TEXT("\x15\0\0\0\1\0\0\0\0\0\0\0\7\0\0\0\0\0\0\0\3\0\0\0\1\0\0\0\1"
		  "\1\0\0\0\4\0\0\0\1\x20\0\0\0\x68\0\0\0\1\1\0\0\0\1\x20\0\0"
		  "\0"),
	FUZZ_TEXT("\x3b\0\0\0\1\0\0\0\0\0\0\0\1\x50\x10\0\0\0\0\0\0\6\0\0\0\1\1"
		  "\0\0\0\0\0\0\0\0\0\0\0\3\0\0\0pub\5\0\0\0\0\0\0\0\0\0\0\0"),
	FUZZ_TEXT("\x0f\0\0\0\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1\4\0\0\0"
		  "1234"),
	FUZZ_TEXT("\x17\0\0\0\1\0\0\0\0\0\0\0\1\0\0\0\x68\0\0\0\1\0\0\0\4\0\0\0"
		  "\1\0\0\0x"),
	{ NULL, 0 },
};

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
