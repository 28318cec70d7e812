/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes a Thunderbird profile sign and decrypt with our token, and undoes it.
 */

#include "config.h"

#include "command/thunderbird.h"

#include "command/preferences.h"
#include "command/security-device.h"
#include "command/setup-record.h"
#include "pkcs11/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The settings of an identity. Each value is as the file has it; the two of a
 * certificate are made when it is chosen. */
enum setting_source { SOURCE_FIXED, SOURCE_NAME, SOURCE_KEY };
static const struct setting {
	const char *name;
	enum setting_source source;
	bool signs; /* of the certificate that signs, else that encrypts */
	const char *value;
} settings[] = {
	{ "signing_cert_name", SOURCE_NAME, true, NULL },
	{ "signing_cert_dbkey", SOURCE_KEY, true, NULL },
	{ "sign_mail", SOURCE_FIXED, true, "true" },
	{ "encryption_cert_name", SOURCE_NAME, false, NULL },
	{ "encryption_cert_dbkey", SOURCE_KEY, false, NULL },
	/* 1: S/MIME is preferred where OpenPGP could be used as well. */
	{ "e2etechpref", SOURCE_FIXED, true, "1" },
};
enum { SETTINGS = sizeof(settings) / sizeof(*settings) };

/* A profile's files in the hand. */
struct work {
	const struct profile *profile;
	const struct thunderbird_wish *wish;
	struct thunderbird_result *result;
	struct preferences preferences; /* prefs.js: what holds now */
	struct preferences changes;     /* user.js, when queued */
	struct preferences record;
};

/* Says what went wrong, and is false, for use in return. */
__attribute__((format(printf, 1, 2))) static bool
fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return false;
}

static bool
file_read(const struct profile *profile, const char *name,
	struct preferences *preferences)
{
	char *path = profile_file(profile, name);
	bool is_read = path && preferences_read(preferences, path);

	if (!is_read)
		fail(_("Cannot read %s: %s. Check its rights, then run the "
		       "command again."),
			path ? path : name, strerror(errno));
	free(path);
	return is_read;
}

static bool
file_write(const struct profile *profile, const char *name,
	const struct preferences *preferences)
{
	char *path = profile_file(profile, name);
	bool is_written = path && preferences_write(preferences, path);

	if (!is_written)
		fail(_("Cannot write %s: %s. Nothing in it was changed."),
			path ? path : name, strerror(errno));
	free(path);
	return is_written;
}

static char *
setting_value(
	const struct setting *setting, const struct certificate *certificate)
{
	char *text, *quoted;

	if (setting->source == SOURCE_FIXED)
		return strdup(setting->value);
	text = setting->source == SOURCE_NAME
		? thunderbird_certificate_name(certificate)
		: thunderbird_certificate_key(certificate);
	quoted = text ? preferences_quote(text) : NULL;
	free(text);
	return quoted;
}

static bool
setting_apply(struct work *work, const char *name, const char *value)
{
	char *before = preferences_find(&work->preferences, name);
	bool is_same = before && strcmp(before, value) == 0;
	bool is_done = true;

	if (!is_same) {
		work->result->changed++;
		is_done = record_change(&work->record, name, before, value) &&
			preferences_set(&work->preferences, name, value) &&
			(!work->wish->is_queued ||
				preferences_set(&work->changes, name, value));
	}
	free(before);
	return is_done;
}

/* All settings of one identity, for the certificates that were chosen. */
static bool
identity_apply(struct work *work, const char *identity,
	const struct certificate *signer, const struct certificate *reader)
{
	const struct certificate *certificate;
	char *name, *value;
	bool is_done = true;
	size_t i;

	for (i = 0; is_done && i < SETTINGS; i++) {
		certificate = settings[i].signs ? signer : reader;
		if (!certificate)
			continue;
		if (asprintf(&name, "mail.identity.%s.%s", identity,
			    settings[i].name) < 0)
			return false;
		value = setting_value(&settings[i], certificate);
		is_done = value && setting_apply(work, name, value);
		free(value);
		free(name);
	}
	return is_done;
}

static bool
identity_setup(struct work *work, const char *identity)
{
	const struct certificate *signer, *reader;
	char *name, *address;
	bool is_done = true;

	if (asprintf(&name, "mail.identity.%s.useremail", identity) < 0)
		return false;
	address = preferences_find_text(&work->preferences, name);
	free(name);
	if (!address)
		return true;
	work->result->addresses++;
	signer = thunderbird_choose(work->wish, address, true);
	reader = thunderbird_choose(work->wish, address, false);
	if (signer || reader) {
		work->result->matched++;
		thunderbird_choices_print(address, signer, reader);
		is_done = identity_apply(work, identity, signer, reader);
	} else {
		printf(_("  %s: no valid certificate for this address; left "
			 "as it is\n"),
			address);
	}
	free(address);
	return is_done;
}

/* For each word of a comma-separated list. */
static bool
each_word(struct work *work, const char *list,
	bool (*visit)(struct work *, const char *))
{
	char *copy = strdup(list), *rest = copy, *word;
	bool is_done = copy != NULL;

	while (is_done && (word = strsep(&rest, ", ")))
		is_done = !*word || visit(work, word);
	free(copy);
	return is_done;
}

static bool
account_setup(struct work *work, const char *account)
{
	char *name, *identities;
	bool is_done = true;

	if (asprintf(&name, "mail.account.%s.identities", account) < 0)
		return false;
	identities = preferences_find_text(&work->preferences, name);
	free(name);
	if (identities)
		is_done = each_word(work, identities, identity_setup);
	free(identities);
	return is_done;
}

static bool
accounts_setup(struct work *work)
{
	char *accounts = preferences_find_text(
		&work->preferences, "mail.accountmanager.accounts");
	bool is_done = !accounts || each_word(work, accounts, account_setup);

	free(accounts);
	return is_done;
}

static bool
module_setup(struct work *work)
{
	static const char *const said[] = {
		[DEVICE_ADDED] = N_("  added the security device Privy Seal"),
		[DEVICE_MOVED] = N_("  corrected the path of the security "
				    "device Privy Seal"),
		[DEVICE_KEPT] = N_("  the security device Privy Seal was there "
				   "already"),
	};
	const struct thunderbird_wish *wish = work->wish;
	enum device_change change = DEVICE_ADDED;

	if (device_is_registered(work->profile->path, wish->module))
		change = DEVICE_KEPT;
	else if (!wish->is_rehearsal)
		change = device_register(work->profile->path, wish->module);
	if (change == DEVICE_FAILED)
		return fail(_("Cannot change pkcs11.txt in %s: %s."),
			work->profile->path, strerror(errno));
	work->result->changed += change != DEVICE_KEPT;
	puts(_(said[change]));
	return true;
}

/* The record goes first: a change that could not be undone is worse than a
 * record of one that was not made. */
static bool
work_write(struct work *work)
{
	const struct profile *profile = work->profile;

	if (work->wish->is_rehearsal || work->result->changed == 0)
		return true;
	if (!file_write(profile, RECORD_NAME, &work->record))
		return false;
	return work->wish->is_queued
		? file_write(profile, "user.js", &work->changes)
		: file_write(profile, "prefs.js", &work->preferences);
}

/* Takes a setting that was left in user.js into prefs.js: at every further
 * start it would overrule the user's own later choice. */
static bool
setting_unqueue(struct work *work, const char *name)
{
	char *ours = record_after(&work->record, name);
	char *queued = preferences_find(&work->changes, name);
	bool is_done = true;

	if (ours && queued && strcmp(ours, queued) == 0)
		is_done = preferences_set(&work->preferences, name, queued) &&
			preferences_set(&work->changes, name, NULL);
	free(queued);
	free(ours);
	return is_done;
}

static bool
each_recorded(struct work *work, bool (*visit)(struct work *, const char *))
{
	bool is_done = true;
	char *name;
	size_t i;

	for (i = 0; is_done && i < work->record.count; i++) {
		name = record_name_at(&work->record, i);
		is_done = !name || visit(work, name);
		free(name);
	}
	return is_done;
}

static bool
queue_empty(struct work *work)
{
	size_t before = work->changes.count;

	return each_recorded(work, setting_unqueue) &&
		(before == work->changes.count ||
			(file_write(work->profile, "prefs.js",
				 &work->preferences) &&
				file_write(work->profile, "user.js",
					&work->changes)));
}

static bool
work_read(struct work *work)
{
	const struct profile *profile = work->profile;

	return file_read(profile, "prefs.js", &work->preferences) &&
		file_read(profile, "user.js", &work->changes) &&
		file_read(profile, RECORD_NAME, &work->record);
}

static void
work_clear(struct work *work)
{
	preferences_clear(&work->preferences);
	preferences_clear(&work->changes);
	preferences_clear(&work->record);
}

bool
thunderbird_setup(const struct profile *profile,
	const struct thunderbird_wish *wish, struct thunderbird_result *result)
{
	struct work work = {
		.profile = profile, .wish = wish, .result = result
	};
	bool is_done;

	*result = (struct thunderbird_result){ 0 };
	printf(_("Thunderbird profile %s\n"), profile->path);
	is_done = work_read(&work) &&
		(wish->is_queued || wish->is_rehearsal || queue_empty(&work)) &&
		accounts_setup(&work) && module_setup(&work) &&
		work_write(&work);
	work_clear(&work);
	return is_done;
}

static bool
is_text(const char *value, const char *other)
{
	return value && other && strcmp(value, other) == 0;
}

/* Puts the old value back where ours still stands. */
static bool
setting_undo(struct work *work, const char *name)
{
	char *old = record_before(&work->record, name);
	char *ours = record_after(&work->record, name);
	char *now = preferences_find(&work->preferences, name);
	char *queued = preferences_find(&work->changes, name);
	bool is_done = true;

	if (old && is_text(now, ours))
		is_done = preferences_set(
			&work->preferences, name, old[0] ? old : NULL);
	else if (now && !is_text(queued, ours))
		printf(_("  %s was changed since; left as it is\n"), name);
	if (is_done && is_text(queued, ours))
		is_done = preferences_set(&work->changes, name, NULL);
	free(queued);
	free(now);
	free(ours);
	free(old);
	return is_done;
}

/* The record goes last: what fails before can be tried again. */
static bool
undo_write(struct work *work)
{
	const struct profile *profile = work->profile;
	char *record = profile_file(profile, RECORD_NAME);
	char *user = profile_file(profile, "user.js");
	bool is_done = record && user;

	if (is_done && work->record.count)
		is_done = file_write(profile, "prefs.js", &work->preferences);
	if (is_done && work->record.count && access(user, F_OK) == 0)
		is_done = file_write(profile, "user.js", &work->changes);
	if (is_done && !device_unregister(profile->path))
		is_done = fail(_("Cannot change pkcs11.txt in %s: %s."),
			profile->path, strerror(errno));
	if (is_done)
		unlink(record);
	free(user);
	free(record);
	return is_done;
}

bool
thunderbird_undo(const struct profile *profile)
{
	struct thunderbird_wish wish = { 0 };
	struct work work = { .profile = profile, .wish = &wish };
	bool is_done;

	printf(_("Thunderbird profile %s\n"), profile->path);
	is_done = work_read(&work);
	if (is_done && !work.record.count && !device_is_listed(profile->path)) {
		puts(_("  nothing to undo: setup has changed nothing here"));
	} else if (is_done) {
		is_done =
			each_recorded(&work, setting_undo) && undo_write(&work);
		if (is_done)
			puts(_("  the settings from before setup are back"));
	}
	work_clear(&work);
	return is_done;
}
