/* SPDX-License-Identifier: BSD-2-Clause */
/* What a token should hold, written down by whoever changes it. */

#ifndef LEDGER_H
#define LEDGER_H

#include "token/store.h"

enum { LEDGER_ROWS = 8192 };

/* What is under way: it may have happened or not, when its process ended. */
enum doubt { DOUBT_NONE, DOUBT_ADD, DOUBT_REPLACE, DOUBT_REMOVE, DOUBT_PIN };

/* May lie in memory that processes share. The version of a row is 0 when there
 * is none. */
struct ledger {
	volatile unsigned version[LEDGER_ROWS];
	volatile object_id highest;
	volatile unsigned pin;
	volatile enum doubt doubt;
	volatile object_id doubted;
};

/* The token of store_path(), with nothing on it. */
void ledger_begin(struct ledger *ledger);
struct store *ledger_open(struct ledger *ledger);

/* Each does it, and writes down that it has. */
CK_RV ledger_add(struct ledger *ledger, struct store *store);
CK_RV ledger_replace(struct ledger *ledger, struct store *store, object_id id);
CK_RV ledger_remove(struct ledger *ledger, struct store *store, object_id id);
CK_RV ledger_change_pin(struct ledger *ledger, struct store *store);
/* A row that is there; 0: none is. */
object_id ledger_any(const struct ledger *ledger, unsigned seed);

/* Ends the test unless the store holds what is written, whole; settles what was
 * in doubt by what it holds. */
void ledger_check(struct ledger *ledger, struct store *store);
/* The same for a process that opens it. */
void ledger_check_file(struct ledger *ledger);

#endif
