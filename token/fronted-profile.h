/* SPDX-License-Identifier: BSD-2-Clause */
/* The profile that a token has, though its vendor does not say so. */

#ifndef FRONTED_PROFILE_H
#define FRONTED_PROFILE_H

#include "token/fronted-supplement.h"

/*
 * A supplier of one object, on tokens that show certificates without a login: a
 * CKO_PROFILE of CKP_PUBLIC_CERTIFICATES_TOKEN [PKCS11 profiles 3.0]. NSS looks
 * for certificates only where it finds that, or where somebody has logged in;
 * so Thunderbird would not find the one it was told to sign with.
 */
void profile_look(struct inquiry *inquiry);

#endif
