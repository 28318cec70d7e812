/* SPDX-License-Identifier: BSD-2-Clause */
/* How long the store takes: additions, opening, login, searches, by its size.
 * With a number of rows (100,000 without one). */

#include "config.h"

#include "bench/clock.h"

#include "pkcs11/log.h"
#include "token/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const struct store_cost cost = { .memory = 65536 };
static const char pin[] = "a long PIN";

static void
must(CK_RV rv, const char *what)
{
	if (rv == CKR_OK)
		return;
	fprintf(stderr, "%s: 0x%lx\n", what, rv);
	exit(1);
}

static void
show(const char *line)
{
	fprintf(stderr, "%s\n", line);
}

/* What a certificate of number gives to search by. */
struct certificate {
	unsigned char der[1500];
	char id[20], label[40], subject[80], issuer[80], serial[16];
};

static void
make_certificate(unsigned number, struct certificate *made)
{
	size_t i;

	for (i = 0; i < sizeof(made->der); i++)
		made->der[i] = (unsigned char)(number * 31 + i * 7);
	snprintf(made->id, sizeof(made->id), "%019u", number);
	snprintf(made->label, sizeof(made->label), "Person %u", number);
	snprintf(made->subject, sizeof(made->subject), "CN=Person %u", number);
	snprintf(made->issuer, sizeof(made->issuer), "CN=Authority");
	snprintf(made->serial, sizeof(made->serial), "%u", number);
}

static const CK_OBJECT_CLASS class = CKO_CERTIFICATE;

static void
add(struct store *store, unsigned number)
{
	struct certificate made;
	struct store_row row = { 0 };
	object_id id;

	make_certificate(number, &made);
	row.open = (struct bytes){ made.der, sizeof(made.der) };
	{
		struct store_value columns[COLUMN_COUNT] = {
			[COLUMN_CLASS] = { &class, sizeof(class) },
			[COLUMN_ID] = { made.id, sizeof(made.id) },
			[COLUMN_LABEL] = { made.label, strlen(made.label) },
			[COLUMN_SUBJECT] = { made.subject,
				strlen(made.subject) },
			[COLUMN_ISSUER] = { made.issuer, strlen(made.issuer) },
			[COLUMN_SERIAL] = { made.serial, strlen(made.serial) },
			[COLUMN_VALUE] = { made.der, sizeof(made.der) },
		};

		must(store_add(store, &row, columns, &id), "store_add");
	}
}

static void
find(struct store *store, const struct store_value *columns, size_t expected)
{
	object_id *ids = NULL;
	size_t count;

	must(store_find(store, columns, &ids, &count), "store_find");
	if (count != expected) {
		fprintf(stderr, "found %zu, not %zu\n", count, expected);
		exit(1);
	}
	free(ids);
}

static double
time_searches(struct store *store, unsigned rows, bool by_serial)
{
	enum { ROUNDS = 1000 };
	struct certificate made;
	double start = clock_now();
	unsigned i;

	for (i = 0; i < ROUNDS; i++) {
		struct store_value by_id[COLUMN_COUNT] = {
			[COLUMN_CLASS] = { &class, sizeof(class) },
			[COLUMN_ID] = { made.id, sizeof(made.id) },
		};
		struct store_value by_issuer[COLUMN_COUNT] = {
			[COLUMN_CLASS] = { &class, sizeof(class) },
			[COLUMN_ISSUER] = { made.issuer, 12 },
			[COLUMN_SERIAL] = { made.serial, 0 },
		};

		make_certificate(i * 7919 % rows, &made);
		by_issuer[COLUMN_SERIAL].length = strlen(made.serial);
		find(store, by_serial ? by_issuer : by_id, 1);
	}
	return (clock_now() - start) / ROUNDS * 1e6;
}

static double
time_reads(struct store *store, unsigned rows)
{
	enum { ROUNDS = 1000 };
	double start = clock_now();
	struct store_row row;
	unsigned i;

	for (i = 0; i < ROUNDS; i++) {
		must(store_read(store, i * 7919 % rows + 1, &row),
			"store_read");
		store_row_clear(&row);
	}
	return (clock_now() - start) / ROUNDS * 1e6;
}

static double
time_changes(struct store *store, bool by_pause)
{
	enum { ROUNDS = 20000 };
	const struct timespec pause = { 0, 150000 };
	double took = 0, start;
	unsigned i;

	for (i = 0; i < (by_pause ? 500 : ROUNDS); i++) {
		if (by_pause)
			nanosleep(&pause, NULL);
		start = clock_now();
		store_changes(store);
		took += clock_now() - start;
	}
	return took / (by_pause ? 500 : ROUNDS) * 1e6;
}

static void
time_use(struct store *store, unsigned rows)
{
	printf("find by class and id     %9.2f us\n",
		time_searches(store, rows, false));
	printf("find by issuer and serial%9.2f us\n",
		time_searches(store, rows, true));
	printf("read a row               %9.2f us\n", time_reads(store, rows));
	printf("has it changed, asked in a row        %6.3f us\n",
		time_changes(store, false));
	printf("has it changed, asked after a pause   %6.3f us\n",
		time_changes(store, true));
}

/* A fresh process opens the file and searches once: here a fresh store. */
static void
time_opening(const char *path, unsigned rows)
{
	struct certificate made;
	struct store *store;
	double start;

	make_certificate(rows / 2, &made);
	start = clock_now();
	must(store_open(path, NULL, &store), "store_open");
	{
		struct store_value by_id[COLUMN_COUNT] = {
			[COLUMN_ID] = { made.id, sizeof(made.id) },
		};

		find(store, by_id, 1);
	}
	printf("open and find by id      %9.2f ms\n",
		(clock_now() - start) * 1e3);
	start = clock_now();
	must(store_check_pin(store, CKU_USER, pin, sizeof(pin)), "PIN");
	printf("check of the PIN alone   %9.2f ms\n",
		(clock_now() - start) * 1e3);
	start = clock_now();
	must(store_login(store, CKU_USER, pin, sizeof(pin)), "store_login");
	printf("login with whole check   %9.2f ms\n",
		(clock_now() - start) * 1e3);
	time_use(store, rows);
	store_close(store);
}

static void
run(const char *path, unsigned rows)
{
	static const CK_UTF8CHAR label[33] = "bench                           ";
	struct store *store;
	struct stat status;
	double start;
	unsigned i;

	must(store_initialize(path, label, pin, sizeof(pin), &cost, NULL),
		"store_initialize");
	must(store_open(path, NULL, &store), "store_open");
	must(store_login(store, CKU_SO, pin, sizeof(pin)), "store_login");
	must(store_set_pin(store, CKU_USER, NULL, 0, pin, sizeof(pin), &cost),
		"store_set_pin");
	must(store_login(store, CKU_USER, pin, sizeof(pin)), "store_login");
	start = clock_now();
	for (i = 0; i < rows; i++)
		add(store, i);
	printf("rows %u\nadd, each                %9.2f us\n", rows,
		(clock_now() - start) / rows * 1e6);
	store_close(store);
	if (stat(path, &status) == 0)
		printf("bytes, each              %9.0f\n",
			(double)status.st_size / rows);
	time_opening(path, rows);
}

int
main(int count, char **words)
{
	unsigned most = count > 1 ? (unsigned)atoi(words[1]) : 100000, rows;
	char folder[] = "/var/tmp/privyseal-bench.XXXXXX", path[64];

	log_to(show);
	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof(path), "%s/1.token", folder);
	for (rows = 10; rows <= most; rows *= rows < most ? most / 10 : 2) {
		run(path, rows);
		unlink(path);
	}
	rmdir(folder);
	return 0;
}
