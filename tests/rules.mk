# SPDX-License-Identifier: BSD-2-Clause
# Every test program of tests/unit is named in unit_tests; the rest follows.

LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
AM_TESTS_ENVIRONMENT = \
	SOURCE='$(abs_top_srcdir)'; BUILD='$(abs_top_builddir)'; \
	export SOURCE BUILD;
TEST_CPPFLAGS = $(AM_CPPFLAGS) -DSRCDIR='"$(abs_top_srcdir)"' -DBUILDDIR='"$(abs_top_builddir)"'

check_LTLIBRARIES += libtest.la
libtest_la_SOURCES = tests/softhsm.c tests/softhsm.h tests/test.c tests/test.h

check_PROGRAMS += tests/unit/test-bytes
TESTS += tests/unit/test-bytes
tests_unit_test_bytes_SOURCES = tests/unit/test-bytes.c
tests_unit_test_bytes_LDADD = libtest.la libpkcs11.la

# What a reviewer would say, without waiting for one.
LINTS = tests/lint/test-gettext tests/lint/test-includes tests/lint/test-module \
	tests/lint/test-scripts tests/lint/test-sources
EXTRA_DIST += .ci/run .reuse/dep5 tests/lint/long-distcheck \
	tests/lint/test-install quickstart run-tests $(LINTS) tests/install-packages \
	tests/coverage tests/judge-skips.awk tests/packages tests/read-tap.awk tests/skips \
	tests/machine.sh tests/tap.sh
CLIENTS = tests/clients/long-thunderbird tests/clients/test-gnutls \
	tests/clients/test-java \
	tests/clients/test-nss tests/clients/test-openssh tests/clients/test-remote \
	tests/clients/test-openssl tests/clients/test-pkcs11-tool \
	tests/clients/test-thunderbird tests/clients/test-thunderbird-fronted
CLIENTS += tests/clients/test-neomutt tests/clients/test-pinentry
EXTRA_DIST += $(CLIENTS) tests/clients/neomutt.py tests/clients/pinentry.py tests/clients/long-thunderbird-machine tests/clients/kit.sh tests/clients/sshd.sh tests/clients/memory-search.c \
	tests/clients/thunderbird/fronted.py tests/clients/thunderbird/inside.js tests/clients/thunderbird/mail.py \
	tests/clients/thunderbird/mailhub.py \
	tests/clients/thunderbird/marionette.py \
	tests/clients/thunderbird/pki.sh tests/clients/thunderbird/prompts.py \
	tests/clients/thunderbird/thunderbird.py
lint: all
	@failed=; $(AM_TESTS_ENVIRONMENT) for lint in $(LINTS); do \
		"$(srcdir)/$$lint" || failed="$$failed $$lint"; \
	done; test -z "$$failed" || { echo "failed:$$failed"; exit 1; }
# Of a build with --enable-coverage; what no test ran is not counted as a loss.
# A keeper of another user or umask adds to the same counts.
coverage: all
	$(MAKE) $(AM_MAKEFLAGS) check TESTS=
	find . -name '*.gcno' | sed 's/gcno$$/gcda/' | xargs touch
	find . -name '*.gcda' | xargs chmod a+rw
	-$(MAKE) $(AM_MAKEFLAGS) check
	$(AM_TESTS_ENVIRONMENT) "$(srcdir)/tests/coverage"
.PHONY: coverage lint
include tests/conformance/rules.mk
include tests/crash/rules.mk
include tests/fronted/rules.mk
include tests/fuzz/rules.mk
include tests/hostile/rules.mk
