# SPDX-License-Identifier: BSD-2-Clause
# What answers: keys, mechanisms and operations, the store, and the soft token.

noinst_LTLIBRARIES += libtoken.la
libtoken_la_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS) $(SQLITE_CFLAGS)
libtoken_la_LIBADD = libpkcs11.la $(CRYPTO_LIBS) $(SQLITE_LIBS)
libtoken_la_SOURCES =

include token/crypto.mk

include token/store.mk

include token/tpm.mk

# The soft token.
token/fronted-calls.c: token/generate-fronted $(CALLS_NEEDS)
	$(AM_V_GEN)$(MKDIR_P) token && \
	$(PYTHON) $(top_srcdir)/token/generate-fronted $(top_srcdir)/pkcs11 \
		$(top_srcdir)/pkcs11/generate-calls >$@.new && mv $@.new $@
CLEANFILES += token/fronted-calls.c
EXTRA_DIST += token/generate-fronted

# Somebody else's module as a token of ours.
noinst_LTLIBRARIES += libfronted.la
libfronted_la_SOURCES = \
	token/fronted.c token/fronted.h token/fronted-call.h \
	token/fronted-chain.c token/fronted-chain.h \
	token/fronted-chain-select.c token/fronted-handle.c \
	token/fronted-claims.c token/fronted-name.c \
	token/fronted-hash.c token/fronted-hash.h \
	token/fronted-hash-calls.c \
	token/fronted-hidden.c token/fronted-label.c \
	token/fronted-login.c token/fronted-look.c \
	token/fronted-lookup.c \
	token/fronted-mark.c token/fronted-mechanism.c \
	token/fronted-object.c \
	token/fronted-profile.c token/fronted-profile.h \
	token/fronted-public.c token/fronted-public.h \
	token/fronted-quirk.c token/fronted-quirk.h \
	token/fronted-session.c \
	token/fronted-slot.c token/fronted-slot.h \
	token/fronted-supplement.c token/fronted-supplement.h \
	token/fronted-supply.c
nodist_libfronted_la_SOURCES = token/fronted-calls.c

check_LTLIBRARIES += libvendorkit.la
libvendorkit_la_SOURCES = tests/unit/vendor-kit.c tests/unit/vendor-kit.h
libvendorkit_la_LIBADD = libfronted.la libtoken.la libtest.la
check_PROGRAMS += tests/unit/test-fronted-handle
TESTS += tests/unit/test-fronted-handle
tests_unit_test_fronted_handle_SOURCES = tests/unit/test-fronted-handle.c
tests_unit_test_fronted_handle_LDADD = libvendorkit.la
tests_unit_test_fronted_handle_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=reallocarray
check_PROGRAMS += tests/unit/test-fronted-chain tests/unit/test-fronted-supply
TESTS += tests/unit/test-fronted-chain tests/unit/test-fronted-supply
tests_unit_test_fronted_chain_SOURCES = tests/unit/test-fronted-chain.c
tests_unit_test_fronted_chain_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS)
tests_unit_test_fronted_chain_LDADD = libvendorkit.la $(CRYPTO_LIBS)
tests_unit_test_fronted_supply_SOURCES = tests/unit/test-fronted-supply.c
tests_unit_test_fronted_supply_LDADD = libvendorkit.la

libtoken_la_SOURCES += \
	token/attribute-policy.c token/attribute-policy.h \
	token/attribute.c token/attribute.h \
	token/columns.c token/columns.h \
	token/demand.c token/demand.h \
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
	token/soft-wrap.c \
	token/soft.c token/soft.h \
	token/state.c token/state.h \
	token/table.c token/table.h \
	token/template.c token/template.h \
	token/token.c token/token.h

check_LTLIBRARIES += libsoftkit.la
libsoftkit_la_SOURCES = tests/unit/soft-kit.c tests/unit/soft-kit.h
libsoftkit_la_LIBADD = libtoken.la libtest.la

check_PROGRAMS += tests/unit/test-soft
TESTS += tests/unit/test-soft
tests_unit_test_soft_SOURCES = tests/unit/test-soft.c
tests_unit_test_soft_LDADD = libsoftkit.la libstorekit.la
check_PROGRAMS += tests/unit/test-attribute
TESTS += tests/unit/test-attribute
tests_unit_test_attribute_SOURCES = tests/unit/test-attribute.c
tests_unit_test_attribute_LDADD = libsoftkit.la

check_PROGRAMS += tests/unit/test-session
TESTS += tests/unit/test-session
tests_unit_test_session_SOURCES = tests/unit/test-session.c
tests_unit_test_session_LDADD = libsoftkit.la

check_PROGRAMS += tests/unit/test-place
TESTS += tests/unit/test-place
tests_unit_test_place_SOURCES = tests/unit/test-place.c
tests_unit_test_place_LDADD = libsoftkit.la
tests_unit_test_place_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=statfs

check_PROGRAMS += tests/unit/test-make
TESTS += tests/unit/test-make
tests_unit_test_make_SOURCES = tests/unit/test-make.c
tests_unit_test_make_LDADD = libsoftkit.la

check_PROGRAMS += tests/unit/test-object
TESTS += tests/unit/test-object
tests_unit_test_object_SOURCES = tests/unit/test-object.c
tests_unit_test_object_LDADD = libsoftkit.la
