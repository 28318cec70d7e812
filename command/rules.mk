# SPDX-License-Identifier: BSD-2-Clause
# The privyseal command.

noinst_LTLIBRARIES += libsetup.la
libsetup_la_SOURCES = \
	command/preferences.c command/preferences.h \
	command/profile.c command/profile.h \
	command/security-device.c command/security-device.h \
	command/thunderbird.c command/thunderbird.h

check_PROGRAMS += tests/unit/test-preferences
TESTS += tests/unit/test-preferences
tests_unit_test_preferences_SOURCES = tests/unit/test-preferences.c
tests_unit_test_preferences_LDADD = libtest.la libsetup.la libpkcs11.la
