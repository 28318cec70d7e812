/* SPDX-License-Identifier: BSD-2-Clause */
/* What generated calls with extreme arguments are made of. */

#ifndef EXTREMES_H
#define EXTREMES_H

#include "pkcs11/call.h"
#include "pkcs11/template.h"

#define LONG_MOST (CK_UNAVAILABLE_INFORMATION >> 1)

struct extreme {
	const char *name;
	void (*run)(CK_SESSION_HANDLE session);
};
extern const struct extreme extremes[];
extern const size_t extremes_count;

extern const CK_FUNCTION_LIST_3_0 *list;
/* As large as any length below the cap that is tried. */
extern CK_BYTE some_bytes[4096];
extern CK_ULONG some_numbers[64], some_length, no_length;
extern CK_BYTE out_room[4096];
#define out ((void *)out_room)

extern CK_ATTRIBUTE a_template[1], null_template[1], long_template[1],
	nested_template[1], unknown_template[1], a_query[1], null_query[1],
	nested_query[1], unknown_query[1];
extern CK_MECHANISM a_mechanism, null_mechanism, long_mechanism,
	unknown_mechanism, null_oaep, long_oaep;

/* Puts the arguments back as they should be, for the next call. */
void extreme_reset(void);
/* Judges what the call returned. */
void extreme_judge(const char *call, CK_RV rv);

#define TRY(name, arguments) \
	do { \
		extreme_reset(); \
		extreme_judge(#name " " #arguments, list->name arguments); \
	} while (0)

#endif
