/* SPDX-License-Identifier: BSD-2-Clause */
/* The process that asks a person, for one question. */

#include "config.h"

#include "keeper/asker.h"

#include "keeper/pinentry.h"
#include "keeper/prompter.h"
#include "pkcs11/log.h"
#include "pkcs11/text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* How often a person may give nothing, or two different new ones. */
enum { ROUNDS = 3 };

/* Why nobody could be asked: the last note. */
static char reason[PROMPT_LONGEST];

static void
keep_note(const char *line)
{
	snprintf(reason, sizeof(reason), "%s", line);
}

static bool
is_closed(const char *text, size_t room)
{
	return memchr(text, '\0', room) != NULL;
}

#define IS_CLOSED(text) is_closed(text, sizeof(text))

static bool
take_task(struct prompt_task *task)
{
	return read(ASKER_TASK, task, sizeof(*task)) == sizeof(*task) &&
		(unsigned)task->question.kind < PROMPT_KINDS &&
		(unsigned)task->question.reason < PROMPT_REASONS &&
		task->question.use < MAY_COUNT &&
		IS_CLOSED(task->question.token) &&
		IS_CLOSED(task->question.key) && IS_CLOSED(task->front) &&
		IS_CLOSED(task->caller.application) &&
		IS_CLOSED(task->caller.program) &&
		IS_CLOSED(task->caller.display) &&
		IS_CLOSED(task->caller.wayland) &&
		IS_CLOSED(task->caller.terminal) && IS_CLOSED(task->pinentry);
}

/* Who asks, as far as the kernel can tell. */
static void
name_caller(const struct prompt_caller *caller, char *name, size_t room)
{
	if (caller->program[0])
		snprintf(name, room, _("%s (%s, process %ld)"),
			caller->application, caller->program,
			(long)caller->process);
	else
		snprintf(name, room,
			_("A program that calls itself \"%s\" (process %ld)"),
			caller->application, (long)caller->process);
}

static const char *const uses[MAY_COUNT] = {
	[MAY_SIGN] = N_("wants to sign."),
	[MAY_DECRYPT] = N_("wants to decrypt."),
	[MAY_UNWRAP] = N_("wants to open an encrypted key."),
	[MAY_DERIVE] = N_("wants to agree on a secret, as for decrypting."),
	[MAY_WRAP] = N_("wants to encrypt a key."),
	[MAY_ENCRYPT] = N_("wants to encrypt."),
	[MAY_VERIFY] = N_("wants to verify."),
};

static const char *const wishes[PROMPT_KINDS] = {
	[PROMPT_PIN] = N_("wants to use your keys."),
	[PROMPT_OLD_PIN] = N_("wants to change the PIN."),
	[PROMPT_CODE] = N_("wants to manage the token by its recovery code."),
	[PROMPT_NEW_PIN] = N_("sets a new PIN."),
	[PROMPT_NEW_CODE] = N_("sets a new recovery code."),
};

static void
describe(const struct prompt_task *task, char *text, size_t room)
{
	const struct prompt_question *question = &task->question;
	const bool is_use = question->kind == PROMPT_USE;
	char name[512], module[100] = "", key[100] = "", token[60];

	name_caller(&task->caller, name, sizeof(name));
	if (task->front[0])
		snprintf(module, sizeof(module), _("Module: %s"), task->front);
	if (question->key[0])
		snprintf(key, sizeof(key), _("Key: %s"), question->key);
	snprintf(token, sizeof(token), _("Token: %s"), question->token);
	snprintf(text, room, "%s\n%s\n\n%s%s%s%s%s", name,
		is_use ? _(uses[question->use]) : _(wishes[question->kind]),
		module, module[0] ? "\n" : "", key, key[0] ? "\n" : "", token);
}

/* What was wrong the time before, and what is left; false: nothing. */
static bool
describe_error(const struct prompt_question *question, char *text, size_t room)
{
	size_t length = 0;

	if (question->reason == PROMPT_WRONG)
		length = (size_t)snprintf(
			text, room, "%s ", _("That was wrong."));
	if (question->reason == PROMPT_SHORT)
		length = (size_t)snprintf(text, room,
			P_("It needs at least %u character, and more if all "
			   "are digits.",
				"It needs at least %u characters, and more if "
				"all are digits.",
				question->least),
			question->least);
	if (question->left && length < room)
		length += (size_t)snprintf(text + length, room - length,
			P_("%u try is left.", "%u tries are left.",
				question->left),
			question->left);
	return length > 0;
}

/* What a program does not know it may leave out; but the person has to see
 * what the question is. */
static bool
introduce(struct pinentry *pinentry, const struct prompt_task *task)
{
	const struct prompt_caller *caller = &task->caller;
	char text[1024];

	if (caller->terminal[0]) {
		snprintf(text, sizeof(text), "ttyname=%s", caller->terminal);
		(void)pinentry_say(pinentry, "OPTION", text);
		(void)pinentry_say(pinentry, "OPTION", "ttytype=xterm");
	}
	snprintf(text, sizeof(text), "lc-ctype=%s", caller->locale);
	(void)pinentry_say(pinentry, "OPTION", text);
	snprintf(text, sizeof(text), "%u", task->question.seconds);
	(void)pinentry_say(pinentry, "SETTIMEOUT", text);
	(void)pinentry_say(pinentry, "SETTITLE", "Privy Seal");
	describe(task, text, sizeof(text));
	return pinentry_say(pinentry, "SETDESC", text);
}

static bool
ask_once(struct pinentry *pinentry, const char *prompt, struct secret *text)
{
	int round;

	for (round = 0; round < ROUNDS; round++) {
		(void)pinentry_say(pinentry, "SETPROMPT", prompt);
		if (!pinentry_ask(pinentry, "GETPIN", text))
			return false;
		if (text->length && text->length <= PROMPT_LONGEST)
			return true;
		secret_clear(text);
	}
	return false;
}

/* A new one is typed twice. */
static bool
ask_twice(struct pinentry *pinentry, const char *prompt, const char *again,
	struct secret *text)
{
	struct secret second = { 0 };
	int round;
	bool is_same;

	for (round = 0; round < ROUNDS; round++) {
		if (!ask_once(pinentry, prompt, text) ||
			!ask_once(pinentry, again, &second))
			break;
		is_same = secret_equal(text, second.at, second.length);
		secret_clear(&second);
		if (is_same)
			return true;
		secret_clear(text);
		(void)pinentry_say(
			pinentry, "SETERROR", _("The two are not the same."));
	}
	secret_clear(text);
	return false;
}

static bool
ask(struct pinentry *pinentry, const struct prompt_question *question,
	struct secret *text)
{
	char error[256];

	if (describe_error(question, error, sizeof(error)))
		(void)pinentry_say(pinentry, "SETERROR", error);
	switch (question->kind) {
	case PROMPT_PIN:
		return ask_once(pinentry, _("PIN:"), text);
	case PROMPT_OLD_PIN:
		return ask_once(pinentry, _("PIN until now:"), text);
	case PROMPT_CODE:
		return ask_once(pinentry, _("Recovery code:"), text);
	case PROMPT_NEW_PIN:
		return ask_twice(
			pinentry, _("New PIN:"), _("Once more:"), text);
	case PROMPT_NEW_CODE:
		return ask_twice(pinentry, _("New recovery code:"),
			_("Once more:"), text);
	case PROMPT_USE:
		(void)pinentry_say(pinentry, "SETOK", _("Allow"));
		(void)pinentry_say(pinentry, "SETCANCEL", _("Refuse"));
		return pinentry_ask(pinentry, "CONFIRM", text);
	case PROMPT_KINDS:
		break;
	}
	return false;
}

static void
answer(char kind, const void *text, size_t length)
{
	struct secret whole = { 0 };

	if (secret_init(&whole, length + 1)) {
		whole.at[0] = (unsigned char)kind;
		if (length)
			memcpy(whole.at + 1, text, length);
		(void)!write(ASKER_ANSWER, whole.at, whole.length);
	}
	secret_clear(&whole);
}

static bool
is_reachable(const struct prompt_caller *caller)
{
	if (caller->display[0] || caller->wayland[0] || caller->terminal[0])
		return true;
	note("%s has neither a display nor a terminal", caller->application);
	return false;
}

int
asker_run(void)
{
	struct prompt_task task;
	struct pinentry pinentry;
	struct secret text = { 0 };
	char path[sizeof(task.pinentry)];

	fcntl(ASKER_TASK, F_SETFD, FD_CLOEXEC);
	fcntl(ASKER_ANSWER, F_SETFD, FD_CLOEXEC);
	signal(SIGPIPE, SIG_IGN);
	bind_textdomain_codeset(PACKAGE, "UTF-8");
	log_to(keep_note);
	if (!take_task(&task))
		return 1;
	if (!is_reachable(&task.caller) ||
		!pinentry_find(task.pinentry, path, sizeof(path)) ||
		!pinentry_start(
			&pinentry, path, ASKER_ANSWER, task.question.seconds)) {
		answer(PROMPT_UNABLE, reason, strlen(reason));
		return 0;
	}
	if (introduce(&pinentry, &task) &&
		ask(&pinentry, &task.question, &text))
		answer(PROMPT_GIVEN, text.at,
			task.question.kind == PROMPT_USE ? 0 : text.length);
	else
		answer(PROMPT_REFUSED, NULL, 0);
	secret_clear(&text);
	pinentry_end(&pinentry);
	return 0;
}
