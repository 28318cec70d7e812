/* SPDX-License-Identifier: BSD-2-Clause */
/* A soft token in the test's own folder, ready for use. */

#ifndef SOFT_KIT_H
#define SOFT_KIT_H

#include "token/soft.h"

#define KIT_SO_PIN "recovery code"
#define KIT_PIN "sesame open"

extern const CK_FUNCTION_LIST_3_0 *p11;

/* Configures it with cheap PINs in the test's folder, and starts it. */
void kit_start(void);
/* The configuration that kit_start takes, to change before. */
struct soft_configuration *kit_configuration(void);
/* Makes a token in the first blank slot with both PINs set. */
CK_SLOT_ID kit_token(void);
CK_SESSION_HANDLE kit_session(CK_SLOT_ID slot, CK_FLAGS flags);
void kit_login(CK_SESSION_HANDLE session);
/* All of the above: a read-write session, the user logged in. */
CK_SESSION_HANDLE kit_user_session(void);

/* Attributes for templates. */
CK_ATTRIBUTE kit_number(CK_ATTRIBUTE_TYPE type, const CK_ULONG *number);
CK_ATTRIBUTE kit_bytes(
	CK_ATTRIBUTE_TYPE type, const void *bytes, CK_ULONG length);
CK_ATTRIBUTE kit_text(CK_ATTRIBUTE_TYPE type, const char *text);
CK_ATTRIBUTE kit_flag(CK_ATTRIBUTE_TYPE type, bool flag);
extern const CK_ULONG kit_data_class, kit_certificate_class, kit_public_class,
	kit_private_class, kit_secret_class, kit_rsa, kit_ec, kit_aes,
	kit_generic;

/* An RSA-2048 pair that may do everything, CKA_ID 010203. */
void kit_generate_pair(CK_SESSION_HANDLE session, bool is_token,
	CK_OBJECT_HANDLE *public, CK_OBJECT_HANDLE *private);
/* A P-256 pair: cheap, for what needs many keys or signatures. */
void kit_generate_ec_pair(CK_SESSION_HANDLE session, bool is_token,
	CK_OBJECT_HANDLE *public, CK_OBJECT_HANDLE *private);
CK_OBJECT_HANDLE kit_create_data(CK_SESSION_HANDLE session, bool is_token,
	bool is_private, const char *label);
/* How many objects a search finds; the first goes to *first (may be NULL). */
CK_ULONG kit_count(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template,
	CK_ULONG count, CK_OBJECT_HANDLE *first);
bool kit_flag_of(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
	CK_ATTRIBUTE_TYPE type);

#endif
