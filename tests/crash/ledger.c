/* SPDX-License-Identifier: BSD-2-Clause */
/* What a token should hold, written down by whoever changes it. */

#include "config.h"

#include "tests/crash/ledger.h"

#include "pkcs11/log.h"
#include "tests/test.h"
#include "tests/unit/store-kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A row as large as a certificate, with a secret as large as an RSA key. */
enum { OPEN_SIZE = 900, SEALED_SIZE = 1200 };

static const char *const pins[2] = { USER_PIN, "another horse" };
static const struct store_cost cheap = { .memory = 16 };

static void
fill(unsigned char *at, size_t length, object_id id, unsigned version)
{
	size_t i;

	for (i = 0; i < length; i++)
		at[i] = (unsigned char)(id * 31 + version * 7 + i);
}

static bool
is_private(object_id id)
{
	return id % 4 == 1;
}

struct filled {
	struct store_row row;
	struct store_value columns[COLUMN_COUNT];
	char label[16];
};

static void
compose(struct filled *filled, object_id id, unsigned version)
{
	*filled = (struct filled){ .row.id = id,
		.row.is_private = is_private(id) };
	snprintf(filled->label, sizeof(filled->label), "row %u", id);
	filled->columns[COLUMN_LABEL] =
		(struct store_value){ filled->label, strlen(filled->label) };
	EXPECT(bytes_init(&filled->row.open, OPEN_SIZE));
	fill(filled->row.open.at, OPEN_SIZE, id, version);
	if (!is_private(id))
		return;
	EXPECT(secret_init(&filled->row.sealed, SEALED_SIZE));
	fill(filled->row.sealed.at, SEALED_SIZE, id, version + 1);
}

void
ledger_begin(struct ledger *ledger)
{
	memset(ledger, 0, sizeof(*ledger));
	store_close(fresh_store());
}

struct store *
ledger_open(struct ledger *ledger)
{
	struct store *store = open_store();
	const char *pin = pins[ledger->pin];
	CK_RV rv = store_login(store, CKU_USER, pin, strlen(pin));

	if (rv == CKR_PIN_INCORRECT && ledger->doubt == DOUBT_PIN) {
		ledger->pin = !ledger->pin;
		pin = pins[ledger->pin];
		rv = store_login(store, CKU_USER, pin, strlen(pin));
	}
	EXPECT_RV(rv, CKR_OK);
	return store;
}

static CK_RV
write_row(struct ledger *ledger, struct store *store, object_id id, bool is_new)
{
	unsigned version = ledger->version[id] + 1;
	struct filled filled;
	object_id given = id;
	CK_RV rv;

	compose(&filled, id, version);
	ledger->doubted = id;
	ledger->doubt = is_new ? DOUBT_ADD : DOUBT_REPLACE;
	if (is_new)
		rv = store_add(store, &filled.row, filled.columns, &given);
	else
		rv = store_replace(store, &filled.row, filled.columns);
	store_row_clear(&filled.row);
	EXPECT_NUMBER(given, id);
	if (rv != CKR_OK)
		return rv;
	ledger->version[id] = version;
	if (is_new)
		ledger->highest = id;
	ledger->doubt = DOUBT_NONE;
	return CKR_OK;
}

CK_RV
ledger_add(struct ledger *ledger, struct store *store)
{
	EXPECT(ledger->highest + 2 < LEDGER_ROWS);
	return write_row(ledger, store, ledger->highest + 1, true);
}

CK_RV
ledger_replace(struct ledger *ledger, struct store *store, object_id id)
{
	return write_row(ledger, store, id, false);
}

CK_RV
ledger_remove(struct ledger *ledger, struct store *store, object_id id)
{
	CK_RV rv;

	ledger->doubted = id;
	ledger->doubt = DOUBT_REMOVE;
	if ((rv = store_remove(store, id)) != CKR_OK)
		return rv;
	ledger->version[id] = 0;
	ledger->doubt = DOUBT_NONE;
	return CKR_OK;
}

CK_RV
ledger_change_pin(struct ledger *ledger, struct store *store)
{
	const char *old = pins[ledger->pin], *new = pins[!ledger->pin];
	CK_RV rv;

	ledger->doubt = DOUBT_PIN;
	rv = store_set_pin(
		store, CKU_USER, old, strlen(old), new, strlen(new), &cheap);
	if (rv != CKR_OK)
		return rv;
	ledger->pin = !ledger->pin;
	ledger->doubt = DOUBT_NONE;
	return CKR_OK;
}

object_id
ledger_any(const struct ledger *ledger, unsigned seed)
{
	object_id i, id;

	for (i = 0; i < ledger->highest; i++) {
		id = (seed + i) % ledger->highest + 1;
		if (ledger->version[id])
			return id;
	}
	return 0;
}

/* Whether the row that was read is that version of it. */
static bool
row_is(const struct store_row *row, object_id id, unsigned version)
{
	unsigned char open[OPEN_SIZE], sealed[SEALED_SIZE];

	fill(open, sizeof(open), id, version);
	fill(sealed, sizeof(sealed), id, version + 1);
	return row->is_private == is_private(id) &&
		row->open.length == OPEN_SIZE &&
		memcmp(row->open.at, open, OPEN_SIZE) == 0 &&
		row->sealed.length == (is_private(id) ? SEALED_SIZE : 0) &&
		(!is_private(id) ||
			memcmp(row->sealed.at, sealed, SEALED_SIZE) == 0);
}

/* What is in doubt becomes what the store says. */
static void
settle(struct ledger *ledger, struct store *store)
{
	object_id id = ledger->doubted;
	unsigned version = ledger->version[id];
	struct store_row row;
	CK_RV rv;

	if (ledger->doubt == DOUBT_NONE || ledger->doubt == DOUBT_PIN)
		return;
	rv = store_read(store, id, &row);
	if (rv == CKR_OBJECT_HANDLE_INVALID) {
		EXPECT(ledger->doubt != DOUBT_REPLACE);
		ledger->version[id] = 0;
		return;
	}
	EXPECT_RV(rv, CKR_OK);
	if (ledger->doubt != DOUBT_REMOVE && row_is(&row, id, version + 1))
		ledger->version[id] = version + 1;
	if (ledger->doubt == DOUBT_ADD)
		ledger->highest = id;
	store_row_clear(&row);
}

static void
check_row(const struct ledger *ledger, struct store *store, object_id id)
{
	struct store_row row;
	CK_RV rv = store_read(store, id, &row);

	EXPECT_RV(rv, ledger->version[id] ? CKR_OK : CKR_OBJECT_HANDLE_INVALID);
	if (rv != CKR_OK)
		return;
	if (!row_is(&row, id, ledger->version[id]))
		test_fail(__FILE__, __LINE__, "row %u is not version %u of it",
			id, ledger->version[id]);
	store_row_clear(&row);
}

void
ledger_check(struct ledger *ledger, struct store *store)
{
	size_t count = 0;
	object_id id;

	settle(ledger, store);
	ledger->doubt = DOUBT_NONE;
	for (id = 1; id <= ledger->highest + 1; id++) {
		check_row(ledger, store, id);
		count += ledger->version[id] != 0;
	}
	EXPECT_NUMBER(count_all(store), count);
	EXPECT_NUMBER(store_damage(store), 0);
}

void
ledger_check_file(struct ledger *ledger)
{
	struct store *store = ledger_open(ledger);

	ledger_check(ledger, store);
	store_close(store);
}
