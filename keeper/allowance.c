/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether an application may use a key now, by the configuration's rules. */

#include "config.h"

#include "keeper/allowance.h"

#include "keeper/audit-layer.h"
#include "keeper/prompt.h"
#include "keeper/validity.h"
#include "pkcs11/log.h"
#include "pkcs11/name.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Places for what is known of keys; and seconds: how long a person has for an
 * answer, within the time that the module waits for a call, and how long a
 * key's certificates need no other look. */
enum { PLACES = 256, PERSON = 45, FRESH = 60 };

/* A key that was used since the login. */
struct known {
	CK_SLOT_ID slot;
	CK_OBJECT_HANDLE handle; /* 0: the place is free */
	bool is_allowed;         /* a person said so */
	bool is_warned;          /* of its certificates */
	time_t looked;           /* that they had not all expired */
};

static const CK_FUNCTION_LIST_3_0 *token;
static const struct configuration *configuration;
static const struct subject *application;
static struct known places[PLACES];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t asking = PTHREAD_MUTEX_INITIALIZER;

void
allowance_begin(const CK_FUNCTION_LIST_3_0 *list,
	const struct configuration *rules_of, const struct subject *who)
{
	token = list;
	configuration = rules_of;
	application = who;
}

static struct subject
subject_of(const struct keyname *key)
{
	struct subject subject = *application;

	subject.token = key->token;
	subject.serial = key->serial;
	if (key->handle != CK_INVALID_HANDLE) {
		subject.key = key->label;
		subject.id = key->id;
		subject.id_length = key->id_length;
	}
	return subject;
}

static unsigned
rule_of(const struct keyname *key, const char *name)
{
	const struct subject subject = subject_of(key);

	return configuration_rule(configuration, name, &subject);
}

/* With the lock held: the key's place, taken from another if need be. */
static struct known *
place_of(const struct keyname *key)
{
	struct known *known = &places[key->handle % PLACES];

	if (known->slot != key->slot || known->handle != key->handle)
		*known = (struct known){ .slot = key->slot,
			.handle = key->handle };
	return known;
}

static struct known
recall(const struct keyname *key)
{
	struct known known;

	pthread_mutex_lock(&mutex);
	known = *place_of(key);
	pthread_mutex_unlock(&mutex);
	return known;
}

static void
remember(const struct keyname *key, bool is_allowed, bool is_warned,
	time_t looked)
{
	struct known *known;

	pthread_mutex_lock(&mutex);
	known = place_of(key);
	known->is_allowed |= is_allowed;
	known->is_warned |= is_warned;
	if (looked)
		known->looked = looked;
	pthread_mutex_unlock(&mutex);
}

void
allowance_forget(CK_SLOT_ID slot)
{
	size_t i;

	pthread_mutex_lock(&mutex);
	for (i = 0; i < PLACES; i++)
		if (places[i].slot == slot)
			places[i] = (struct known){ 0 };
	pthread_mutex_unlock(&mutex);
}

static CK_RV
check_use(const struct keyname *key, CK_MECHANISM_TYPE mechanism, unsigned use)
{
	const struct subject subject = subject_of(key);
	const char *names = configuration_rule_text(
		configuration, RULE_MECHANISMS, &subject);

	if (!(rule_of(key, RULE_USES) >> use & 1))
		return audit_decision(key, &mechanism, "not for this use",
			refuse(CKR_KEY_FUNCTION_NOT_PERMITTED,
				"%s is not for this use", key->label));
	if (names && !rule_names_mechanism(names, mechanism))
		return audit_decision(key, &mechanism, "not by this mechanism",
			refuse(CKR_MECHANISM_INVALID, "%s is not for %s",
				key->label, mechanism_name(mechanism)));
	return CKR_OK;
}

/* A key without certificates that can be read has none that expire. */
static CK_RV
check_validity(const struct keyname *key)
{
	struct known known = recall(key);
	time_t now = time(NULL), end;

	if (known.looked && now >= known.looked && now - known.looked < FRESH)
		return CKR_OK;
	if (!validity_find(token, key, &end) || end >= now) {
		remember(key, false, false, now);
		return CKR_OK;
	}
	if (rule_of(key, RULE_EXPIRED) == EXPIRED_REFUSE)
		return audit_decision(key, NULL, "expired",
			refuse(CKR_KEY_FUNCTION_NOT_PERMITTED,
				"all certificates of %s have expired",
				key->label));
	remember(key, false, true, now);
	if (known.is_warned)
		return CKR_OK;
	note("all certificates of %s have expired", key->label);
	return audit_decision(key, NULL, "expired", CKR_OK);
}

static CK_RV
ask(const struct keyname *key, unsigned use, unsigned seconds)
{
	struct prompt_question question = {
		.kind = PROMPT_USE, .use = use, .seconds = seconds
	};
	struct secret nothing;
	CK_RV rv;

	snprintf(question.token, sizeof(question.token), "%s", key->token);
	snprintf(question.key, sizeof(question.key), "%s", key->label);
	rv = prompt_ask(&question, &nothing);
	secret_clear(&nothing);
	if (rv != CKR_OK)
		return audit_decision(key, NULL, "not allowed",
			refuse(rv, "the use of %s was not allowed",
				key->label));
	remember(key, true, false, 0);
	return audit_decision(key, NULL, "allowed", CKR_OK);
}

/* One question at a time, and all within the time of the call: who waited for
 * another's question has less. */
static CK_RV
check_person(const struct keyname *key, unsigned use, bool is_many)
{
	unsigned wish = rule_of(key, RULE_ASK);
	struct timespec until, now;
	CK_RV rv = CKR_OK;

	if (wish == ASK_NEVER)
		return CKR_OK;
	if (wish == ASK_EACH && is_many)
		return refuse(CKR_FUNCTION_NOT_SUPPORTED,
			"each use of %s is asked for", key->label);
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += PERSON;
	if (pthread_mutex_clocklock(&asking, CLOCK_MONOTONIC, &until) != 0)
		return refuse(CKR_FUNCTION_CANCELED,
			"another question was not answered");
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (wish == ASK_EACH || !recall(key).is_allowed)
		rv = ask(key, use, (unsigned)(until.tv_sec - now.tv_sec) + 1);
	pthread_mutex_unlock(&asking);
	return rv;
}

CK_RV
allowance_check(const struct keyname *key, CK_MECHANISM_TYPE mechanism,
	unsigned use, bool is_many)
{
	CK_RV rv;

	if ((rv = check_use(key, mechanism, use)) != CKR_OK)
		return rv;
	if ((rv = check_validity(key)) != CKR_OK)
		return rv;
	return check_person(key, use, is_many);
}

bool
allowance_is_narrow(const struct keyname *key)
{
	const struct subject subject = subject_of(key);

	return rule_of(key, RULE_ASK) != ASK_NEVER ||
		rule_of(key, RULE_EXPIRED) != EXPIRED_WARN ||
		rule_of(key, RULE_USES) != rule_find(RULE_USES)->preset ||
		configuration_rule_text(
			configuration, RULE_MECHANISMS, &subject);
}

bool
allowance_is_pinned(const struct keyname *key)
{
	const struct subject subject = subject_of(key);
	const struct settings *settings = &configuration->settings;
	const struct setting *setting;
	size_t i;

	for (i = 0; i < rules_count; i++) {
		setting = settings_find(settings, rules[i].name, &subject);
		if (setting && setting->level < LEVEL_USER &&
			setting->scope == SCOPE_KEY &&
			strcmp(setting->section, "*") != 0)
			return true;
	}
	return false;
}

struct idle_rule
allowance_idle(const struct keyname *key)
{
	return (struct idle_rule){ rule_of(key, RULE_LOCK_AFTER),
		rule_of(key, RULE_LOCK_AT_SUSPEND) != 0 };
}
