/* SPDX-License-Identifier: BSD-2-Clause */
/* Until when the certificates of a key are valid. */

#include "config.h"

#include "keeper/validity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* No certificate of a person is longer; nor has a key more of them. */
enum { CERTIFICATE_MOST = 65536, CERTIFICATES_MOST = 64 };

/* What is left of some DER. */
struct der {
	const unsigned char *at;
	size_t length;
};

/* The next element's tag and content; false: there is none. [X.690 8.1] */
static bool
take(struct der *from, unsigned char *tag, struct der *content)
{
	size_t head = 2, length, count;

	if (from->length < 2)
		return false;
	*tag = from->at[0];
	length = from->at[1];
	if (length > 127) {
		count = length & 127;
		if (count == 0 || count > 3 || from->length < 2 + count)
			return false;
		for (length = 0; count; count--)
			length = length << 8 | from->at[head++];
	}
	if (length > from->length - head)
		return false;
	*content = (struct der){ from->at + head, length };
	from->at += head + length;
	from->length -= head + length;
	return true;
}

static bool
enter(struct der *from, unsigned char wanted, struct der *content)
{
	unsigned char tag;

	return take(from, &tag, content) && tag == wanted;
}

enum {
	TAG_INTEGER = 0x02,
	TAG_UTC = 0x17,
	TAG_GENERALIZED = 0x18,
	TAG_SEQUENCE = 0x30,
	TAG_VERSION = 0xa0
};

/* Two digits. */
static int
pair(const unsigned char *at)
{
	if (at[0] < '0' || at[0] > '9' || at[1] < '0' || at[1] > '9')
		return -1;
	return (at[0] - '0') * 10 + at[1] - '0';
}

/* YYMMDDHHMMSSZ before 2050, else with four digits. [RFC 5280 4.1.2.5] */
static bool
read_time(unsigned char tag, struct der text, time_t *result)
{
	struct tm parts = { 0 };
	int century = 19, values[6], i;

	if (tag == TAG_GENERALIZED && text.length == 15) {
		century = pair(text.at);
		text.at += 2;
	} else if (tag != TAG_UTC || text.length != 13) {
		return false;
	}
	for (i = 0; i < 6; i++)
		if ((values[i] = pair(text.at + 2 * i)) < 0)
			return false;
	if (century < 0 || text.at[12] != 'Z')
		return false;
	if (tag == TAG_UTC && values[0] < 50)
		century = 20;
	parts.tm_year = century * 100 + values[0] - 1900;
	parts.tm_mon = values[1] - 1;
	parts.tm_mday = values[2];
	parts.tm_hour = values[3];
	parts.tm_min = values[4];
	parts.tm_sec = values[5];
	*result = timegm(&parts);
	return true;
}

bool
validity_read(const unsigned char *at, size_t length, time_t *end)
{
	struct der whole = { at, length }, certificate, body, skipped, validity,
		   text;
	unsigned char tag;

	if (!enter(&whole, TAG_SEQUENCE, &certificate) ||
		!enter(&certificate, TAG_SEQUENCE, &body) ||
		!take(&body, &tag, &skipped))
		return false;
	if (tag == TAG_VERSION && !take(&body, &tag, &skipped))
		return false;
	/* The serial number is taken; algorithm and issuer follow. */
	if (tag != TAG_INTEGER || !enter(&body, TAG_SEQUENCE, &skipped) ||
		!enter(&body, TAG_SEQUENCE, &skipped) ||
		!enter(&body, TAG_SEQUENCE, &validity) ||
		!take(&validity, &tag, &skipped) ||
		!take(&validity, &tag, &text))
		return false;
	return read_time(tag, text, end);
}

/* False: it cannot be read. */
static bool
look_at(const CK_FUNCTION_LIST_3_0 *token, CK_SESSION_HANDLE session,
	CK_OBJECT_HANDLE certificate, unsigned char *room, time_t *end)
{
	CK_ATTRIBUTE value = { CKA_VALUE, room, CERTIFICATE_MOST };

	return token->C_GetAttributeValue(session, certificate, &value, 1) ==
		CKR_OK &&
		validity_read(room, value.ulValueLen, end);
}

static CK_ULONG
find_certificates(const CK_FUNCTION_LIST_3_0 *token, CK_SESSION_HANDLE session,
	const struct keyname *key, CK_OBJECT_HANDLE *found)
{
	CK_OBJECT_CLASS class = CKO_CERTIFICATE;
	CK_BYTE id[sizeof(key->id)];
	CK_ATTRIBUTE template[] = { { CKA_CLASS, &class, sizeof(class) },
		{ CKA_ID, id, key->id_length } };
	CK_ULONG count = 0;

	memcpy(id, key->id, sizeof(id));
	if (token->C_FindObjectsInit(session, template, 2) != CKR_OK)
		return 0;
	if (token->C_FindObjects(session, found, CERTIFICATES_MOST, &count) !=
		CKR_OK)
		count = 0;
	token->C_FindObjectsFinal(session);
	return count;
}

/* In a session of its own: the application's may be searching. */
bool
validity_find(const CK_FUNCTION_LIST_3_0 *token, const struct keyname *key,
	time_t *end)
{
	CK_OBJECT_HANDLE found[CERTIFICATES_MOST];
	CK_SESSION_HANDLE session;
	CK_ULONG count, i;
	unsigned char *room;
	bool is_known = false;
	time_t one;

	if (!key->id_length ||
		token->C_OpenSession(key->slot, CKF_SERIAL_SESSION, NULL, NULL,
			&session) != CKR_OK)
		return false;
	room = malloc(CERTIFICATE_MOST);
	count = room ? find_certificates(token, session, key, found) : 0;
	for (i = 0; i < count; i++)
		if (look_at(token, session, found[i], room, &one) &&
			(!is_known || one > *end)) {
			*end = one;
			is_known = true;
		}
	free(room);
	token->C_CloseSession(session);
	return is_known;
}
