/* SPDX-License-Identifier: BSD-2-Clause */
/* An audit log in the test's folder: written, altered, verified. */

#include "config.h"

#include "tests/unit/audit-kit.h"

#include "keeper/audit-files.h"
#include "tests/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct audit_settings settings;
struct secret code;

const char *
path(const char *name)
{
	static char paths[4][256];
	static unsigned next;
	char *result = paths[next++ % 4];

	snprintf(result, sizeof(paths[0]), "%s/%s", test_folder(), name);
	return result;
}

struct audit *
start(void)
{
	struct audit *audit;

	settings.folder = test_folder();
	if (!settings.file_size)
		settings.file_size = 1 << 20;
	if (!settings.files_kept)
		settings.files_kept = 100;
	if (!settings.anchor_lines)
		settings.anchor_lines = 1000;
	audit = audit_open(&settings);
	EXPECT(audit);
	return audit;
}

void
add(struct audit *audit, unsigned count)
{
	const struct audit_author author = { 1000, 4711, "", "mail",
		"/usr/bin/mail" };
	struct audit_record record = { .event = AUDIT_SIGN,
		.has_mechanism = true,
		.mechanism = CKM_RSA_PKCS,
		.key = { .handle = 7, .class = CKO_PRIVATE_KEY } };
	unsigned i;

	for (i = 0; i < count; i++) {
		EXPECT(audit_has_room(audit));
		snprintf(record.key.label, sizeof(record.key.label), "Key %u",
			i);
		audit_add(audit, &record, &author);
		EXPECT(audit_flush(audit));
	}
}

void
fresh_log(void)
{
	struct audit *audit = start();

	EXPECT(audit_new_code(audit, &code));
	add(audit, 10);
	audit_close(audit);
}

char *
read_file(const char *name, size_t *length)
{
	int file = open(name, O_RDONLY);
	struct stat status;
	char *at;

	EXPECT(file >= 0 && fstat(file, &status) == 0);
	*length = (size_t)status.st_size;
	at = test_memory(*length + 1);
	EXPECT(read(file, at, *length) == status.st_size);
	close(file);
	return at;
}

void
write_file(const char *name, const char *at, size_t length)
{
	int file = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	EXPECT(file >= 0 && write(file, at, length) == (ssize_t)length);
	close(file);
}

struct lines
read_lines(void)
{
	struct lines lines = { .count = 0 };
	size_t length;
	char *at = read_file(path("audit.log"), &length), *end;

	for (; length > 0; at = end + 1) {
		end = memchr(at, '\n', length);
		EXPECT(end);
		lines.at[lines.count] = at;
		lines.length[lines.count++] = (size_t)(end + 1 - at);
		length -= (size_t)(end + 1 - at);
	}
	return lines;
}

void
write_lines(const struct lines *lines)
{
	FILE *file = fopen(path("audit.log"), "w");
	size_t i;

	EXPECT(file);
	for (i = 0; i < lines->count; i++)
		EXPECT(fwrite(lines->at[i], 1, lines->length[i], file) ==
			lines->length[i]);
	EXPECT(fclose(file) == 0);
}

struct found found;

static void
hear(void *context, const struct audit_place *place)
{
	if (found.count++ == 0)
		found.first = *place;
}

void
verify_with(const struct secret *with, const char *anchors)
{
	struct audit_verifier *verifier = audit_verifier_new(hear, NULL);
	struct audit_files files = { 0 };
	size_t i, length;
	char *at;

	found = (struct found){ .count = 0 };
	EXPECT(verifier && audit_files_find(test_folder(), &files));
	if (with)
		EXPECT(audit_verifier_code(verifier, with));
	if (anchors) {
		at = read_file(anchors, &length);
		EXPECT(audit_verifier_anchors(verifier, at, length));
	}
	for (i = 0; i < files.count; i++) {
		at = read_file(files.paths[i], &length);
		audit_verifier_file(verifier, files.paths[i], at, length);
	}
	audit_verifier_end(verifier, &found.sum);
	EXPECT_NUMBER(found.count, found.sum.findings);
	audit_files_clear(&files);
	audit_verifier_free(verifier);
}

void
expect_finding(enum audit_finding finding, uint64_t number)
{
	verify_with(&code, NULL);
	EXPECT(found.count > 0);
	EXPECT_NUMBER(found.first.finding, finding);
	EXPECT_NUMBER(found.first.number, number);
}

void
expect_sound(void)
{
	verify_with(&code, NULL);
	EXPECT_NUMBER(found.count, 0);
	EXPECT(found.sum.is_sealed_to_end);
}
