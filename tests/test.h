/* SPDX-License-Identifier: BSD-2-Clause */
/* Unit tests: a TEST registers itself, runs in a process of its own, and its
 * name is its claim. */

#ifndef TEST_H
#define TEST_H

#include <stdbool.h>
#include <stddef.h>

struct test {
	const char *name;
	void (*run)(void);
	struct test *next;
};

void test_add(struct test *test);

#define TEST(claim) \
	static void claim(void); \
	static struct test test_##claim = { #claim, claim, NULL }; \
	__attribute__((constructor)) static void add_##claim(void) \
	{ \
		test_add(&test_##claim); \
	} \
	static void claim(void)

/* A failed expectation ends the test, with the place and the values. */
#define EXPECT(condition) \
	((condition) ? (void)0 \
		     : test_fail(__FILE__, __LINE__, "%s", #condition))
#define EXPECT_NUMBER(actual, expected) \
	test_number(__FILE__, __LINE__, #actual, (unsigned long long)(actual), \
		(unsigned long long)(expected))
#define EXPECT_RV(actual, expected) \
	test_rv(__FILE__, __LINE__, #actual, (actual), (expected))
#define EXPECT_BYTES(actual, actual_length, expected, expected_length) \
	test_bytes(__FILE__, __LINE__, #actual, (actual), (actual_length), \
		(expected), (expected_length))
#define EXPECT_TEXT(actual, expected) \
	test_text(__FILE__, __LINE__, #actual, (actual), (expected))

void test_fail(const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4), noreturn));
void test_number(const char *file, int line, const char *what,
	unsigned long long actual, unsigned long long expected);
void test_rv(const char *file, int line, const char *what, unsigned long actual,
	unsigned long expected);
void test_bytes(const char *file, int line, const char *what,
	const void *actual, size_t actual_length, const void *expected,
	size_t expected_length);
void test_text(const char *file, int line, const char *what, const char *actual,
	const char *expected);

/* Ends the test as skipped, with the reason. */
void test_skip(const char *reason) __attribute__((noreturn));

/* What is so instead of a claim, and how its test fails then: texts with "|"
 * between them, in which * stands for any. The text of a failure is the name of
 * the CK_RV that was seen, the number, "other bytes", the other text, what was
 * not so, "no end" or "a crash". */
struct test_exception {
	const char *failure, *instead;
};
/* Why this claim is known not to hold for what is under test, or NULL. Such a
 * test has to fail, and in this way: one that passes has lost its excuse.
 * Unset: none is. */
extern const struct test_exception *(*test_exception)(const char *claim);

/* A folder for this test alone, removed with all in it when the test ends. */
const char *test_folder(void);

/* Zeros that live as long as the test; nobody frees them. */
void *test_memory(size_t length);

/* The bytes that the hexadecimal digits (blanks allowed) name; lives as long as
 * the test. */
const unsigned char *test_hex(const char *digits, size_t *length);

#endif
