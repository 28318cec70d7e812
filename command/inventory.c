/* SPDX-License-Identifier: BSD-2-Clause */
/* What a token holds, as people think of it: identities and certificates. */

#include "config.h"

#include "command/inventory.h"

#include "command/object.h"
#include "command/say.h"
#include "command/uri.h"
#include "pkcs11/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static char *
label_of(const struct token *token, CK_OBJECT_HANDLE object)
{
	char *label = object_read_text(token, object, CKA_LABEL);

	return label ? label : strdup("");
}

static CK_RV
read_certificate(const struct token *token, CK_OBJECT_HANDLE handle,
	struct held_certificate *certificate)
{
	struct bytes value = { 0 };
	CK_RV rv;

	certificate->handle = handle;
	certificate->label = label_of(token, handle);
	/* An object without an id, or of another kind, is no failure. */
	(void)object_read(token, handle, CKA_ID, &certificate->id);
	rv = object_read(token, handle, CKA_VALUE, &value);
	if (rv == CKR_OK)
		certificate->is_readable = certificate_parse(
			&certificate->read, value.at, value.length);
	bytes_clear(&value);
	if (rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_ATTRIBUTE_SENSITIVE)
		rv = CKR_OK;
	return certificate->label ? rv : CKR_HOST_MEMORY;
}

static CK_RV
read_certificates(struct inventory *inventory)
{
	struct handle_list list;
	CK_RV rv;
	size_t i;

	rv = handles_of_class(inventory->token, CKO_CERTIFICATE, &list);
	if (rv != CKR_OK)
		return rv;
	inventory->certificates =
		calloc(list.count + 1, sizeof(*inventory->certificates));
	inventory->pool = calloc(list.count + 1, sizeof(*inventory->pool));
	if (!inventory->certificates || !inventory->pool)
		rv = CKR_HOST_MEMORY;
	for (i = 0; i < list.count && rv == CKR_OK; i++) {
		struct held_certificate *next =
			&inventory->certificates[inventory->certificate_count];

		rv = read_certificate(inventory->token, list.at[i], next);
		inventory->certificate_count++;
		if (next->is_readable)
			inventory->pool[inventory->pool_count++] = &next->read;
	}
	handles_clear(&list);
	return rv;
}

/* The curve that CKA_EC_PARAMS names; some tokens write its name in letters. */
static const struct curve *
curve_of(const struct bytes *parameters)
{
	struct ber from = { parameters->at, parameters->length };
	struct ber_item oid;

	return ber_take(&from, BER_OID, &oid) ? curve_find(oid.whole) : NULL;
}

static void
describe_curve(const struct token *token, CK_OBJECT_HANDLE handle,
	struct held_key *key)
{
	struct bytes parameters = { 0 };
	const struct curve *curve = NULL;

	if (object_read(token, handle, CKA_EC_PARAMS, &parameters) == CKR_OK)
		curve = curve_of(&parameters);
	bytes_clear(&parameters);
	if (curve)
		key->bits = curve->bits;
	snprintf(key->kind, sizeof(key->kind), "%s%s%s",
		key->type == CKK_EC ? "EC" : "",
		key->type == CKK_EC && curve ? " " : "",
		curve                                 ? curve->name
			: key->type == CKK_EC_EDWARDS ? "Edwards"
			: key->type == CKK_EC         ? ""
						      : "Montgomery");
}

static void
describe(const struct token *token, CK_OBJECT_HANDLE handle,
	struct held_key *key)
{
	struct bytes modulus = { 0 };
	unsigned char first;

	key->type = object_read_number(token, handle, CKA_KEY_TYPE);
	if (key->type == CKK_EC || key->type == CKK_EC_EDWARDS ||
		key->type == CKK_EC_MONTGOMERY) {
		describe_curve(token, handle, key);
		return;
	}
	snprintf(key->kind, sizeof(key->kind), "%s",
		key->type == CKK_RSA ? "RSA" : _("unknown"));
	if (object_read(token, handle, CKA_MODULUS, &modulus) == CKR_OK &&
		modulus.length) {
		key->bits = (unsigned)modulus.length * 8;
		for (first = modulus.at[0]; first && !(first & 0x80);
			first = (unsigned char)(first << 1))
			key->bits--;
	}
	bytes_clear(&modulus);
}

static struct held_key *
key_with_id(struct inventory *inventory, const struct bytes *id)
{
	size_t i;

	for (i = 0; id->length && i < inventory->key_count; i++)
		if (bytes_equal(&inventory->keys[i].id, id->at, id->length))
			return &inventory->keys[i];
	return NULL;
}

/* The private half comes first and describes the key; a public one with the
 * same id only joins it. */
static CK_RV
read_key(struct inventory *inventory, CK_OBJECT_HANDLE handle, bool is_private)
{
	const struct token *token = inventory->token;
	struct bytes id = { 0 };
	struct held_key *key;

	(void)object_read(token, handle, CKA_ID, &id);
	key = key_with_id(inventory, &id);
	if (key && !is_private) {
		key->public = handle;
		if (!key->bits)
			describe(token, handle, key);
		bytes_clear(&id);
		return CKR_OK;
	}
	key = &inventory->keys[inventory->key_count++];
	key->id = id;
	key->label = label_of(token, handle);
	*(is_private ? &key->private : &key->public) = handle;
	describe(token, handle, key);
	if (is_private) {
		key->signs = object_claims(token, handle, CKA_SIGN);
		key->decrypts = object_claims(token, handle, CKA_DECRYPT);
		key->unwraps = object_claims(token, handle, CKA_UNWRAP);
		key->derives = object_claims(token, handle, CKA_DERIVE);
	}
	return key->label ? CKR_OK : CKR_HOST_MEMORY;
}

/* The private halves of these public ones, each looked for by its id. */
static CK_RV
find_each_private(struct inventory *inventory, const struct handle_list *public,
	struct handle_list *private)
{
	CK_OBJECT_CLASS object_class = CKO_PRIVATE_KEY;
	size_t i;

	private->at = calloc(public->count + 1, sizeof(*private->at));
	if (!private->at)
		return CKR_HOST_MEMORY;
	for (i = 0; i < public->count; i++) {
		struct handle_list found = { 0 };
		struct bytes id = { 0 };
		CK_ATTRIBUTE template[] = {
			{ CKA_CLASS, &object_class, sizeof(object_class) },
			{ CKA_ID, NULL, 0 },
		};

		(void)object_read(inventory->token, public->at[i], CKA_ID, &id);
		template[1].pValue = id.at;
		template[1].ulValueLen = id.length;
		if (handles_find(inventory->token, template, 2, &found) ==
				CKR_OK &&
			found.count)
		private->at[private->count++] = found.at[0];
		handles_clear(&found);
		bytes_clear(&id);
	}
	return CKR_OK;
}

/* A token that knows of an altered key says so instead of a shorter list; the
 * others are as good as before. */
static CK_RV
find_keys(struct inventory *inventory, struct handle_list *private,
	struct handle_list *public)
{
	CK_RV rv;

	rv = handles_of_class(inventory->token, CKO_PUBLIC_KEY, public);
	if (rv != CKR_OK)
		return rv;
	rv = handles_of_class(inventory->token, CKO_PRIVATE_KEY, private);
	if (rv != CKR_DEVICE_ERROR)
		return rv;
	inventory->is_altered = true;
	return find_each_private(inventory, public, private);
}

static CK_RV
read_keys(struct inventory *inventory)
{
	struct handle_list private = { 0 }, public = { 0 };
	CK_RV rv;
	size_t i;

	rv = find_keys(inventory, &private, &public);
	if (rv != CKR_OK)
		goto out;
	inventory->keys = calloc(
		private.count + public.count + 1, sizeof(*inventory->keys));
	if (!inventory->keys)
		rv = CKR_HOST_MEMORY;
	for (i = 0; i < private.count && rv == CKR_OK; i++)
		rv = read_key(inventory, private.at[i], true);
	for (i = 0; i < public.count && rv == CKR_OK; i++)
		rv = read_key(inventory, public.at[i], false);
out:
	handles_clear(&private);
	handles_clear(&public);
	return rv;
}

static int
newer_first(const void *one, const void *other)
{
	const struct held_certificate *a =
		*(const struct held_certificate *const *)one;
	const struct held_certificate *b =
		*(const struct held_certificate *const *)other;

	if (a->read.not_before != b->read.not_before)
		return a->read.not_before < b->read.not_before ? 1 : -1;
	return a->handle < b->handle ? 1 : -1;
}

/* Each key learns its certificates: those with the same id. */
static CK_RV
match(struct inventory *inventory, struct held_key *key)
{
	const struct held_certificate *next;
	size_t i;

	key->certificates = calloc(
		inventory->certificate_count + 1, sizeof(*key->certificates));
	if (!key->certificates)
		return CKR_HOST_MEMORY;
	for (i = 0; i < inventory->certificate_count; i++) {
		next = &inventory->certificates[i];
		if (next->is_readable && key->id.length &&
			bytes_equal(&next->id, key->id.at, key->id.length))
			key->certificates[key->certificate_count++] = next;
	}
	qsort(key->certificates, key->certificate_count,
		sizeof(*key->certificates), newer_first);
	return CKR_OK;
}

bool
inventory_read(struct token *token, struct inventory *inventory)
{
	CK_RV rv;
	size_t i;

	*inventory = (struct inventory){ .token = token };
	if ((rv = read_certificates(inventory)) == CKR_OK)
		rv = read_keys(inventory);
	for (i = 0; i < inventory->key_count && rv == CKR_OK; i++)
		rv = match(inventory, &inventory->keys[i]);
	if (rv != CKR_OK || inventory->is_altered)
		complain_about(
			rv == CKR_OK ? CKR_DEVICE_ERROR : rv, token->label);
	if (rv != CKR_OK)
		inventory_clear(inventory);
	return rv == CKR_OK;
}

void
inventory_clear(struct inventory *inventory)
{
	size_t i;

	for (i = 0; i < inventory->certificate_count; i++) {
		bytes_clear(&inventory->certificates[i].id);
		free(inventory->certificates[i].label);
		certificate_clear(&inventory->certificates[i].read);
	}
	for (i = 0; i < inventory->key_count; i++) {
		bytes_clear(&inventory->keys[i].id);
		free(inventory->keys[i].label);
		free(inventory->keys[i].certificates);
	}
	free(inventory->certificates);
	free(inventory->keys);
	free(inventory->pool);
	*inventory = (struct inventory){ 0 };
}

const struct held_key *
inventory_key_of(const struct inventory *inventory,
	const struct held_certificate *certificate)
{
	size_t i;

	for (i = 0; certificate->id.length && i < inventory->key_count; i++)
		if (bytes_equal(&inventory->keys[i].id, certificate->id.at,
			    certificate->id.length))
			return &inventory->keys[i];
	return NULL;
}

void
inventory_chain(const struct inventory *inventory,
	const struct certificate *certificate, struct chain *chain)
{
	chain_build(chain, certificate, inventory->pool, inventory->pool_count);
}

/* Whether the text is the id in hexadecimal digits; colons are allowed. */
static bool
is_hex_of(const struct bytes *id, const char *text)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < id->length; i++) {
		if (i && *text == ':')
			text++;
		if (tolower((unsigned char)text[0]) != digits[id->at[i] >> 4] ||
			tolower((unsigned char)text[1]) !=
				digits[id->at[i] & 15])
			return false;
		text += 2;
	}
	return id->length && !*text;
}

static bool
uri_means(const char *text, CK_OBJECT_CLASS object_class,
	const struct bytes *id, const char *label)
{
	struct uri *uri = uri_read(text);
	bool fits = uri &&
		uri_fits_object(uri, object_class, id->at, id->length, label);

	uri_free(uri);
	return fits;
}

bool
key_is_meant(const struct held_key *key, const char *wanted)
{
	size_t i;

	if (!wanted)
		return true;
	if (uri_is_one(wanted)) {
		if (uri_means(wanted, CKO_PRIVATE_KEY, &key->id, key->label))
			return true;
	} else if (strcmp(key->label, wanted) == 0 ||
		is_hex_of(&key->id, wanted)) {
		return true;
	}
	for (i = 0; i < key->certificate_count; i++)
		if (certificate_is_meant(key->certificates[i], wanted))
			return true;
	return false;
}

bool
certificate_is_meant(
	const struct held_certificate *certificate, const char *wanted)
{
	if (!wanted)
		return true;
	if (uri_is_one(wanted))
		return uri_means(wanted, CKO_CERTIFICATE, &certificate->id,
			certificate->label);
	if (strcmp(certificate->label, wanted) == 0 ||
		is_hex_of(&certificate->id, wanted))
		return true;
	return certificate->is_readable &&
		certificate_has_address(&certificate->read, wanted);
}

static char *
object_uri(const struct token *token, CK_OBJECT_CLASS object_class,
	const struct bytes *id, const char *label)
{
	CK_ATTRIBUTE attributes[3] = { { CKA_CLASS, &object_class,
		sizeof(object_class) } };
	CK_ULONG count = 1;
	char *copy = strdup(label);
	char *uri = NULL;

	if (!copy)
		return NULL;
	if (id->length)
		attributes[count++] =
			(CK_ATTRIBUTE){ CKA_ID, id->at, id->length };
	if (*label)
		attributes[count++] =
			(CK_ATTRIBUTE){ CKA_LABEL, copy, strlen(copy) };
	uri = uri_write(&token->info, attributes, count);
	free(copy);
	return uri;
}

char *
key_uri(const struct token *token, const struct held_key *key)
{
	return object_uri(token, CKO_PRIVATE_KEY, &key->id, key->label);
}

char *
certificate_uri(
	const struct token *token, const struct held_certificate *certificate)
{
	return object_uri(
		token, CKO_CERTIFICATE, &certificate->id, certificate->label);
}
