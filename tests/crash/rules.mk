# SPDX-License-Identifier: BSD-2-Clause
# Processes that are killed, disks that are full, writes that fail.

check_LTLIBRARIES += libshim.la
libshim_la_SOURCES = tests/crash/ledger.c tests/crash/ledger.h \
	tests/crash/shim.c tests/crash/shim.h
libshim_la_CPPFLAGS = $(TEST_CPPFLAGS) $(SQLITE_CFLAGS)
libshim_la_LIBADD = libstorekit.la $(SQLITE_LIBS)

CRASH_TESTS = tests/crash/test-upgrade tests/crash/test-kill \
	tests/crash/test-write tests/crash/test-clock
check_PROGRAMS += $(CRASH_TESTS)
TESTS += $(CRASH_TESTS)
EXTRA_DIST += tests/crash/test-full tests/crash/long-kill tests/crash/long-write \
	tests/crash/version-1.token
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
check_PROGRAMS += tests/crash/keeper-with-clock
tests_crash_keeper_with_clock_SOURCES = $(privyseal_keeper_SOURCES) \
	tests/crash/clock.c
tests_crash_keeper_with_clock_LDADD = $(privyseal_keeper_LDADD)
tests_crash_keeper_with_clock_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=time \
	-Wl,--wrap=clock_gettime
tests_crash_test_clock_SOURCES = tests/crash/test-clock.c
tests_crash_test_clock_CPPFLAGS = $(TEST_CPPFLAGS)
tests_crash_test_clock_LDADD = libstage.la
