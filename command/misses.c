/* SPDX-License-Identifier: BSD-2-Clause */
/* Wrong PINs and recovery codes of a token, and who gave them. */

#include "config.h"

#include "command/misses.h"

#include "command/keeper.h"
#include "command/say.h"
#include "pkcs11/bytes.h"
#include "pkcs11/hello.h"
#include "pkcs11/home.h"
#include "pkcs11/text.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { GUESSERS_MOST = 16 };
enum { PERSON_TEXT = 64, GUESSER_TEXT = 400 };

struct guesser {
	unsigned long user, count;
	long long time, process;
	bool is_seen; /* by the kernel; else the name is what it says */
	long person;  /* who ran it; -1: not known */
	char name[256];
};

struct misses {
	struct guesser at[GUESSERS_MOST];
	size_t count;
	unsigned long wait; /* seconds, for the recovery code */
};

/* "USER COUNT TIME PROCESS seen|said PERSON NAME" */
static void
take_guesser(struct misses *misses, const char *line)
{
	struct guesser guesser;
	char seen[8];

	if (misses->count < GUESSERS_MOST &&
		sscanf(line, "%lu %lu %lld %lld %7s %ld %255[^\n]",
			&guesser.user, &guesser.count, &guesser.time,
			&guesser.process, seen, &guesser.person,
			guesser.name) == 7) {
		guesser.is_seen = strcmp(seen, "seen") == 0;
		misses->at[misses->count++] = guesser;
	}
}

/* What follows the word and the serial number; NULL: it is another line. */
static const char *
rest_of(const char *line, const char *word, const char *serial)
{
	size_t length = strlen(word);

	return strncmp(line, word, length) == 0 &&
			strncmp(line + length, serial, 16) == 0 &&
			line[length + 16] == ' '
		? line + length + 17
		: NULL;
}

static void
read_answer(struct misses *misses, char *text, const char *serial)
{
	char *rest = text, *line;
	const char *found;

	while ((line = strsep(&rest, "\n"))) {
		if ((found = rest_of(line, "guesser ", serial)))
			take_guesser(misses, found);
		if ((found = rest_of(line, "wait ", serial)))
			misses->wait = strtoul(found, NULL, 10);
	}
}

static bool
ask_keeper(const struct token *token, struct secret *answer)
{
	struct home home = { 0 };
	bool fine;

	if (token_is_of_machine(token))
		return keeper_ask_machine(STATUS_CALL, answer);
	fine = home_find(&home) && keeper_ask(home.run, STATUS_CALL, answer);
	home_clear(&home);
	return fine;
}

static void
misses_read(const struct token *token, struct misses *misses)
{
	struct secret answer = { 0 };
	char serial[17] = "", *text;

	*misses = (struct misses){ .count = 0 };
	memcpy(serial, token->info.serialNumber, 16);
	if (!ask_keeper(token, &answer))
		return;
	text = strndup((const char *)answer.at, answer.length);
	if (text)
		read_answer(misses, text, serial);
	free(text);
	secret_clear(&answer);
}

static void
describe_time(char text[32], long long moment)
{
	time_t then = (time_t)moment;
	struct tm parts;

	text[0] = '\0';
	if (gmtime_r(&then, &parts))
		strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

static void
describe_wait(char text[64], unsigned long seconds)
{
	unsigned long minutes = (seconds + 59) / 60;

	if (seconds < 120)
		snprintf(text, 64, P_("%lu second", "%lu seconds", seconds),
			seconds);
	else
		snprintf(text, 64, P_("%lu minute", "%lu minutes", minutes),
			minutes);
}

/* A name, or the number where there is none. */
static void
describe_person(char text[PERSON_TEXT], long person)
{
	const struct passwd *account = getpwuid((uid_t)person);

	if (account)
		snprintf(text, PERSON_TEXT, "%s", account->pw_name);
	else
		snprintf(text, PERSON_TEXT, "%ld", person);
}

/* Whose program it is need not be said of one's own tokens. */
static void
describe_guesser(
	char text[GUESSER_TEXT], const struct guesser *guesser, bool is_shared)
{
	char person[PERSON_TEXT];

	if (!is_shared || guesser->person < 0) {
		snprintf(text, GUESSER_TEXT,
			guesser->is_seen
				? "%s"
				: _("a program that calls itself \"%s\""),
			guesser->name);
		return;
	}
	describe_person(person, guesser->person);
	if (guesser->is_seen)
		snprintf(text, GUESSER_TEXT, _("%s of the user %s"),
			guesser->name, person);
	else
		snprintf(text, GUESSER_TEXT,
			_("a program of the user %s that calls itself \"%s\""),
			person, guesser->name);
}

static void
report_guesser(const struct guesser *guesser, bool is_shared)
{
	char moment[32], name[GUESSER_TEXT];

	describe_time(moment, guesser->time);
	describe_guesser(name, guesser, is_shared);
	if (guesser->user == CKU_SO)
		say(P_("  %lu wrong recovery code, by %s (process %lld) at "
		       "%s\n",
			    "  %lu wrong recovery codes, by %s (process %lld), "
			    "the last at %s\n",
			    guesser->count),
			guesser->count, name, guesser->process, moment);
	else
		say(P_("  %lu wrong PIN, by %s (process %lld) at %s\n",
			    "  %lu wrong PINs, by %s (process %lld), the last "
			    "at %s\n",
			    guesser->count),
			guesser->count, name, guesser->process, moment);
}

static bool
is_of_group(const struct token *token)
{
	char name[65];

	return token_group(token->module, token->slot, name);
}

void
misses_report(const struct token *token)
{
	const bool is_shared = is_of_group(token);
	struct misses misses;
	char wait[64];
	size_t i;

	misses_read(token, &misses);
	for (i = 0; i < misses.count; i++)
		report_guesser(&misses.at[i], is_shared);
	if (!misses.wait)
		return;
	describe_wait(wait, misses.wait);
	say(_("  the recovery code may be tried again in %s\n"), wait);
}

/* The name without its folder, and who was the last to be wrong. */
static void
put_guesser(struct json *json, const struct guesser *guesser, bool is_shared)
{
	const char *slash = guesser->is_seen ? strrchr(guesser->name, '/') : "";
	char moment[32], person[PERSON_TEXT];

	describe_time(moment, guesser->time);
	json_text(json, "application",
		slash && *slash ? slash + 1 : guesser->name);
	if (guesser->is_seen)
		json_text(json, "program", guesser->name);
	json_number(json, "process", (long)guesser->process);
	json_text(json, "time", moment);
	if (is_shared && guesser->person >= 0) {
		describe_person(person, guesser->person);
		json_text(json, "user", person);
	}
}

void
misses_report_json(struct json *json, const struct token *token)
{
	const struct guesser *last = NULL;
	unsigned long count = 0;
	struct misses misses;
	size_t i;

	misses_read(token, &misses);
	for (i = 0; i < misses.count; i++) {
		if (misses.at[i].user != CKU_USER)
			continue;
		count += misses.at[i].count;
		if (!last || misses.at[i].time >= last->time)
			last = &misses.at[i];
	}
	if (last) {
		json_open_object(json, "wrong_pins");
		json_number(json, "count", (long)count);
		put_guesser(json, last, is_of_group(token));
		json_close_object(json);
	}
	if (misses.wait)
		json_number(json, "recovery_code_wait", (long)misses.wait);
}

bool
misses_explain_wait(const struct token *token)
{
	struct misses misses;
	char wait[64];

	misses_read(token, &misses);
	if (!misses.wait)
		return false;
	describe_wait(wait, misses.wait);
	complain(_("The recovery code was wrong too often, and is not checked "
		   "now. Try it again in %s; privyseal status names who tried "
		   "it."),
		wait);
	return true;
}
