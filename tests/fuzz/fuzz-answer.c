/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as the worker's answer, in the module: nothing is written beyond
 * what the application offered. */

#include "config.h"

#include "pkcs11/call.h"
#include "pkcs11/frame.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

/* Which outputs, then CKR_OK, then the outputs. */
const struct fuzz_seed fuzz_seeds[] = {
	FUZZ_TEXT("\0\0\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0\1\4\0\0\0data"),
	FUZZ_TEXT("\1\0\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\1\1\0\0\0\0\0\0\0\2\0\0\0"
		  "\0\0\0\0"),
	FUZZ_TEXT("\2\0\0\0\0\0\0\0\0\3\0\0\0\1\0\0\0\2\1\0\0\0\3\0\0\0\0\0\0\0"
		  "\4\0\0\0\2\5\0\0\0label\x68\0\0\0\2\1\0\0\0\4\0\0\0\2\1\0\0"
		  "\0x"),
	FUZZ_TEXT("\3\0\0\0\0\0\0\0\0\1\1\0\0\0\5\0\0\0\0\0\0\0"),
	FUZZ_TEXT("\4\0\0\0\0\0\0\0\0\x10\0\0\0"
		  "0123456789abcdef"),
	FUZZ_TEXT("\5\0\0\0\0\0\0\0\0\2\0\0\0\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0"),
	{ NULL, 0 },
};

static void
get_query(struct call *call)
{
	CK_BYTE *label = malloc(5), *inner = malloc(1);
	CK_OBJECT_CLASS *class = malloc(sizeof(*class));
	CK_ATTRIBUTE *nested = calloc(1, sizeof(*nested));
	CK_ATTRIBUTE attributes[] = {
		{ CKA_CLASS, class, sizeof(*class) },
		{ CKA_LABEL, label, 5 },
		{ CKA_WRAP_TEMPLATE, nested, sizeof(*nested) },
	};

	*nested = (CK_ATTRIBUTE){ 0, inner, 1 };
	call_get_query(call, attributes, 3);
	free(label);
	free(inner);
	free(class);
	free(nested);
}

static void
get_outputs(struct call *call, unsigned which)
{
	CK_ULONG length = 4, *numbers = malloc(2 * sizeof(*numbers));
	CK_BYTE *bytes = malloc(16);
	struct search search = { 0 };
	CK_TOKEN_INFO info;

	switch (which % 7) {
	case 0:
		call_get_room(call, bytes, &length);
		break;
	case 1:
		length = 2;
		call_get_list(call, numbers, &length);
		break;
	case 2:
		get_query(call);
		break;
	case 3:
		call_get_first(call, &search);
		break;
	case 4:
		call_get_fill(call, bytes, 16);
		break;
	case 5:
		call_get_found(call, numbers, 2, &length);
		break;
	default:
		call_get_token_info(call, &info);
	}
	free(search.handles);
	free(numbers);
	free(bytes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t length)
{
	static struct application application;
	static struct connection connection;
	static struct keeper keeper;
	struct call call = {
		.application = &application,
		.keeper = &keeper,
		.row = &call_rows[1],
		.connection = &connection,
		.known = tables_known,
	};
	struct wire *answer = &connection.answer;
	struct hello hello;

	if (length == 0)
		return 0;
	hello_take(at + 1, length - 1, &hello);
	wire_reset(answer);
	wire_put_raw(answer, at + 1, length - 1);
	call.rv = wire_take_number(answer);
	call.is_answered = !answer->failed && !wire_is_finished(answer);
	if (!answer->failed)
		get_outputs(&call, at[0]);
	return 0;
}
