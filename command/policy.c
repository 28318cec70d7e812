/* SPDX-License-Identifier: BSD-2-Clause */
/* privyseal policy: what the configuration says, and why. */

#include "config.h"

#include "command/choice.h"
#include "command/keeper.h"
#include "import/json.h"
#include "command/output.h"
#include "command/policy-file.h"
#include "command/say.h"
#include "command/verb.h"
#include "keeper/configuration.h"
#include "pkcs11/home.h"
#include "pkcs11/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { VALUE_MOST = 512 };

/* What is asked about, and all that is known of it. */
struct policy {
	const struct request *request;
	struct home home;
	struct configuration configuration;
	struct choice choice; /* the identity, if one is meant */
	struct subject subject;
	enum scope scope;
	char section[80];   /* in which set and unset write */
	bool is_of_machine; /* whose keeper does not read the user's file */
};

/* Where a value comes from. */
struct origin {
	const struct setting *setting; /* NULL: the default, or the key */
	bool is_of_key;
};

static void
hear(void *context, const char *file, unsigned line, const char *message)
{
	remark("%s:%u: %s",
		file ? file : SYSCONFDIR "/privyseal/privyseal.conf", line,
		message);
}

/* A key is written by its id, which stays when its label changes. */
static void
name_key(struct policy *policy)
{
	const struct held_key *key = policy->choice.key;
	size_t i;

	policy->subject.key = key->label ? key->label : "";
	policy->subject.id = key->id.at;
	policy->subject.id_length = key->id.length;
	policy->subject.token = policy->choice.token.label;
	snprintf(policy->section, sizeof(policy->section), "%s",
		policy->subject.key);
	for (i = 0; i < key->id.length && 2 * i + 3 < sizeof(policy->section);
		i++)
		sprintf(policy->section + 2 * i, "%02x", key->id.at[i]);
	policy->scope = SCOPE_KEY;
}

static bool
has_key(const struct held_certificate *certificate)
{
	return true;
}

/* The key is seen whole after a login only; without a PIN at hand what it can
 * do is left out. */
static bool
find_key(struct policy *policy)
{
	struct request wanted = *policy->request;
	struct wish wish = { .name = wanted.value[OPTION_IDENTITY],
		.serves = has_key };
	struct choice *choice = &policy->choice;

	if (!choice_make(policy->request, &wish, choice))
		return false;
	if (!choice->key) {
		complain(_("\"%s\" has no key here."), wish.name);
		return false;
	}
	if ((is_given(policy->request, OPTION_PIN_FILE) ||
		    is_given(policy->request, OPTION_PIN_FD)) &&
		!choice_enter(choice, false))
		return false;
	name_key(policy);
	return true;
}

static bool
find_subject(struct policy *policy)
{
	const struct request *request = policy->request;
	const char *application = request->value[OPTION_APPLICATION];
	const char *token = request->value[OPTION_TOKEN];

	policy->subject.application = application;
	policy->subject.program = application;
	if (application) {
		policy->scope = SCOPE_APPLICATION;
		snprintf(policy->section, sizeof(policy->section), "%s",
			application);
	}
	if (is_given(request, OPTION_IDENTITY))
		return find_key(policy);
	policy->subject.token = token;
	if (token) {
		policy->scope = SCOPE_TOKEN;
		snprintf(policy->section, sizeof(policy->section), "%s", token);
	}
	return true;
}

/* Told by the label: all tokens that have it are there. */
static bool
machine_has(const struct request *request, const char *label)
{
	struct module module = { 0 };
	struct token_list list = { 0 };
	char *reason = NULL;
	bool has = false;
	size_t i;

	if (module_is_ours(request) &&
		module_try(module_path(request), &module, &reason) &&
		token_list_read(&module, label, &list))
		has = list.count > 0;
	for (i = 0; i < list.count; i++)
		has = has && token_is_of_machine(&list.at[i]);
	token_list_clear(&list);
	module_close(&module);
	free(reason);
	return has;
}

static void
find_keeper(struct policy *policy)
{
	if (policy->scope == SCOPE_KEY)
		policy->is_of_machine =
			token_is_of_machine(&policy->choice.token);
	else if (policy->scope == SCOPE_TOKEN)
		policy->is_of_machine =
			machine_has(policy->request, policy->section);
}

static void
name_files_of_machine(void)
{
	remark(_("Whoever runs this machine can say it in %s, or for you alone "
		 "in %s/%lu/privyseal.conf."),
		SYSCONFDIR "/privyseal/privyseal.conf", MACHINE_STATE,
		(unsigned long)geteuid());
}

/* What the key itself may do, in the words of the rule; every use when that was
 * not seen. */
static unsigned
uses_of_key(const struct held_key *key)
{
	if (!key || key->private == CK_INVALID_HANDLE)
		return ~0u;
	return (unsigned)key->signs << MAY_SIGN |
		(unsigned)key->decrypts << MAY_DECRYPT |
		(unsigned)key->unwraps << MAY_UNWRAP |
		(unsigned)key->derives << MAY_DERIVE;
}

static void
read_rule(const struct policy *policy, const struct rule *rule, char *value,
	struct origin *origin)
{
	unsigned number = rule->preset, of_key;

	*origin =
		(struct origin){ settings_find(&policy->configuration.settings,
					 rule->name, &policy->subject),
			false };
	if (origin->setting)
		number = origin->setting->number;
	if (strcmp(rule->name, RULE_USES) == 0) {
		of_key = uses_of_key(policy->choice.key);
		origin->is_of_key = (number & of_key) != number;
		number &= of_key;
	}
	if (origin->setting &&
		(rule->kind == RULE_NAMES || rule->kind == RULE_PATH))
		snprintf(value, VALUE_MOST, "%s", origin->setting->text);
	else
		rule_write(rule, number, value, VALUE_MOST);
}

static const char *
file_of(const struct policy *policy, const struct setting *setting)
{
	return policy->configuration.settings.files[setting->level];
}

static void
say_origin(const struct policy *policy, const struct origin *origin)
{
	const struct setting *setting = origin->setting;

	if (origin->is_of_key)
		say(_("    # from the key"));
	if (setting)
		say("    # %s:%u%s", file_of(policy, setting), setting->line,
			setting->is_locked ? _(" (locked)") : "");
	else if (!origin->is_of_key)
		say(_("    # default"));
}

static void
show_value(const struct policy *policy, struct json *json, const char *name,
	const char *value, const struct origin *origin)
{
	static const char *const levels[LEVELS] = { "system", "system",
		"user" };
	const struct setting *setting = origin->setting;

	if (!json) {
		say("%s = %s", name, value);
		if (is_given(policy->request, OPTION_ORIGIN))
			say_origin(policy, origin);
		say("\n");
		return;
	}
	json_open_object(json, NULL);
	json_text(json, "name", name);
	json_text(json, "value", value);
	json_text(json, "origin",
		origin->is_of_key ? "key"
			: setting ? levels[setting->level]
				  : "default");
	json_text(json, "file", setting ? file_of(policy, setting) : NULL);
	json_number(json, "line", setting ? setting->line : 0);
	json_boolean(json, "locked", setting && setting->is_locked);
	json_close_object(json);
}

/* What holds for the whole keeper. */
static void
show_keys(const struct policy *policy, struct json *json)
{
	const struct configuration_key *key;
	struct origin origin = { 0 };
	char value[VALUE_MOST];
	unsigned number;
	size_t i;

	for (i = 0; i < configuration_keys_count; i++) {
		key = &configuration_keys[i];
		number = configuration_value(&policy->configuration, key);
		origin.setting = settings_find(&policy->configuration.settings,
			key->name, &policy->subject);
		if (key->is_claim)
			snprintf(value, sizeof(value), "%s",
				number ? "yes" : "no");
		else
			snprintf(value, sizeof(value), "%u", number);
		show_value(policy, json, key->name, value, &origin);
	}
}

static bool
is_asked_for(const struct policy *policy, const struct rule *rule)
{
	if (policy->scope == SCOPE_GENERAL)
		return true;
	return rule_is_for(rule, policy->scope) ||
		(policy->subject.application &&
			rule_is_for(rule, SCOPE_APPLICATION));
}

static bool
show(struct policy *policy)
{
	struct json json = { 0 };
	struct json *to = is_given(policy->request, OPTION_JSON) ? &json : NULL;
	char value[VALUE_MOST];
	struct origin origin;
	size_t i;

	if (policy->is_of_machine)
		remark(_("The machine keeper has it, which does not read your "
			 "own privyseal.conf. What it was told of you alone is "
			 "not shown here."));
	if (to)
		json_open_array(to, NULL);
	if (policy->scope == SCOPE_GENERAL)
		show_keys(policy, to);
	for (i = 0; i < rules_count; i++) {
		if (!is_asked_for(policy, &rules[i]))
			continue;
		read_rule(policy, &rules[i], value, &origin);
		show_value(policy, to, rules[i].name, value, &origin);
	}
	if (to)
		json_close_array(to);
	return true;
}

/* It is in no file yet. */
static void
hear_value(void *context, const char *file, unsigned line, const char *message)
{
	complain("%s", message);
}

/* Whether the value is one, and the section one for it. */
static bool
is_fine(const struct policy *policy, const char *name, const char *value)
{
	struct configuration trial;
	struct policy_line line = { policy->scope, policy->section, name, value,
		NULL };
	struct bytes text;
	unsigned bad;
	bool was_there;

	configuration_default(&trial);
	if (!policy_text_set("", 0, &line, &text, &was_there))
		return false;
	bad = configuration_parse(&trial, (const char *)text.at, text.length,
		LEVEL_USER, policy->home.configuration, hear_value, NULL);
	bytes_clear(&text);
	configuration_clear(&trial);
	return bad == 0;
}

/* One that the system's file has locked would not count. */
static bool
is_free(const struct policy *policy, const char *name)
{
	const struct setting *lock = settings_find(
		&policy->configuration.settings, name, &policy->subject);

	if (!lock || !lock->is_locked)
		lock = settings_find_lock(&policy->configuration.settings, name,
			policy->scope, policy->section, LEVEL_USER);
	if (!lock || !lock->is_locked)
		return true;
	complain(_("%s is locked by %s:%u."), name, file_of(policy, lock),
		lock->line);
	return false;
}

static bool
write_value(struct policy *policy, const char *name, const char *value)
{
	const struct policy_line line = { policy->scope, policy->section, name,
		value, policy->choice.key ? policy->subject.key : NULL };
	bool was_there = false, fine;

	fine = policy_file_set(policy->home.configuration, &line, &was_there);
	if (fine && !value && !was_there)
		say(_("It was not set.\n"));
	else if (fine)
		say(_("Changed %s. Programs that run now keep what they began "
		      "with.\n"),
			policy->home.configuration);
	if (fine && policy->scope != SCOPE_TOKEN &&
		policy->scope != SCOPE_KEY &&
		keeper_of_machine() == MACHINE_ANSWERS) {
		remark(_("It counts in your own keeper; the machine keeper "
			 "does not read that file."));
		name_files_of_machine();
	}
	return fine;
}

/* A line that nobody reads would be a promise that nobody keeps. */
static bool
is_read(const struct policy *policy)
{
	if (!policy->is_of_machine)
		return true;
	complain(_("The machine keeper has it, which does not read your own "
		   "privyseal.conf."));
	name_files_of_machine();
	return false;
}

static bool
set(struct policy *policy)
{
	const char *name = policy->request->operands[1];
	const char *value = policy->request->operands[2];

	return is_read(policy) && is_fine(policy, name, value) &&
		is_free(policy, name) && write_value(policy, name, value);
}

static bool
unset(struct policy *policy)
{
	return is_read(policy) &&
		write_value(policy, policy->request->operands[1], NULL);
}

static bool
begin(struct policy *policy)
{
	if (!home_find(&policy->home)) {
		complain(_("HOME is not set, so there is no configuration."));
		return false;
	}
	configuration_add_file(
		policy->request->value[OPTION_SYSTEM_CONFIGURATION]);
	if (!find_subject(policy))
		return false;
	find_keeper(policy);
	configuration_read(&policy->configuration,
		policy->is_of_machine ? NULL : policy->home.configuration, hear,
		NULL);
	return true;
}

int
policy_run(const struct request *request)
{
	static const struct {
		const char *name;
		int operands;
		bool (*run)(struct policy *);
	} deeds[] = { { "show", 1, show }, { "set", 3, set },
		{ "unset", 2, unset } };
	struct policy policy = { .request = request };
	bool fine;
	size_t i;

	for (i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++)
		if (strcmp(request->operands[0], deeds[i].name) == 0 &&
			request->operand_count == deeds[i].operands)
			break;
	if (i == sizeof(deeds) / sizeof(deeds[0])) {
		complain(_("Say \"show\", \"set NAME VALUE\" or \"unset "
			   "NAME\"."));
		return ENDED_BY_USAGE;
	}
	fine = begin(&policy) && deeds[i].run(&policy);
	choice_clear(&policy.choice);
	configuration_clear(&policy.configuration);
	home_clear(&policy.home);
	return fine ? ENDED_WELL : ENDED_BADLY;
}
