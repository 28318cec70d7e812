/* SPDX-License-Identifier: BSD-2-Clause */
/* The recovery code: what sets a new PIN when the old one is lost. */

#include "config.h"

#include "command/recovery-code.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

/* Without I, L, O (read as 1, 1, 0) and U. */
static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
enum { CHARACTERS = 24, GROUP = 6 };

/*
 * The check: a number of GF(2^5), the sum of each character times a power of
 * x (x^5 = x^2 + 1, of order 31). One wrong character always shows, and so do
 * any two that changed places.
 */
static unsigned
check(const unsigned char *values)
{
	unsigned sum = 0;
	int i;

	for (i = 0; i < CHARACTERS - 1; i++) {
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
write_form(const unsigned char *values, struct secret *code)
{
	unsigned char *to = code->at;
	int i;

	for (i = 0; i < CHARACTERS; i++) {
		if (i && i % GROUP == 0)
			*to++ = '-';
		*to++ = (unsigned char)alphabet[values[i]];
	}
}

bool
recovery_code_make(struct secret *code)
{
	unsigned char values[CHARACTERS];
	int i;
	bool fine = secret_init(code, RECOVERY_CODE_LENGTH) &&
		fill_randomly(values, sizeof(values));

	if (fine) {
		/* 32 divides 256: every character is as likely. */
		for (i = 0; i < CHARACTERS; i++)
			values[i] &= 31;
		values[CHARACTERS - 1] = (unsigned char)check(values);
		write_form(values, code);
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
read_form(const struct secret *code, unsigned char *values)
{
	size_t i;
	int count = 0, value;

	for (i = 0; i < code->length; i++) {
		value = value_of(code->at[i]);
		if (value == -2)
			continue;
		if (value == -1 || count == CHARACTERS)
			return false;
		values[count++] = (unsigned char)value;
	}
	return count == CHARACTERS;
}

enum recovery_code_state
recovery_code_tidy(struct secret *code)
{
	enum recovery_code_state state = RECOVERY_CODE_FOREIGN;
	unsigned char values[CHARACTERS];
	struct secret written = { 0 };

	if (!read_form(code, values))
		goto out;
	state = RECOVERY_CODE_MISTYPED;
	if (check(values) != values[CHARACTERS - 1])
		goto out;
	if (!secret_init(&written, RECOVERY_CODE_LENGTH))
		goto out;
	write_form(values, &written);
	secret_clear(code);
	*code = written;
	state = RECOVERY_CODE_GOOD;
out:
	wipe(values, sizeof(values));
	return state;
}
