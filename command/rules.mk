# SPDX-License-Identifier: BSD-2-Clause
# The privyseal command: a client of a PKCS#11 module like any other.

# What the unit tests need of it as well.
noinst_LTLIBRARIES += libcommand.la
libcommand_la_SOURCES = \
	command/base64.c command/base64.h \
	command/cms.h command/cms-crypto.c command/cms-crypto.h \
	command/cms-judge.c command/cms-judge.h \
	command/cms-envelope.c \
	command/cms-recipient.c command/cms-recipient.h \
	command/der.c command/der.h \
	command/mail.c command/mail.h \
	command/policy-file.c command/policy-file.h \
	command/policy-text.c command/policy-text.h \
	command/recovery-code.c command/recovery-code.h \
	command/say.c command/say.h
libcommand_la_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
libcommand_la_LIBADD = libimport.la libpkcs11.la $(CRYPTO_LIBS)

bin_PROGRAMS += privyseal
privyseal_SOURCES = \
	command/audit.c command/audit.h command/misses.c command/misses.h command/audit-show.c \
	command/birth.c command/birth.h \
	command/certificate-request.c command/certificate-request.h \
	command/choice.c command/choice.h \
	command/cms-open.c command/cms-sign.c \
	command/completion.c \
	command/contents.c command/contents.h \
	command/decrypt.c \
	command/delete.c \
	command/doctor.c command/doctor.h \
	command/doctor-fronts.c command/doctor-house.c command/doctor-programs.c \
	command/doctor-token.c command/doctor-walls.c \
	command/export-certificate.c \
	command/flatpak.c command/flatpak.h \
	command/challenge.c command/challenge.h \
	command/front.c command/front.h command/front-add.c command/front-chain.c \
	command/front-list.c command/front-place.c command/front-probe.c \
	command/front-test.c \
	command/generate.c \
	command/import.c \
	command/guard.c command/guard.h \
	command/init.c \
	command/inventory.c command/inventory.h \
	command/keeper.c command/keeper.h \
	command/list.c \
	command/main.c \
	command/module.c command/module.h \
	command/move.c \
	command/object.c command/object.h \
	command/option.c command/option.h \
	command/output.c command/output.h \
	command/parcel.c command/parcel.h \
	command/patience.c command/patience.h \
	command/pin.c \
	command/policy.c \
	command/remote.c \
	command/programs.c command/programs.h \
	command/protection.c command/protection.h \
	command/report.c command/report.h command/report-json.c \
	command/secret-entry.c command/secret-entry.h \
	command/enterprise-policy.c command/enterprise-policy.h \
	command/setup.c \
	command/sign.c \
	command/signer.c command/signer.h \
	command/status.c \
	command/token.c command/token.h \
	command/uri.c command/uri.h \
	command/verb.h command/verbs.c \
	command/walls.c command/walls.h
privyseal_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(P11KIT_CFLAGS)
privyseal_LDADD = libsetup.la libcommand.la libconfiguration.la libimport.la \
	libaudit.la libtoken.la libpkcs11.la $(P11KIT_LIBS) $(CRYPTO_LIBS) $(LTLIBINTL)

dist_bashcompletion_DATA = command/privyseal.bash

noinst_LTLIBRARIES += libsetup.la
libsetup_la_SOURCES = \
	command/preferences.c command/preferences.h \
	command/profile.c command/profile.h \
	command/profile-key.c command/profile-key.h \
	command/security-device.c command/security-device.h \
	command/setup-record.c command/setup-record.h \
	command/thunderbird-choice.c \
	command/thunderbird.c command/thunderbird.h
libsetup_la_CFLAGS = $(AM_CFLAGS) $(SQLITE_CFLAGS)
libsetup_la_LIBADD = $(SQLITE_LIBS)

check_PROGRAMS += tests/unit/test-preferences
TESTS += tests/unit/test-preferences
tests_unit_test_preferences_SOURCES = tests/unit/test-preferences.c
tests_unit_test_preferences_LDADD = libtest.la libsetup.la libpkcs11.la

check_PROGRAMS += tests/unit/test-thunderbird
TESTS += tests/unit/test-thunderbird
tests_unit_test_thunderbird_SOURCES = tests/unit/test-thunderbird.c
tests_unit_test_thunderbird_LDADD = libtest.la libsetup.la libcommand.la libimport.la \
	libpkcs11.la $(CRYPTO_LIBS)

COMMAND_TESTS = tests/command/test-audit tests/command/test-doctor \
	tests/command/test-each-use tests/command/test-front \
	tests/command/test-group \
	tests/command/test-own tests/command/test-policy \
	tests/command/test-remains \
	tests/command/test-setup \
	tests/command/test-machine tests/command/test-misses tests/command/test-move \
	tests/command/test-softhsm tests/command/test-terminal tests/command/test-tpm
TESTS += $(COMMAND_TESTS)
dist_check_SCRIPTS += $(COMMAND_TESTS)
EXTRA_DIST += tests/command/at-terminal.py tests/command/pki.sh \
	tests/command/profile.sh tests/command/seal-x25519.py \
	tests/command/softhsm.sh \
	tests/command/long-move tests/command/move.sh \
	tests/command/terminal.py tests/command/verbs.sh

# Loaded into the command by long-move.
check_LTLIBRARIES += tests/command/kill-at.la
tests_command_kill_at_la_SOURCES = tests/command/kill-at.c
tests_command_kill_at_la_LDFLAGS = -module -avoid-version -shared -rpath /nowhere
tests_command_kill_at_la_LIBADD = libpkcs11.la

check_PROGRAMS += tests/unit/test-der tests/unit/test-mail \
	tests/unit/test-policy-text \
	tests/unit/test-recovery-code
TESTS += tests/unit/test-der tests/unit/test-mail \
	tests/unit/test-policy-text \
	tests/unit/test-recovery-code
tests_unit_test_der_SOURCES = tests/unit/test-der.c
tests_unit_test_der_LDADD = libtest.la libcommand.la
tests_unit_test_mail_SOURCES = tests/unit/test-mail.c
tests_unit_test_mail_LDADD = libtest.la libcommand.la
tests_unit_test_recovery_code_SOURCES = tests/unit/test-recovery-code.c
tests_unit_test_recovery_code_LDADD = libtest.la libcommand.la
tests_unit_test_policy_text_SOURCES = tests/unit/test-policy-text.c
tests_unit_test_policy_text_LDADD = libtest.la libcommand.la
