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

# The soft token.
libtoken_la_SOURCES += \
	token/attribute-policy.c token/attribute-policy.h \
	token/attribute.c token/attribute.h \
	token/columns.c token/columns.h \
	token/make.c token/make.h \
	token/object-show.c \
	token/object.c token/object.h \
	token/permission.c token/permission.h \
	token/pin-rules.c token/pin-rules.h \
	token/search.c token/search.h \
	token/session.c token/session.h \
	token/slot.c token/slot.h \
	token/soft-calls.h \
	token/soft-dual.c \
	token/soft-key.c \
	token/soft-message.c \
	token/soft-object.c \
	token/soft-operation.c token/soft-operation.h \
	token/soft-session.c \
	token/soft-slot.c \
	token/soft.c token/soft.h \
	token/state.c token/state.h \
	token/table.c token/table.h \
	token/template.c token/template.h

check_LTLIBRARIES += libsoftkit.la
libsoftkit_la_SOURCES = tests/unit/soft-kit.c tests/unit/soft-kit.h
libsoftkit_la_LIBADD = libtoken.la libtest.la

check_PROGRAMS += tests/unit/test-soft
TESTS += tests/unit/test-soft
tests_unit_test_soft_SOURCES = tests/unit/test-soft.c
tests_unit_test_soft_LDADD = libsoftkit.la
