/* SPDX-License-Identifier: BSD-2-Clause */
/* The standard's names of its numbers, for logs and errors. */

#include "config.h"

#include "pkcs11/name.h"

static const char *
find(const struct name *names, size_t count, CK_ULONG number)
{
	size_t low = 0, high = count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (names[middle].number == number)
			return names[middle].text;
		if (names[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return "unknown";
}

const char *
rv_name(CK_RV rv)
{
	return find(rv_names, rv_names_count, rv);
}

const char *
mechanism_name(CK_MECHANISM_TYPE type)
{
	return find(mechanism_names, mechanism_names_count, type);
}

const char *
attribute_name(CK_ATTRIBUTE_TYPE type)
{
	return find(attribute_names, attribute_names_count, type);
}

const char *
class_name(CK_OBJECT_CLASS object_class)
{
	return find(class_names, class_names_count, object_class);
}

const char *
key_type_name(CK_KEY_TYPE type)
{
	return find(key_type_names, key_type_names_count, type);
}
