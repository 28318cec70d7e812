/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of mechanisms; what each does is judged by test-crypto-*. */

#include "config.h"

#include "pkcs11/name.h"
#include "tests/test.h"
#include "token/mechanism.h"

#include <stdio.h>
#include <string.h>

TEST(mechanisms_are_in_order_and_found)
{
	const struct mechanism *row, *last = NULL;
	CK_ULONG i;

	for (i = 0; (row = mechanism_at(i)); i++) {
		EXPECT(!last || last->type < row->type);
		EXPECT(mechanism_find(row->type) == row);
		EXPECT(row->minimum <= row->maximum);
		EXPECT(row->uses != 0);
		last = row;
	}
	EXPECT(i > 80);
	EXPECT(mechanism_find(CKM_MD5) == NULL);
	EXPECT(mechanism_find((CK_MECHANISM_TYPE)-1) == NULL);
}

/* Does the wire's table have a row for it? */
static bool
crosses(const char *mechanism)
{
	FILE *table = fopen(SRCDIR "/pkcs11/parameters.table", "r");
	char line[512], name[64];
	bool found = false;

	EXPECT(table != NULL);
	while (!found && fgets(line, sizeof(line), table))
		found = sscanf(line, "mechanism %63s", name) == 1 &&
			strcmp(name, mechanism) == 0;
	fclose(table);
	return found;
}

TEST(mechanisms_all_cross_the_wire)
{
	const struct mechanism *row;
	CK_ULONG i;

	for (i = 0; (row = mechanism_at(i)); i++)
		if (!crosses(mechanism_name(row->type)))
			test_fail(__FILE__, __LINE__, "%s has no parameter row",
				mechanism_name(row->type));
}
