/* SPDX-License-Identifier: BSD-2-Clause */
/* Does a profile's own key store hold a key? The store is NSS's, an SQLite file
 * (that is why this file includes sqlite3.h); attributes are columns, named by
 * their numbers, and the ids of keys are not encrypted. */

#include "config.h"

#include "command/profile-key.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* CKA_CLASS is CKO_PRIVATE_KEY (four bytes, the highest first), CKA_ID. */
static const char question[] = "SELECT 1 FROM nssPrivate "
			       "WHERE a0 = X'00000003' AND a102 = ? LIMIT 1";

/* An SQLite URI: what could end the path there is written as %XX. */
static char *
database_uri(const struct profile *profile)
{
	char *path = profile_file(profile, "key4.db"), *uri = NULL, *to;
	const char *from;

	uri = path ? malloc(3 * strlen(path) + 32) : NULL;
	if (uri) {
		to = uri + sprintf(uri, "file:");
		for (from = path; *from; from++) {
			if (strchr("%?#", *from))
				to += sprintf(to, "%%%02X",
					(unsigned char)*from);
			else
				*to++ = *from;
		}
		strcpy(to, "?mode=ro&immutable=1");
	}
	free(path);
	return uri;
}

bool
profile_has_key(const struct profile *profile, const void *id, size_t length)
{
	char *uri = database_uri(profile);
	sqlite3 *database = NULL;
	sqlite3_stmt *statement = NULL;
	bool has_key = false;

	if (uri && length &&
		sqlite3_open_v2(uri, &database,
			SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
			NULL) == SQLITE_OK &&
		sqlite3_prepare_v2(database, question, -1, &statement, NULL) ==
			SQLITE_OK) {
		sqlite3_bind_blob(statement, 1, id, (int)length,
			SQLITE_TRANSIENT);
		has_key = sqlite3_step(statement) == SQLITE_ROW;
	}
	sqlite3_finalize(statement);
	sqlite3_close(database);
	free(uri);
	return has_key;
}
