/* SPDX-License-Identifier: BSD-2-Clause */
/* Starts the processes that take in tokens which their owners bring. */

#include "config.h"

#include "keeper/adopter.h"
#include "keeper/listener.h"
#include "keeper/surroundings.h"
#include "pkcs11/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* So many of one owner at a time: all but one wait for nothing. */
enum { ADOPTIONS_MOST = 4 };

/* The listener waits for its end, and for nothing else of it. */
struct adoption {
	struct watch process; /* a pidfd */
	struct owner *owner;
};

static void
adoption_free(struct listener *listener, struct adoption *adoption)
{
	watch_end(listener, &adoption->process);
	adoption->owner->adoptions--;
	listener->adoptions--;
	owner_leave(listener, adoption->owner);
	free(adoption);
}

static void
process_ready(struct listener *listener, struct watch *watch)
{
	siginfo_t how = { 0 };

	waitid(P_PIDFD, (id_t)watch->descriptor, &how, WEXITED | WNOHANG);
	/* The watch is the first member. */
	adoption_free(listener, (struct adoption *)watch);
}

/* Of all owners' folders it is told its own. */
static void
become_adopter(int connection, const char *folder, char **environment)
{
	const char *words[] = { "privyseal-keeper", "--adopter", "--folder",
		folder, NULL };
	char *arguments[sizeof(words) / sizeof(words[0])];
	sigset_t none;

	memcpy(arguments, words, sizeof(arguments));
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (connection == ADOPTER_CONNECTION)
		fcntl(connection, F_SETFD, 0);
	else
		dup2(connection, ADOPTER_CONNECTION);
	close_range(ADOPTER_CONNECTION + 1, ~0U, 0);
	execve("/proc/self/exe", arguments, environment);
	_exit(127);
}

static int
start_process(int connection, const char *folder)
{
	char **environment = surroundings_environment();
	pid_t number = fork();
	int process = -1;

	if (number == 0)
		become_adopter(connection, folder, environment);
	if (number > 0)
		process = (int)syscall(SYS_pidfd_open, number, 0);
	if (number > 0 && process < 0) {
		kill(number, SIGKILL);
		waitpid(number, NULL, 0);
	}
	return process;
}

/* To the process the connection is a file like others: it waits. */
void
adoption_start(struct listener *listener, const struct caller *caller)
{
	struct owner *owner = caller->owner;
	int connection = caller->watch.descriptor, process;
	struct adoption *adoption;

	if (!listener->home.is_machine || owner->adoptions >= ADOPTIONS_MOST ||
		!owner_settle(listener, owner) ||
		fcntl(connection, F_SETFL, 0) < 0 ||
		!(adoption = calloc(1, sizeof(*adoption))))
		return;
	adoption->process = (struct watch){ -1, process_ready };
	adoption->owner = owner_take(listener, owner->user);
	owner->adoptions++;
	listener->adoptions++;
	process = start_process(connection, owner->folder);
	if (process >= 0 && watch_start(listener, &adoption->process, process))
		return;
	note("nobody takes in a token: %s", strerror(errno));
	if (process >= 0) {
		syscall(SYS_pidfd_send_signal, process, SIGKILL, NULL, 0);
		waitid(P_PIDFD, (id_t)process, &(siginfo_t){ 0 }, WEXITED);
		close(process);
	}
	adoption_free(listener, adoption);
}
