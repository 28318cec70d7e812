/* SPDX-License-Identifier: BSD-2-Clause */
/* privyseal front add and remove: a section of privyseal.conf. */

#include "config.h"

#include "command/front.h"

#include "command/policy-file.h"
#include "command/say.h"
#include "pkcs11/text.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The section while it is made. The file's longest line is longer. */
struct section {
	char module[1800], tokens[1800], environment[1800], chain[1800];
	struct policy_line lines[6];
	size_t count;
};

static const char *
file_to_change(const struct house *house)
{
	const char *added = house->request->value[OPTION_SYSTEM_CONFIGURATION];

	if (!is_given(house->request, OPTION_SYSTEM))
		return house->home.configuration;
	return added ? added : SYSCONFDIR "/privyseal/privyseal.conf";
}

/* A module that showed itself would never be done. */
static bool
is_our_own(const struct house *house, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *ours = realpath(module_path(house->request), NULL);
	bool is_ours =
		strcmp(slash ? slash + 1 : path, "privyseal-pkcs11.so") == 0 ||
		(ours && strcmp(ours, path) == 0);

	free(ours);
	return is_ours;
}

/* As it was named, so that a link of the distribution stays one; from where it
 * counts for every process. */
static bool
take_module(
	const struct house *house, const char *module, struct section *section)
{
	char *real = realpath(module, NULL), *folder = getcwd(NULL, 0);
	bool fine = false;

	if (!real)
		complain(_("%s: %s. Give the path of the module's file."),
			module, strerror(errno));
	else if (is_our_own(house, real))
		complain(_("%s is Privy Seal's own module."), module);
	else if (module[0] == '/')
		fine = (size_t)snprintf(section->module,
			       sizeof(section->module), "%s",
			       module) < sizeof(section->module);
	else if (folder) {
		fine = (size_t)snprintf(section->module,
			       sizeof(section->module), "%s",
			       real) < sizeof(section->module);
		remark(_("The file will say %s: a path there must be "
			 "absolute."),
			real);
	}
	free(real);
	free(folder);
	return fine;
}

static bool
is_trustworthy(const struct section *section)
{
	const struct front front = { .module = section->module };
	char reason[256];

	if (front_is_trustworthy(&front, reason, sizeof(reason)))
		return true;
	complain(_("%s would not be loaded: %s"), section->module, reason);
	return false;
}

/* One value more, parted by a blank. */
static bool
append(char *text, size_t room, const char *value)
{
	size_t length = strlen(text);

	if (!*value || strpbrk(value, " \t\r\n") ||
		length + strlen(value) + 2 > room) {
		complain(_("\"%s\" cannot be written to the file: it is "
			   "empty, too long, or has a blank."),
			value);
		return false;
	}
	snprintf(
		text + length, room - length, "%s%s", length ? " " : "", value);
	return true;
}

/* All values of an option. */
static bool
gather(const struct request *request, enum option_id option, char *text,
	size_t room)
{
	size_t i;

	for (i = 0; i < request->kept_count; i++)
		if (request->kept[i].option == option &&
			!append(text, room, request->kept[i].value))
			return false;
	return true;
}

/* A path that counts for every process. */
static bool
take_chain(const char *file, struct section *section)
{
	char *path = file[0] == '/' ? strdup(file) : realpath(file, NULL);
	char reason[256];
	size_t count;
	bool fine = false;

	if (!path)
		complain("%s: %s", file, strerror(errno));
	else if (!chain_file_check(path, &count, reason, sizeof(reason)))
		complain(_("%s is no chain: %s"), path, reason);
	else
		fine = append(section->chain, sizeof(section->chain), path);
	free(path);
	return fine;
}

static bool
gather_chain(const struct request *request, struct section *section)
{
	size_t i;

	for (i = 0; i < request->kept_count; i++)
		if (request->kept[i].option == OPTION_CHAIN_FILE &&
			!take_chain(request->kept[i].value, section))
			return false;
	return true;
}

static bool
are_variables(const char *text)
{
	char *copy = strdup(text), *rest = copy, *word, *equals;
	bool fine = copy != NULL;

	while (fine && *text && (word = strsep(&rest, " "))) {
		equals = strchr(word, '=');
		fine = equals && equals != word;
		if (!fine)
			complain(_("\"%s\" is not NAME=VALUE."), word);
	}
	free(copy);
	return fine;
}

static bool
are_uris(const char *text)
{
	char *copy = strdup(text), *rest = copy, *word;
	bool fine = copy != NULL;

	while (fine && *text && (word = strsep(&rest, " "))) {
		fine = strncmp(word, "pkcs11:", strlen("pkcs11:")) == 0 &&
			subject_is_name(SCOPE_TOKEN, word);
		if (!fine)
			complain(_("\"%s\" is no pkcs11: URI of a token."),
				word);
	}
	free(copy);
	return fine;
}

static bool
are_seconds(const char *text)
{
	const struct rule *rule = rule_find(RULE_CALL_SECONDS);
	unsigned number;

	if (rule_parse(rule, text, &number))
		return true;
	complain(_("\"%s\" is no number of seconds from %u to %u."), text,
		rule->least, rule->most);
	return false;
}

static void
put(struct section *section, const char *front, const char *name,
	const char *value)
{
	if (*value)
		section->lines[section->count++] =
			(struct policy_line){ SCOPE_FRONT, front, name, value,
				NULL };
}

static bool
fill(const struct house *house, const char *name, const char *module,
	struct section *section)
{
	const struct request *request = house->request;
	const char *seconds = request->value[OPTION_CALL_SECONDS];

	if (!take_module(house, module, section) || !is_trustworthy(section) ||
		!gather(request, OPTION_TOKEN, section->tokens,
			sizeof(section->tokens)) ||
		!are_uris(section->tokens) ||
		!gather(request, OPTION_ENVIRONMENT, section->environment,
			sizeof(section->environment)) ||
		!are_variables(section->environment) ||
		!gather_chain(request, section) ||
		(seconds && !are_seconds(seconds)))
		return false;
	put(section, name, RULE_MODULE, section->module);
	put(section, name, RULE_TOKENS, section->tokens);
	put(section, name, RULE_ENVIRONMENT, section->environment);
	put(section, name, RULE_CHAIN, section->chain);
	put(section, name, RULE_THREADS,
		is_given(request, OPTION_ONE_THREAD) ? "no" : "");
	put(section, name, RULE_CALL_SECONDS, seconds ? seconds : "");
	return true;
}

static bool
is_free(const struct house *house, const char *name)
{
	const struct settings *settings = &house->configuration.settings;
	const struct setting *lock;
	struct front there;
	const char *file;

	if (!subject_is_name(SCOPE_FRONT, name)) {
		complain(_("\"%s\" is no name: letters, digits, dots, dashes "
			   "and underlines, at most %d."),
			name, FRONT_NAME_MOST);
		return false;
	}
	lock = is_given(house->request, OPTION_SYSTEM)
		? NULL
		: settings_find_lock(
			  settings, RULE_MODULE, SCOPE_FRONT, name, LEVEL_USER);
	if (lock) {
		complain(_("%s is locked by %s:%u."), RULE_MODULE,
			settings->files[lock->level], lock->line);
		return false;
	}
	if (!front_find(&house->configuration, name, &there))
		return true;
	lock = house_line(house, &there, &file);
	complain(_("There is a module \"%s\" already, at %s:%u. Take it away "
		   "first: privyseal front remove %s"),
		name, file, lock ? lock->line : 0, name);
	return false;
}

bool
front_add(struct house *house, const char *name, const char *module)
{
	struct section section = { .count = 0 };
	const char *path = file_to_change(house);
	bool was_there;

	if (!is_free(house, name) || !fill(house, name, module, &section) ||
		!policy_file_set_all(path, section.lines, section.count,
			is_given(house->request, OPTION_SYSTEM), &was_there))
		return false;
	say(_("Changed %s. Programs that list their slots now see its tokens; "
	      "try it: privyseal front test %s\n"),
		path, name);
	return true;
}

bool
front_remove(struct house *house, const char *name)
{
	const struct policy_line line = { SCOPE_FRONT, name, NULL, NULL, NULL };
	const char *path = file_to_change(house);
	const struct setting *setting;
	struct front front;
	const char *file;
	bool was_there = false;

	if (!house_find(house, name, &front))
		return false;
	if (!policy_file_set_all(path, &line, 1,
		    is_given(house->request, OPTION_SYSTEM), &was_there))
		return false;
	setting = house_line(house, &front, &file);
	if (!was_there && setting && !setting->line) {
		complain(_("It is registered with p11-kit. To leave it out, "
			   "put \"disable-in: privyseal-keeper\" into its "
			   "file, or \"p11-kit = no\" into %s."),
			path);
		return false;
	}
	if (!was_there) {
		complain(_("%s does not name it; it stands at %s:%u."), path,
			file ? file : "?", setting ? setting->line : 0);
		return false;
	}
	say(_("Changed %s. Programs that run now keep its tokens until they "
	      "end.\n"),
		path);
	return true;
}
