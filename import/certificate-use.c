/* SPDX-License-Identifier: BSD-2-Clause */
/* What a certificate is good for, and which chain it belongs to. */

#include "config.h"

#include "import/certificate.h"
#include "import/p12-crypto.h"

#include <strings.h>

/* A person's own certificate may be her own authority, and says so by her
 * address. */
bool
certificate_is_for_email(const struct certificate *certificate)
{
	return (!certificate->is_authority || certificate->addresses_count) &&
		(!certificate->has_extended_usage ||
			certificate->names_email_protection ||
			certificate->names_any_purpose);
}

static bool
usage_allows(const struct certificate *certificate, unsigned int usages)
{
	return !certificate->has_usage || (certificate->usage & usages) != 0;
}

bool
certificate_can_sign(const struct certificate *certificate)
{
	return certificate_is_for_email(certificate) &&
		certificate->key.kind != KEY_MONTGOMERY &&
		!public_key_is_short(&certificate->key) &&
		usage_allows(certificate,
			USAGE_DIGITAL_SIGNATURE | USAGE_NON_REPUDIATION);
}

/* The usage that encryption needs depends on the kind of key: RSA encrypts a
 * key, curves agree on one. */
bool
certificate_can_encrypt(const struct certificate *certificate)
{
	enum key_kind kind = certificate->key.kind;

	if (!certificate_is_for_email(certificate))
		return false;
	if (kind == KEY_RSA)
		return !certificate->key.is_for_pss_only &&
			usage_allows(certificate,
				USAGE_KEY_ENCIPHERMENT |
					USAGE_DATA_ENCIPHERMENT);
	return (kind == KEY_EC || kind == KEY_MONTGOMERY) &&
		usage_allows(certificate, USAGE_KEY_AGREEMENT);
}

bool
certificate_is_valid_at(const struct certificate *certificate, int64_t when)
{
	return when >= certificate->not_before &&
		when <= certificate->not_after;
}

bool
certificate_has_address(
	const struct certificate *certificate, const char *address)
{
	size_t i;

	for (i = 0; i < certificate->addresses_count; i++)
		if (strcasecmp(certificate->addresses[i], address) == 0)
			return true;
	return false;
}

/* Where both name the key, they must name the same. */
static bool
ids_agree(const struct certificate *issuer, const struct certificate *issued)
{
	const struct bytes *id = &issued->authority_id;

	return id->length == 0 || issuer->key_id.length == 0 ||
		bytes_equal(&issuer->key_id, id->at, id->length);
}

bool
certificate_issued(
	const struct certificate *issuer, const struct certificate *issued)
{
	/* A signature by an algorithm that the library lacks is not denied:
	 * this is about showing a chain, not about trusting it. */
	return bytes_equal(&issuer->subject, issued->issuer.at,
		       issued->issuer.length) &&
		ids_agree(issuer, issued) &&
		crypto_verify_certificate(&issued->der, &issuer->der) !=
		CRYPTO_BAD;
}

bool
certificate_is_self_signed(const struct certificate *certificate)
{
	return certificate_issued(certificate, certificate);
}

static bool
chain_has(const struct chain *chain, const struct certificate *certificate)
{
	size_t i;

	for (i = 0; i < chain->count; i++)
		if (certificate_equal(chain->certificates[i], certificate))
			return true;
	return false;
}

static const struct certificate *
find_issuer(const struct chain *chain, const struct certificate *const *pool,
	size_t count)
{
	const struct certificate *last = chain->certificates[chain->count - 1];
	const struct certificate *found = NULL;
	size_t i;

	/* Of several, as after a renewal of the authority, the one that stays
	 * valid the longest. */
	for (i = 0; i < count; i++)
		if ((!found || pool[i]->not_after > found->not_after) &&
			!chain_has(chain, pool[i]) &&
			certificate_issued(pool[i], last))
			found = pool[i];
	return found;
}

void
chain_build(struct chain *chain, const struct certificate *certificate,
	const struct certificate *const *pool, size_t count)
{
	*chain = (struct chain){ .certificates = { certificate }, .count = 1 };
	for (;;) {
		const struct certificate *last =
			chain->certificates[chain->count - 1];

		chain->has_root = certificate_is_self_signed(last);
		if (chain->has_root || chain->count == CHAIN_LENGTH)
			break;
		last = find_issuer(chain, pool, count);
		if (!last)
			break;
		chain->certificates[chain->count++] = last;
	}
	chain->is_complete = chain->has_root ||
		crypto_root_issued(&chain->certificates[chain->count - 1]->der);
}
