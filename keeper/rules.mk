# SPDX-License-Identifier: BSD-2-Clause
# The processes that keep.

# libc only: the command reads the configuration too.
noinst_LTLIBRARIES += libconfiguration.la
libconfiguration_la_SOURCES = keeper/configuration.c keeper/configuration.h

noinst_LTLIBRARIES += libkeeper.la
libkeeper_la_SOURCES = \
	keeper/folder.c keeper/folder.h \
	keeper/logbook.c keeper/logbook.h \
	keeper/control.c keeper/control.h \
	keeper/peer.c keeper/peer.h \
	keeper/socket.c keeper/socket.h \
	keeper/tries.c keeper/tries.h \
	keeper/backing.c keeper/backing.h \
	keeper/caller.c \
	keeper/keeper.c \
	keeper/listener.c keeper/listener.h \
	keeper/roster.c \
	keeper/sandbox.c keeper/sandbox.h \
	keeper/surroundings.c keeper/surroundings.h \
	keeper/worker.c keeper/worker.h

check_PROGRAMS += tests/unit/test-configuration tests/unit/test-tries
TESTS += tests/unit/test-configuration tests/unit/test-tries
tests_unit_test_configuration_SOURCES = tests/unit/test-configuration.c
tests_unit_test_configuration_LDADD = libtest.la libconfiguration.la libpkcs11.la
tests_unit_test_tries_SOURCES = tests/unit/test-tries.c
tests_unit_test_tries_LDADD = libtest.la libkeeper.la libpkcs11.la

systemduserunit_DATA = keeper/privyseal-keeper.socket keeper/privyseal-keeper.service
EXTRA_DIST += keeper/privyseal-keeper.socket keeper/privyseal-keeper.service.in
CLEANFILES += keeper/privyseal-keeper.service
keeper/privyseal-keeper.service: keeper/privyseal-keeper.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) keeper && \
	$(SED) 's|@libexecdir[@]|$(libexecdir)|' \
		$(srcdir)/keeper/privyseal-keeper.service.in >$@.new && mv $@.new $@
