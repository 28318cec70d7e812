/* SPDX-License-Identifier: BSD-2-Clause */
/* What a search by random calls has in hand: keys, and bytes that came out. */

#include "config.h"

#include "tests/hostile/search.h"

#include "tests/conformance/keys.h"

/* xorshift64*: any seed but 0. */
unsigned
draw(struct search *search, unsigned limit)
{
	search->seed ^= search->seed >> 12;
	search->seed ^= search->seed << 25;
	search->seed ^= search->seed >> 27;
	return (unsigned)((search->seed * 2685821657736338717ull >> 33) %
		limit);
}

void
theft(const struct search *search, const char *what)
{
	test_fail(__FILE__, __LINE__, "seed %lu, call %lu (%s): %s",
		search->seed_given, search->call, search->move, what);
}

bool
secret_must_stay(enum secret secret)
{
	return secret >= SECRET_TRUSTED;
}

bool
secret_never_leaves(enum secret secret)
{
	return secret_must_stay(secret) && secret != SECRET_GUARDED;
}

const struct thing *
any_thing(struct search *search)
{
	size_t among = draw(search, 2) ? ORIGINALS : search->thing_count;

	search->last = &search->things[draw(search, (unsigned)among)];
	return search->last;
}

const struct blob *
any_blob(struct search *search)
{
	return &search->blobs[draw(search, (unsigned)search->blob_count)];
}

static void
add_original(struct search *search, CK_OBJECT_HANDLE handle, enum secret secret)
{
	search->things[search->thing_count++] =
		(struct thing){ handle, secret };
}

void
keep_thing(struct search *search, CK_OBJECT_HANDLE handle, enum secret secret)
{
	struct thing *place;

	if (search->thing_count < THINGS) {
		add_original(search, handle, secret);
		return;
	}
	place = &search->things[ORIGINALS + draw(search, THINGS - ORIGINALS)];
	(void)p11->C_DestroyObject(search->session, place->handle);
	*place = (struct thing){ handle, secret };
}

void
keep_blob(struct search *search, const struct blob *blob)
{
	search->blobs_seen++;
	if (gives_away(blob->at, blob->length))
		theft(search, "bytes of a key came out");
	if (search->blob_count < BLOBS)
		search->blobs[search->blob_count++] = *blob;
	else
		search->blobs[draw(search, BLOBS)] = *blob;
}

static CK_OBJECT_HANDLE
make_hkdf(CK_SESSION_HANDLE session)
{
	return create(session,
		TEMPLATE(NUMBER(CKA_CLASS, CKO_SECRET_KEY),
			NUMBER(CKA_KEY_TYPE, CKK_GENERIC_SECRET),
			FLAG(CKA_SENSITIVE, CK_TRUE),
			FLAG(CKA_EXTRACTABLE, CK_FALSE),
			BYTES(CKA_VALUE, canary_value, CANARY_LENGTH)));
}

void
search_begin(struct search *search)
{
	CK_SESSION_HANDLE session = public_session();
	const struct curve *curve = &curves[CURVE_P256];
	struct blob known = { .length = CANARY_LENGTH };
	size_t length;

	search->seed_given = search->seed;
	search->session = session;
	make_trusted_key(session);
	login_user(session);
	memcpy(search->point, test_hex(curve->point, &length),
		sizeof(search->point));
	memcpy(known.at, known_value, CANARY_LENGTH);
	search->move = "start";
	keep_blob(search, &known);
	add_original(search, find_trusted_key(session), SECRET_TRUSTED);
	add_original(search, canary_aes(session, PLAIN), SECRET_CANARY);
	add_original(search,
		canary_aes(session,
			TEMPLATE(FLAG(CKA_TOKEN, CK_TRUE),
				FLAG(CKA_DECRYPT, CK_FALSE))),
		SECRET_CANARY);
	add_original(search, canary_guarded(session), SECRET_GUARDED);
	add_original(search,
		aes_key(session,
			TEMPLATE(BYTES(CKA_VALUE, canary_value, CANARY_LENGTH),
				FLAG(CKA_WRAP_WITH_TRUSTED, CK_TRUE))),
		SECRET_GUARDED);
	add_original(search, make_hkdf(session), SECRET_HKDF);
	add_original(search,
		rsa_private(session, TEMPLATE(FLAG(CKA_TOKEN, CK_TRUE))),
		SECRET_RSA);
	add_original(search, rsa_public(session, PLAIN), SECRET_KNOWN);
	add_original(search, ec_private(session, curve, PLAIN), SECRET_EC);
	add_original(search, known_aes(session), SECRET_KNOWN);
	EXPECT_NUMBER(search->thing_count, ORIGINALS);
}
