/* SPDX-License-Identifier: BSD-2-Clause */
/* The searches with which Thunderbird opens one encrypted mail (375 of them, in
 * the proportions that were traced), and the import of 10,000 certificates. */

#include "config.h"

#include "bench/clock.h"
#include "bench/contender.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEARCHES = 375, CERTIFICATES = 10000, CERTIFICATE_LENGTH = 1500 };

static void
certificate_put(CK_FUNCTION_LIST *functions, CK_SESSION_HANDLE session,
	unsigned number)
{
	CK_OBJECT_CLASS class = CKO_CERTIFICATE;
	CK_CERTIFICATE_TYPE type = CKC_X_509;
	CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
	unsigned char value[CERTIFICATE_LENGTH], id[20] = { 0 };
	unsigned char name[] = { 0x30, 0x0e, 0x31, 0x0c, 0x30, 0x0a, 0x06, 0x03,
		0x55, 0x04, 0x03, 0x0c, 0x03, 'a', 'b', 'c' };
	unsigned char serial[] = { 0x02, 0x04, 0x40, (unsigned char)(number >> 16),
		(unsigned char)(number >> 8), (unsigned char)number };
	char label[32];
	CK_ATTRIBUTE template[] = {
		{ CKA_CLASS, &class, sizeof(class) },
		{ CKA_CERTIFICATE_TYPE, &type, sizeof(type) },
		{ CKA_TOKEN, &yes, sizeof(yes) },
		{ CKA_PRIVATE, &no, sizeof(no) },
		{ CKA_VALUE, value, sizeof(value) },
		{ CKA_ID, id, sizeof(id) },
		{ CKA_SUBJECT, name, sizeof(name) },
		{ CKA_ISSUER, name, sizeof(name) },
		{ CKA_SERIAL_NUMBER, serial, sizeof(serial) },
		{ CKA_LABEL, label, 0 },
	};
	CK_OBJECT_HANDLE handle;
	size_t i;

	for (i = 0; i < sizeof(value); i++)
		value[i] = (unsigned char)(i * 31 + number * 7 + (number >> 8));
	memcpy(id, &number, sizeof(number));
	id[19] = 1;
	template[9].ulValueLen =
		(CK_ULONG)snprintf(label, sizeof(label), "person %u", number);
	module_check("C_CreateObject", functions->C_CreateObject(session,
		template, sizeof(template) / sizeof(*template), &handle));
}

static CK_ULONG
search(CK_FUNCTION_LIST *functions, CK_SESSION_HANDLE session,
	CK_ATTRIBUTE *template, CK_ULONG count)
{
	CK_OBJECT_HANDLE found[10];
	CK_ULONG number = 0;

	module_check("C_FindObjectsInit",
		functions->C_FindObjectsInit(session, template, count));
	module_check("C_FindObjects",
		functions->C_FindObjects(session, found, 10, &number));
	module_check("C_FindObjectsFinal",
		functions->C_FindObjectsFinal(session));
	return number;
}

/* One of each kind that NSS asks: trust by issuer and serial number (a class
 * that tokens lack), certificate by the same, by subject, and key by id. */
static void
search_round(CK_FUNCTION_LIST *functions, CK_SESSION_HANDLE session, int step)
{
	static CK_OBJECT_CLASS trust = 0xce534353UL, key = CKO_PRIVATE_KEY,
		certificate = CKO_CERTIFICATE;
	static CK_BBOOL yes = CK_TRUE;
	static unsigned char name[] = { 0x30, 0x0e, 0x31, 0x0c, 0x30, 0x0a,
		0x06, 0x03, 0x55, 0x04, 0x03, 0x0c, 0x03, 'x', 'y', 'z' };
	static unsigned char serial[] = { 0x02, 0x04, 0x40, 0, 0, 7 };
	static unsigned char id[20] = { 7 };
	CK_ATTRIBUTE by_serial[] = { { CKA_TOKEN, &yes, sizeof(yes) },
		{ CKA_CLASS, step % 4 == 0 ? &trust : &certificate,
			sizeof(trust) },
		{ CKA_ISSUER, name, sizeof(name) },
		{ CKA_SERIAL_NUMBER, serial, sizeof(serial) } };
	CK_ATTRIBUTE by_subject[] = { { CKA_TOKEN, &yes, sizeof(yes) },
		{ CKA_CLASS, &certificate, sizeof(certificate) },
		{ CKA_SUBJECT, name, sizeof(name) } };
	CK_ATTRIBUTE by_id[] = { { CKA_TOKEN, &yes, sizeof(yes) },
		{ CKA_CLASS, &key, sizeof(key) }, { CKA_ID, id, sizeof(id) } };

	id[19] = 1;
	if (step % 4 < 2)
		search(functions, session, by_serial, 4);
	else if (step % 4 == 2)
		search(functions, session, by_subject, 3);
	else
		search(functions, session, by_id, 3);
}

static void
searches_time(CK_FUNCTION_LIST *functions, CK_SESSION_HANDLE session,
	const char *name, const char *when)
{
	double begin, best = 1e9, took;
	int round, step;

	for (round = 0; round < 5; round++) {
		begin = clock_now();
		for (step = 0; step < SEARCHES; step++)
			search_round(functions, session, step);
		took = (clock_now() - begin) * 1e3;
		best = took < best ? took : best;
	}
	printf("375 searches, %s\tfree\t%s\t%.1f ms\t\n", when, name, best);
	fflush(stdout);
}

int
main(int count, char **arguments)
{
	CK_FUNCTION_LIST *functions;
	CK_SESSION_HANDLE session;
	CK_SLOT_ID slot;
	double begin;
	unsigned i, certificates;

	if (count < 3) {
		fprintf(stderr, "search NAME MODULE [CERTIFICATES]\n");
		return 2;
	}
	certificates = count > 3 ? (unsigned)atoi(arguments[3]) : CERTIFICATES;
	functions = module_open(arguments[2], &slot);
	session = module_session(functions, slot);
	for (i = 0; i < 10; i++)
		certificate_put(functions, session, i);
	searches_time(functions, session, arguments[1], "10 certificates");
	begin = clock_now();
	for (; i < certificates; i++)
		certificate_put(functions, session, i);
	printf("import of %u certificates\tfree\t%s\t%.2f s\t\n", certificates,
		arguments[1], clock_now() - begin);
	searches_time(functions, session, arguments[1], "many certificates");
	functions->C_Finalize(NULL);
	return 0;
}
