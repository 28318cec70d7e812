/* SPDX-License-Identifier: BSD-2-Clause */
/* What every conformance test needs: the functions under test, a token of its
 * own, templates, known keys. */

#ifndef KIT_H
#define KIT_H

#include "pkcs11/cryptoki.h"
#include "tests/conformance/wiring.h"
#include "tests/test.h"

#include <stdint.h>
#include <string.h>

/* A test whose name ends with the section of the standard: BASE is the base
 * specification 3.0, MECH the current mechanisms 3.0, GUIDE the usage guide
 * 2.40, NSS and OURS what clients or this project ask beyond them. */
#define CLAIM(claim, section) \
	static void claim(void); \
	static struct test test_##claim = { #claim " [" section "]", claim, \
		NULL }; \
	__attribute__((constructor)) static void add_##claim(void) \
	{ \
		test_add(&test_##claim); \
	} \
	static void claim(void)

/* The functions under test, whoever's they are, before C_Initialize. */
extern const CK_FUNCTION_LIST_3_0 *p11;
/* After fresh_token: its slot. */
extern CK_SLOT_ID slot;

/* The PINs of what is under test, one to change to, and one that is none. */
#define USER_PIN (kit_pins()->user)
#define SO_PIN (kit_pins()->officer)
#define NEW_PIN (kit_pins()->new)
#define WRONG_PIN (kit_pins()->wrong)
const struct pins *kit_pins(void);
#define TEXT_OF(pin) ((CK_UTF8CHAR *)(uintptr_t)(pin)), strlen(pin)

/* One attribute of a template. The numbers live as long as the block. */
#define BYTES(type, at, length) \
	(CK_ATTRIBUTE) { (type), (void *)(uintptr_t)(at), (length) }
#define STRING(type, text) BYTES(type, text, sizeof(text) - 1)
#define NUMBER(type, number) \
	(CK_ATTRIBUTE) { (type), &(CK_ULONG) { (number) }, sizeof(CK_ULONG) }
#define FLAG(type, claim) \
	(CK_ATTRIBUTE) { (type), &(CK_BBOOL) { (claim) }, sizeof(CK_BBOOL) }
/* A whole template, as the two arguments that functions take. */
#define TEMPLATE(...) \
	((CK_ATTRIBUTE[]) { __VA_ARGS__ }), \
		(sizeof((CK_ATTRIBUTE[]) { __VA_ARGS__ }) / sizeof(CK_ATTRIBUTE))
#define MECHANISM(type) (&(CK_MECHANISM) { (type), NULL, 0 })
#define MECHANISM_WITH(type, parameter) \
	(&(CK_MECHANISM) { (type), &(parameter), sizeof(parameter) })

/* Each goes on from the one before: loaded, C_Initialize, a token with both
 * PINs, a read-write session on it, the user logged in. */
void load(void);
void initialize(void);
void fresh_token(void);
CK_SESSION_HANDLE public_session(void);
CK_SESSION_HANDLE user_session(void);
CK_SESSION_HANDLE open_session(CK_FLAGS flags);
void login_user(CK_SESSION_HANDLE session);

/* C_Finalize and C_Initialize, with the token's slot found again. */
void initialize_again(void);

/* Whether a mechanism is offered for a use; our own token must offer what a
 * test needs, others make the test be skipped. */
bool offers(CK_MECHANISM_TYPE type, CK_FLAGS use);
void need(CK_MECHANISM_TYPE type, CK_FLAGS use);
/* Whether the functions of 3.0 are there; others are skipped. */
void need_3_0(void);
bool is_ours(void);
/* What others let nobody do, as they say when asked, skips a test: to make
 * objects, to be an officer, what a function would do that gave this result. */
bool makes_objects(CK_SESSION_HANDLE session);
void need_objects_made(CK_SESSION_HANDLE session);
void need_officer(CK_SESSION_HANDLE session);
void need_function(CK_RV rv);

CK_OBJECT_HANDLE create(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template,
	CK_ULONG count);
CK_ULONG number_of(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
	CK_ATTRIBUTE_TYPE type);
CK_BBOOL flag_of(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
	CK_ATTRIBUTE_TYPE type);
/* The value, its length in *length; lives as long as the test. */
CK_BYTE *value_of(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
	CK_ATTRIBUTE_TYPE type, size_t *length);
/* How many objects match; the first in *first unless that is NULL. */
CK_ULONG find(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template,
	CK_ULONG count, CK_OBJECT_HANDLE *first);
/* Ends the test unless the result is one of two. */
void expect_either(CK_RV rv, CK_RV one, CK_RV other);

/* Known keys as session objects unless extra says otherwise; what extra names
 * takes the place of the default. A token that makes no objects has such a key,
 * or the test is skipped. */
CK_OBJECT_HANDLE rsa_private(CK_SESSION_HANDLE session, CK_ATTRIBUTE *extra,
	CK_ULONG count);
CK_OBJECT_HANDLE rsa_public(CK_SESSION_HANDLE session, CK_ATTRIBUTE *extra,
	CK_ULONG count);
CK_OBJECT_HANDLE aes_key(CK_SESSION_HANDLE session, CK_ATTRIBUTE *extra,
	CK_ULONG count);
CK_OBJECT_HANDLE data_object(CK_SESSION_HANDLE session, CK_ATTRIBUTE *extra,
	CK_ULONG count);
/* One that can be read and has a label: a data object where they are made. */
CK_OBJECT_HANDLE some_object(CK_SESSION_HANDLE session);
struct curve;
CK_OBJECT_HANDLE ec_private(CK_SESSION_HANDLE session,
	const struct curve *curve, CK_ATTRIBUTE *extra, CK_ULONG count);
CK_OBJECT_HANDLE ec_public(CK_SESSION_HANDLE session,
	const struct curve *curve, CK_ATTRIBUTE *extra, CK_ULONG count);
#define PLAIN NULL, 0

/* A single-part signature; ends the test when it fails. */
size_t sign(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE key, const void *data, size_t length,
	CK_BYTE signature[1024]);
/* Likewise, from and into up to 512 bytes. */
CK_ULONG encrypt(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE key, CK_BYTE *plain, CK_ULONG length, CK_BYTE *sealed);
CK_ULONG decrypt(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE key, CK_BYTE *sealed, CK_ULONG length, CK_BYTE *plain);

#endif
