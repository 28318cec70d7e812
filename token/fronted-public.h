/* SPDX-License-Identifier: BSD-2-Clause */
/* Public keys that a fronted token lacks, from its certificates. */

#ifndef FRONTED_PUBLIC_H
#define FRONTED_PUBLIC_H

#include "token/fronted-supplement.h"

/* A supplier of them. Before the login NSS knows a certificate as the user's by
 * the public key of the same CKA_ID, and some tokens keep none. */
void public_look(struct inquiry *inquiry);

#endif
