/* SPDX-License-Identifier: BSD-2-Clause */
/* This program begun again, as a process that does one thing. */

#include "config.h"

#include "keeper/child.h"

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS_MOST = 16 };

/* The descriptors pass the places that they are meant for, so not to be
 * overwritten there. */
static void
become(char **arguments, char **environment, int first, int second)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	first = fcntl(first, F_DUPFD, CHILD_SECOND + 1);
	second = second < 0 ? -1 : fcntl(second, F_DUPFD, CHILD_SECOND + 1);
	dup2(first, CHILD_FIRST);
	if (second >= 0)
		dup2(second, CHILD_SECOND);
	else
		close(CHILD_SECOND);
	close_range(CHILD_SECOND + 1, ~0U, 0);
	execve("/proc/self/exe", arguments, environment);
	_exit(127);
}

pid_t
child_start(const char *const *words, char **environment, int first, int second,
	int *process)
{
	char *arguments[WORDS_MOST + 1] = { NULL };
	size_t count = 0;
	pid_t number;

	/* The texts are not written to. */
	while (words[count] && count < WORDS_MOST)
		count++;
	memcpy(arguments, words, count * sizeof(*arguments));
	number = fork();
	if (number == 0)
		become(arguments, environment, first, second);
	if (number > 0) {
		*process = (int)syscall(SYS_pidfd_open, number, 0);
		if (*process < 0) {
			kill(number, SIGKILL);
			waitpid(number, NULL, 0);
			number = -1;
		}
	}
	return number;
}

void
child_kill(int process)
{
	syscall(SYS_pidfd_send_signal, process, SIGKILL, NULL, 0);
	waitid(P_PIDFD, (id_t)process, &(siginfo_t){ 0 }, WEXITED);
	close(process);
}
