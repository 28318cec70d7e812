# SPDX-License-Identifier: BSD-2-Clause
# The processes that keep.

# libc only: the command reads the configuration too.
noinst_LTLIBRARIES += libconfiguration.la
libconfiguration_la_SOURCES = \
	keeper/configuration.c keeper/configuration.h \
	keeper/configuration-file.c \
	keeper/front.c keeper/front.h \
	keeper/front-chain.c keeper/front-chain.h \
	keeper/reading.c keeper/reading.h \
	keeper/registration.c keeper/registration.h \
	keeper/registry.c keeper/registry.h \
	keeper/rule.c keeper/rule.h \
	keeper/setting.c keeper/setting.h \
	keeper/subject.c keeper/subject.h \
	keeper/witness.c keeper/witness.h

noinst_LTLIBRARIES += libkeeper.la
libkeeper_la_SOURCES = \
	keeper/folder.c keeper/folder.h \
	keeper/guessers.c keeper/guessers.h \
	keeper/history.c keeper/history.h \
	keeper/logbook.c keeper/logbook.h \
	keeper/numbering.c keeper/numbering.h \
	keeper/control.c keeper/control.h \
	keeper/peer.c keeper/peer.h \
	keeper/socket.c keeper/socket.h \
	keeper/pardon.c keeper/pardon.h \
	keeper/tpm-filter.c keeper/tpm-filter.h \
	keeper/tries.c keeper/tries.h

# The audit log: its writer, and what reads it again (the command too).
noinst_LTLIBRARIES += libaudit.la
libaudit_la_SOURCES = \
	keeper/audit.c keeper/audit.h \
	keeper/audit-anchor.c \
	keeper/audit-chain.c keeper/audit-chain.h \
	keeper/audit-file.c keeper/audit-writer.h \
	keeper/audit-files.c keeper/audit-files.h \
	keeper/audit-line.c keeper/audit-line.h \
	keeper/audit-record.h \
	keeper/audit-recover.c \
	keeper/audit-state.c keeper/audit-state.h \
	keeper/audit-verify.c keeper/audit-verify.h


# What stands between a client's call and the token.
noinst_LTLIBRARIES += liblayers.la
liblayers_la_SOURCES = \
	keeper/allowance.c keeper/allowance.h \
	keeper/entry.c keeper/entry.h \
	keeper/idle.c keeper/idle.h \
	keeper/audit-layer.c keeper/audit-layer.h keeper/audit-tell.h \
	keeper/audit-objects.c \
	keeper/audit-uses.c \
	keeper/keyname.c keeper/keyname.h \
	keeper/layer.h \
	keeper/member.c keeper/member.h \
	keeper/pending.c keeper/pending.h \
	keeper/policy.c keeper/policy.h \
	keeper/prompt.c keeper/prompt.h \
	keeper/turn.c keeper/turn.h \
	keeper/validity.c keeper/validity.h

noinst_LTLIBRARIES += libsandbox.la
libsandbox_la_SOURCES = \
	keeper/sandbox.c keeper/sandbox.h \
	keeper/sandbox-calls.c keeper/sandbox-calls.h \
	keeper/sandbox-files.c keeper/sandbox-files.h
libsandbox_la_CPPFLAGS = $(AM_CPPFLAGS) $(SECCOMP_CFLAGS)
libsandbox_la_LIBADD = libpkcs11.la $(SECCOMP_LIBS)

libexec_PROGRAMS += privyseal-keeper
privyseal_keeper_SOURCES = \
	keeper/adopter.c keeper/adopter.h \
	keeper/adoption.c \
	keeper/asker.c keeper/asker.h \
	keeper/backing.c keeper/backing.h \
	keeper/broker.c keeper/broker.h \
	keeper/brokering.c \
	keeper/caller.c \
	keeper/child.c keeper/child.h \
	keeper/circle.c keeper/circle.h \
	keeper/hardware.c keeper/hardware.h \
	keeper/coverage.h \
	keeper/keeper.c \
	keeper/records.c \
	keeper/showcase.c \
	keeper/listener.c keeper/listener.h \
	keeper/membership.c \
	keeper/misfire.c \
	keeper/resolver.c keeper/resolver.h \
	keeper/machine.c keeper/machine.h \
	keeper/naming.c \
	keeper/notes.c \
	keeper/quota.c keeper/quota.h \
	keeper/owner.c \
	keeper/pinentry.c keeper/pinentry.h \
	keeper/prompter.c keeper/prompter.h \
	keeper/desktop.c keeper/desktop.h \
	keeper/enquiry.c keeper/enquiry.h \
	keeper/requests.c \
	keeper/roster.c \
	keeper/surroundings.c keeper/surroundings.h \
	keeper/worker.c keeper/worker.h
if SANITIZING
privyseal_keeper_SOURCES += tests/keeper/sanitizer-options.c
endif
privyseal_keeper_LDADD = libsandbox.la liblayers.la libfronted.la libaudit.la libtoken.la libkeeper.la \
	libconfiguration.la libpkcs11.la

check_PROGRAMS += tests/unit/test-circle
TESTS += tests/unit/test-circle
tests_unit_test_circle_SOURCES = tests/unit/test-circle.c keeper/circle.c
tests_unit_test_circle_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_circle_LDADD = libtest.la libpkcs11.la
check_PROGRAMS += tests/unit/test-registration tests/unit/test-witness
TESTS += tests/unit/test-registration tests/unit/test-witness
tests_unit_test_witness_SOURCES = tests/unit/test-witness.c
tests_unit_test_witness_LDADD = libtest.la libconfiguration.la libpkcs11.la
tests_unit_test_registration_SOURCES = tests/unit/test-registration.c
tests_unit_test_registration_LDADD = libtest.la libconfiguration.la libpkcs11.la
check_PROGRAMS += tests/unit/test-configuration tests/unit/test-tries \
	tests/unit/test-guessers
TESTS += tests/unit/test-configuration tests/unit/test-tries \
	tests/unit/test-guessers
tests_unit_test_guessers_SOURCES = tests/unit/test-guessers.c
tests_unit_test_guessers_LDADD = libtest.la libkeeper.la libpkcs11.la
tests_unit_test_configuration_SOURCES = tests/unit/test-configuration.c
tests_unit_test_configuration_LDADD = libtest.la libconfiguration.la libpkcs11.la
tests_unit_test_tries_SOURCES = tests/unit/test-tries.c
tests_unit_test_tries_LDADD = libtest.la libkeeper.la libpkcs11.la
check_LTLIBRARIES += libauditkit.la
libauditkit_la_SOURCES = tests/unit/audit-kit.c tests/unit/audit-kit.h
libauditkit_la_LIBADD = libtest.la libaudit.la libkeeper.la libtoken.la
check_PROGRAMS += tests/unit/test-audit tests/unit/test-audit-line \
	tests/unit/test-audit-verify
TESTS += tests/unit/test-audit tests/unit/test-audit-line \
	tests/unit/test-audit-verify
tests_unit_test_audit_SOURCES = tests/unit/test-audit.c
tests_unit_test_audit_LDADD = libauditkit.la
tests_unit_test_audit_verify_SOURCES = tests/unit/test-audit-verify.c
tests_unit_test_audit_verify_LDADD = libauditkit.la
tests_unit_test_audit_line_SOURCES = tests/unit/test-audit-line.c
tests_unit_test_audit_line_LDADD = libtest.la libaudit.la libtoken.la
check_PROGRAMS += tests/unit/test-audit-layer
TESTS += tests/unit/test-audit-layer
tests_unit_test_audit_layer_SOURCES = tests/unit/test-audit-layer.c
tests_unit_test_audit_layer_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
tests_unit_test_audit_layer_LDADD = libsoftkit.la liblayers.la libtoken.la
check_PROGRAMS += tests/unit/test-idle tests/unit/test-pending \
	tests/unit/test-validity
TESTS += tests/unit/test-idle tests/unit/test-pending tests/unit/test-validity
tests_unit_test_idle_SOURCES = tests/unit/test-idle.c
tests_unit_test_idle_LDADD = libtest.la liblayers.la libpkcs11.la
tests_unit_test_validity_SOURCES = tests/unit/test-validity.c
tests_unit_test_validity_LDADD = libtest.la liblayers.la libpkcs11.la
tests_unit_test_pending_SOURCES = tests/unit/test-pending.c
tests_unit_test_pending_LDADD = libsoftkit.la liblayers.la
check_PROGRAMS += tests/unit/test-history tests/unit/test-numbering
TESTS += tests/unit/test-history tests/unit/test-numbering
tests_unit_test_numbering_SOURCES = tests/unit/test-numbering.c
tests_unit_test_numbering_LDADD = libtest.la libkeeper.la libpkcs11.la
tests_unit_test_numbering_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=fdatasync
tests_unit_test_history_SOURCES = tests/unit/test-history.c
tests_unit_test_history_LDADD = libtest.la libkeeper.la libpkcs11.la
check_PROGRAMS += tests/unit/test-tpm-filter
TESTS += tests/unit/test-tpm-filter
tests_unit_test_tpm_filter_SOURCES = tests/unit/test-tpm-filter.c
tests_unit_test_tpm_filter_LDADD = libtest.la libkeeper.la libpkcs11.la
check_PROGRAMS += tests/unit/test-policy-layer
TESTS += tests/unit/test-policy-layer
tests_unit_test_policy_layer_SOURCES = tests/unit/test-policy-layer.c
tests_unit_test_policy_layer_LDADD = libsoftkit.la liblayers.la \
	libconfiguration.la libtoken.la

EXTRA_DIST += tests/keeper/boot.sh tests/keeper/long-address \
	tests/keeper/long-boot tests/keeper/long-thread \
	tests/keeper/sanitize.sh tests/keeper/test-systemd
# The machine keeper's: units, its account, its folders. Accounts and folders
# are files of one name in two places.
systemdsystemunit_DATA = keeper/privyseal-machine.socket keeper/privyseal-machine.service
EXTRA_DIST += keeper/privyseal-machine.socket keeper/privyseal-machine.service.in \
	keeper/privyseal.sysusers keeper/privyseal.tmpfiles
CLEANFILES += keeper/privyseal-machine.service
keeper/privyseal-machine.service: keeper/privyseal-machine.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) keeper && \
	$(SED) 's|@libexecdir[@]|$(libexecdir)|' \
		$(srcdir)/keeper/privyseal-machine.service.in >$@.new && mv $@.new $@
install-data-local: install-machine
uninstall-local: uninstall-machine
install-machine:
	$(MKDIR_P) $(DESTDIR)$(sysusersdir) $(DESTDIR)$(tmpfilesdir)
	$(INSTALL_DATA) $(srcdir)/keeper/privyseal.sysusers \
		$(DESTDIR)$(sysusersdir)/privyseal.conf
	$(INSTALL_DATA) $(srcdir)/keeper/privyseal.tmpfiles \
		$(DESTDIR)$(tmpfilesdir)/privyseal.conf
uninstall-machine:
	rm -f $(DESTDIR)$(sysusersdir)/privyseal.conf \
		$(DESTDIR)$(tmpfilesdir)/privyseal.conf
.PHONY: install-machine uninstall-machine

systemduserunit_DATA = keeper/privyseal-keeper.socket keeper/privyseal-keeper.service
EXTRA_DIST += keeper/privyseal-keeper.socket keeper/privyseal-keeper.service.in
CLEANFILES += keeper/privyseal-keeper.service
keeper/privyseal-keeper.service: keeper/privyseal-keeper.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) keeper && \
	$(SED) 's|@libexecdir[@]|$(libexecdir)|' \
		$(srcdir)/keeper/privyseal-keeper.service.in >$@.new && mv $@.new $@

# The processes themselves, as an application finds them.
check_LTLIBRARIES += libstage.la
libstage_la_SOURCES = \
	tests/keeper/application.c tests/keeper/application.h \
	tests/keeper/mailbox.c tests/keeper/mailbox.h \
	tests/keeper/person.c tests/keeper/person.h \
	tests/keeper/remains.c tests/keeper/remains.h \
	tests/keeper/stage.c tests/keeper/stage.h
EXTRA_DIST += tests/keeper/pinentry.py
libstage_la_CPPFLAGS = $(TEST_CPPFLAGS)
libstage_la_LIBADD = libtest.la libpkcs11.la

KEEPER_TESTS = tests/keeper/test-application tests/keeper/test-audit \
	tests/keeper/test-entry tests/keeper/test-hosts \
	tests/keeper/test-keepers tests/keeper/test-listener \
	tests/keeper/test-machine tests/keeper/test-pins \
	tests/keeper/test-policy tests/keeper/test-surroundings \
	tests/keeper/test-threads tests/keeper/test-worker
KEEPER_TESTS += tests/keeper/test-exits tests/keeper/test-front
KEEPER_TESTS += tests/keeper/test-group
tests_keeper_test_group_SOURCES = tests/keeper/test-group.c
tests_keeper_test_group_LDADD = libstage.la
KEEPER_TESTS += tests/keeper/test-membership
tests_keeper_test_membership_SOURCES = tests/keeper/test-membership.c
tests_keeper_test_membership_LDADD = libstage.la
check_PROGRAMS += tests/clients/memory-search
tests_clients_memory_search_SOURCES = tests/clients/memory-search.c
KEEPER_TESTS += tests/keeper/test-misfire
tests_keeper_test_misfire_SOURCES = tests/keeper/test-misfire.c
tests_keeper_test_misfire_CPPFLAGS = $(TEST_CPPFLAGS)
tests_keeper_test_misfire_LDADD = libstage.la
KEEPER_TESTS += tests/keeper/test-showcase
tests_keeper_test_showcase_SOURCES = tests/keeper/test-showcase.c
tests_keeper_test_showcase_CPPFLAGS = $(TEST_CPPFLAGS)
tests_keeper_test_showcase_LDADD = libstage.la libpkcs11.la
KEEPER_TESTS += tests/keeper/test-remains
tests_keeper_test_remains_SOURCES = tests/keeper/test-remains.c
tests_keeper_test_remains_CPPFLAGS = $(TEST_CPPFLAGS) $(CRYPTO_CFLAGS)
tests_keeper_test_remains_LDADD = libstage.la $(CRYPTO_LIBS)
KEEPER_TESTS += tests/keeper/test-remains-kinds
tests_keeper_test_remains_kinds_SOURCES = tests/keeper/test-remains-kinds.c
tests_keeper_test_remains_kinds_CPPFLAGS = $(TEST_CPPFLAGS) $(CRYPTO_CFLAGS)
tests_keeper_test_remains_kinds_LDADD = libstage.la $(CRYPTO_LIBS)
KEEPER_TESTS += tests/keeper/test-walls
tests_keeper_test_walls_SOURCES = tests/keeper/test-walls.c
tests_keeper_test_walls_CPPFLAGS = $(TEST_CPPFLAGS) $(SECCOMP_CFLAGS)
tests_keeper_test_walls_LDADD = libstage.la $(SECCOMP_LIBS)
KEEPER_TESTS += tests/keeper/test-sandbox
tests_keeper_test_sandbox_SOURCES = tests/keeper/test-sandbox.c
tests_keeper_test_sandbox_LDADD = libtest.la libsandbox.la -lpthread
check_PROGRAMS += $(KEEPER_TESTS)
TESTS += $(KEEPER_TESTS)
KEEPER_TESTS += tests/keeper/test-front-hash tests/keeper/test-front-public
tests_keeper_test_front_public_SOURCES = tests/keeper/test-front-public.c
tests_keeper_test_front_public_CPPFLAGS = $(TEST_CPPFLAGS) $(CRYPTO_CFLAGS)
tests_keeper_test_front_public_LDADD = libstage.la $(CRYPTO_LIBS)
KEEPER_TESTS += tests/keeper/test-front-turn
tests_keeper_test_front_turn_SOURCES = tests/keeper/test-front-turn.c
tests_keeper_test_front_turn_CPPFLAGS = $(TEST_CPPFLAGS)
tests_keeper_test_front_turn_LDADD = libstage.la
tests_keeper_test_front_hash_SOURCES = tests/keeper/test-front-hash.c
tests_keeper_test_front_hash_CPPFLAGS = $(TEST_CPPFLAGS) $(CRYPTO_CFLAGS)
tests_keeper_test_front_hash_LDADD = libstage.la $(CRYPTO_LIBS)
tests_keeper_test_front_SOURCES = tests/keeper/test-front.c
tests_keeper_test_front_LDADD = libstage.la libconfiguration.la libpkcs11.la
tests_keeper_test_policy_SOURCES = tests/keeper/test-policy.c
tests_keeper_test_policy_CPPFLAGS = $(TEST_CPPFLAGS)
tests_keeper_test_policy_LDADD = libstage.la
tests_keeper_test_entry_SOURCES = tests/keeper/test-entry.c
tests_keeper_test_entry_CPPFLAGS = $(TEST_CPPFLAGS)
tests_keeper_test_entry_LDADD = libstage.la
tests_keeper_test_audit_SOURCES = tests/keeper/test-audit.c
tests_keeper_test_audit_CPPFLAGS = $(TEST_CPPFLAGS)
tests_keeper_test_audit_LDADD = libstage.la libaudit.la libtoken.la
tests_keeper_test_listener_SOURCES = tests/keeper/test-listener.c
tests_keeper_test_listener_CPPFLAGS = $(TEST_CPPFLAGS)
tests_keeper_test_listener_LDADD = libstage.la
tests_keeper_test_surroundings_SOURCES = tests/keeper/test-surroundings.c
tests_keeper_test_surroundings_LDADD = libstage.la
tests_keeper_test_worker_SOURCES = tests/keeper/test-worker.c
tests_keeper_test_worker_LDADD = libstage.la
tests_keeper_test_application_SOURCES = tests/keeper/test-application.c
tests_keeper_test_application_LDADD = libstage.la
tests_keeper_test_exits_SOURCES = tests/keeper/test-exits.c
tests_keeper_test_exits_LDADD = libstage.la
tests_keeper_test_hosts_SOURCES = tests/keeper/test-hosts.c
tests_keeper_test_hosts_CPPFLAGS = $(TEST_CPPFLAGS)
tests_keeper_test_hosts_LDADD = libstage.la
tests_keeper_test_keepers_SOURCES = tests/keeper/test-keepers.c
tests_keeper_test_keepers_LDADD = libstage.la
tests_keeper_test_machine_SOURCES = tests/keeper/test-machine.c
tests_keeper_test_machine_CPPFLAGS = $(TEST_CPPFLAGS)
tests_keeper_test_machine_LDADD = libstage.la
tests_keeper_test_pins_SOURCES = tests/keeper/test-pins.c
tests_keeper_test_pins_LDADD = libstage.la libkeeper.la libpkcs11.la
tests_keeper_test_threads_SOURCES = tests/keeper/test-threads.c
tests_keeper_test_threads_LDADD = libstage.la
