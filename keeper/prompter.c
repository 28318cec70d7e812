/* SPDX-License-Identifier: BSD-2-Clause */
/* Starts the processes that ask a person, for the listener. */

#include "config.h"

#include "keeper/prompter.h"

#include "keeper/child.h"
#include "keeper/control.h"
#include "keeper/desktop.h"
#include "keeper/listener.h"
#include "pkcs11/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* So many questions may stand on one person's screen. */
enum { PROMPTS_MOST = 8, VARIABLES = 12 };

/* Processes that ask now. */
static unsigned askers;

/* The program of a process that is still the same one afterwards. */
static void
find_program(char *program, size_t room, const struct peer *peer)
{
	char path[40];
	ssize_t length;

	program[0] = '\0';
	if (!peer->number)
		return;
	snprintf(path, sizeof(path), "/proc/%ld/exe", (long)peer->number);
	length = readlink(path, program, room - 1);
	program[length > 0 && peer_is_alive(peer) ? length : 0] = '\0';
}

void
prompter_describe(struct prompt_caller *caller, const struct hello *hello,
	const struct peer *peer)
{
	char program[sizeof(caller->program)];
	const char *name;

	*caller = (struct prompt_caller){ .process = peer->number };
	find_program(program, sizeof(program), peer);
	copy_clean(caller->program, program, sizeof(caller->program));
	name = strrchr(caller->program, '/');
	copy_clean(caller->application, name ? name + 1 : hello->application,
		sizeof(caller->application));
	memcpy(caller->locale, hello->locale, sizeof(caller->locale));
	caller->is_elsewhere = hello->wishes & HELLO_ELSEWHERE;
	if (caller->is_elsewhere)
		return;
	memcpy(caller->display, hello->display, sizeof(caller->display));
	memcpy(caller->wayland, hello->wayland, sizeof(caller->wayland));
	memcpy(caller->authority, hello->authority, sizeof(caller->authority));
	memcpy(caller->terminal, hello->terminal, sizeof(caller->terminal));
}

static void
add_variable(char **environment, const char *name, const char *value)
{
	size_t count = 0;

	while (environment[count])
		count++;
	if (!value || !*value || count + 1 >= VARIABLES)
		return;
	if (asprintf(&environment[count], "%s=%s", name, value) < 0)
		environment[count] = NULL;
}

/* A name that setlocale looks up, and not one that it opens. */
static const char *
locale_name(const char *locale)
{
	static const char fine[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "abcdefghijklmnopqrstuvwxyz0123456789_.@-";

	return locale[0] && strspn(locale, fine) == strlen(locale) ? locale
								   : "C.UTF-8";
}

/* Where a session of this user has its sockets: a display's, and the bus that
 * some desktops ask by. */
static void
add_session(char **environment)
{
	char folder[40], bus[64];
	struct stat status;

	snprintf(folder, sizeof(folder), "/run/user/%lu",
		(unsigned long)geteuid());
	if (lstat(folder, &status) != 0 || status.st_uid != geteuid())
		return;
	add_variable(environment, "XDG_RUNTIME_DIR", folder);
	snprintf(bus, sizeof(bus), "%s/bus", folder);
	if (access(bus, F_OK) != 0)
		return;
	snprintf(bus, sizeof(bus), "unix:path=%s/bus", folder);
	add_variable(environment, "DBUS_SESSION_BUS_ADDRESS", bus);
}

/* From nothing: nothing of the keeper's, nor of who started it. */
static void
make_environment(char **environment, const struct prompt_caller *caller)
{
	add_variable(environment, "PATH", "/usr/bin:/bin");
	add_variable(environment, "HOME", getenv("HOME"));
	add_variable(environment, "LC_ALL", locale_name(caller->locale));
	add_variable(environment, "DISPLAY", caller->display);
	add_variable(environment, "WAYLAND_DISPLAY", caller->wayland);
	add_variable(environment, "XAUTHORITY", caller->authority);
	add_variable(environment, "GPG_TTY", caller->terminal);
	add_session(environment);
}

static void
asker_ready(struct listener *listener, struct watch *watch)
{
	siginfo_t how = { 0 };

	waitid(P_PIDFD, (id_t)watch->descriptor, &how, WEXITED | WNOHANG);
	watch_end(listener, watch);
	free(watch);
	askers--;
}

/* The listener waits for its end, and for nothing else of it. */
static bool
attend(struct listener *listener, int process)
{
	/* A pidfd, and all that we keep of it. */
	struct watch *watch = calloc(1, sizeof(*watch));

	if (watch) {
		watch->ready = asker_ready;
		if (watch_start(listener, watch, process)) {
			askers++;
			return true;
		}
	}
	free(watch);
	child_kill(process);
	return false;
}

static bool
start(struct listener *listener, int task, int answer,
	const struct prompt_caller *caller)
{
	const char *words[] = { "privyseal-keeper", "--prompt", NULL };
	char *environment[VARIABLES] = { NULL };
	int process = -1;
	size_t i;

	make_environment(environment, caller);
	child_start(words, environment, task, answer, &process);
	for (i = 0; i < VARIABLES; i++)
		free(environment[i]);
	return process >= 0 && attend(listener, process);
}

static void
close_both(int ends[2])
{
	if (ends[0] >= 0)
		close(ends[0]);
	if (ends[1] >= 0)
		close(ends[1]);
}

/* The end that the answer will come by; -1. A pipe has room for the task. */
static int
ask(struct listener *listener, const struct prompt_task *task)
{
	int questions[2] = { -1, -1 }, answers[2] = { -1, -1 };
	int end = -1;

	if (askers < PROMPTS_MOST && pipe2(questions, O_CLOEXEC) == 0 &&
		pipe2(answers, O_CLOEXEC) == 0 &&
		write(questions[1], task, sizeof(*task)) == sizeof(*task) &&
		start(listener, questions[0], answers[1], &task->caller)) {
		end = answers[0];
		answers[0] = -1;
	} else {
		note("nobody is asked: %s",
			askers < PROMPTS_MOST ? strerror(errno)
					      : "too many questions");
	}
	close_both(questions);
	close_both(answers);
	return end;
}

/* Where applications ask, a person expects nobody else to, and may take it for
 * a question about another token. The worker is as old as its application, or
 * younger than our configuration. */
static bool
is_expected(const struct configuration *configuration,
	const struct worker *worker, const struct prompt_question *question)
{
	const struct subject application = {
		.application = worker->caller.application,
		.program = worker->caller.program,
	};

	return !worker->serves_module || question->kind == PROMPT_USE ||
		configuration_rule(configuration, RULE_PIN_ENTRY,
			&application) == PIN_ENTRY_KEEPER;
}

/* What a worker says stays on the lines that are for it, and which module it is
 * of is not its to say. */
static void
put_question(struct prompt_task *task,
	const struct configuration *configuration, const struct worker *worker,
	const struct prompt_question *question)
{
	const char *pinentry = configuration_rule_text(
		configuration, RULE_PINENTRY, &(struct subject){ 0 });

	snprintf(task->pinentry, sizeof(task->pinentry), "%s",
		pinentry ? pinentry : "");
	task->question = *question;
	copy_clean(task->question.token, question->token,
		sizeof(task->question.token));
	copy_clean(
		task->question.key, question->key, sizeof(task->question.key));
	if (worker->serves_module)
		snprintf(task->front, sizeof(task->front), "%s",
			worker->front_name[0] ? worker->front_name : "?");
}

void
prompter_ask(struct listener *listener, struct worker *worker,
	const struct control *question)
{
	struct control answer = { .kind = CONTROL_ANSWER,
		.number = question->number,
		.rv = CKR_FUNCTION_CANCELED };
	struct prompt_task task = { .caller = worker->caller };
	struct configuration configuration;
	int end = -1;

	/* What was changed since the start counts: a person may have just
	 * chosen another program. */
	configuration_read(
		&configuration, listener->home.configuration, NULL, NULL);
	put_question(&task, &configuration, worker, &question->question);
	if (task.caller.is_elsewhere)
		desktop_find(task.caller.display, sizeof(task.caller.display),
			task.caller.wayland, sizeof(task.caller.wayland));
	/* Who asks would have no walls, among the tokens of all users. */
	if (listener->home.is_machine)
		note("worker %ld asked for a prompt, which no worker of the "
		     "machine keeper does",
			(long)worker->number);
	else if (!is_expected(&configuration, worker, &question->question))
		note("worker %ld asked for a PIN, and the configuration has "
		     "applications do that",
			(long)worker->number);
	else
		end = ask(listener, &task);
	configuration_clear(&configuration);
	if (end >= 0)
		answer.rv = CKR_OK;
	control_send(worker->control.descriptor, &answer, end, false);
	if (end >= 0)
		close(end);
}
