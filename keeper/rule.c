/* SPDX-License-Identifier: BSD-2-Clause */
/* What the configuration may say of applications, tokens and keys. */

#include "config.h"

#include "keeper/rule.h"

#include "pkcs11/name.h"
#include "pkcs11/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ON(scope) (1u << (scope))
#define GENERAL ON(SCOPE_GENERAL)
#define ON_KEYS (GENERAL | ON(SCOPE_TOKEN) | ON(SCOPE_KEY))
#define ON_ALL (ON_KEYS | ON(SCOPE_APPLICATION))

static const char *const entries[] = { "client", "keeper", NULL };
static const char *const questions[] = { "never", "first", "each", NULL };
static const char *const answers[] = { "warn", "refuse", NULL };
static const char *const guards[] = { "none", "tpm", NULL };
/* clang-format off */
static const char *const uses[] = { [MAY_SIGN] = "sign",
	[MAY_DECRYPT] = "decrypt", [MAY_UNWRAP] = "unwrap",
	[MAY_DERIVE] = "derive", [MAY_WRAP] = "wrap",
	[MAY_ENCRYPT] = "encrypt", [MAY_VERIFY] = "verify", [MAY_COUNT] = NULL };

enum { WEEK = 7 * 24 * 3600, MAY_ALL = (1 << MAY_COUNT) - 1 };

const struct rule rules[] = {
	{ RULE_PIN_ENTRY, RULE_CHOICE, GENERAL | ON(SCOPE_APPLICATION),
		PIN_ENTRY_CLIENT, 0, 0, entries,
		N_("who asks for the PIN: the application, or the keeper") },
	{ RULE_PINENTRY, RULE_PATH, GENERAL, 0, 0, 0, NULL,
		N_("the program that the keeper asks by") },
	{ RULE_ASK, RULE_CHOICE, ON_ALL, ASK_NEVER, 0, 0, questions,
		N_("ask before a key's first or each use") },
	{ RULE_USES, RULE_SET, ON_KEYS, MAY_ALL, 0, 0, uses,
		N_("what a key may do, of what it can") },
	{ RULE_MECHANISMS, RULE_NAMES, ON_KEYS, 0, 0, 0, NULL,
		N_("the mechanisms that a key may be used by") },
	{ RULE_LOCK_AFTER, RULE_NUMBER, ON_ALL, 0, 0, WEEK, NULL,
		N_("seconds without a use after which the login ends (0: "
			"never)") },
	{ RULE_LOCK_AT_SUSPEND, RULE_CLAIM, ON_ALL, 0, 0, 1, NULL,
		N_("end the login when the machine sleeps") },
	{ RULE_EXPIRED, RULE_CHOICE, ON_KEYS, EXPIRED_WARN, 0, 0, answers,
		N_("what to do with a key whose certificates have all "
			"expired") },
	{ RULE_TPM, RULE_PATH, GENERAL, 0, 0, 0, NULL,
		N_("the TPM: a device, or a socket") },
	{ RULE_PIN_GUARD, RULE_CHOICE, GENERAL | ON(SCOPE_TOKEN),
		PIN_GUARD_NONE, 0, 0, guards,
		N_("what a new PIN needs beside itself") },
	{ RULE_MODULE, RULE_PATH, ON(SCOPE_FRONT), 0, 0, 0, NULL,
		N_("the PKCS#11 module whose tokens are shown") },
	{ RULE_TOKENS, RULE_TEXT, ON(SCOPE_FRONT), 0, 0, 0, NULL,
		N_("which of them, by URIs") },
	{ RULE_ENVIRONMENT, RULE_TEXT, ON(SCOPE_FRONT), 0, 0, 0, NULL,
		N_("variables that the module needs") },
	{ RULE_THREADS, RULE_CLAIM, ON(SCOPE_FRONT), 1, 0, 1, NULL,
		N_("call the module from several threads at once") },
	{ RULE_CHAIN, RULE_PATHS, ON(SCOPE_FRONT), 0, 0, 0, NULL,
		N_("files of the authorities' certificates that its tokens "
			"lack") },
	{ RULE_CALL_SECONDS, RULE_NUMBER, ON(SCOPE_FRONT), 0, 0, 900, NULL,
		N_("seconds that a call of the module may last (0: as long as "
			"an application waits)") },
	{ RULE_MEMBERS, RULE_TEXT, ON(SCOPE_GROUP), 0, 0, 0, NULL,
		N_("the users who may use the group's tokens") },
};
/* clang-format on */
const size_t rules_count = sizeof(rules) / sizeof(rules[0]);

const struct rule *
rule_find(const char *name)
{
	size_t i;

	for (i = 0; i < rules_count; i++)
		if (strcmp(rules[i].name, name) == 0)
			return &rules[i];
	return NULL;
}

bool
rule_is_for(const struct rule *rule, enum scope scope)
{
	return rule->scopes >> scope & 1;
}

bool
rule_parse_number(const char *text, unsigned *number)
{
	size_t length = strlen(text);

	if (length == 0 || length > 9 || strspn(text, "0123456789") != length)
		return false;
	*number = (unsigned)strtoul(text, NULL, 10);
	return true;
}

bool
rule_parse_claim(const char *text, unsigned *claim)
{
	static const char *const words[2][3] = { { "no", "false", "off" },
		{ "yes", "true", "on" } };
	unsigned value, i;

	for (value = 0; value < 2; value++)
		for (i = 0; i < 3; i++)
			if (strcmp(text, words[value][i]) == 0) {
				*claim = value;
				return true;
			}
	return false;
}

/* Words are parted by blanks or commas. */
static const char separators[] = " \t,";

static size_t
next_word(const char **text)
{
	*text += strspn(*text, separators);
	return strcspn(*text, separators);
}

static bool
word_is(const char *at, size_t length, const char *word)
{
	return strlen(word) == length && memcmp(at, word, length) == 0;
}

static bool
find_word(
	const struct rule *rule, const char *at, size_t length, unsigned *place)
{
	unsigned i;

	for (i = 0; rule->words[i]; i++)
		if (word_is(at, length, rule->words[i])) {
			*place = i;
			return true;
		}
	return false;
}

static bool
parse_set(const struct rule *rule, const char *text, unsigned *number)
{
	unsigned set = 0, place;
	size_t length;

	if (strcmp(text, "none") == 0) {
		*number = 0;
		return true;
	}
	for (; (length = next_word(&text)); text += length) {
		if (!find_word(rule, text, length, &place))
			return false;
		set |= 1u << place;
	}
	*number = set;
	return set != 0;
}

/* CKM_ may be left out; a mechanism without a name has its number. */
static bool
mechanism_is(const char *at, size_t length, const struct name *name)
{
	return word_is(at, length, name->text) ||
		word_is(at, length, name->text + strlen("CKM_"));
}

static bool
is_number(const char *at, size_t length, unsigned long *number)
{
	char copy[20], *end;

	if (length < 3 || length >= sizeof(copy) || memcmp(at, "0x", 2) != 0)
		return false;
	memcpy(copy, at, length);
	copy[length] = '\0';
	*number = strtoul(copy, &end, 16);
	return !*end && strspn(copy + 2, "0123456789abcdefABCDEF") > 0;
}

static bool
is_mechanism(const char *at, size_t length)
{
	unsigned long number;
	size_t i;

	for (i = 0; i < mechanism_names_count; i++)
		if (mechanism_is(at, length, &mechanism_names[i]))
			return true;
	return is_number(at, length, &number);
}

static bool
parse_names(const char *text)
{
	size_t length, count = 0;

	if (strcmp(text, "any") == 0)
		return true;
	for (; (length = next_word(&text)); text += length, count++)
		if (!is_mechanism(text, length))
			return false;
	return count > 0;
}

bool
rule_names_mechanism(const char *list, unsigned long mechanism)
{
	const struct name name = { mechanism, mechanism_name(mechanism) };
	unsigned long number;
	size_t length;

	if (strcmp(list, "any") == 0)
		return true;
	for (; (length = next_word(&list)); list += length) {
		if (strcmp(name.text, "unknown") != 0 &&
			mechanism_is(list, length, &name))
			return true;
		if (is_number(list, length, &number) && number == mechanism)
			return true;
	}
	return false;
}

static bool
parse_paths(const char *text)
{
	while (*text == '/') {
		text += strcspn(text, " \t");
		text += strspn(text, " \t");
	}
	return !*text;
}

bool
rule_parse(const struct rule *rule, const char *text, unsigned *number)
{
	*number = 0;
	switch (rule->kind) {
	case RULE_NUMBER:
		return rule_parse_number(text, number) &&
			*number >= rule->least && *number <= rule->most;
	case RULE_CLAIM:
		return rule_parse_claim(text, number);
	case RULE_CHOICE:
		return find_word(rule, text, strlen(text), number);
	case RULE_SET:
		return parse_set(rule, text, number);
	case RULE_NAMES:
		return parse_names(text);
	case RULE_PATH:
		return text[0] == '/';
	case RULE_PATHS:
		return text[0] && parse_paths(text);
	case RULE_TEXT:
		return text[0] != '\0';
	}
	return false;
}

static void
write_set(const struct rule *rule, unsigned number, char *text, size_t room)
{
	size_t length = 0;
	unsigned i;

	snprintf(text, room, "%s", number ? "" : "none");
	for (i = 0; rule->words[i] && length < room; i++)
		if (number >> i & 1)
			length += (size_t)snprintf(text + length, room - length,
				"%s%s", length ? " " : "", rule->words[i]);
}

void
rule_write(const struct rule *rule, unsigned number, char *text, size_t room)
{
	switch (rule->kind) {
	case RULE_NUMBER:
		snprintf(text, room, "%u", number);
		break;
	case RULE_CLAIM:
		snprintf(text, room, "%s", number ? "yes" : "no");
		break;
	case RULE_CHOICE:
		snprintf(text, room, "%s", rule->words[number]);
		break;
	case RULE_SET:
		write_set(rule, number, text, room);
		break;
	case RULE_NAMES:
		snprintf(text, room, "any");
		break;
	case RULE_PATH:
		snprintf(text, room, "auto");
		break;
	case RULE_PATHS:
		snprintf(text, room, "none");
		break;
	case RULE_TEXT:
		snprintf(text, room, "any");
		break;
	}
}
