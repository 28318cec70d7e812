/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls that digest, sign, verify, encrypt and decrypt. */

#include "config.h"

#include "token/soft-operation.h"

#include "token/attribute-policy.h"
#include "token/permission.h"
#include "token/soft-calls.h"

/* The operation on the key of an object. */
static CK_RV
start_with_key(struct session *session, CK_FLAGS use,
	const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE number,
	struct running *running)
{
	struct running started = { .key = number };
	struct object *object;
	struct key *key = NULL;
	CK_RV rv;

	started.version = atomic_load(&session->token->version);
	rv = object_get(session->token, number, &object);
	if (rv != CKR_OK)
		return rv == CKR_OBJECT_HANDLE_INVALID ? CKR_KEY_HANDLE_INVALID
						       : rv;
	if (object->class != CKO_PUBLIC_KEY &&
		object->class != CKO_PRIVATE_KEY &&
		object->class != CKO_SECRET_KEY)
		rv = CKR_KEY_HANDLE_INVALID;
	if (rv == CKR_OK)
		rv = permission_check(object, mechanism, use);
	if (rv == CKR_OK)
		rv = object_key(session->token, object, &key);
	if (rv == CKR_OK)
		rv = operation_new(mechanism, use, key, &started.operation);
	if (rv == CKR_OK) {
		/* A secret key on the token is only read by a login, also one
		 * that everybody sees. Whether a logout ends what runs is left
		 * open [PKCS11 5.6.9]. */
		started.key_is_private = object->is_private ||
			object->class == CKO_PRIVATE_KEY ||
			(object->class == CKO_SECRET_KEY && object->is_token);
		started.needs_login =
			object_flag(object, CKA_ALWAYS_AUTHENTICATE);
		*running = started;
	}
	key_free(key);
	object_release(object);
	return rv;
}

static CK_RV
start_digest(const CK_MECHANISM *mechanism, struct running *running)
{
	CK_RV rv;

	if ((rv = permission_mechanism(mechanism, CKF_DIGEST)) != CKR_OK)
		return rv;
	return operation_new(mechanism, CKF_DIGEST, NULL, &running->operation);
}

static CK_RV
init(CK_SESSION_HANDLE handle, enum running_use use,
	const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	struct session *session;
	struct running *running;
	CK_RV rv;

	if ((rv = session_enter(handle, &session)) != CKR_OK)
		return rv;
	running = &session->running[use];
	pthread_mutex_lock(&session->operation_lock);
	if (!mechanism) {
		/* Without a mechanism it ends what runs. [PKCS11 5.8.1] */
		rv = running->operation ? CKR_OK : CKR_ARGUMENTS_BAD;
		running_end(running);
	} else if (running->operation) {
		rv = CKR_OPERATION_ACTIVE;
	} else if (use == RUNNING_DIGEST) {
		rv = start_digest(mechanism, running);
	} else {
		rv = start_with_key(
			session, running_flags[use], mechanism, key, running);
	}
	pthread_mutex_unlock(&session->operation_lock);
	session_leave(session);
	return rv;
}

/* The key may have been deleted or hidden since the operation began. */
static CK_RV
check_key(struct session *session, struct running *running)
{
	unsigned long version = atomic_load(&session->token->version);
	struct object *object;
	CK_RV rv;

	if (!running->key || running->version == version)
		return CKR_OK;
	rv = object_get(session->token, running->key, &object);
	if (rv != CKR_OK)
		return rv == CKR_OBJECT_HANDLE_INVALID ? CKR_KEY_HANDLE_INVALID
						       : rv;
	object_release(object);
	running->version = version;
	return CKR_OK;
}

CK_RV
running_enter(CK_SESSION_HANDLE handle, enum running_use use,
	struct session **session, struct running **running)
{
	CK_RV rv;

	if ((rv = session_enter(handle, session)) != CKR_OK)
		return rv;
	*running = &(*session)->running[use];
	pthread_mutex_lock(&(*session)->operation_lock);
	if (!(*running)->operation)
		rv = CKR_OPERATION_NOT_INITIALIZED;
	else if ((rv = check_key(*session, *running)) == CKR_OK &&
		(*running)->needs_login)
		rv = CKR_USER_NOT_LOGGED_IN;
	if (rv != CKR_OK) {
		running_end(*running);
		pthread_mutex_unlock(&(*session)->operation_lock);
		session_leave(*session);
	}
	return rv;
}

CK_RV
running_leave(struct session *session, struct running *running, bool goes_on,
	CK_RV rv)
{
	if (!goes_on)
		running_end(running);
	pthread_mutex_unlock(&session->operation_lock);
	session_leave(session);
	return rv;
}

bool
running_goes_on(CK_RV rv, const CK_BYTE *out)
{
	return rv == CKR_BUFFER_TOO_SMALL || (rv == CKR_OK && !out);
}

/* All of the input at once, to an output. */
static CK_RV
once(CK_SESSION_HANDLE handle, enum running_use use, const CK_BYTE *in,
	CK_ULONG in_length, CK_BYTE *out, CK_ULONG *out_length)
{
	struct session *session;
	struct running *running;
	CK_RV rv;

	rv = running_enter(handle, use, &session, &running);
	if (rv != CKR_OK)
		return rv;
	if (!IS_INPUT(in, in_length) || !out_length)
		rv = CKR_ARGUMENTS_BAD;
	else if (operation_has_updates(running->operation))
		rv = CKR_OPERATION_ACTIVE;
	else
		rv = operation_once(
			running->operation, in, in_length, out, out_length);
	return running_leave(session, running, running_goes_on(rv, out), rv);
}

/* More input, without output. */
static CK_RV
feed(CK_SESSION_HANDLE handle, enum running_use use, const CK_BYTE *in,
	CK_ULONG in_length)
{
	struct session *session;
	struct running *running;
	CK_RV rv;

	rv = running_enter(handle, use, &session, &running);
	if (rv != CKR_OK)
		return rv;
	rv = IS_INPUT(in, in_length) ? operation_update(running->operation, in,
					       in_length, NULL, NULL)
				     : CKR_ARGUMENTS_BAD;
	return running_leave(session, running, rv == CKR_OK, rv);
}

/* More input, with output. */
static CK_RV
update(CK_SESSION_HANDLE handle, enum running_use use, const CK_BYTE *in,
	CK_ULONG in_length, CK_BYTE *out, CK_ULONG *out_length)
{
	struct session *session;
	struct running *running;
	CK_RV rv;

	rv = running_enter(handle, use, &session, &running);
	if (rv != CKR_OK)
		return rv;
	rv = IS_INPUT(in, in_length) && out_length
		? operation_update(
			  running->operation, in, in_length, out, out_length)
		: CKR_ARGUMENTS_BAD;
	return running_leave(session, running,
		rv == CKR_OK || rv == CKR_BUFFER_TOO_SMALL, rv);
}

static CK_RV
final(CK_SESSION_HANDLE handle, enum running_use use, CK_BYTE *out,
	CK_ULONG *out_length)
{
	struct session *session;
	struct running *running;
	CK_RV rv;

	rv = running_enter(handle, use, &session, &running);
	if (rv != CKR_OK)
		return rv;
	rv = out_length ? operation_finish(running->operation, out, out_length)
			: CKR_ARGUMENTS_BAD;
	return running_leave(session, running, running_goes_on(rv, out), rv);
}

CK_RV
soft_C_DigestInit(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism)
{
	return init(handle, RUNNING_DIGEST, mechanism, CK_INVALID_HANDLE);
}

CK_RV
soft_C_Digest(CK_SESSION_HANDLE handle, CK_BYTE *data, CK_ULONG length,
	CK_BYTE *digest, CK_ULONG *digest_length)
{
	return once(
		handle, RUNNING_DIGEST, data, length, digest, digest_length);
}

CK_RV
soft_C_DigestUpdate(CK_SESSION_HANDLE handle, CK_BYTE *part, CK_ULONG length)
{
	return feed(handle, RUNNING_DIGEST, part, length);
}

/* Only a value that may be read may be digested: else it could be guessed. */
static CK_RV
digest_key(struct session *session, struct operation *digest,
	CK_OBJECT_HANDLE number)
{
	struct object *object;
	struct key *key = NULL;
	CK_RV rv;

	rv = object_get(session->token, number, &object);
	if (rv != CKR_OK)
		return rv == CKR_OBJECT_HANDLE_INVALID ? CKR_KEY_HANDLE_INVALID
						       : rv;
	if (object->class != CKO_SECRET_KEY)
		rv = policy_key(object->key_type) ? CKR_KEY_INDIGESTIBLE
						  : CKR_KEY_HANDLE_INVALID;
	else if (!object_shows(object, CKA_VALUE))
		rv = CKR_KEY_INDIGESTIBLE;
	else if ((rv = object_key(session->token, object, &key)) == CKR_OK)
		rv = operation_digest_key(digest, key);
	key_free(key);
	object_release(object);
	return rv;
}

CK_RV
soft_C_DigestKey(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE key)
{
	struct session *session;
	struct running *running;
	CK_RV rv;

	rv = running_enter(handle, RUNNING_DIGEST, &session, &running);
	if (rv != CKR_OK)
		return rv;
	rv = digest_key(session, running->operation, key);
	return running_leave(session, running, rv == CKR_OK, rv);
}

CK_RV
soft_C_DigestFinal(CK_SESSION_HANDLE handle, CK_BYTE *digest, CK_ULONG *length)
{
	return final(handle, RUNNING_DIGEST, digest, length);
}

CK_RV
soft_C_SignInit(
	CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	return init(handle, RUNNING_SIGN, mechanism, key);
}

CK_RV
soft_C_Sign(CK_SESSION_HANDLE handle, CK_BYTE *data, CK_ULONG length,
	CK_BYTE *signature, CK_ULONG *signature_length)
{
	return once(handle, RUNNING_SIGN, data, length, signature,
		signature_length);
}

CK_RV
soft_C_SignUpdate(CK_SESSION_HANDLE handle, CK_BYTE *part, CK_ULONG length)
{
	return feed(handle, RUNNING_SIGN, part, length);
}

CK_RV
soft_C_SignFinal(CK_SESSION_HANDLE handle, CK_BYTE *signature, CK_ULONG *length)
{
	return final(handle, RUNNING_SIGN, signature, length);
}

CK_RV
soft_C_SignRecoverInit(
	CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	return init(handle, RUNNING_SIGN_RECOVER, mechanism, key);
}

CK_RV
soft_C_SignRecover(CK_SESSION_HANDLE handle, CK_BYTE *data, CK_ULONG length,
	CK_BYTE *signature, CK_ULONG *signature_length)
{
	return once(handle, RUNNING_SIGN_RECOVER, data, length, signature,
		signature_length);
}

CK_RV
soft_C_VerifyInit(
	CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	return init(handle, RUNNING_VERIFY, mechanism, key);
}

CK_RV
soft_C_Verify(CK_SESSION_HANDLE handle, CK_BYTE *data, CK_ULONG length,
	CK_BYTE *signature, CK_ULONG signature_length)
{
	struct session *session;
	struct running *running;
	CK_RV rv;

	rv = running_enter(handle, RUNNING_VERIFY, &session, &running);
	if (rv != CKR_OK)
		return rv;
	if (!IS_INPUT(data, length) || !signature ||
		signature_length > INPUT_MAX)
		rv = CKR_ARGUMENTS_BAD;
	else if (operation_has_updates(running->operation))
		rv = CKR_OPERATION_ACTIVE;
	else
		rv = operation_verify_once(running->operation, data, length,
			signature, signature_length);
	return running_leave(session, running, false, rv);
}

CK_RV
soft_C_VerifyUpdate(CK_SESSION_HANDLE handle, CK_BYTE *part, CK_ULONG length)
{
	return feed(handle, RUNNING_VERIFY, part, length);
}

CK_RV
soft_C_VerifyFinal(
	CK_SESSION_HANDLE handle, CK_BYTE *signature, CK_ULONG length)
{
	struct session *session;
	struct running *running;
	CK_RV rv;

	rv = running_enter(handle, RUNNING_VERIFY, &session, &running);
	if (rv != CKR_OK)
		return rv;
	rv = signature && length <= INPUT_MAX
		? operation_verify_finish(running->operation, signature, length)
		: CKR_ARGUMENTS_BAD;
	return running_leave(session, running, false, rv);
}

CK_RV
soft_C_VerifyRecoverInit(
	CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	return init(handle, RUNNING_VERIFY_RECOVER, mechanism, key);
}

CK_RV
soft_C_VerifyRecover(CK_SESSION_HANDLE handle, CK_BYTE *signature,
	CK_ULONG signature_length, CK_BYTE *data, CK_ULONG *length)
{
	return once(handle, RUNNING_VERIFY_RECOVER, signature, signature_length,
		data, length);
}

CK_RV
soft_C_EncryptInit(
	CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	return init(handle, RUNNING_ENCRYPT, mechanism, key);
}

CK_RV
soft_C_Encrypt(CK_SESSION_HANDLE handle, CK_BYTE *data, CK_ULONG length,
	CK_BYTE *encrypted, CK_ULONG *encrypted_length)
{
	return once(handle, RUNNING_ENCRYPT, data, length, encrypted,
		encrypted_length);
}

CK_RV
soft_C_EncryptUpdate(CK_SESSION_HANDLE handle, CK_BYTE *part, CK_ULONG length,
	CK_BYTE *encrypted, CK_ULONG *encrypted_length)
{
	return update(handle, RUNNING_ENCRYPT, part, length, encrypted,
		encrypted_length);
}

CK_RV
soft_C_EncryptFinal(
	CK_SESSION_HANDLE handle, CK_BYTE *encrypted, CK_ULONG *length)
{
	return final(handle, RUNNING_ENCRYPT, encrypted, length);
}

CK_RV
soft_C_DecryptInit(
	CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	return init(handle, RUNNING_DECRYPT, mechanism, key);
}

CK_RV
soft_C_Decrypt(CK_SESSION_HANDLE handle, CK_BYTE *encrypted,
	CK_ULONG encrypted_length, CK_BYTE *data, CK_ULONG *length)
{
	return once(handle, RUNNING_DECRYPT, encrypted, encrypted_length, data,
		length);
}

CK_RV
soft_C_DecryptUpdate(CK_SESSION_HANDLE handle, CK_BYTE *encrypted,
	CK_ULONG encrypted_length, CK_BYTE *part, CK_ULONG *length)
{
	return update(handle, RUNNING_DECRYPT, encrypted, encrypted_length,
		part, length);
}

CK_RV
soft_C_DecryptFinal(CK_SESSION_HANDLE handle, CK_BYTE *part, CK_ULONG *length)
{
	return final(handle, RUNNING_DECRYPT, part, length);
}
