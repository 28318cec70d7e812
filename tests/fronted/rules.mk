# SPDX-License-Identifier: BSD-2-Clause
# Somebody else's modules with what is behind them: cards, a TPM, an HSM.

FRONTED_TESTS = tests/fronted/test-card tests/fronted/test-chain tests/fronted/test-openssh \
	tests/fronted/test-pin tests/fronted/test-policy \
	tests/fronted/test-softhsm \
	tests/fronted/test-stage tests/fronted/test-tpm
EXTRA_DIST += $(FRONTED_TESTS) tests/fronted/stage.sh \
	tests/fronted/with-socket

check_PROGRAMS += tests/fronted/card
tests_fronted_card_SOURCES = \
	tests/fronted/card.c \
	tests/fronted/card-command.c tests/fronted/card-command.h \
	tests/fronted/card-data.c tests/fronted/card-data.h \
	tests/fronted/card-key.c tests/fronted/card-key.h \
	tests/fronted/card-pin.c tests/fronted/card-pin.h \
	tests/fronted/card-tlv.c tests/fronted/card-tlv.h \
	tests/fronted/reader.c tests/fronted/reader.h
tests_fronted_card_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
tests_fronted_card_LDADD = libpkcs11.la $(CRYPTO_LIBS)

check_PROGRAMS += tests/fronted/client
tests_fronted_client_SOURCES = tests/fronted/client.c \
	tests/fronted/client-calls.c tests/fronted/client-calls.h
tests_fronted_client_LDADD = libpkcs11.la

if HAVE_CACARD
check_PROGRAMS += tests/fronted/card-cac
endif
tests_fronted_card_cac_SOURCES = tests/fronted/card-cac.c \
	tests/fronted/reader.c tests/fronted/reader.h
tests_fronted_card_cac_CFLAGS = $(AM_CFLAGS) $(CACARD_CFLAGS)
tests_fronted_card_cac_LDADD = libpkcs11.la $(CACARD_LIBS)

# A vendor's module that has less than it could.
check_LTLIBRARIES += tests/fronted/forger.la
tests_fronted_forger_la_SOURCES = tests/fronted/forger.c \
	tests/fronted/wrapper.c tests/fronted/wrapper.h
tests_fronted_forger_la_LDFLAGS = -module -avoid-version -shared -rpath /nowhere
check_LTLIBRARIES += tests/fronted/lesser.la
tests_fronted_lesser_la_SOURCES = tests/fronted/lesser.c \
	tests/fronted/wrapper.c tests/fronted/wrapper.h
tests_fronted_lesser_la_LDFLAGS = -module -avoid-version -shared -rpath /nowhere
