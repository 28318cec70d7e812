/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of tokens and objects: RFC 7512, by p11-kit's parser. */

#include "config.h"

#include "pkcs11/cryptoki.h"

#include "command/uri.h"

#include "command/say.h"
#include "pkcs11/text.h"

#include <p11-kit/uri.h>
#include <stdlib.h>
#include <string.h>

struct uri {
	P11KitUri *parsed;
};

bool
uri_is_one(const char *text)
{
	return strncmp(text, "pkcs11:", 7) == 0;
}

struct uri *
uri_read(const char *text)
{
	struct uri *uri = calloc(1, sizeof(*uri));
	int result;

	if (!uri || !(uri->parsed = p11_kit_uri_new())) {
		uri_free(uri);
		complain_about(CKR_HOST_MEMORY, text);
		return NULL;
	}
	result = p11_kit_uri_parse(text, P11_KIT_URI_FOR_ANY, uri->parsed);
	if (result == P11_KIT_URI_OK &&
		!p11_kit_uri_any_unrecognized(uri->parsed))
		return uri;
	complain(_("%s is not a valid PKCS#11 URI: %s"), text,
		result == P11_KIT_URI_OK ? _("it has an unknown part")
					 : p11_kit_uri_message(result));
	uri_free(uri);
	return NULL;
}

void
uri_free(struct uri *uri)
{
	if (!uri)
		return;
	p11_kit_uri_free(uri->parsed);
	free(uri);
}

bool
uri_fits_token(const struct uri *uri, const CK_TOKEN_INFO *info)
{
	CK_TOKEN_INFO copy = *info;

	return p11_kit_uri_match_token_info(uri->parsed, &copy);
}

bool
uri_fits_object(const struct uri *uri, CK_OBJECT_CLASS object_class,
	const void *id, size_t id_length, const char *label)
{
	unsigned char room[256];
	char text[256];
	CK_ATTRIBUTE attributes[] = {
		{ CKA_CLASS, &object_class, sizeof(object_class) },
		{ CKA_ID, room, id_length },
		{ CKA_LABEL, text, strlen(label) },
	};

	if (id_length > sizeof(room) || strlen(label) > sizeof(text))
		return false;
	if (id_length)
		memcpy(room, id, id_length);
	memcpy(text, label, strlen(label));
	return p11_kit_uri_match_attributes(uri->parsed, attributes, 3);
}

char *
uri_write(const CK_TOKEN_INFO *info, const CK_ATTRIBUTE *attributes,
	CK_ULONG count)
{
	P11KitUri *uri = p11_kit_uri_new();
	CK_TOKEN_INFO *shown;
	char *text = NULL;
	CK_ULONG i;

	if (!uri)
		return NULL;
	shown = p11_kit_uri_get_token_info(uri);
	memcpy(shown, info, sizeof(*shown));
	for (i = 0; i < count; i++) {
		CK_ATTRIBUTE copy = attributes[i];

		if (p11_kit_uri_set_attribute(uri, &copy) != P11_KIT_URI_OK)
			goto out;
	}
	if (p11_kit_uri_format(uri,
		    count ? P11_KIT_URI_FOR_OBJECT_ON_TOKEN
			  : P11_KIT_URI_FOR_TOKEN,
		    &text) != P11_KIT_URI_OK)
		text = NULL;
out:
	p11_kit_uri_free(uri);
	return text;
}
