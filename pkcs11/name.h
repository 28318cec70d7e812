/* SPDX-License-Identifier: BSD-2-Clause */
/* The standard's names of its numbers, for logs and errors. */

#ifndef NAME_H
#define NAME_H

#include "pkcs11/cryptoki.h"

struct name {
	CK_ULONG number;
	const char *text;
};

/* Each is sorted by number; written from constants.table. */
extern const struct name rv_names[], mechanism_names[], attribute_names[],
	class_names[], key_type_names[];
extern const size_t rv_names_count, mechanism_names_count,
	attribute_names_count, class_names_count, key_type_names_count;

/* The name, or "unknown"; never NULL, never freed. */
const char *rv_name(CK_RV rv);
const char *mechanism_name(CK_MECHANISM_TYPE type);
const char *attribute_name(CK_ATTRIBUTE_TYPE type);
const char *class_name(CK_OBJECT_CLASS object_class);
const char *key_type_name(CK_KEY_TYPE type);

#endif
