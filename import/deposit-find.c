/* SPDX-License-Identifier: BSD-2-Clause */
/* What of a deposit a token has already. */

#include "config.h"

#include "import/deposit-find.h"

#include "import/deposit-template.h"

CK_RV
target_has_label(const struct target *target, CK_OBJECT_CLASS object_class,
	const char *label, bool *taken)
{
	struct template template;
	CK_OBJECT_HANDLE object;
	CK_ULONG count;
	CK_RV rv;

	template_init(&template);
	template_put_number(&template, CKA_CLASS, object_class);
	template_put_text(&template, CKA_LABEL, label);
	rv = target_find(target, &template, &object, 1, &count);
	*taken = count > 0;
	return rv;
}

static CK_RV
find_by_id(const struct target *target, CK_OBJECT_CLASS object_class,
	const unsigned char *id, size_t length, CK_OBJECT_HANDLE *object)
{
	struct template template;
	CK_ULONG count;
	CK_RV rv;

	template_init(&template);
	template_put_number(&template, CKA_CLASS, object_class);
	template_put(&template, CKA_ID, id, length);
	rv = target_find(target, &template, object, 1, &count);
	if (count == 0)
		*object = CK_INVALID_HANDLE;
	return rv;
}

CK_RV
target_find_public_key(const struct target *target,
	const struct identity *identity, CK_OBJECT_HANDLE *object)
{
	struct template template;
	unsigned char room[POINT_ROOM];
	CK_ULONG count;
	CK_RV rv;

	template_find_key(
		&template, CKO_PUBLIC_KEY, &identity->key->public, room);
	rv = target_find(target, &template, object, 1, &count);
	if (count == 0)
		*object = CK_INVALID_HANDLE;
	return rv;
}

/* A private key of a curve does not tell its point: its public key does, and
 * the identifier that both share. */
static CK_RV
find_private_by_public(const struct target *target,
	const struct identity *identity, CK_OBJECT_HANDLE *object)
{
	struct bytes id = { 0 };
	CK_OBJECT_HANDLE public;
	CK_RV rv;

	*object = CK_INVALID_HANDLE;
	rv = target_find_public_key(target, identity, &public);
	if (rv != CKR_OK || public == CK_INVALID_HANDLE)
		return rv;
	rv = target_read(target, public, CKA_ID, &id);
	if (rv == CKR_OK && id.length)
		rv = find_by_id(
			target, CKO_PRIVATE_KEY, id.at, id.length, object);
	bytes_clear(&id);
	return rv;
}

/* By its modulus where it has one; else by the identifier that we (and NSS)
 * compute; else by its public key, whatever their identifier. */
CK_RV
target_find_private_key(const struct target *target,
	const struct identity *identity, CK_OBJECT_HANDLE *object)
{
	struct template template;
	CK_ULONG count = 0;
	CK_RV rv;

	if (identity->key->public.kind == KEY_RSA) {
		template_find_key(&template, CKO_PRIVATE_KEY,
			&identity->key->public, NULL);
		rv = target_find(target, &template, object, 1, &count);
		if (count == 0)
			*object = CK_INVALID_HANDLE;
		return rv;
	}
	rv = find_by_id(target, CKO_PRIVATE_KEY, identity->id,
		sizeof(identity->id), object);
	if (rv != CKR_OK || *object != CK_INVALID_HANDLE)
		return rv;
	return find_private_by_public(target, identity, object);
}

/* Issuer and serial number are what tokens index; the value decides. */
CK_RV
target_find_certificate(const struct target *target,
	const struct certificate *certificate, bool *present)
{
	struct template template;
	CK_OBJECT_HANDLE objects[16];
	struct bytes value;
	CK_ULONG count, i;
	CK_RV rv;

	*present = false;
	template_init(&template);
	template_put_number(&template, CKA_CLASS, CKO_CERTIFICATE);
	template_put_bytes(&template, CKA_ISSUER, &certificate->issuer);
	template_put_bytes(&template, CKA_SERIAL_NUMBER, &certificate->serial);
	rv = target_find(target, &template, objects, 16, &count);
	for (i = 0; rv == CKR_OK && i < count && !*present; i++) {
		rv = target_read(target, objects[i], CKA_VALUE, &value);
		*present = rv == CKR_OK &&
			bytes_equal(&certificate->der, value.at, value.length);
		bytes_clear(&value);
	}
	return rv;
}
