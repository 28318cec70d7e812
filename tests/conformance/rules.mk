# SPDX-License-Identifier: BSD-2-Clause
# One suite, several wirings: CONFORMANCE names the one to run against.

check_PROGRAMS += tests/conformance/conformance
tests_conformance_conformance_SOURCES = \
	tests/conformance/exception.c tests/conformance/exception.h \
	tests/conformance/general.c \
	tests/conformance/keys.c tests/conformance/keys.h \
	tests/conformance/kit.c tests/conformance/kit.h \
	tests/conformance/malformed.c \
	tests/conformance/need.c \
	tests/conformance/object.c \
	tests/conformance/operation.c \
	tests/conformance/policy.c \
	tests/conformance/sample.c \
	tests/conformance/search.c \
	tests/conformance/session.c \
	tests/conformance/slot.c \
	tests/conformance/wiring.c tests/conformance/wiring.h
dist_check_SCRIPTS += tests/conformance/test-soft
TESTS += tests/conformance/test-soft
EXTRA_DIST += tests/conformance/card.sh \
	tests/conformance/test-piv tests/conformance/test-piv-front \
	tests/conformance/test-softhsm2 tests/conformance/test-softhsm2-front \
	tests/conformance/test-softhsm2-wire tests/conformance/test-wire
tests_conformance_conformance_CPPFLAGS = $(TEST_CPPFLAGS)
tests_conformance_conformance_CFLAGS = $(AM_CFLAGS) $(GCRYPT_CFLAGS) \
	$(CRYPTO_CFLAGS)
tests_conformance_conformance_LDADD = libtest.la libtoken.la \
	libkeeper.la libpkcs11.la $(GCRYPT_LIBS) \
	$(CRYPTO_LIBS)
# The known keys as files, for a card.
check_PROGRAMS += tests/conformance/write-key
tests_conformance_write_key_SOURCES = tests/conformance/write-key.c \
	tests/conformance/keys.c tests/conformance/keys.h
tests_conformance_write_key_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
tests_conformance_write_key_LDADD = $(CRYPTO_LIBS)

# The results of mechanisms are checked by an implementation that shares no code
# with libcrypto.
if HAVE_GCRYPT
tests_conformance_conformance_SOURCES += \
	tests/conformance/aes.c \
	tests/conformance/curve.c \
	tests/conformance/digest.c \
	tests/conformance/other.c tests/conformance/other.h \
	tests/conformance/rsa.c
endif
