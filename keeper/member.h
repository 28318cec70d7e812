/* SPDX-License-Identifier: BSD-2-Clause */
/* What a member of a group may do with its token: use it. */

#ifndef MEMBER_H
#define MEMBER_H

#include "pkcs11/cryptoki.h"

/*
 * A layer between policy and token, for applications of a group's members. To
 * them the token is write-protected: no session that could change it, no PIN to
 * set and no recovery code to enter. Its private and secret keys are used and
 * never leave, whatever their own attributes would allow. Called once.
 */
const CK_FUNCTION_LIST_3_0 *member_wrap(const CK_FUNCTION_LIST_3_0 *next);

#endif
