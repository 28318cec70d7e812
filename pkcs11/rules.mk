# SPDX-License-Identifier: BSD-2-Clause
# The standard at both ends of the wire.

GENERATE_CONSTANTS = $(PYTHON) $(top_srcdir)/pkcs11/generate-constants
CONSTANTS = $(top_srcdir)/pkcs11/constants.table

pkcs11/cryptoki-constants.h: pkcs11/constants.table pkcs11/generate-constants
	$(AM_V_GEN)$(MKDIR_P) pkcs11 && \
	$(GENERATE_CONSTANTS) header $(CONSTANTS) >$@.new && mv $@.new $@
pkcs11/names.c: pkcs11/constants.table pkcs11/generate-constants
	$(AM_V_GEN)$(MKDIR_P) pkcs11 && \
	$(GENERATE_CONSTANTS) names $(CONSTANTS) >$@.new && mv $@.new $@

BUILT_SOURCES += pkcs11/cryptoki-constants.h pkcs11/names.c
CLEANFILES += pkcs11/cryptoki-constants.h pkcs11/names.c
EXTRA_DIST += pkcs11/constants.table pkcs11/generate-constants

# What both ends need; libc only.
noinst_LTLIBRARIES += libpkcs11.la
libpkcs11_la_SOURCES = \
	pkcs11/bytes.c pkcs11/bytes.h \
	pkcs11/cryptoki.h \
	pkcs11/hello.c pkcs11/hello.h \
	pkcs11/home.c pkcs11/home.h \
	pkcs11/log.c pkcs11/log.h \
	pkcs11/name.c pkcs11/name.h \
	pkcs11/start.c pkcs11/start.h \
	pkcs11/serve.h \
	pkcs11/text.h \
	pkcs11/wire.c pkcs11/wire.h
nodist_libpkcs11_la_SOURCES = pkcs11/names.c pkcs11/cryptoki-constants.h

check_PROGRAMS += tests/unit/test-hello tests/unit/test-home
TESTS += tests/unit/test-hello tests/unit/test-home
tests_unit_test_hello_SOURCES = tests/unit/test-hello.c
tests_unit_test_hello_LDADD = libtest.la libpkcs11.la
tests_unit_test_home_SOURCES = tests/unit/test-home.c
tests_unit_test_home_LDADD = libtest.la libpkcs11.la

check_PROGRAMS += tests/unit/test-start
TESTS += tests/unit/test-start
tests_unit_test_start_SOURCES = tests/unit/test-start.c
tests_unit_test_start_LDADD = libtest.la libpkcs11.la
