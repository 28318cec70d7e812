# SPDX-License-Identifier: BSD-2-Clause
# Fuzz targets: a moment of each in make check; with --with-fuzzing they are
# libFuzzer's programs, to be run for as long as one likes.

FUZZ_TARGETS = tests/fuzz/fuzz-attributes tests/fuzz/fuzz-cms tests/fuzz/fuzz-configuration \
	tests/fuzz/fuzz-store tests/fuzz/fuzz-request tests/fuzz/fuzz-answer \
	tests/fuzz/fuzz-audit
if FUZZING
noinst_PROGRAMS += $(FUZZ_TARGETS)
FUZZ_MAIN = tests/fuzz/fuzz.h
FUZZ_LINK = $(AM_LDFLAGS) $(FUZZER)
else
check_PROGRAMS += $(FUZZ_TARGETS)
TESTS += $(FUZZ_TARGETS)
FUZZ_MAIN = tests/fuzz/drive.c tests/fuzz/fuzz.h
FUZZ_LINK = $(AM_LDFLAGS)
endif

tests_fuzz_fuzz_attributes_SOURCES = tests/fuzz/fuzz-attributes.c $(FUZZ_MAIN)
tests_fuzz_fuzz_attributes_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_attributes_LDADD = libtoken.la

tests_fuzz_fuzz_audit_SOURCES = tests/fuzz/fuzz-audit.c $(FUZZ_MAIN)
tests_fuzz_fuzz_audit_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_audit_LDADD = libaudit.la libtoken.la

tests_fuzz_fuzz_cms_SOURCES = tests/fuzz/fuzz-cms.c $(FUZZ_MAIN)
tests_fuzz_fuzz_cms_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_cms_LDADD = libcommand.la

tests_fuzz_fuzz_configuration_SOURCES = tests/fuzz/fuzz-configuration.c $(FUZZ_MAIN)
tests_fuzz_fuzz_configuration_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_configuration_LDADD = libconfiguration.la libpkcs11.la

tests_fuzz_fuzz_store_SOURCES = tests/fuzz/fuzz-store.c $(FUZZ_MAIN)
tests_fuzz_fuzz_store_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_store_LDADD = libtoken.la

tests_fuzz_fuzz_request_SOURCES = tests/fuzz/fuzz-request.c \
	tests/fuzz/request-seeds.h $(FUZZ_MAIN)
tests_fuzz_fuzz_request_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_request_LDADD = libprobe.la libpkcs11.la

tests_fuzz_fuzz_answer_SOURCES = tests/fuzz/fuzz-answer.c $(FUZZ_MAIN)
tests_fuzz_fuzz_answer_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_answer_LDADD = libmodule.la libpkcs11.la
