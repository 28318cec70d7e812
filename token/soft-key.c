/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls that generate keys and random numbers. */

#include "config.h"

#include "token/soft-calls.h"

#include "pkcs11/log.h"
#include "token/make.h"
#include "token/permission.h"

static CK_RV
generate(struct session *session, const CK_MECHANISM *mechanism,
	const CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *key)
{
	struct making making = { .origin = ORIGIN_GENERATE,
		.class = CKO_SECRET_KEY,
		.mechanism = mechanism->mechanism };
	struct key_parts parts = { .count = 0 };
	CK_RV rv;

	rv = permission_mechanism(mechanism, CKF_GENERATE);
	if (rv != CKR_OK)
		return rv;
	making.key_type = mechanism_find(mechanism->mechanism)->key_type;
	rv = make_key_check(session, &making, template, count);
	if (rv == CKR_OK)
		rv = key_generate(mechanism, template, count, &parts);
	if (rv == CKR_OK)
		rv = make_key(session, &making, template, count, &parts, key);
	key_parts_clear(&parts);
	return rv;
}

CK_RV
soft_C_GenerateKey(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism,
	CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *key)
{
	struct session *session;
	CK_RV rv;

	if ((rv = session_enter(handle, &session)) != CKR_OK)
		return rv;
	rv = mechanism && key
		? generate(session, mechanism, template, count, key)
		: CKR_ARGUMENTS_BAD;
	session_leave(session);
	return rv;
}

/* Both or none. */
static CK_RV
keep_pair(struct session *session, const struct making making[2],
	const struct template_list template[2], const struct key_parts parts[2],
	CK_OBJECT_HANDLE keys[2])
{
	struct object *public;
	CK_RV rv;

	rv = make_key(session, &making[0], template[0].at, template[0].count,
		&parts[0], &keys[0]);
	if (rv != CKR_OK)
		return rv;
	rv = make_key(session, &making[1], template[1].at, template[1].count,
		&parts[1], &keys[1]);
	if (rv == CKR_OK ||
		object_get(session->token, keys[0], &public) != CKR_OK)
		return rv;
	(void)object_remove(session->token, public);
	object_release(public);
	return rv;
}

static CK_RV
generate_pair(struct session *session, const CK_MECHANISM *mechanism,
	const struct template_list template[2], CK_OBJECT_HANDLE keys[2])
{
	struct making making[2] = { { .origin = ORIGIN_GENERATE,
		.class = CKO_PUBLIC_KEY,
		.mechanism = mechanism->mechanism } };
	struct key_parts parts[2] = { { .count = 0 }, { .count = 0 } };
	CK_RV rv;
	int i;

	rv = permission_mechanism(mechanism, CKF_GENERATE_KEY_PAIR);
	if (rv != CKR_OK)
		return rv;
	making[0].key_type = mechanism_find(mechanism->mechanism)->key_type;
	making[1] = making[0];
	making[1].class = CKO_PRIVATE_KEY;
	for (i = 0; i < 2 && rv == CKR_OK; i++)
		rv = make_key_check(
			session, &making[i], template[i].at, template[i].count);
	if (rv == CKR_OK)
		rv = key_generate_pair(mechanism, template[0].at,
			template[0].count, &parts[0], &parts[1]);
	if (rv == CKR_OK)
		rv = keep_pair(session, making, template, parts, keys);
	key_parts_clear(&parts[0]);
	key_parts_clear(&parts[1]);
	return rv;
}

CK_RV
soft_C_GenerateKeyPair(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism,
	CK_ATTRIBUTE *public_template, CK_ULONG public_count,
	CK_ATTRIBUTE *private_template, CK_ULONG private_count,
	CK_OBJECT_HANDLE *public_key, CK_OBJECT_HANDLE *private_key)
{
	const struct template_list templates[2] = { { public_template,
							    public_count },
		{ private_template, private_count } };
	CK_OBJECT_HANDLE keys[2];
	struct session *session;
	CK_RV rv;

	if ((rv = session_enter(handle, &session)) != CKR_OK)
		return rv;
	rv = mechanism && public_key && private_key
		? generate_pair(session, mechanism, templates, keys)
		: CKR_ARGUMENTS_BAD;
	if (rv == CKR_OK) {
		*public_key = keys[0];
		*private_key = keys[1];
	}
	session_leave(session);
	return rv;
}

/* The library's generator needs and takes no help. */
CK_RV
soft_C_SeedRandom(CK_SESSION_HANDLE handle, CK_BYTE *seed, CK_ULONG length)
{
	struct session *session;
	CK_RV rv;

	if ((rv = session_enter(handle, &session)) != CKR_OK)
		return rv;
	session_leave(session);
	return IS_INPUT(seed, length) ? CKR_RANDOM_SEED_NOT_SUPPORTED
				      : CKR_ARGUMENTS_BAD;
}

CK_RV
soft_C_GenerateRandom(
	CK_SESSION_HANDLE handle, CK_BYTE *random, CK_ULONG length)
{
	struct session *session;
	CK_RV rv;

	if ((rv = session_enter(handle, &session)) != CKR_OK)
		return rv;
	session_leave(session);
	if (!IS_INPUT(random, length))
		return CKR_ARGUMENTS_BAD;
	return length ? key_random(random, length) : CKR_OK;
}
