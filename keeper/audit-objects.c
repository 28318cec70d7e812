/* SPDX-License-Identifier: BSD-2-Clause */
/* Tells the audit log what becomes of keys and of a token's objects. */

#include "config.h"

#include "keeper/audit-tell.h"
#include "keeper/layer.h"
#include "pkcs11/bytes.h"
#include "pkcs11/name.h"

#include <stdio.h>

/* Session objects other than private keys come and go untold. */
static bool
is_watched(const struct keyname *object)
{
	return object->class == CKO_PRIVATE_KEY || object->is_of_token;
}

/* What a template says of an object that is to be, on top of what is known. */
static void
read_template(
	const CK_ATTRIBUTE *template, CK_ULONG count, struct keyname *object)
{
	CK_BBOOL flag;
	CK_ULONG i, length;

	for (i = 0; template && i < count; i++) {
		length = template[i].ulValueLen;
		if (!template[i].pValue)
			continue;
		if (template[i].type == CKA_CLASS &&
			length == sizeof(object->class))
			memcpy(&object->class, template[i].pValue, length);
		if (template[i].type == CKA_TOKEN && length == sizeof(flag)) {
			memcpy(&flag, template[i].pValue, length);
			object->is_of_token = flag != CK_FALSE;
		}
		if (template[i].type == CKA_LABEL) {
			if (length > sizeof(object->label) - 1)
				length = sizeof(object->label) - 1;
			memset(object->label, 0, sizeof(object->label));
			memcpy(object->label, template[i].pValue, length);
		}
		if (template[i].type == CKA_ID) {
			if (length > sizeof(object->id))
				length = sizeof(object->id);
			memcpy(object->id, template[i].pValue, length);
			object->id_length = (unsigned char)length;
		}
	}
}

/* Labels from templates may have NUL bytes in them; the rest is then unseen. */
static CK_RV
tell_new(enum audit_event event, CK_SESSION_HANDLE session,
	const CK_MECHANISM *mechanism, CK_OBJECT_CLASS class,
	const CK_ATTRIBUTE *template, CK_ULONG count,
	const CK_OBJECT_HANDLE *made, const char *detail, CK_RV rv)
{
	struct keyname object;

	if (!audit_is_event(rv))
		return rv;
	keyname_get(audit_inner, session, CK_INVALID_HANDLE, &object);
	object.class = class;
	read_template(template, count, &object);
	/* So that its class is shown, though it may have no number. */
	object.handle = CK_UNAVAILABLE_INFORMATION;
	if (!is_watched(&object))
		return rv;
	if (rv == CKR_OK && made)
		keyname_get(audit_inner, session, *made, &object);
	return audit_tell_key(event, &object, mechanism, detail, rv);
}

static CK_RV
audit_C_CreateObject(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template,
	CK_ULONG count, CK_OBJECT_HANDLE *object)
{
	CK_RV rv =
		audit_inner->C_CreateObject(session, template, count, object);

	return tell_new(AUDIT_CREATE, session, NULL, CK_UNAVAILABLE_INFORMATION,
		template, count, object, "", rv);
}

static CK_RV
audit_C_CopyObject(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE original,
	CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *copy)
{
	CK_RV rv = audit_inner->C_CopyObject(
		session, original, template, count, copy);
	struct keyname object;

	if (!audit_is_event(rv))
		return rv;
	keyname_get(audit_inner, session, original, &object);
	read_template(template, count, &object);
	if (!is_watched(&object))
		return rv;
	return audit_tell_key(AUDIT_COPY, &object, NULL,
		object.is_of_token ? "to the token" : "to the session", rv);
}

static CK_RV
audit_C_DestroyObject(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE handle)
{
	struct keyname object;
	CK_RV rv;

	keyname_get(audit_inner, session, handle, &object);
	rv = audit_inner->C_DestroyObject(session, handle);
	if (!audit_is_event(rv) || !is_watched(&object))
		return rv;
	return audit_tell_key(AUDIT_DESTROY, &object, NULL, "", rv);
}

/* The names of the attributes, as many as there is room for. */
static void
list_attributes(const CK_ATTRIBUTE *template, CK_ULONG count, bool only_refused,
	char *text, size_t room)
{
	size_t length = 0;
	CK_ULONG i;
	int more;

	text[0] = '\0';
	for (i = 0; template && i < count; i++) {
		if (only_refused &&
			template[i].ulValueLen != CK_UNAVAILABLE_INFORMATION)
			continue;
		more = snprintf(text + length, room - length, "%s%s",
			length ? "," : "", attribute_name(template[i].type));
		if (more < 0 || (size_t)more >= room - length)
			break;
		length += (size_t)more;
	}
	text[length] = '\0';
}

static CK_RV
audit_C_SetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE handle,
	CK_ATTRIBUTE *template, CK_ULONG count)
{
	struct keyname object;
	char detail[sizeof(((struct audit_record *)0)->detail)];
	CK_RV rv;

	keyname_get(audit_inner, session, handle, &object);
	rv = audit_inner->C_SetAttributeValue(session, handle, template, count);
	if (!audit_is_event(rv) || !is_watched(&object))
		return rv;
	list_attributes(template, count, false, detail, sizeof(detail));
	return audit_tell_key(AUDIT_CHANGE, &object, NULL, detail, rv);
}

/* An attempt to see a key. What else was asked is answered as it was. */
static CK_RV
audit_C_GetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE handle,
	CK_ATTRIBUTE *template, CK_ULONG count)
{
	CK_RV rv = audit_inner->C_GetAttributeValue(
		session, handle, template, count);
	char detail[sizeof(((struct audit_record *)0)->detail)];
	struct keyname object;

	if (rv != CKR_ATTRIBUTE_SENSITIVE)
		return rv;
	keyname_get(audit_inner, session, handle, &object);
	if (!is_watched(&object))
		return rv;
	list_attributes(template, count, true, detail, sizeof(detail));
	return audit_tell_key(AUDIT_READ, &object, NULL, detail, rv);
}

static CK_RV
audit_C_GenerateKey(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
	CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *key)
{
	CK_RV rv = audit_inner->C_GenerateKey(
		session, mechanism, template, count, key);

	return tell_new(AUDIT_GENERATE, session, mechanism, CKO_SECRET_KEY,
		template, count, key, "", rv);
}

static CK_RV
audit_C_GenerateKeyPair(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
	CK_ATTRIBUTE *public_template, CK_ULONG public_count,
	CK_ATTRIBUTE *private_template, CK_ULONG private_count,
	CK_OBJECT_HANDLE *public_key, CK_OBJECT_HANDLE *private_key)
{
	CK_RV rv = audit_inner->C_GenerateKeyPair(session, mechanism,
		public_template, public_count, private_template, private_count,
		public_key, private_key);

	return tell_new(AUDIT_GENERATE, session, mechanism, CKO_PRIVATE_KEY,
		private_template, private_count, private_key, "", rv);
}

/* The key that goes out is what it is about. */
static CK_RV
audit_C_WrapKey(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE wrapping, CK_OBJECT_HANDLE handle, CK_BYTE *out,
	CK_ULONG *length)
{
	CK_RV rv = audit_inner->C_WrapKey(
		session, mechanism, wrapping, handle, out, length);
	char detail[sizeof(((struct audit_record *)0)->detail)];
	struct keyname key, by;

	if (!audit_is_event(rv) || (rv == CKR_OK && !out))
		return rv;
	keyname_get(audit_inner, session, handle, &key);
	keyname_get(audit_inner, session, wrapping, &by);
	if (!audit_is_watched(&key) && !audit_is_watched(&by))
		return rv;
	snprintf(detail, sizeof(detail), "by %s", by.label);
	if (audit_tell_key(AUDIT_WRAP, &key, mechanism, detail, rv) == rv)
		return rv;
	wipe(out, *length);
	return CKR_DEVICE_ERROR;
}

/* A use of a key, and perhaps a new one. */
static CK_RV
tell_made(enum audit_event event, CK_SESSION_HANDLE session,
	const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE handle,
	const CK_ATTRIBUTE *template, CK_ULONG count,
	const CK_OBJECT_HANDLE *made, const char *detail, CK_RV rv)
{
	struct keyname key;
	CK_RV told = rv;

	if (!audit_is_event(rv))
		return rv;
	keyname_get(audit_inner, session, handle, &key);
	if (audit_is_watched(&key))
		told = audit_tell_key(event, &key, mechanism, "", rv);
	if (told != CKR_OK)
		return told;
	return tell_new(AUDIT_CREATE, session, mechanism, CKO_SECRET_KEY,
		template, count, made, detail, rv);
}

static CK_RV
audit_C_UnwrapKey(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE unwrapping, CK_BYTE *wrapped, CK_ULONG length,
	CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *key)
{
	CK_RV rv = audit_inner->C_UnwrapKey(session, mechanism, unwrapping,
		wrapped, length, template, count, key);

	return tell_made(AUDIT_UNWRAP, session, mechanism, unwrapping, template,
		count, key, "unwrapped", rv);
}

static CK_RV
audit_C_DeriveKey(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE base, CK_ATTRIBUTE *template, CK_ULONG count,
	CK_OBJECT_HANDLE *key)
{
	CK_RV rv = audit_inner->C_DeriveKey(
		session, mechanism, base, template, count, key);

	return tell_made(AUDIT_DERIVE, session, mechanism, base, template,
		count, key, "derived", rv);
}

static CK_RV
audit_C_DigestKey(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE handle)
{
	CK_RV rv = audit_inner->C_DigestKey(session, handle);
	struct keyname key;

	if (!audit_is_event(rv))
		return rv;
	keyname_get(audit_inner, session, handle, &key);
	if (!audit_is_watched(&key))
		return rv;
	return audit_tell_key(AUDIT_DIGEST, &key, NULL, "", rv);
}

void
audit_put_objects(CK_FUNCTION_LIST_3_0 *list)
{
	LAYER_ENTRY(list, audit, C_CreateObject);
	LAYER_ENTRY(list, audit, C_CopyObject);
	LAYER_ENTRY(list, audit, C_DestroyObject);
	LAYER_ENTRY(list, audit, C_SetAttributeValue);
	LAYER_ENTRY(list, audit, C_GetAttributeValue);
	LAYER_ENTRY(list, audit, C_GenerateKey);
	LAYER_ENTRY(list, audit, C_GenerateKeyPair);
	LAYER_ENTRY(list, audit, C_WrapKey);
	LAYER_ENTRY(list, audit, C_UnwrapKey);
	LAYER_ENTRY(list, audit, C_DeriveKey);
	LAYER_ENTRY(list, audit, C_DigestKey);
}
