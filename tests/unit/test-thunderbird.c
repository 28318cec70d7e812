/* SPDX-License-Identifier: BSD-2-Clause */
/* What setting a Thunderbird profile up promises. */

#include "config.h"

#include "command/preferences.h"
#include "command/thunderbird.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char accounts[] =
	"user_pref(\"mail.accountmanager.accounts\", \"account1,account2\");\n"
	"user_pref(\"mail.account.account1.identities\", \"id1,id2\");\n"
	"user_pref(\"mail.account.account2.server\", \"server2\");\n"
	"user_pref(\"mail.identity.id1.useremail\", \"Alice@Example.Test\");\n"
	"user_pref(\"mail.identity.id1.sign_mail\", false);\n"
	"user_pref(\"mail.identity.id2.useremail\", \"bob@example.test\");\n";

enum { NOW = 1700000000, YEAR = 31557600 };

/* A certificate that signs and encrypts, valid around NOW, for Alice. */
static struct certificate
certificate_for_alice(const char *name, int serial)
{
	static char address[] = "alice@example.test";
	static char *addresses[] = { address };
	static unsigned char issuer[] = { 0x30, 0x00 };
	static unsigned char serials[8][3];
	struct certificate certificate = { 0 };

	serials[serial][0] = 2;
	serials[serial][1] = 1;
	serials[serial][2] = (unsigned char)serial;
	certificate.serial = (struct bytes){ serials[serial], 3 };
	certificate.issuer = (struct bytes){ issuer, sizeof(issuer) };
	certificate.common_name = strdup(name);
	certificate.issuer_name = strdup("CA");
	certificate.key.kind = KEY_RSA;
	certificate.key.bits = 2048;
	certificate.addresses = addresses;
	certificate.addresses_count = 1;
	certificate.not_before = NOW - YEAR;
	certificate.not_after = NOW + YEAR;
	return certificate;
}

static struct profiles
profile_here(void)
{
	struct profiles profiles;
	char *path;
	FILE *file;

	EXPECT(asprintf(&path, "%s/prefs.js", test_folder()) > 0);
	file = fopen(path, "w");
	EXPECT(file && fputs(accounts, file) >= 0 && fclose(file) == 0);
	EXPECT(profiles_name(&profiles, test_folder()));
	return profiles;
}

static char *
value_of(const char *file, const char *name)
{
	struct preferences preferences;
	char *path, *value;

	EXPECT(asprintf(&path, "%s/%s", test_folder(), file) > 0);
	EXPECT(preferences_read(&preferences, path));
	value = preferences_find(&preferences, name);
	preferences_clear(&preferences);
	return value ? value : strdup("none");
}

static void
value_set(const char *name, const char *value)
{
	struct preferences preferences;
	char *path;

	EXPECT(asprintf(&path, "%s/prefs.js", test_folder()) > 0);
	EXPECT(preferences_read(&preferences, path));
	EXPECT(preferences_set(&preferences, name, value));
	EXPECT(preferences_write(&preferences, path));
	preferences_clear(&preferences);
}

static struct thunderbird_wish
wish_for(const struct certificate *const *certificates, size_t count)
{
	struct thunderbird_wish wish = { .module = "/lib/p.so",
		.certificates = certificates,
		.certificates_count = count,
		.now = NOW };

	return wish;
}

TEST(newest_valid_certificate_of_the_address_is_chosen)
{
	struct certificate old = certificate_for_alice("old", 1);
	struct certificate newer = certificate_for_alice("newer", 2);
	struct certificate future = certificate_for_alice("future", 3);
	struct certificate over = certificate_for_alice("over", 4);
	const struct certificate *all[] = { &over, &old, &newer, &future };
	struct thunderbird_wish wish = wish_for(all, 4);

	newer.not_before = NOW - 1000;
	future.not_before = NOW + 1000;
	over.not_before = NOW - 500;
	over.not_after = NOW - 1;
	EXPECT(thunderbird_choose(&wish, "ALICE@example.test", true) == &newer);
	EXPECT(thunderbird_choose(&wish, "carol@example.test", true) == NULL);
}

TEST(certificate_for_one_use_is_not_chosen_for_the_other)
{
	struct certificate signs = certificate_for_alice("signs", 1);
	struct certificate reads = certificate_for_alice("reads", 2);
	const struct certificate *all[] = { &signs, &reads };
	struct thunderbird_wish wish = wish_for(all, 2);

	signs.has_usage = reads.has_usage = true;
	signs.usage = USAGE_DIGITAL_SIGNATURE;
	reads.usage = USAGE_KEY_ENCIPHERMENT;
	reads.not_before = NOW - 10;
	EXPECT(thunderbird_choose(&wish, "alice@example.test", true) == &signs);
	EXPECT(thunderbird_choose(&wish, "alice@example.test", false) ==
		&reads);
}

TEST(certificate_not_for_mail_is_not_chosen)
{
	struct certificate server = certificate_for_alice("server", 1);
	const struct certificate *all[] = { &server };
	struct thunderbird_wish wish = wish_for(all, 1);

	server.has_extended_usage = true;
	EXPECT(thunderbird_choose(&wish, "alice@example.test", true) == NULL);
	server.names_email_protection = true;
	EXPECT(thunderbird_choose(&wish, "alice@example.test", true) ==
		&server);
}

TEST(setup_selects_signs_and_leaves_other_identities_alone)
{
	struct certificate one = certificate_for_alice("Alice \"A\"", 1);
	const struct certificate *all[] = { &one };
	struct thunderbird_wish wish = wish_for(all, 1);
	struct profiles profiles = profile_here();
	struct thunderbird_result result;

	EXPECT(thunderbird_setup(&profiles.at[0], &wish, &result));
	EXPECT_NUMBER(result.addresses, 2);
	EXPECT_NUMBER(result.matched, 1);
	EXPECT_TEXT(
		value_of("prefs.js", "mail.identity.id1.sign_mail"), "true");
	EXPECT_TEXT(value_of("prefs.js", "mail.identity.id1.signing_cert_name"),
		"\"Alice \\\"A\\\" [01]\"");
	EXPECT_TEXT(
		value_of("prefs.js", "mail.identity.id1.encryption_cert_dbkey"),
		"\"AAAAAAAAAAAAAAABAAAAAgEwAA==\"");
	EXPECT_TEXT(
		value_of("prefs.js", "mail.identity.id2.sign_mail"), "none");
}

TEST(setup_done_twice_changes_nothing_the_second_time)
{
	struct certificate one = certificate_for_alice("Alice", 1);
	const struct certificate *all[] = { &one };
	struct thunderbird_wish wish = wish_for(all, 1);
	struct profiles profiles = profile_here();
	struct thunderbird_result result;

	EXPECT(thunderbird_setup(&profiles.at[0], &wish, &result));
	EXPECT(result.changed > 0);
	EXPECT(thunderbird_setup(&profiles.at[0], &wish, &result));
	EXPECT_NUMBER(result.changed, 0);
}

TEST(undo_restores_what_was_before_the_first_setup)
{
	struct certificate one = certificate_for_alice("Alice", 1);
	struct certificate two = certificate_for_alice("Alice", 2);
	const struct certificate *all[] = { &one, &two };
	struct thunderbird_wish wish = wish_for(all, 1);
	struct profiles profiles = profile_here();
	struct thunderbird_result result;

	EXPECT(thunderbird_setup(&profiles.at[0], &wish, &result));
	two.not_before = NOW - 10;
	wish.certificates_count = 2;
	EXPECT(thunderbird_setup(&profiles.at[0], &wish, &result));
	EXPECT(thunderbird_undo(&profiles.at[0]));
	EXPECT_TEXT(
		value_of("prefs.js", "mail.identity.id1.sign_mail"), "false");
	EXPECT_TEXT(value_of("prefs.js", "mail.identity.id1.signing_cert_name"),
		"none");
}

TEST(undo_leaves_what_the_person_has_changed_since)
{
	struct certificate one = certificate_for_alice("Alice", 1);
	const struct certificate *all[] = { &one };
	struct thunderbird_wish wish = wish_for(all, 1);
	struct profiles profiles = profile_here();
	struct thunderbird_result result;

	EXPECT(thunderbird_setup(&profiles.at[0], &wish, &result));
	value_set("mail.identity.id1.signing_cert_name", "\"my own\"");
	EXPECT(thunderbird_undo(&profiles.at[0]));
	EXPECT_TEXT(value_of("prefs.js", "mail.identity.id1.signing_cert_name"),
		"\"my own\"");
}

TEST(queued_setup_leaves_prefs_to_thunderbird_and_ends_with_the_next)
{
	struct certificate one = certificate_for_alice("Alice", 1);
	const struct certificate *all[] = { &one };
	struct thunderbird_wish wish = wish_for(all, 1);
	struct profiles profiles = profile_here();
	struct thunderbird_result result;

	wish.is_queued = true;
	EXPECT(thunderbird_setup(&profiles.at[0], &wish, &result));
	EXPECT_TEXT(
		value_of("prefs.js", "mail.identity.id1.sign_mail"), "false");
	EXPECT_TEXT(value_of("user.js", "mail.identity.id1.sign_mail"), "true");
	wish.is_queued = false;
	EXPECT(thunderbird_setup(&profiles.at[0], &wish, &result));
	EXPECT_TEXT(
		value_of("prefs.js", "mail.identity.id1.sign_mail"), "true");
	EXPECT_TEXT(value_of("user.js", "mail.identity.id1.sign_mail"), "none");
}
