# SPDX-License-Identifier: BSD-2-Clause
# The standard at both ends of the wire.

GENERATE_CONSTANTS = $(PYTHON) $(top_srcdir)/pkcs11/generate-constants
CONSTANTS = $(top_srcdir)/pkcs11/constants.table

pkcs11/cryptoki-constants.h: pkcs11/constants.table pkcs11/generate-constants
	$(AM_V_GEN)$(MKDIR_P) pkcs11 && \
	$(GENERATE_CONSTANTS) header $(CONSTANTS) >$@.new && mv $@.new $@
pkcs11/names.c: pkcs11/constants.table pkcs11/generate-constants
	$(AM_V_GEN)$(MKDIR_P) pkcs11 && \
	$(GENERATE_CONSTANTS) names $(CONSTANTS) >$@.new && mv $@.new $@

BUILT_SOURCES += pkcs11/cryptoki-constants.h pkcs11/names.c
CLEANFILES += pkcs11/cryptoki-constants.h pkcs11/names.c
EXTRA_DIST += pkcs11/constants.table pkcs11/generate-constants

GENERATE_CALLS = $(PYTHON) $(top_srcdir)/pkcs11/generate-calls
CALLS = pkcs11/calls.table pkcs11/parameters.table pkcs11/attributes.table \
	pkcs11/constants.table
CALLS_NEEDS = $(CALLS) pkcs11/generate-calls

pkcs11/calls.h: $(CALLS_NEEDS)
	$(AM_V_GEN)$(MKDIR_P) pkcs11 && \
	$(GENERATE_CALLS) header $(top_srcdir)/pkcs11 >$@.new && mv $@.new $@
pkcs11/entries.c: $(CALLS_NEEDS)
	$(AM_V_GEN)$(MKDIR_P) pkcs11 && \
	$(GENERATE_CALLS) entries $(top_srcdir)/pkcs11 >$@.new && mv $@.new $@
pkcs11/dispatch.c: $(CALLS_NEEDS)
	$(AM_V_GEN)$(MKDIR_P) pkcs11 && \
	$(GENERATE_CALLS) dispatch $(top_srcdir)/pkcs11 >$@.new && mv $@.new $@
pkcs11/rows.c: $(CALLS_NEEDS)
	$(AM_V_GEN)$(MKDIR_P) pkcs11 && \
	$(GENERATE_CALLS) tables $(top_srcdir)/pkcs11 >$@.new && mv $@.new $@

CALLS_MADE = pkcs11/calls.h pkcs11/entries.c pkcs11/dispatch.c pkcs11/rows.c
BUILT_SOURCES += $(CALLS_MADE)
CLEANFILES += $(CALLS_MADE)
EXTRA_DIST += pkcs11/generate-calls pkcs11/calls.table \
	pkcs11/parameters.table pkcs11/attributes.table

# What both ends need; libc only.
noinst_LTLIBRARIES += libpkcs11.la
libpkcs11_la_SOURCES = \
	$(BOTH_ENDS) \
	pkcs11/clock.h \
	pkcs11/code.c pkcs11/code.h \
	pkcs11/hex.h \
	pkcs11/piece.h \
	pkcs11/request.c pkcs11/request.h \
	pkcs11/serve.c pkcs11/serve.h pkcs11/serve-dispatch.h \
	pkcs11/text.h
nodist_libpkcs11_la_SOURCES = pkcs11/names.c pkcs11/cryptoki-constants.h \
	pkcs11/rows.c pkcs11/dispatch.c

BOTH_ENDS = \
	pkcs11/arena.c pkcs11/arena.h \
	pkcs11/bytes.c pkcs11/bytes.h \
	pkcs11/cryptoki.h \
	pkcs11/empty.c pkcs11/empty.h \
	pkcs11/frame.c pkcs11/frame.h \
	pkcs11/hello.c pkcs11/hello.h \
	pkcs11/home.c pkcs11/home.h \
	pkcs11/place.c pkcs11/place.h \
	pkcs11/log.c pkcs11/log.h \
	pkcs11/name.c pkcs11/name.h \
	pkcs11/parameter.c pkcs11/parameter.h \
	pkcs11/way.c pkcs11/way.h \
	pkcs11/query.c \
	pkcs11/start.c pkcs11/start.h \
	pkcs11/tables.c pkcs11/tables.h \
	pkcs11/template.c pkcs11/template.h \
	pkcs11/wire.c pkcs11/wire.h

# What applications load. Of the common half it keeps what it uses.
module_LTLIBRARIES += privyseal-pkcs11.la
privyseal_pkcs11_la_SOURCES = $(BOTH_ENDS) $(MODULE_END)
nodist_privyseal_pkcs11_la_SOURCES = pkcs11/names.c pkcs11/rows.c \
	pkcs11/entries.c pkcs11/calls.h
privyseal_pkcs11_la_CPPFLAGS = $(AM_CPPFLAGS) \
	-DCRYPTOKI_EXPORT='__attribute__((visibility("default")))'
privyseal_pkcs11_la_CFLAGS = $(AM_CFLAGS) -ffunction-sections -fdata-sections
privyseal_pkcs11_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version \
	-no-undefined -export-symbols-regex '^C_' -Wl,--gc-sections

MODULE_END = \
	pkcs11/application.c pkcs11/application.h \
	pkcs11/call.c pkcs11/call.h \
	pkcs11/call-info.c \
	pkcs11/channel.c pkcs11/channel.h \
	pkcs11/fronts.c pkcs11/fronts.h \
	pkcs11/interface.c \
	pkcs11/keepers.c pkcs11/keepers.h \
	pkcs11/module.c \
	pkcs11/search.c pkcs11/search.h \
	pkcs11/signing.c pkcs11/signing.h \
	pkcs11/slots.c \
	pkcs11/stream.c \
	pkcs11/trip.c

check_PROGRAMS += tests/unit/test-hello tests/unit/test-home
TESTS += tests/unit/test-hello tests/unit/test-home
tests_unit_test_hello_SOURCES = tests/unit/test-hello.c
tests_unit_test_hello_LDADD = libtest.la libpkcs11.la
tests_unit_test_home_SOURCES = tests/unit/test-home.c
tests_unit_test_home_LDADD = libtest.la libpkcs11.la

check_PROGRAMS += tests/unit/test-code
TESTS += tests/unit/test-code
tests_unit_test_code_SOURCES = tests/unit/test-code.c
tests_unit_test_code_LDADD = libtest.la libpkcs11.la

check_PROGRAMS += tests/unit/test-way
TESTS += tests/unit/test-way
tests_unit_test_way_SOURCES = tests/unit/test-way.c
tests_unit_test_way_LDADD = libtest.la libpkcs11.la

check_PROGRAMS += tests/unit/test-start
TESTS += tests/unit/test-start
tests_unit_test_start_SOURCES = tests/unit/test-start.c
tests_unit_test_start_LDADD = libtest.la libpkcs11.la

check_PROGRAMS += tests/wire/serve-module
tests_wire_serve_module_SOURCES = tests/wire/serve-module.c
tests_wire_serve_module_LDADD = libpkcs11.la

# serve() with SoftHSM2 behind it, and the module in front.
check_LTLIBRARIES += libwirekit.la
libwirekit_la_SOURCES = tests/wire/kit.c tests/wire/kit.h
libwirekit_la_CPPFLAGS = $(TEST_CPPFLAGS)
libwirekit_la_LIBADD = libtest.la libpkcs11.la
check_PROGRAMS += tests/wire/test-channel tests/wire/test-module
TESTS += tests/wire/test-channel tests/wire/test-module
tests_wire_test_channel_SOURCES = tests/wire/test-channel.c
tests_wire_test_channel_LDADD = libwirekit.la
tests_wire_test_module_SOURCES = tests/wire/test-module.c
tests_wire_test_module_LDADD = libwirekit.la
check_PROGRAMS += tests/wire/test-hellos tests/wire/test-signing
TESTS += tests/wire/test-hellos tests/wire/test-signing
tests_wire_test_hellos_SOURCES = tests/wire/test-hellos.c
tests_wire_test_hellos_LDADD = libwirekit.la
tests_wire_test_signing_SOURCES = tests/wire/test-signing.c \
	tests/wire/played.c tests/wire/played.h
tests_wire_test_signing_LDADD = libwirekit.la

# What is generated from the tables for tests.
GENERATE_TESTS = $(PYTHON) $(top_srcdir)/tests/wire/generate-tests
tests/wire/probe-calls.c: $(CALLS_NEEDS) tests/wire/generate-tests
	$(AM_V_GEN)$(MKDIR_P) tests/wire && \
	$(GENERATE_TESTS) probe $(top_srcdir)/pkcs11 >$@.new && mv $@.new $@
tests/wire/extreme-calls.c: $(CALLS_NEEDS) tests/wire/generate-tests
	$(AM_V_GEN)$(MKDIR_P) tests/wire && \
	$(GENERATE_TESTS) extremes $(top_srcdir)/pkcs11 >$@.new && mv $@.new $@
CLEANFILES += tests/wire/probe-calls.c tests/wire/extreme-calls.c
EXTRA_DIST += tests/wire/generate-tests

# Either end alone, for tests of its decoders.
check_LTLIBRARIES += libprobe.la libmodule.la
libprobe_la_SOURCES = tests/wire/probe.c tests/wire/probe.h
nodist_libprobe_la_SOURCES = tests/wire/probe-calls.c
libmodule_la_SOURCES = $(MODULE_END)
nodist_libmodule_la_SOURCES = pkcs11/entries.c pkcs11/calls.h

check_PROGRAMS += tests/wire/test-extremes
TESTS += tests/wire/test-extremes
tests_wire_test_extremes_SOURCES = tests/wire/test-extremes.c \
	tests/wire/extremes.h
nodist_tests_wire_test_extremes_SOURCES = tests/wire/extreme-calls.c
tests_wire_test_extremes_LDADD = libwirekit.la

check_PROGRAMS += \
	tests/wire/test-codec \
	tests/wire/test-frame \
	tests/wire/test-serve
TESTS += tests/wire/test-codec tests/wire/test-frame tests/wire/test-serve
tests_wire_test_frame_SOURCES = tests/wire/test-frame.c
tests_wire_test_frame_LDADD = libtest.la libpkcs11.la
tests_wire_test_serve_SOURCES = tests/wire/test-serve.c
tests_wire_test_serve_LDADD = libtest.la libpkcs11.la
tests_wire_test_codec_SOURCES = tests/wire/test-codec.c
tests_wire_test_codec_LDADD = libtest.la libpkcs11.la

# Both ends as they were with some rows less: pairs of old and new must work.
OLD = 60 12 106
pkcs11/rows-old.c: $(CALLS_NEEDS)
	$(AM_V_GEN)$(MKDIR_P) pkcs11 && \
	$(GENERATE_CALLS) tables $(top_srcdir)/pkcs11 $(OLD) >$@.new && \
	mv $@.new $@
CLEANFILES += pkcs11/rows-old.c
check_LTLIBRARIES += libpkcs11-old.la privyseal-pkcs11-old.la
libpkcs11_old_la_SOURCES = $(libpkcs11_la_SOURCES)
nodist_libpkcs11_old_la_SOURCES = pkcs11/names.c pkcs11/rows-old.c \
	pkcs11/dispatch.c
privyseal_pkcs11_old_la_SOURCES = $(MODULE_END)
nodist_privyseal_pkcs11_old_la_SOURCES = pkcs11/entries.c pkcs11/calls.h
privyseal_pkcs11_old_la_CPPFLAGS = $(privyseal_pkcs11_la_CPPFLAGS)
privyseal_pkcs11_old_la_LDFLAGS = $(privyseal_pkcs11_la_LDFLAGS) \
	-rpath $(moduledir)
privyseal_pkcs11_old_la_LIBADD = libpkcs11-old.la

check_PROGRAMS += tests/wire/serve-module-old tests/wire/test-versions
TESTS += tests/wire/test-versions
tests_wire_serve_module_old_SOURCES = tests/wire/serve-module.c
tests_wire_serve_module_old_LDADD = libpkcs11-old.la
tests_wire_test_versions_SOURCES = tests/wire/test-versions.c
tests_wire_test_versions_LDADD = libwirekit.la

nodist_p11kitmodule_DATA = pkcs11/privyseal.module
EXTRA_DIST += pkcs11/privyseal.module.in
CLEANFILES += pkcs11/privyseal.module
pkcs11/privyseal.module: pkcs11/privyseal.module.in Makefile
	$(AM_V_GEN)$(MKDIR_P) pkcs11 && $(SED) 's|@moduledir[@]|$(moduledir)|' \
		$(top_srcdir)/pkcs11/privyseal.module.in >$@.new && mv $@.new $@
