/* SPDX-License-Identifier: BSD-2-Clause */
/* The OpenSSL library that imports use: a context of their own, so that no
 * openssl.cnf adds to it. Only import/p12-*.c include this. */

#ifndef P12_LIBRARY_H
#define P12_LIBRARY_H

#include <openssl/types.h>

/* NULL when it cannot be made. Lives as long as the process. */
OSSL_LIB_CTX *library(void);

#endif
