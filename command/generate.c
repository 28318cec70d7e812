/* SPDX-License-Identifier: BSD-2-Clause */
/* privyseal generate: makes a key on the token, and a request for its
 * certificate. */

#include "config.h"

#include "command/certificate-request.h"
#include "command/object.h"
#include "command/output.h"
#include "command/patience.h"
#include "command/say.h"
#include "command/verb.h"
#include "import/ber.h"
#include "import/public-key.h"
#include "pkcs11/text.h"

#include <string.h>

/* A kind of key that can be made. */
struct kind {
	const char *name;
	CK_KEY_TYPE type;
	CK_MECHANISM_TYPE mechanism;
	/* RSA: how long; else the curve. */
	CK_ULONG bits;
	const char *curve;
	bool decrypts, derives;
};

/* clang-format off */
static const struct kind kinds[] = {
	{ "rsa4096", CKK_RSA, CKM_RSA_PKCS_KEY_PAIR_GEN, 4096, NULL, true, false },
	{ "rsa3072", CKK_RSA, CKM_RSA_PKCS_KEY_PAIR_GEN, 3072, NULL, true, false },
	{ "rsa2048", CKK_RSA, CKM_RSA_PKCS_KEY_PAIR_GEN, 2048, NULL, true, false },
	{ "p256", CKK_EC, CKM_EC_KEY_PAIR_GEN, 0, "1.2.840.10045.3.1.7", false, true },
	{ "p384", CKK_EC, CKM_EC_KEY_PAIR_GEN, 0, "1.3.132.0.34", false, true },
	{ "p521", CKK_EC, CKM_EC_KEY_PAIR_GEN, 0, "1.3.132.0.35", false, true },
	{ "ed25519", CKK_EC_EDWARDS, CKM_EC_EDWARDS_KEY_PAIR_GEN, 0, "1.3.101.112", false, false },
};
/* clang-format on */

/* What is asked of the token, at one place while the call runs. */
struct order {
	const struct token *token;
	const struct kind *kind;
	const char *label;
	unsigned char id[16];
	struct der curve;
	CK_OBJECT_HANDLE public, private;
	CK_RV rv;
};

static const struct kind *
find_kind(const struct request *request)
{
	const char *name = is_given(request, OPTION_TYPE)
		? request->value[OPTION_TYPE]
		: kinds[0].name;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	complain(_("There is no key type \"%s\". See: privyseal generate "
		   "--help"),
		name);
	return NULL;
}

/* Runs beside the one that shows that it is alive. */
static void
make_pair(void *context)
{
	struct order *order = context;
	const struct kind *kind = order->kind;
	CK_MECHANISM mechanism = { kind->mechanism, NULL, 0 };
	CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
	CK_BBOOL decrypts = kind->decrypts, derives = kind->derives;
	CK_ULONG bits = kind->bits;
	unsigned char exponent[] = { 1, 0, 1 };
	char label[256];
	size_t length = strlen(order->label);
	CK_ATTRIBUTE public[] = {
		{ CKA_TOKEN, &yes, sizeof(yes) },
		{ CKA_PRIVATE, &no, sizeof(no) },
		{ CKA_VERIFY, &yes, sizeof(yes) },
		{ CKA_LABEL, label, length },
		{ CKA_ID, order->id, sizeof(order->id) },
		{ CKA_MODULUS_BITS, &bits, sizeof(bits) },
		{ CKA_PUBLIC_EXPONENT, exponent, sizeof(exponent) },
	};
	CK_ATTRIBUTE private[] = {
		{ CKA_TOKEN, &yes, sizeof(yes) },
		{ CKA_PRIVATE, &yes, sizeof(yes) },
		{ CKA_SENSITIVE, &yes, sizeof(yes) },
		{ CKA_EXTRACTABLE, &no, sizeof(no) },
		{ CKA_SIGN, &yes, sizeof(yes) },
		{ CKA_DECRYPT, &decrypts, sizeof(decrypts) },
		{ CKA_UNWRAP, &decrypts, sizeof(decrypts) },
		{ CKA_DERIVE, &derives, sizeof(derives) },
		{ CKA_LABEL, label, length },
		{ CKA_ID, order->id, sizeof(order->id) },
	};
	CK_ULONG public_count = 7;

	memcpy(label, order->label, length);
	if (kind->curve) {
		public[5] = (CK_ATTRIBUTE){ CKA_EC_PARAMS,
			order->curve.bytes.at, order->curve.bytes.length };
		public_count = 6;
	}
	order->rv = order->token->calls->C_GenerateKeyPair(
		order->token->session, &mechanism, public, public_count,
		private, sizeof(private) / sizeof(private[0]), &order->public,
		&order->private);
}

/* The id that an import of the certificate will compute, so that both find
 * each other. */
static CK_RV
give_lasting_id(struct order *order, const struct public_key *key)
{
	unsigned char id[PUBLIC_KEY_ID_LENGTH];
	CK_ATTRIBUTE attribute = { CKA_ID, id, sizeof(id) };
	CK_RV rv;

	if (!public_key_id(key, id))
		return CKR_KEY_TYPE_INCONSISTENT;
	rv = order->token->calls->C_SetAttributeValue(
		order->token->session, order->private, &attribute, 1);
	if (rv == CKR_OK)
		rv = order->token->calls->C_SetAttributeValue(
			order->token->session, order->public, &attribute, 1);
	return rv;
}

static bool
generate(struct order *order)
{
	if (order->token->calls->C_GenerateRandom(order->token->session,
		    order->id, sizeof(order->id)) != CKR_OK)
		memset(order->id, 1, sizeof(order->id));
	if (order->kind->curve)
		der_put_oid(&order->curve, order->kind->curve);
	patience(_("Making the key"), make_pair, order);
	der_clear(&order->curve);
	if (order->rv != CKR_OK)
		complain_about(order->rv, _("Cannot make the key"));
	return order->rv == CKR_OK;
}

static bool
finish(const struct request *request, struct order *order)
{
	struct subject subject = { request->value[OPTION_SUBJECT],
		request->value[OPTION_ADDRESS] };
	struct public_key public = { 0 };
	struct bytes text = { 0 };
	struct der info = { 0 };
	CK_RV rv = CKR_GENERAL_ERROR;
	bool fine;

	fine = request_read_key(order->token, order->public, &info, &public);
	if (fine)
		rv = give_lasting_id(order, &public);
	if (rv != CKR_OK)
		fine = complain_about(rv, _("Cannot finish the key")) == 0;
	if (fine)
		say(_("The key \"%s\" is on the token \"%s\".\n"), order->label,
			order->token->label);
	if (fine && is_given(request, OPTION_REQUEST))
		fine = request_write(order->token, order->private,
			       order->kind->type, &info, &subject, &text) &&
			output_write_file(
				request->value[OPTION_REQUEST], &text);
	der_clear(&info);
	public_key_clear(&public);
	bytes_clear(&text);
	return fine;
}

static bool
is_fine(const struct request *request, const char *label)
{
	if (!*label || strlen(label) > 255) {
		complain(_("A label has 1 to 255 bytes."));
		return false;
	}
	if (is_given(request, OPTION_REQUEST) &&
		!is_given(request, OPTION_SUBJECT) &&
		!is_given(request, OPTION_ADDRESS)) {
		complain(_("A certificate request needs --subject or "
			   "--address."));
		return false;
	}
	return true;
}

int
generate_run(const struct request *request)
{
	const struct kind *kind = find_kind(request);
	const char *label = is_given(request, OPTION_LABEL)
		? request->value[OPTION_LABEL]
		: is_given(request, OPTION_ADDRESS)
		? request->value[OPTION_ADDRESS]
		: _("New key");
	struct module module = { 0 };
	struct token token = { 0 };
	struct order order = { .token = &token, .kind = kind, .label = label };
	bool fine;

	if (!kind || !is_fine(request, label))
		return ENDED_BY_USAGE;
	fine = token_enter(request, true, true, &module, &token) &&
		generate(&order) && finish(request, &order);
	token_leave(&module, &token);
	return fine ? ENDED_WELL : ENDED_BADLY;
}
