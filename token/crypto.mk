# SPDX-License-Identifier: BSD-2-Clause
# Keys and operations.
libtoken_la_SOURCES += \
	token/crypto.h token/key.h token/kind.h token/rsa.h \
	token/crypto-aes-wrap.c \
	token/crypto-aes.c \
	token/crypto-certificate.c token/crypto-certificate.h \
	token/crypto-chain.c token/crypto-chain.h \
	token/crypto-curve.c \
	token/crypto-derive.c \
	token/crypto-digest.c \
	token/crypto-ec-key.c \
	token/crypto-ec.c \
	token/crypto-eddsa.c \
	token/crypto-generate.c \
	token/crypto-hash.c \
	token/crypto-hmac.c \
	token/crypto-key.c \
	token/crypto-library.c \
	token/crypto-memory.c token/crypto-memory.h \
	token/crypto-parts.c \
	token/crypto-pkcs8.c \
	token/crypto-rsa-check.c \
	token/crypto-rsa-decrypt.c \
	token/crypto-rsa-key.c \
	token/crypto-rsa-oaep.c \
	token/crypto-rsa-pss.c \
	token/crypto-rsa.c \
	token/crypto-hashing.c token/crypto-hashing.h \
	token/crypto-secret-key.c \
	token/mechanism.c token/mechanism.h \
	token/operation.c token/operation.h \
	token/vault.c token/vault.h \
	token/wrap.c

# What judges the crypto shares no code with it.
check_LTLIBRARIES += libcryptokit.la
libcryptokit_la_SOURCES = tests/unit/crypto-kit.c tests/unit/crypto-kit.h
libcryptokit_la_LIBADD = libtest.la libtoken.la

CRYPTO_TESTS = \
	tests/unit/test-crypto-decrypt \
	tests/unit/test-crypto-fault \
	tests/unit/test-crypto-key \
	tests/unit/test-crypto-size \
	tests/unit/test-crypto-threads \
	tests/unit/test-mechanism \
	tests/unit/test-operation
tests_unit_test_mechanism_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_mechanism_LDADD = libcryptokit.la
tests_unit_test_crypto_size_LDADD = libcryptokit.la
tests_unit_test_crypto_threads_LDADD = libcryptokit.la -lpthread
tests_unit_test_operation_LDADD = libcryptokit.la
tests_unit_test_crypto_fault_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS)
tests_unit_test_crypto_fault_LDADD = libcryptokit.la $(CRYPTO_LIBS)
tests_unit_test_crypto_key_LDADD = libcryptokit.la
tests_unit_test_crypto_decrypt_LDADD = libcryptokit.la

if HAVE_NETTLE
check_LTLIBRARIES += libnettlekit.la
libnettlekit_la_SOURCES = tests/unit/nettle-kit.c tests/unit/nettle-kit.h
libnettlekit_la_CPPFLAGS = $(AM_CPPFLAGS) $(NETTLE_CFLAGS)
libnettlekit_la_LIBADD = libcryptokit.la $(NETTLE_LIBS) -lgmp
CRYPTO_TESTS += \
	tests/unit/test-crypto-aes \
	tests/unit/test-crypto-derive \
	tests/unit/test-crypto-digest \
	tests/unit/test-crypto-rsa \
	tests/unit/test-crypto-sign
tests_unit_test_crypto_aes_LDADD = libnettlekit.la
tests_unit_test_crypto_derive_LDADD = libnettlekit.la
tests_unit_test_crypto_digest_LDADD = libnettlekit.la
tests_unit_test_crypto_rsa_LDADD = libnettlekit.la
tests_unit_test_crypto_sign_LDADD = libnettlekit.la
endif
if HAVE_GCRYPT
CRYPTO_TESTS += tests/unit/test-crypto-curve
tests_unit_test_crypto_curve_CPPFLAGS = $(AM_CPPFLAGS) $(GCRYPT_CFLAGS)
tests_unit_test_crypto_curve_LDADD = libcryptokit.la $(GCRYPT_LIBS)
endif
# Sanitizers and valgrind do not go together.
if HAVE_VALGRIND
if !SANITIZING
check_PROGRAMS += tests/unit/crypto-timing
TESTS += tests/unit/test-crypto-timing
tests_unit_crypto_timing_LDADD = libtoken.la
endif
endif
# Needs the functions that crypto-rsa-decrypt.c keeps to itself.
check_PROGRAMS += tests/unit/crypto-clock
tests_unit_crypto_clock_LDADD = libcryptokit.la $(CRYPTO_LIBS) -lm
EXTRA_DIST += tests/unit/long-crypto-clock
dist_check_SCRIPTS += tests/unit/test-crypto-judges tests/unit/test-crypto-timing
TESTS += tests/unit/test-crypto-judges
check_PROGRAMS += $(CRYPTO_TESTS)
TESTS += $(CRYPTO_TESTS)

check_PROGRAMS += tests/unit/test-vault
TESTS += tests/unit/test-vault
tests_unit_test_vault_SOURCES = tests/unit/test-vault.c
tests_unit_test_vault_LDADD = libtest.la libtoken.la -lpthread
