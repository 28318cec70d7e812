/* SPDX-License-Identifier: BSD-2-Clause */
/* Codes that people write down: random, and with a character that checks. */

#include "config.h"

#include "pkcs11/code.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

/* Without I, L, O (read as 1, 1, 0) and U. */
static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
enum { CHARACTERS_MOST = CODE_GROUPS_MOST * CODE_GROUP };

/*
 * The check: a number of GF(2^5), the sum of each character times a power of
 * x (x^5 = x^2 + 1, of order 31). One wrong character always shows, and so do
 * any two that changed places.
 */
static unsigned
check(const unsigned char *values, unsigned count)
{
	unsigned sum = 0, i;

	for (i = 0; i < count - 1; i++) {
		sum ^= values[i];
		sum <<= 1;
		if (sum & 0x20)
			sum ^= 0x25;
	}
	return sum;
}

static bool
fill_randomly(unsigned char *at, size_t length)
{
	ssize_t count;

	while (length) {
		count = getrandom(at, length, 0);
		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return false;
		at += count;
		length -= (size_t)count;
	}
	return true;
}

static void
write_form(const unsigned char *values, unsigned count, struct secret *code)
{
	unsigned char *to = code->at;
	unsigned i;

	for (i = 0; i < count; i++) {
		if (i && i % CODE_GROUP == 0)
			*to++ = '-';
		*to++ = (unsigned char)alphabet[values[i]];
	}
}

bool
code_make(unsigned groups, struct secret *code)
{
	unsigned char values[CHARACTERS_MOST];
	unsigned count = groups * CODE_GROUP, i;
	bool fine = secret_init(code, CODE_LENGTH(groups)) &&
		fill_randomly(values, count);

	if (fine) {
		/* 32 divides 256: every character is as likely. */
		for (i = 0; i < count; i++)
			values[i] &= 31;
		values[count - 1] = (unsigned char)check(values, count);
		write_form(values, count, code);
	} else {
		secret_clear(code);
	}
	wipe(values, sizeof(values));
	return fine;
}

/* What the character stands for; -1: nothing, -2: it only separates. */
static int
value_of(unsigned char character)
{
	const char *found;

	if (character >= 'a' && character <= 'z')
		character = (unsigned char)(character - 'a' + 'A');
	if (character == '-' || character == ' ' || character == '\t')
		return -2;
	if (character == 'O')
		return 0;
	if (character == 'I' || character == 'L')
		return 1;
	found = character ? strchr(alphabet, character) : NULL;
	return found ? (int)(found - alphabet) : -1;
}

/* The values of a text that has as many as a code; false: it is none. */
static bool
read_form(const struct secret *code, unsigned characters, unsigned char *values)
{
	unsigned count = 0;
	size_t i;
	int value;

	for (i = 0; i < code->length; i++) {
		value = value_of(code->at[i]);
		if (value == -2)
			continue;
		if (value == -1 || count == characters)
			return false;
		values[count++] = (unsigned char)value;
	}
	return count == characters;
}

enum code_state
code_tidy(unsigned groups, struct secret *code)
{
	enum code_state state = CODE_FOREIGN;
	unsigned char values[CHARACTERS_MOST];
	unsigned count = groups * CODE_GROUP;
	struct secret written = { 0 };

	if (!read_form(code, count, values))
		goto out;
	state = CODE_MISTYPED;
	if (check(values, count) != values[count - 1])
		goto out;
	if (!secret_init(&written, CODE_LENGTH(groups)))
		goto out;
	write_form(values, count, &written);
	secret_clear(code);
	*code = written;
	state = CODE_GOOD;
out:
	wipe(values, sizeof(values));
	return state;
}
