# SPDX-License-Identifier: BSD-2-Clause
# What answers: keys, mechanisms and operations, the store, and the soft token.

noinst_LTLIBRARIES += libtoken.la
libtoken_la_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS) $(SQLITE_CFLAGS)
libtoken_la_LIBADD = libpkcs11.la $(CRYPTO_LIBS) $(SQLITE_LIBS)
libtoken_la_SOURCES =

# Keys and operations.
libtoken_la_SOURCES += \
	token/crypto.h token/key.h token/kind.h token/rsa.h \
	token/crypto-aes-wrap.c \
	token/crypto-aes.c \
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
	token/crypto-parts.c \
	token/crypto-pkcs8.c \
	token/crypto-rsa-decrypt.c \
	token/crypto-rsa-key.c \
	token/crypto-rsa-pss.c \
	token/crypto-rsa.c \
	token/crypto-secret-key.c \
	token/mechanism.c token/mechanism.h \
	token/operation.c token/operation.h \
	token/wrap.c

# What judges the crypto shares no code with it.
check_LTLIBRARIES += libcryptokit.la
libcryptokit_la_SOURCES = tests/unit/crypto-kit.c tests/unit/crypto-kit.h
libcryptokit_la_LIBADD = libtest.la libtoken.la

check_PROGRAMS += tests/unit/test-crypto-decrypt
TESTS += tests/unit/test-crypto-decrypt
tests_unit_test_crypto_decrypt_SOURCES = tests/unit/test-crypto-decrypt.c
tests_unit_test_crypto_decrypt_LDADD = libcryptokit.la

if HAVE_NETTLE
check_PROGRAMS += tests/unit/test-crypto-sign
TESTS += tests/unit/test-crypto-sign
tests_unit_test_crypto_sign_SOURCES = tests/unit/test-crypto-sign.c
tests_unit_test_crypto_sign_CPPFLAGS = $(AM_CPPFLAGS) $(NETTLE_CFLAGS)
tests_unit_test_crypto_sign_LDADD = libcryptokit.la $(NETTLE_LIBS) -lgmp
endif

# The store.
libtoken_la_SOURCES += \
	token/crypto-seal.c token/crypto-seal.h \
	token/damage.c token/damage.h \
	token/store.c token/store.h \
	token/store-change.c \
	token/store-file.c token/store-file.h \
	token/store-login.c \
	token/store-row.c token/store-row.h \
	token/store-state.h \
	token/tree.c token/tree.h \
	token/wrapping.c token/wrapping.h

check_LTLIBRARIES += libstorekit.la
libstorekit_la_SOURCES = tests/unit/store-kit.c tests/unit/store-kit.h
libstorekit_la_CPPFLAGS = $(TEST_CPPFLAGS) $(SQLITE_CFLAGS)
libstorekit_la_LIBADD = libtoken.la libtest.la $(SQLITE_LIBS)

check_PROGRAMS += tests/unit/test-store
TESTS += tests/unit/test-store
tests_unit_test_store_SOURCES = tests/unit/test-store.c
tests_unit_test_store_LDADD = libstorekit.la
