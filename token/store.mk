# SPDX-License-Identifier: BSD-2-Clause
# The store.
libtoken_la_SOURCES += \
	token/crypto-seal.c token/crypto-seal.h \
	token/damage.c token/damage.h \
	token/store.c token/store.h \
	token/store-change.c \
	token/store-file.c token/store-file.h \
	token/store-glance.c \
	token/store-guard.c \
	token/store-layout.c token/store-layout.h \
	token/previous.c token/previous.h \
	token/store-login.c \
	token/store-row.c token/store-row.h \
	token/store-sqlite.h \
	token/store-state.h \
	token/store-statement.c \
	token/store-table.c \
	token/tree.c token/tree.h \
	token/wrapping.c token/wrapping.h

check_LTLIBRARIES += libstorekit.la
libstorekit_la_SOURCES = tests/unit/store-kit.c tests/unit/store-kit.h
libstorekit_la_CPPFLAGS = $(TEST_CPPFLAGS) $(SQLITE_CFLAGS)
libstorekit_la_LIBADD = libtoken.la libtest.la $(SQLITE_LIBS)

check_PROGRAMS += tests/unit/test-store
TESTS += tests/unit/test-store
tests_unit_test_store_SOURCES = tests/unit/test-store.c
tests_unit_test_store_LDADD = libstorekit.la
check_PROGRAMS += tests/unit/test-store-damage
TESTS += tests/unit/test-store-damage
tests_unit_test_store_damage_SOURCES = tests/unit/test-store-damage.c
tests_unit_test_store_damage_LDADD = libstorekit.la
check_PROGRAMS += tests/unit/test-store-pin
TESTS += tests/unit/test-store-pin
tests_unit_test_store_pin_SOURCES = tests/unit/test-store-pin.c
tests_unit_test_store_pin_LDADD = libstorekit.la
check_PROGRAMS += tests/unit/test-store-shared
TESTS += tests/unit/test-store-shared
tests_unit_test_store_shared_SOURCES = tests/unit/test-store-shared.c
tests_unit_test_store_shared_LDADD = libstorekit.la
check_PROGRAMS += tests/unit/test-crypto-seal
TESTS += tests/unit/test-crypto-seal
tests_unit_test_crypto_seal_SOURCES = tests/unit/test-crypto-seal.c
tests_unit_test_crypto_seal_LDADD = libtoken.la libtest.la
