# SPDX-License-Identifier: BSD-2-Clause
# Processes that are killed, disks that are full, writes that fail.

check_LTLIBRARIES += libshim.la
libshim_la_SOURCES = tests/crash/ledger.c tests/crash/ledger.h \
	tests/crash/shim.c tests/crash/shim.h
libshim_la_CPPFLAGS = $(TEST_CPPFLAGS) $(SQLITE_CFLAGS)
libshim_la_LIBADD = libstorekit.la $(SQLITE_LIBS)

CRASH_TESTS = tests/crash/test-upgrade tests/crash/test-kill \
	tests/crash/test-write tests/crash/test-clock tests/crash/test-watch
check_PROGRAMS += $(CRASH_TESTS)
TESTS += $(CRASH_TESTS)
EXTRA_DIST += tests/crash/test-full tests/crash/long-kill tests/crash/long-write \
	tests/crash/version-1.token tests/crash/kill-command.py \
	tests/crash/long-kill-command
TESTS += tests/crash/test-kill-command
dist_check_SCRIPTS += tests/crash/test-kill-command
tests_crash_test_upgrade_SOURCES = tests/crash/test-upgrade.c \
	tests/crash/layout-next.c
tests_crash_test_upgrade_CPPFLAGS = $(TEST_CPPFLAGS)
tests_crash_test_upgrade_LDADD = libshim.la
tests_crash_test_kill_SOURCES = tests/crash/test-kill.c \
	tests/crash/layout-next.c
tests_crash_test_kill_CPPFLAGS = $(TEST_CPPFLAGS)
tests_crash_test_kill_LDADD = libshim.la
tests_crash_test_write_SOURCES = tests/crash/test-write.c
tests_crash_test_write_LDADD = libshim.la
check_PROGRAMS += tests/crash/keeper-with-faults
tests_crash_keeper_with_faults_SOURCES = $(privyseal_keeper_SOURCES) \
	tests/crash/clock.c tests/crash/watch.c
tests_crash_keeper_with_faults_LDADD = $(privyseal_keeper_LDADD)
tests_crash_keeper_with_faults_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=time \
	-Wl,--wrap=clock_gettime -Wl,--wrap=epoll_ctl
tests_crash_test_clock_SOURCES = tests/crash/test-clock.c
tests_crash_test_clock_CPPFLAGS = $(TEST_CPPFLAGS)
tests_crash_test_clock_LDADD = libstage.la
tests_crash_test_watch_SOURCES = tests/crash/test-watch.c
tests_crash_test_watch_CPPFLAGS = $(TEST_CPPFLAGS)
tests_crash_test_watch_LDADD = libstage.la

# Memory that runs short: malloc and its like are asked of scarce.c.
SCARCE = $(AM_LDFLAGS) -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc \
	-Wl,--wrap=strdup -Wl,--wrap=strndup
SCARCE_TESTS = tests/crash/test-scarce-import \
	tests/crash/test-scarce-module tests/crash/test-scarce-token
check_PROGRAMS += $(SCARCE_TESTS)
TESTS += $(SCARCE_TESTS)
EXTRA_DIST += tests/crash/long-scarce
tests_crash_test_scarce_token_SOURCES = tests/crash/test-scarce-token.c \
	tests/crash/scarce.c tests/crash/scarce.h tests/crash/scarce-sqlite.c
tests_crash_test_scarce_token_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) \
	$(SQLITE_CFLAGS)
tests_crash_test_scarce_token_LDADD = libsoftkit.la $(CRYPTO_LIBS) \
	$(SQLITE_LIBS)
tests_crash_test_scarce_token_LDFLAGS = $(SCARCE) -Wl,--wrap=mmap
tests_crash_test_scarce_import_SOURCES = tests/crash/test-scarce-import.c \
	tests/crash/scarce.c tests/crash/scarce.h
tests_crash_test_scarce_import_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
tests_crash_test_scarce_import_LDADD = libtest.la libimport.la $(CRYPTO_LIBS)
tests_crash_test_scarce_import_LDFLAGS = $(SCARCE)
# The module as a part of the program, not loaded: else malloc is not its own.
tests_crash_test_scarce_module_SOURCES = tests/crash/test-scarce-module.c \
	tests/crash/scarce.c tests/crash/scarce.h $(MODULE_END)
nodist_tests_crash_test_scarce_module_SOURCES = pkcs11/entries.c pkcs11/calls.h
tests_crash_test_scarce_module_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
tests_crash_test_scarce_module_LDADD = libstage.la libpkcs11.la $(CRYPTO_LIBS)
tests_crash_test_scarce_module_LDFLAGS = $(SCARCE)
