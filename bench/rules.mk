# SPDX-License-Identifier: BSD-2-Clause
# Speed, against raw OpenSSL and a peer, in one run: make bench.

EXTRA_PROGRAMS += bench/audit bench/front bench/operation bench/speed \
	bench/search bench/store
CLEANFILES += bench/audit bench/front bench/operation bench/speed bench/search \
	bench/store
EXTRA_DIST += bench/run bench/run-front bench/report.py

bench_audit_SOURCES = bench/audit.c bench/clock.c bench/clock.h \
	bench/contender.c bench/contender.h bench/median.c bench/median.h
bench_audit_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
bench_audit_LDADD = libpkcs11.la $(CRYPTO_LIBS)
bench_front_SOURCES = bench/front.c bench/clock.c bench/clock.h \
	bench/contender.c bench/contender.h bench/median.c bench/median.h
bench_front_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
bench_front_LDADD = libpkcs11.la $(CRYPTO_LIBS) -lpthread
bench_operation_SOURCES = bench/operation.c bench/clock.c bench/clock.h \
	bench/median.c bench/median.h
bench_operation_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
bench_operation_LDADD = libtoken.la libpkcs11.la $(CRYPTO_LIBS) -lpthread

bench_speed_SOURCES = bench/speed.c bench/clock.c bench/clock.h \
	bench/contender.c bench/contender.h bench/median.c bench/median.h
bench_speed_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
bench_speed_LDADD = libpkcs11.la $(CRYPTO_LIBS)
bench_search_SOURCES = bench/search.c bench/clock.c bench/clock.h \
	bench/contender.c bench/contender.h
bench_search_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
bench_search_LDADD = libpkcs11.la $(CRYPTO_LIBS)
bench_store_SOURCES = bench/store.c bench/clock.c bench/clock.h
bench_store_LDADD = libtoken.la

bench: all bench/front bench/speed bench/search
	$(srcdir)/bench/run $(abs_builddir) $(abs_builddir)/bench/results
	$(srcdir)/bench/run-front $(abs_builddir) $(abs_builddir)/bench/results
.PHONY: bench
