/* SPDX-License-Identifier: BSD-2-Clause */
/* The profile that a token has, though its vendor does not say so. */

#include "config.h"

#include "token/fronted-profile.h"

#include <pthread.h>

/* Certificates that are looked at: one that is not private is enough. */
enum { LOOKED_AT = 16 };

static struct supplement *profile;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
make(void)
{
	profile = supplement_new(CKO_PROFILE);
	if (profile &&
		supplement_add_number(profile, CKA_PROFILE_ID,
			CKP_PUBLIC_CERTIFICATES_TOKEN))
		return;
	supplement_free(profile);
	profile = NULL;
}

static bool
has_profile(CK_SESSION_HANDLE session)
{
	CK_OBJECT_CLASS class = CKO_PROFILE;
	CK_ULONG id = CKP_PUBLIC_CERTIFICATES_TOKEN;
	CK_ATTRIBUTE template[] = { { CKA_CLASS, &class, sizeof(class) },
		{ CKA_PROFILE_ID, &id, sizeof(id) } };
	CK_OBJECT_HANDLE found;

	return lookup_find(session, template, 2, &found, 1) > 0;
}

static bool
shows_certificates(CK_SESSION_HANDLE session)
{
	CK_OBJECT_CLASS class = CKO_CERTIFICATE;
	CK_BBOOL is_token = CK_TRUE;
	CK_ATTRIBUTE template[] = { { CKA_CLASS, &class, sizeof(class) },
		{ CKA_TOKEN, &is_token, sizeof(is_token) } };
	CK_OBJECT_HANDLE found[LOOKED_AT];
	CK_ULONG count = lookup_find(session, template, 2, found, LOOKED_AT), i;
	struct bytes is_private = { 0 };
	bool shows = false;

	for (i = 0; i < count && !shows; i++) {
		lookup_read(session, found[i], CKA_PRIVATE, &is_private);
		shows = is_private.length && !*is_private.at;
		bytes_clear(&is_private);
	}
	return shows;
}

void
profile_look(struct inquiry *inquiry)
{
	pthread_once(&once, make);
	if (profile && inquiry_wants(inquiry, profile) &&
		!has_profile(inquiry->session) &&
		shows_certificates(inquiry->session))
		inquiry_offer(inquiry, profile);
}
