# SPDX-License-Identifier: BSD-2-Clause
# Fuzz targets: a moment of each in make check; with --with-fuzzing they are
# libFuzzer's programs, to be run for as long as one likes.

FUZZ_TARGETS = tests/fuzz/fuzz-attributes tests/fuzz/fuzz-cms tests/fuzz/fuzz-configuration \
	tests/fuzz/fuzz-store tests/fuzz/fuzz-request tests/fuzz/fuzz-answer \
	tests/fuzz/fuzz-audit tests/fuzz/fuzz-frame tests/fuzz/fuzz-hello tests/fuzz/fuzz-mechanism \
	tests/fuzz/fuzz-registration tests/fuzz/fuzz-template \
	tests/fuzz/fuzz-tpm
EXTRA_DIST += tests/fuzz/corpus tests/fuzz/long-fuzz

# Calls that fail now and then, by fail.c.
FUZZ_FAIL = -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc \
	-Wl,--wrap=reallocarray -Wl,--wrap=strdup -Wl,--wrap=EVP_MD_CTX_new \
	-Wl,--wrap=EVP_CIPHER_CTX_new -Wl,--wrap=EVP_PKEY_CTX_new_from_pkey \
	-Wl,--wrap=EVP_PKEY_CTX_new_from_name -Wl,--wrap=EVP_MAC_CTX_new \
	-Wl,--wrap=EVP_KDF_CTX_new -Wl,--wrap=BN_new -Wl,--wrap=BN_bin2bn \
	-Wl,--wrap=OSSL_PARAM_BLD_new -Wl,--wrap=OSSL_PARAM_BLD_to_param \
	-Wl,--wrap=EVP_DigestInit_ex2 -Wl,--wrap=EVP_DigestUpdate \
	-Wl,--wrap=EVP_DigestFinal_ex -Wl,--wrap=EVP_CipherInit_ex2 \
	-Wl,--wrap=EVP_CipherUpdate -Wl,--wrap=EVP_CipherFinal_ex \
	-Wl,--wrap=EVP_PKEY_sign -Wl,--wrap=EVP_PKEY_encrypt \
	-Wl,--wrap=EVP_PKEY_decrypt -Wl,--wrap=EVP_PKEY_derive \
	-Wl,--wrap=EVP_PKEY_fromdata -Wl,--wrap=EVP_MAC_init \
	-Wl,--wrap=EVP_MAC_update -Wl,--wrap=EVP_MAC_final \
	-Wl,--wrap=EVP_KDF_derive -Wl,--wrap=BN_mod_exp -Wl,--wrap=BN_mod_mul \
	-Wl,--wrap=sqlite3_step -Wl,--wrap=sqlite3_prepare_v3 \
	-Wl,--wrap=sqlite3_exec
FUZZ_FAILING = tests/fuzz/fail.c tests/fuzz/fail.h
FUZZ_LIBS = $(CRYPTO_LIBS) $(SQLITE_LIBS)

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

tests_fuzz_fuzz_attributes_SOURCES = tests/fuzz/fuzz-attributes.c \
	$(FUZZ_FAILING) $(FUZZ_MAIN)
tests_fuzz_fuzz_attributes_LDFLAGS = $(FUZZ_LINK) $(FUZZ_FAIL)
tests_fuzz_fuzz_attributes_LDADD = libtoken.la $(FUZZ_LIBS)

tests_fuzz_fuzz_audit_SOURCES = tests/fuzz/fuzz-audit.c $(FUZZ_MAIN)
tests_fuzz_fuzz_audit_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_audit_LDADD = libaudit.la libtoken.la

tests_fuzz_fuzz_cms_SOURCES = tests/fuzz/fuzz-cms.c \
	$(FUZZ_FAILING) $(FUZZ_MAIN)
tests_fuzz_fuzz_cms_LDFLAGS = $(FUZZ_LINK) $(FUZZ_FAIL)
tests_fuzz_fuzz_cms_LDADD = libcommand.la $(FUZZ_LIBS)

tests_fuzz_fuzz_configuration_SOURCES = tests/fuzz/fuzz-configuration.c $(FUZZ_MAIN)
tests_fuzz_fuzz_configuration_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_configuration_LDADD = libconfiguration.la libpkcs11.la

tests_fuzz_fuzz_tpm_SOURCES = tests/fuzz/fuzz-tpm.c $(FUZZ_MAIN)
tests_fuzz_fuzz_tpm_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_tpm_LDADD = libkeeper.la libpkcs11.la

tests_fuzz_fuzz_registration_SOURCES = tests/fuzz/fuzz-registration.c $(FUZZ_MAIN)
tests_fuzz_fuzz_registration_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_registration_LDADD = libconfiguration.la

tests_fuzz_fuzz_store_SOURCES = tests/fuzz/fuzz-store.c \
	$(FUZZ_FAILING) $(FUZZ_MAIN)
tests_fuzz_fuzz_store_LDFLAGS = $(FUZZ_LINK) $(FUZZ_FAIL)
tests_fuzz_fuzz_store_LDADD = libtoken.la $(FUZZ_LIBS)

tests_fuzz_fuzz_request_SOURCES = tests/fuzz/fuzz-request.c \
	tests/fuzz/request-seeds.h $(FUZZ_MAIN)
tests_fuzz_fuzz_request_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_request_LDADD = libprobe.la libpkcs11.la

tests_fuzz_fuzz_answer_SOURCES = tests/fuzz/fuzz-answer.c $(FUZZ_MAIN)
tests_fuzz_fuzz_answer_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_answer_LDADD = libmodule.la libpkcs11.la

tests_fuzz_fuzz_frame_SOURCES = tests/fuzz/fuzz-frame.c $(FUZZ_MAIN)
tests_fuzz_fuzz_frame_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_frame_LDADD = libpkcs11.la

tests_fuzz_fuzz_hello_SOURCES = tests/fuzz/fuzz-hello.c $(FUZZ_MAIN)
tests_fuzz_fuzz_hello_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_hello_LDADD = libpkcs11.la

FUZZ_TOKEN = tests/fuzz/token-kit.c tests/fuzz/token-kit.h
tests_fuzz_fuzz_mechanism_SOURCES = tests/fuzz/fuzz-mechanism.c \
	$(FUZZ_TOKEN) $(FUZZ_FAILING) $(FUZZ_MAIN)
tests_fuzz_fuzz_mechanism_LDFLAGS = $(FUZZ_LINK) $(FUZZ_FAIL)
tests_fuzz_fuzz_mechanism_LDADD = libtoken.la $(FUZZ_LIBS)

tests_fuzz_fuzz_template_SOURCES = tests/fuzz/fuzz-template.c \
	$(FUZZ_TOKEN) $(FUZZ_FAILING) $(FUZZ_MAIN)
tests_fuzz_fuzz_template_LDFLAGS = $(FUZZ_LINK) $(FUZZ_FAIL)
tests_fuzz_fuzz_template_LDADD = libtoken.la $(FUZZ_LIBS)
