# SPDX-License-Identifier: BSD-2-Clause
# TPMs, where tpm2-tss is there to talk to them.

libtoken_la_CPPFLAGS += $(TSS_CFLAGS)
libtoken_la_LIBADD += $(TSS_LIBS)
libtoken_la_SOURCES += token/tpm.h
if HAVE_TPM
libtoken_la_SOURCES += \
	token/tpm-counter.c \
	token/tpm-label.c \
	token/tpm-link.c \
	token/tpm-place.c \
	token/tpm-state.h \
	token/tpm.c

check_LTLIBRARIES += libtpmkit.la
libtpmkit_la_SOURCES = tests/unit/tpm-kit.c tests/unit/tpm-kit.h
libtpmkit_la_LIBADD = libtest.la

check_PROGRAMS += tests/unit/test-tpm
TESTS += tests/unit/test-tpm
tests_unit_test_tpm_SOURCES = tests/unit/test-tpm.c
tests_unit_test_tpm_LDADD = libtpmkit.la libtoken.la
check_PROGRAMS += tests/unit/test-store-guard
TESTS += tests/unit/test-store-guard
tests_unit_test_store_guard_SOURCES = tests/unit/test-store-guard.c
tests_unit_test_store_guard_LDADD = libtpmkit.la libstorekit.la
check_PROGRAMS += tests/unit/test-store-places
TESTS += tests/unit/test-store-places
tests_unit_test_store_places_SOURCES = tests/unit/test-store-places.c
tests_unit_test_store_places_LDADD = libtpmkit.la libshim.la libstorekit.la
else
libtoken_la_SOURCES += token/tpm-none.c
endif
