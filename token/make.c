/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes objects: created, generated, unwrapped, derived and copied ones. */

#include "config.h"

#include "token/make.h"

#include "pkcs11/hex.h"
#include "pkcs11/log.h"
#include "token/operation.h"

#include <string.h>

#define UNKNOWN CK_UNAVAILABLE_INFORMATION

CK_RV
make_is_allowed(struct session *session, bool is_token, bool is_private)
{
	enum login login = session_login_state(session);

	if (is_private && login != LOGIN_USER)
		return CKR_USER_NOT_LOGGED_IN;
	if (is_token && !session_is_read_write(session))
		return CKR_SESSION_READ_ONLY;
	/* The store cannot be written to before somebody opened it. */
	if (is_token && login == LOGIN_NOBODY)
		return CKR_USER_NOT_LOGGED_IN;
	return CKR_OK;
}

static bool
is_key_class(CK_OBJECT_CLASS class)
{
	return class == CKO_PUBLIC_KEY || class == CKO_PRIVATE_KEY ||
		class == CKO_SECRET_KEY;
}

/* A name for life: 16 random bytes in hexadecimal digits. */
enum { UNIQUE_ID_LENGTH = 32 };

static CK_RV
make_unique_id(char id[UNIQUE_ID_LENGTH])
{
	unsigned char random[UNIQUE_ID_LENGTH / 2];
	CK_RV rv = key_random(random, sizeof(random));

	if (rv == CKR_OK)
		hex_put(id, random, sizeof(random));
	return rv;
}

/* The first three bytes of the key's encryption of a block of zeros, or of a
 * SHA-1 of the value where there is no such block. [PKCS11 4.6.3, 4.10.2] */
enum { CHECK_VALUE_LENGTH = 3 };

static bool
check_value(const CK_ATTRIBUTE *value, struct key *aes,
	CK_BYTE room[CHECK_VALUE_LENGTH])
{
	static const CK_BYTE zeros[16];
	CK_MECHANISM how = { aes ? CKM_AES_ECB : CKM_SHA_1, NULL, 0 };
	struct operation *operation = NULL;
	CK_BYTE result[20] = { 0 };
	CK_ULONG length = sizeof(result);
	CK_RV rv;

	rv = operation_new(
		&how, aes ? CKF_ENCRYPT : CKF_DIGEST, aes, &operation);
	if (rv == CKR_OK && aes)
		rv = operation_once(
			operation, zeros, sizeof(zeros), result, &length);
	else if (rv == CKR_OK)
		rv = operation_once(operation, value->pValue, value->ulValueLen,
			result, &length);
	operation_free(operation);
	memcpy(room, result, CHECK_VALUE_LENGTH);
	wipe(result, sizeof(result));
	return rv == CKR_OK;
}

static bool
put_check_value(struct draft *draft, CK_BYTE room[CHECK_VALUE_LENGTH])
{
	const CK_ATTRIBUTE *value =
		attribute_find(draft->at, draft->count, CKA_VALUE);
	struct key *aes = NULL;
	bool done = value && value->ulValueLen;

	if (done &&
		attribute_number(draft->at, draft->count, CKA_KEY_TYPE,
			UNKNOWN) == CKK_AES)
		done = key_new(draft->at, draft->count, true, &aes) == CKR_OK;
	done = done && check_value(value, aes, room);
	key_free(aes);
	return draft_put(
		draft, CKA_CHECK_VALUE, room, done ? CHECK_VALUE_LENGTH : 0);
}

/* What a new object has whatever the template says; values live as long as the
 * maker's work. */
struct made {
	struct draft draft;
	struct key_parts parts;
	char unique_id[UNIQUE_ID_LENGTH];
	CK_BYTE check_value[CHECK_VALUE_LENGTH];
};

static void
made_clear(struct made *made)
{
	draft_clear(&made->draft);
	key_parts_clear(&made->parts);
}

static bool
default_private(const struct making *making, bool is_token)
{
	if (making->class == CKO_PRIVATE_KEY)
		return true;
	return making->class == CKO_SECRET_KEY && (is_token || making->by_user);
}

static bool
draft_flag(const struct draft *draft, CK_ATTRIBUTE_TYPE type)
{
	return attribute_flag(draft->at, draft->count, type, false);
}

/* The history that the key attributes tell. [PKCS11 4.9, 4.10] */
static bool
put_history(struct draft *draft, const struct making *making)
{
	bool is_local = making->origin == ORIGIN_GENERATE;
	bool always = is_local || making->was_always_sensitive;
	bool never = is_local || making->was_never_extractable;

	if (!draft_put_flag(draft, CKA_LOCAL, is_local) ||
		!draft_put_number(draft, CKA_KEY_GEN_MECHANISM,
			is_local ? making->mechanism : UNKNOWN))
		return false;
	if (making->class == CKO_PUBLIC_KEY)
		return true;
	return draft_put_flag(draft, CKA_ALWAYS_SENSITIVE,
		       always && draft_flag(draft, CKA_SENSITIVE)) &&
		draft_put_flag(draft, CKA_NEVER_EXTRACTABLE,
			never && !draft_flag(draft, CKA_EXTRACTABLE));
}

static CK_RV
put_made(struct made *made, const struct making *making)
{
	struct draft *draft = &made->draft;
	bool done, is_token = draft_flag(draft, CKA_TOKEN);
	CK_RV rv;

	if ((rv = make_unique_id(made->unique_id)) != CKR_OK)
		return rv;
	done = draft_put_number(draft, CKA_CLASS, making->class) &&
		draft_put(draft, CKA_UNIQUE_ID, made->unique_id,
			UNIQUE_ID_LENGTH);
	if (!attribute_find(draft->at, draft->count, CKA_PRIVATE))
		done &= draft_put_flag(
			draft, CKA_PRIVATE, default_private(making, is_token));
	if (is_key_class(making->class))
		done &= draft_put_number(
				draft, CKA_KEY_TYPE, making->key_type) &&
			put_history(draft, making);
	return done ? CKR_OK : CKR_HOST_MEMORY;
}

/* Parts go where the template said nothing; they are the key, so what it said
 * of them was checked against them before. */
static bool
put_parts(struct draft *draft, const struct key_parts *parts,
	const struct making *making)
{
	bool done = true;
	size_t i;

	for (i = 0; i < parts->count; i++)
		if (parts->at[i].type != CKA_CLASS &&
			parts->at[i].type != CKA_KEY_TYPE &&
			policy_find(parts->at[i].type, making->class,
				making->key_type))
			done &= draft_put(draft, parts->at[i].type,
				parts->at[i].value.at,
				parts->at[i].value.length);
	return done;
}

/* Builds the key once, which checks it, for what follows from its material. */
static CK_RV
complete_key(struct made *made, const struct making *making)
{
	struct draft *draft = &made->draft;
	struct key *key = NULL;
	CK_RV rv;

	rv = key_new(draft->at, draft->count, making->origin == ORIGIN_GENERATE,
		&key);
	if (rv == CKR_OK)
		rv = key_complete(key, &made->parts);
	key_free(key);
	if (rv == CKR_OK && !put_parts(draft, &made->parts, making))
		rv = CKR_HOST_MEMORY;
	return rv;
}

static bool
is_short_rsa(const struct draft *draft, const struct making *making)
{
	const CK_ATTRIBUTE *modulus =
		attribute_find(draft->at, draft->count, CKA_MODULUS);

	return making->class == CKO_PRIVATE_KEY &&
		making->key_type == CKK_RSA && modulus &&
		rsa_modulus_is_short(modulus);
}

/* A key that is too short to sign does not, unless the template insists: then
 * it is refused with the rest. */
static bool
put_short_key_uses(struct draft *draft, const struct making *making,
	const CK_ATTRIBUTE *template, CK_ULONG count)
{
	return !is_short_rsa(draft, making) ||
		attribute_find(template, count, CKA_SIGN) ||
		draft_put_flag(draft, CKA_SIGN, false);
}

/* One byte derived, guessed by what it signs, then two: so the whole of a
 * longer one could be had, a byte at a time. */
enum { DERIVED_LENGTH_MIN = 16 };

static bool
is_weakly_derived(const struct draft *draft)
{
	return (draft_flag(draft, CKA_SENSITIVE) ||
		       !draft_flag(draft, CKA_EXTRACTABLE)) &&
		attribute_number(draft->at, draft->count, CKA_VALUE_LEN,
			DERIVED_LENGTH_MIN) < DERIVED_LENGTH_MIN;
}

/* What no single attribute says. */
static CK_RV
check_whole(const struct draft *draft, const struct making *making)
{
	const CK_ATTRIBUTE *list = draft->at;
	CK_ULONG count = draft->count;

	if (making->class == CKO_CERTIFICATE && draft_flag(draft, CKA_PRIVATE))
		return refuse(CKR_ATTRIBUTE_VALUE_INVALID,
			"certificates are never private here");
	if (making->class == CKO_CERTIFICATE &&
		attribute_number(list, count, CKA_CERTIFICATE_TYPE, UNKNOWN) !=
			CKC_X_509)
		return refuse(CKR_ATTRIBUTE_VALUE_INVALID,
			"only X.509 certificates are known");
	/* [PKCS11 4.9] */
	if (draft_flag(draft, CKA_ALWAYS_AUTHENTICATE) &&
		!draft_flag(draft, CKA_PRIVATE))
		return refuse(CKR_TEMPLATE_INCONSISTENT,
			"a key that wants the PIN each time is private");
	if (is_short_rsa(draft, making) &&
		(draft_flag(draft, CKA_SIGN) ||
			draft_flag(draft, CKA_SIGN_RECOVER)))
		return refuse(CKR_TEMPLATE_INCONSISTENT,
			"an RSA key below 2048 bits is too short to sign: it "
			"may only decrypt and unwrap");
	/* Together they would give any extractable key away. */
	if (making->class == CKO_SECRET_KEY &&
		(draft_flag(draft, CKA_TOKEN) ||
			draft_flag(draft, CKA_TRUSTED)) &&
		draft_flag(draft, CKA_WRAP) && draft_flag(draft, CKA_DECRYPT))
		return refuse(CKR_TEMPLATE_INCONSISTENT,
			"a token key may not both wrap and decrypt");
	if (making->is_derived && is_weakly_derived(draft))
		return refuse(CKR_TEMPLATE_INCONSISTENT,
			"a derived key that stays has at least %d bytes",
			DERIVED_LENGTH_MIN);
	return CKR_OK;
}

static void
look_up_login(struct session *session, struct making *making)
{
	enum login login = session_login_state(session);

	making->by_user = login == LOGIN_USER;
	making->by_so = login == LOGIN_SO;
}

/* The draft has all of the object by now. */
static CK_RV
finish(struct session *session, struct made *made, const struct making *making,
	const CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *handle)
{
	struct draft *draft = &made->draft;
	CK_RV rv;

	if (policy_find(CKA_CHECK_VALUE, making->class, making->key_type) &&
		!put_check_value(draft, made->check_value))
		return CKR_HOST_MEMORY;
	if (!put_short_key_uses(draft, making, template, count))
		return CKR_HOST_MEMORY;
	if ((rv = template_agrees(making, template, count, draft)) != CKR_OK ||
		(rv = check_whole(draft, making)) != CKR_OK ||
		(rv = make_is_allowed(session, draft_flag(draft, CKA_TOKEN),
			 draft_flag(draft, CKA_PRIVATE))) != CKR_OK)
		return rv;
	return object_add(session->token, session->handle, draft->at,
		draft->count, handle);
}

static CK_RV
recognize(const CK_ATTRIBUTE *template, CK_ULONG count, struct making *making)
{
	CK_RV rv;

	if ((rv = template_check(template, count)) != CKR_OK)
		return rv;
	making->class = attribute_number(template, count, CKA_CLASS, UNKNOWN);
	making->key_type =
		attribute_number(template, count, CKA_KEY_TYPE, UNKNOWN);
	if (!attribute_find(template, count, CKA_CLASS))
		return refuse(CKR_TEMPLATE_INCOMPLETE, "no CKA_CLASS");
	if (!policy_class(making->class) || making->class == CKO_PROFILE)
		return refuse(CKR_ATTRIBUTE_VALUE_INVALID,
			"class 0x%lx cannot be created", making->class);
	if (!is_key_class(making->class))
		return CKR_OK;
	if (!attribute_find(template, count, CKA_KEY_TYPE))
		return refuse(CKR_TEMPLATE_INCOMPLETE, "no CKA_KEY_TYPE");
	if (!policy_key(making->key_type) ||
		(policy_key(making->key_type) == OF_SYMMETRIC) !=
			(making->class == CKO_SECRET_KEY))
		return refuse(CKR_ATTRIBUTE_VALUE_INVALID,
			"key type 0x%lx of class 0x%lx is not known",
			making->key_type, making->class);
	return CKR_OK;
}

CK_RV
make_created(struct session *session, const CK_ATTRIBUTE *template,
	CK_ULONG count, CK_OBJECT_HANDLE *handle)
{
	struct making making = { .origin = ORIGIN_CREATE };
	struct made made = { .draft = { .count = 0 } };
	CK_RV rv;

	look_up_login(session, &making);
	if ((rv = recognize(template, count, &making)) != CKR_OK)
		return rv;
	rv = template_draft(&making, template, count, &made.draft);
	if (rv == CKR_OK)
		rv = put_made(&made, &making);
	if (rv == CKR_OK && is_key_class(making.class))
		rv = complete_key(&made, &making);
	if (rv == CKR_OK)
		rv = finish(session, &made, &making, template, count, handle);
	made_clear(&made);
	return rv;
}

CK_RV
make_key_check(struct session *session, const struct making *making,
	const CK_ATTRIBUTE *template, CK_ULONG count)
{
	struct making now = *making;
	struct made made = { .draft = { .count = 0 } };
	CK_RV rv;

	look_up_login(session, &now);
	rv = template_draft(&now, template, count, &made.draft);
	if (rv == CKR_OK)
		rv = put_made(&made, &now);
	if (rv == CKR_OK)
		rv = check_whole(&made.draft, &now);
	if (rv == CKR_OK)
		rv = make_is_allowed(session,
			draft_flag(&made.draft, CKA_TOKEN),
			draft_flag(&made.draft, CKA_PRIVATE));
	made_clear(&made);
	return rv;
}

CK_RV
make_key(struct session *session, const struct making *making,
	const CK_ATTRIBUTE *template, CK_ULONG count,
	const struct key_parts *parts, CK_OBJECT_HANDLE *handle)
{
	struct making now = *making;
	struct made made = { .draft = { .count = 0 } };
	CK_RV rv;

	look_up_login(session, &now);
	rv = template_draft(&now, template, count, &made.draft);
	if (rv == CKR_OK)
		rv = put_made(&made, &now);
	if (rv == CKR_OK && !put_parts(&made.draft, parts, &now))
		rv = CKR_HOST_MEMORY;
	if (rv == CKR_OK)
		rv = complete_key(&made, &now);
	if (rv == CKR_OK)
		rv = finish(session, &made, &now, template, count, handle);
	made_clear(&made);
	return rv;
}

/* With the template's changes; the caller clears the draft. */
static CK_RV
draft_changed(struct session *session, const struct object *object,
	bool is_copy, const CK_ATTRIBUTE *template, CK_ULONG count,
	struct draft *draft)
{
	struct making what = { .class = object->class,
		.key_type = object->key_type };
	CK_RV rv;

	look_up_login(session, &what);
	rv = template_change(object->attributes.at, object->attributes.count,
		is_copy, what.by_so, template, count, draft);
	return rv == CKR_OK ? check_whole(draft, &what) : rv;
}

/* Not without the user's login. Written again as it was read, such a key would
 * be none any more: the object tells, since the login may have come after. */
static bool
secret_was_read(const struct object *object)
{
	return !object->is_token ||
		(object->class != CKO_PRIVATE_KEY &&
			object->class != CKO_SECRET_KEY) ||
		object->attributes.sealed.length > 0;
}

CK_RV
make_copy(struct session *session, const struct object *object,
	const CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *handle)
{
	struct made made = { .draft = { .count = 0 } };
	struct draft *draft = &made.draft;
	CK_RV rv;

	if (!object_flag(object, CKA_COPYABLE))
		return CKR_ACTION_PROHIBITED;
	if (!secret_was_read(object))
		return CKR_USER_NOT_LOGGED_IN;
	rv = draft_changed(session, object, true, template, count, draft);
	if (rv == CKR_OK)
		rv = make_unique_id(made.unique_id);
	if (rv == CKR_OK &&
		!draft_put(
			draft, CKA_UNIQUE_ID, made.unique_id, UNIQUE_ID_LENGTH))
		rv = CKR_HOST_MEMORY;
	if (rv == CKR_OK)
		rv = make_is_allowed(session, draft_flag(draft, CKA_TOKEN),
			draft_flag(draft, CKA_PRIVATE));
	if (rv == CKR_OK)
		rv = object_add(session->token, session->handle, draft->at,
			draft->count, handle);
	made_clear(&made);
	return rv;
}

CK_RV
make_change(struct session *session, struct object *object,
	const CK_ATTRIBUTE *template, CK_ULONG count)
{
	struct draft draft = { .count = 0 };
	CK_RV rv;

	rv = make_is_allowed(session, object->is_token, object->is_private);
	if (rv == CKR_OK && !object_flag(object, CKA_MODIFIABLE))
		rv = CKR_ACTION_PROHIBITED;
	if (rv == CKR_OK && !secret_was_read(object))
		rv = CKR_USER_NOT_LOGGED_IN;
	if (rv == CKR_OK)
		rv = draft_changed(
			session, object, false, template, count, &draft);
	if (rv == CKR_OK)
		rv = object_replace(
			session->token, object, draft.at, draft.count);
	draft_clear(&draft);
	return rv;
}
