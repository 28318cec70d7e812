/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside the fronted token: one call on its way to the vendor's module. */

#ifndef FRONTED_CALL_H
#define FRONTED_CALL_H

#include "token/fronted.h"

/* The vendor's, as fronted_hold made it, and what it is to be like. */
extern const CK_FUNCTION_LIST_3_0 *fronted_vendor;
extern struct fronted_settings fronted_settings;

/* Nobody has as many. */
enum { FRONTED_SLOTS_MOST = 256 };

/* How often a list is asked for that has grown meanwhile. */
enum { FRONTED_TRIES = 8 };

/* Whether a session's operation needs a login of its own, and has it. Of a key
 * it never changes, and the vendor is asked once. */
enum consent { CONSENT_UNKNOWN, CONSENT_NONE, CONSENT_WANTED, CONSENT_GIVEN };

/* What an object is, apart from its handle. */
struct fronted_mark {
	bool is_set;
	bool is_new; /* just made, and none that was there before */
	unsigned char digest[32]; /* of its token and itself */
};

/* Lives on the caller's stack while the vendor is called. */
struct fronted_call {
	struct fronted_call *next;
	int64_t begun; /* milliseconds */
	unsigned seconds;
	uint32_t number;
	unsigned slot;             /* place; of the session */
	CK_SESSION_HANDLE session; /* ours */
	CK_OBJECT_HANDLE object;   /* ours; the last that was named */
	bool is_refused;           /* by us, not by the vendor */
	bool is_new_end;           /* the vendor ended its session */
	int64_t marks_until;       /* milliseconds; 0: none was made yet */
	CK_RV rv;
};

/* fronted.c: from here to fronted_end the call counts as under way, and none
 * meets it where the vendor does not bear that. */
void fronted_begin(struct fronted_call *call, uint32_t number);
/* False: another call has the vendor, and this one need not wait. */
bool fronted_begin_at_once(struct fronted_call *call, uint32_t number);
/* The same, with the session turned into the vendor's. */
void fronted_begin_session(
	struct fronted_call *call, uint32_t number, CK_SESSION_HANDLE *session);
/* A slot of ours into the vendor's, and its place; unless the call is not to be
 * made any more. */
void fronted_slot(
	struct fronted_call *call, CK_SLOT_ID number, CK_SLOT_ID *vendor);
/* The vendor has answered one of many questions, and its time begins anew. */
void fronted_renew(struct fronted_call *call);
/* A person types a PIN, and takes the time that the wire gives. */
void fronted_waits_for_person(struct fronted_call *call);
/* An object of ours into the vendor's; 0 stays what it is. */
void fronted_object(struct fronted_call *call, CK_OBJECT_HANDLE *object);
/* After the call: objects of the vendor's into ours. NULL: there is none. */
void fronted_made(struct fronted_call *call, CK_SESSION_HANDLE vendor,
	CK_OBJECT_HANDLE *object);
void fronted_found(struct fronted_call *call, CK_SESSION_HANDLE vendor,
	CK_OBJECT_HANDLE *objects, const CK_ULONG *count);
/* What the call has given at this place, of which it was told the room. */
void fronted_given(struct fronted_call *call, const CK_BYTE *at,
	CK_ULONG *length, CK_ULONG room);
/* What ails the module. */
extern const struct fronted_quirk *fronted_quirk;
/* The code for the application. */
CK_RV fronted_end(struct fronted_call *call);

/* The function, as generate-fronted has it from the table of calls. */
extern const CK_FUNCTION_LIST_3_0 fronted_calls;
/* fronted-label.c: before them. */
CK_RV fronted_EncryptInit(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE key);
CK_RV fronted_DecryptInit(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE key);
/* And functions that only say that there is none. */
extern const CK_FUNCTION_LIST_3_0 fronted_missing;

/* fronted-claims.c: the vendor's list without holes, which claims nothing that
 * cannot be. Called once. */
const CK_FUNCTION_LIST_3_0 *fronted_hold(const CK_FUNCTION_LIST_3_0 *vendor);
/* All of its slots, for the caller to free. */
CK_RV fronted_vendor_slots(CK_SLOT_ID **at, CK_ULONG *count);
/* How much of the list is there. */
size_t fronted_list_size(const CK_FUNCTION_LIST_3_0 *list);

/* fronted-handle.c: all of these have a lock of their own. slot is a place of
 * fronted-slot.c. CKR_SESSION_COUNT, CKR_HOST_MEMORY, CKR_DEVICE_MEMORY. */
CK_RV fronted_session_add(unsigned slot, CK_SESSION_HANDLE vendor,
	CK_FLAGS flags, CK_SESSION_HANDLE *session);
bool fronted_session_find(
	CK_SESSION_HANDLE session, unsigned *slot, CK_SESSION_HANDLE *vendor);
void fronted_session_remove(CK_SESSION_HANDLE session);
/* The number that was given out last. */
CK_SESSION_HANDLE fronted_session_newest(void);
/* Keeps a label (of a place) until the session has another one or ends; what is
 * to be freed now. */
enum { FRONTED_LABELS = 2 };
void *fronted_session_keep(
	CK_SESSION_HANDLE session, unsigned place, void *label);
/* The sessions of a slot, and what was made in them. */
void fronted_sessions_remove(unsigned slot);
/* So, and the vendor closes each. */
void fronted_sessions_close(unsigned slot);
bool fronted_sessions_are_open(unsigned slot);
void fronted_session_set(CK_SESSION_HANDLE session, enum consent consent);
/* Whether one of a slot's sessions has, or awaits, the PIN for one use. */
bool fronted_consent_is_pending(unsigned slot);
CK_FLAGS fronted_session_flags(CK_SESSION_HANDLE session);
enum consent fronted_session_consent(CK_SESSION_HANDLE session);
/* Gives it another of the vendor's, with no operation: the only way to end one
 * that all vendors know. */
void fronted_session_renew(
	unsigned slot, CK_SESSION_HANDLE session, CK_SESSION_HANDLE *vendor);
/* The token went: none of its handles means anything, until it is back. */
void fronted_slot_forget(unsigned slot);
/* Makes room in an array for one more. False: memory is short. */
bool fronted_grow(void **at, size_t count, size_t *room, size_t size);

/* fronted-object.c: all of these have a lock of their own. maker: the session
 * that it lives in, or 0. mark: by which it is known again; NULL, or not set:
 * it never is. */
#define FRONTED_NO_SLOT (~0u)
CK_RV fronted_object_add(unsigned slot, CK_OBJECT_HANDLE vendor,
	CK_SESSION_HANDLE maker, const struct fronted_mark *mark,
	CK_OBJECT_HANDLE *object);
/* The same of one that a session found. */
CK_RV fronted_object_add_found(unsigned slot, CK_OBJECT_HANDLE vendor,
	CK_SESSION_HANDLE session, const struct fronted_mark *mark,
	CK_OBJECT_HANDLE *object);
/* Has its number again, if it is one that went. */
void fronted_object_return(unsigned slot, CK_OBJECT_HANDLE vendor,
	const struct fronted_mark *mark);
/* By a session that was opened no later than one that found it so: what a later
 * one finds may be of another card. */
bool fronted_object_known(
	unsigned slot, CK_OBJECT_HANDLE vendor, CK_SESSION_HANDLE session);
bool fronted_object_find(
	unsigned slot, CK_OBJECT_HANDLE object, CK_OBJECT_HANDLE *vendor);
/* Whether it went, and could be back; with the vendor's handle of then. */
bool fronted_object_was(
	unsigned slot, CK_OBJECT_HANDLE object, CK_OBJECT_HANDLE *vendor);
enum consent fronted_object_consent(unsigned slot, CK_OBJECT_HANDLE object);
void fronted_object_set(
	unsigned slot, CK_OBJECT_HANDLE object, enum consent consent);
void fronted_object_remove(unsigned slot, CK_OBJECT_HANDLE object);
/* It was changed: until it is found again nothing is known of it. */
void fronted_object_unmark(unsigned slot, CK_OBJECT_HANDLE object);
/* All that a session made; all of a slot but those, which may come back. */
void fronted_objects_remove(CK_SESSION_HANDLE maker);
void fronted_objects_leave(unsigned slot);

/* fronted-mark.c: inside a call; session and object are the vendor's. Not set:
 * nothing shows which object it is, its token stays for ever, or the vendor
 * takes too long. */
void fronted_mark_make(struct fronted_mark *mark, struct fronted_call *call,
	CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object);
void fronted_mark_make_supplement(
	struct fronted_mark *mark, unsigned slot, CK_OBJECT_HANDLE handle);
/* Whether an object of ours that went is there again, by a look at all that the
 * token has, once for each card and login; and the vendor's handle. */
bool fronted_object_returns(struct fronted_call *call, CK_OBJECT_HANDLE object,
	CK_OBJECT_HANDLE *vendor);
/* The same of what only we show, without the vendor. */
bool fronted_supplement_returns(
	unsigned slot, CK_OBJECT_HANDLE object, CK_OBJECT_HANDLE *handle);
/* There may be more to see than at the last look. */
void fronted_mark_search_again(unsigned slot);

/* fronted-hidden.c: the vendor's list without what is of no use. */
CK_RV fronted_mechanisms(
	CK_SLOT_ID vendor, CK_MECHANISM_TYPE *types, CK_ULONG *count);

/* fronted-name.c: the longest name of a slot, and that of one; token NULL: it
 * is not known. */
enum { FRONTED_NAME_MOST = 256 };
void fronted_name(char name[FRONTED_NAME_MOST], const CK_SLOT_INFO *slot,
	const CK_TOKEN_INFO *token);

/* fronted-slot.c: what is true of slots. The functions of the standard. */
CK_RV fronted_GetSlotList(
	CK_BBOOL token_present, CK_SLOT_ID *slots, CK_ULONG *count);
CK_RV fronted_GetSlotInfo(CK_SLOT_ID slot, CK_SLOT_INFO *info);
CK_RV fronted_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO *info);
CK_RV fronted_GetMechanismList(
	CK_SLOT_ID slot, CK_MECHANISM_TYPE *types, CK_ULONG *count);
CK_RV fronted_GetMechanismInfo(
	CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info);
CK_RV fronted_InitToken(CK_SLOT_ID slot, CK_UTF8CHAR *pin, CK_ULONG pin_length,
	CK_UTF8CHAR *label);
CK_RV fronted_OpenSession(CK_SLOT_ID slot, CK_FLAGS flags,
	CK_VOID_PTR application, CK_NOTIFY callback,
	CK_SESSION_HANDLE *session);
CK_RV fronted_CloseAllSessions(CK_SLOT_ID slot);
CK_RV fronted_GetSessionInfo(CK_SESSION_HANDLE session, CK_SESSION_INFO *info);
CK_RV fronted_WaitForSlotEvent(
	CK_FLAGS flags, CK_SLOT_ID *slot, CK_VOID_PTR reserved);
/* After C_CloseSession. */
void fronted_session_close(const struct fronted_call *call);
/* The token went, as somebody noticed: an event, and none of its handles means
 * anything any more. */
void fronted_slot_lose(unsigned slot);
bool fronted_slot_has_token(unsigned slot);
/* Whether its token may go and come back: what is in no reader does not. */
bool fronted_slot_can_return(unsigned slot);
/* What its token says of itself, which is asked if it is not known. Inside a
 * call. */
bool fronted_slot_identify(unsigned slot, CK_TOKEN_INFO *token);
/* It may be another by now: it is asked next time. */
void fronted_slot_doubt(unsigned slot);
/* What is known of it, without asking. */
bool fronted_slot_token(unsigned slot, CK_TOKEN_INFO *token);
CK_SLOT_ID fronted_slot_vendor(unsigned slot);
/* The same after a failure, with patience: readers notice late. */
bool fronted_slot_goes(unsigned slot);
/* The number of the slot at a place. */
CK_SLOT_ID fronted_slot_number(unsigned slot);

/* fronted-login.c: after a login, whatever became of it. */
void fronted_login_done(struct fronted_call *call, CK_USER_TYPE user,
	const CK_UTF8CHAR *pin, CK_ULONG length);
/* Nobody is logged in any more; the token went; the PIN is another. */
void fronted_login_forget(unsigned slot);
void fronted_login_lose(unsigned slot);
void fronted_login_new_pin(unsigned slot);
/* The state of a session with these flags, as far as this worker knows. */
CK_STATE fronted_login_state(unsigned slot, CK_FLAGS flags);
/* The last PIN that was tried was a wrong one. */
bool fronted_login_was_wrong(unsigned slot);
/* Adds what the vendor may not say of the PIN. */
void fronted_login_flags(unsigned slot, CK_TOKEN_INFO *info);
/* After a C_...Init with this key of the vendor's. */
void fronted_use_begins(struct fronted_call *call, CK_SESSION_HANDLE session,
	CK_OBJECT_HANDLE key);
/* Before the key is used; output NULL: it only asks for a length. */
void fronted_use(struct fronted_call *call, CK_SESSION_HANDLE *session,
	const CK_BYTE *output);

#endif
