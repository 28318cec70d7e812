# SPDX-License-Identifier: BSD-2-Clause
# Files and clients that mean harm.

EXTRA_DIST += tests/hostile/test-network-store
HOSTILE_TESTS = tests/hostile/test-rollback
check_PROGRAMS += $(HOSTILE_TESTS)
TESTS += $(HOSTILE_TESTS)
tests_hostile_test_rollback_SOURCES = tests/hostile/test-rollback.c
tests_hostile_test_rollback_LDADD = libstage.la
