# SPDX-License-Identifier: BSD-2-Clause
# Files and clients that mean harm.

EXTRA_DIST += tests/hostile/long-bytes tests/hostile/long-clients \
	tests/hostile/test-network-store
HOSTILE_TESTS = tests/hostile/test-bytes tests/hostile/test-clients \
	tests/hostile/test-rollback
check_PROGRAMS += $(HOSTILE_TESTS)
TESTS += $(HOSTILE_TESTS)
tests_hostile_test_bytes_SOURCES = tests/hostile/test-bytes.c
tests_hostile_test_bytes_LDADD = libshim.la
tests_hostile_test_clients_SOURCES = tests/hostile/test-clients.c
tests_hostile_test_clients_LDADD = libstage.la
tests_hostile_test_rollback_SOURCES = tests/hostile/test-rollback.c
tests_hostile_test_rollback_LDADD = libstage.la

# A worker that was taken over, as a module that one loads.
check_LTLIBRARIES += tests/hostile/traitor.la
tests_hostile_traitor_la_SOURCES = tests/hostile/traitor.c
tests_hostile_traitor_la_LIBADD = libkeeper.la libpkcs11.la -lpthread
tests_hostile_traitor_la_LDFLAGS = -module -avoid-version -shared \
	-rpath /nowhere
HOSTILE_TESTS += tests/hostile/test-owners
tests_hostile_test_owners_SOURCES = tests/hostile/test-owners.c
tests_hostile_test_owners_CPPFLAGS = $(TEST_CPPFLAGS)
tests_hostile_test_owners_LDADD = libstage.la
HOSTILE_TESTS += tests/hostile/test-knock
tests_hostile_test_knock_SOURCES = tests/hostile/test-knock.c
tests_hostile_test_knock_LDADD = libstage.la
HOSTILE_TESTS += tests/hostile/test-worker
tests_hostile_test_worker_SOURCES = tests/hostile/test-worker.c
tests_hostile_test_worker_CPPFLAGS = $(TEST_CPPFLAGS)
tests_hostile_test_worker_LDADD = libstage.la

if HAVE_TPM
check_PROGRAMS += tests/hostile/test-tpm
TESTS += tests/hostile/test-tpm
tests_hostile_test_tpm_SOURCES = tests/hostile/test-tpm.c
tests_hostile_test_tpm_CPPFLAGS = $(TEST_CPPFLAGS)
tests_hostile_test_tpm_LDADD = libtpmkit.la libstage.la libtoken.la libkeeper.la
endif
# A vendor's module that does harm, or only harm to itself.
check_LTLIBRARIES += tests/hostile/vendor.la
tests_hostile_vendor_la_SOURCES = \
	tests/fronted/wrapper.c tests/fronted/wrapper.h \
	tests/hostile/misdeed.c tests/hostile/misdeed.h \
	tests/hostile/vendor.c
tests_hostile_vendor_la_LIBADD = -lpthread
tests_hostile_vendor_la_LDFLAGS = -module -avoid-version -shared \
	-rpath /nowhere
EXTRA_DIST += tests/hostile/test-vendor

# A keeper elsewhere, by what its module claims.
check_LTLIBRARIES += tests/hostile/liar.la
tests_hostile_liar_la_SOURCES = tests/hostile/liar.c
tests_hostile_liar_la_LDFLAGS = -module -avoid-version -shared \
	-rpath /nowhere
HOSTILE_TESTS += tests/hostile/test-remote
tests_hostile_test_remote_SOURCES = tests/hostile/test-remote.c
tests_hostile_test_remote_CPPFLAGS = $(TEST_CPPFLAGS)
tests_hostile_test_remote_LDADD = libstage.la

# A program of the user's against either keeper.
check_PROGRAMS += tests/hostile/burglar
tests_hostile_burglar_SOURCES = tests/hostile/burglar.c
tests_hostile_burglar_LDADD = libtoken.la libpkcs11.la
EXTRA_DIST += tests/hostile/test-machine

# Stealing keys: CONFORMANCE names what is attacked, as for tests/conformance.
check_PROGRAMS += tests/hostile/theft
tests_hostile_theft_SOURCES = \
	tests/conformance/exception.c tests/conformance/exception.h \
	tests/conformance/keys.c tests/conformance/keys.h \
	tests/conformance/kit.c tests/conformance/kit.h \
	tests/conformance/need.c tests/conformance/sample.c \
	tests/conformance/wiring.c tests/conformance/wiring.h \
	tests/hostile/attack-derive.c \
	tests/hostile/attack-wrap.c \
	tests/hostile/canary.c tests/hostile/canary.h \
	tests/hostile/search-state.c \
	tests/hostile/search.c tests/hostile/search.h
tests_hostile_theft_CPPFLAGS = $(TEST_CPPFLAGS)
tests_hostile_theft_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
tests_hostile_theft_LDADD = libtest.la libtoken.la libkeeper.la libpkcs11.la \
	$(CRYPTO_LIBS)
dist_check_SCRIPTS += tests/hostile/test-theft-soft
TESTS += tests/hostile/test-theft-soft
EXTRA_DIST += tests/hostile/long-theft tests/hostile/test-theft-wire
