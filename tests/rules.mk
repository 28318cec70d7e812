# SPDX-License-Identifier: BSD-2-Clause
# Every test program of tests/unit is named in unit_tests; the rest follows.

LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
TEST_CPPFLAGS = $(AM_CPPFLAGS) -DSRCDIR='"$(abs_top_srcdir)"' -DBUILDDIR='"$(abs_top_builddir)"'

check_LTLIBRARIES += libtest.la
libtest_la_SOURCES = tests/test.c tests/test.h

check_PROGRAMS += tests/unit/test-bytes
TESTS += tests/unit/test-bytes
tests_unit_test_bytes_SOURCES = tests/unit/test-bytes.c
tests_unit_test_bytes_LDADD = libtest.la libpkcs11.la
