# SPDX-License-Identifier: BSD-2-Clause
# Files of keys into keys and certificates, and those into any token. OpenSSL is
# behind import/p12-*.c alone.

noinst_LTLIBRARIES += libimport.la
libimport_la_SOURCES = \
	import/ber.c import/ber.h import/ber-text.c \
	import/bundle.c import/bundle.h \
	import/bundle-build.c import/bundle-build.h \
	import/bundle-format.c \
	import/certificate.c import/certificate.h \
	import/certificate-extension.c import/certificate-extension.h \
	import/certificate-use.c \
	import/deposit.c import/deposit.h \
	import/deposit-check.c import/deposit-check.h \
	import/deposit-find.c import/deposit-find.h \
	import/deposit-template.c import/deposit-template.h \
	import/distinguished-name.c import/distinguished-name.h \
	import/identity.c import/identity.h \
	import/json.c import/json.h \
	import/key.c import/key.h \
	import/label.c import/label.h \
	import/p12.c import/p12.h import/p12-bag.c \
	import/p12-cipher.c import/p12-crypto.c import/p12-crypto.h \
	import/p12-curve.c import/p12-key.c import/p12-library.h \
	import/p12-number.h import/p12-root.c import/p12-rsa.c \
	import/p7.c \
	import/passphrase.c import/passphrase.h \
	import/pbe.c import/pbe.h import/pbe-attempt.h \
	import/pbe-derivation.c import/pbe-derivation.h \
	import/pbe-gnupg.c import/pbe-gnupg.h \
	import/pbe-scheme.c import/pbe-scheme.h import/pbe-stamp.c \
	import/pem.c import/pem.h import/pem-seal.c import/pem-seal.h \
	import/public-key.c import/public-key.h \
	import/rc2.c import/rc2.h \
	import/refusal.c import/refusal.h \
	import/summary.c import/summary.h import/summary-json.c \
	import/target.c import/target.h \
	import/template.c import/template.h \
	import/unicode.c import/unicode.h
libimport_la_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
libimport_la_LIBADD = libpkcs11.la $(CRYPTO_LIBS)

# Shows what is in a file, and stores it into the token of any module: for
# trying by hand, and for the tests.
check_PROGRAMS += tests/import/import-try
tests_import_import_try_SOURCES = tests/import/import-try.c
tests_import_import_try_LDADD = libimport.la libpkcs11.la

IMPORT_TESTS = tests/import/test-deposit tests/import/test-forms \
	tests/import/test-programs tests/import/test-refusals
TESTS += $(IMPORT_TESTS)
EXTRA_DIST += $(IMPORT_TESTS) tests/import/forge

# Built by clang with --with-fuzzing, libFuzzer drives it; else mutate.c does.
check_PROGRAMS += tests/fuzz/fuzz-p12
tests_fuzz_fuzz_p12_SOURCES = tests/fuzz/fuzz-p12.c tests/fuzz/fuzz.h \
	$(FUZZ_FAILING)
tests_fuzz_fuzz_p12_LDADD = libimport.la libpkcs11.la $(FUZZ_LIBS)
if FUZZING
tests_fuzz_fuzz_p12_LDFLAGS = $(AM_LDFLAGS) $(FUZZER) $(FUZZ_FAIL)
EXTRA_DIST += tests/fuzz/mutate.c
else
tests_fuzz_fuzz_p12_SOURCES += tests/fuzz/mutate.c
tests_fuzz_fuzz_p12_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_FAIL)
TESTS += tests/fuzz/test-fuzz-p12
endif
EXTRA_DIST += tests/fuzz/test-fuzz-p12

IMPORT_UNIT_TESTS = tests/unit/test-ber tests/unit/test-bundle \
	tests/unit/test-certificate \
	tests/unit/test-label tests/unit/test-passphrase \
	tests/unit/test-public-key tests/unit/test-rc2 tests/unit/test-refusal
check_PROGRAMS += $(IMPORT_UNIT_TESTS)
TESTS += $(IMPORT_UNIT_TESTS)
IMPORT_TEST_LIBS = libtest.la libimport.la libpkcs11.la
tests_unit_test_ber_SOURCES = tests/unit/test-ber.c
tests_unit_test_ber_LDADD = $(IMPORT_TEST_LIBS)
tests_unit_test_certificate_SOURCES = tests/unit/test-certificate.c
tests_unit_test_certificate_LDADD = $(IMPORT_TEST_LIBS)
tests_unit_test_label_SOURCES = tests/unit/test-label.c
tests_unit_test_label_LDADD = $(IMPORT_TEST_LIBS)
tests_unit_test_passphrase_SOURCES = tests/unit/test-passphrase.c
tests_unit_test_passphrase_LDADD = $(IMPORT_TEST_LIBS)
tests_unit_test_public_key_SOURCES = tests/unit/test-public-key.c
tests_unit_test_public_key_LDADD = $(IMPORT_TEST_LIBS)
tests_unit_test_rc2_SOURCES = tests/unit/test-rc2.c
tests_unit_test_rc2_LDADD = $(IMPORT_TEST_LIBS)
tests_unit_test_refusal_SOURCES = tests/unit/test-refusal.c
tests_unit_test_refusal_LDADD = $(IMPORT_TEST_LIBS)
tests_unit_test_bundle_SOURCES = tests/unit/test-bundle.c
tests_unit_test_bundle_LDADD = $(IMPORT_TEST_LIBS)
