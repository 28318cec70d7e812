/* SPDX-License-Identifier: BSD-2-Clause */
/* What a vendor's module does wrong, as a file says: what any call can do. */

#include "config.h"

#include "tests/hostile/misdeed.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A leak ends here where nothing else ends it. */
enum { LEAK_PIECE = 1 << 20, LEAK_PIECES = 512 };

/* Microseconds. */
enum { SLOW_TIME = 1000000, LONG_TIME = 5000000 };

static void
read_lines(char *lines, size_t room)
{
	const char *path = getenv("MISDEED");
	int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	ssize_t length = file < 0 ? 0 : read(file, lines, room - 1);

	lines[length < 0 ? 0 : length] = '\0';
	if (file >= 0)
		close(file);
}

bool
misdeed_is(const char *call, const char *deed)
{
	char lines[256], wanted[128];

	read_lines(lines, sizeof(lines));
	snprintf(wanted, sizeof(wanted), "%s %s\n", call, deed);
	return strstr(lines, wanted) != NULL;
}

void
misdeed_note(const char *what, const char *call)
{
	const char *path = getenv("DIARY");
	int file = path
		? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)
		: -1;
	char line[128];
	int length = snprintf(line, sizeof(line), "%s %s\n", what, call);

	if (file < 0)
		return;
	(void)!write(file, line, (size_t)length);
	close(file);
}

static CK_RV
hang(void)
{
	while (true)
		pause();
	return CKR_OK;
}

static CK_RV
loop(void)
{
	static volatile bool is_over;

	while (!is_over)
		;
	return CKR_OK;
}

static CK_RV
end_politely(void)
{
	exit(0);
}

static CK_RV
end_at_once(void)
{
	_exit(0);
}

static CK_RV
abort_all(void)
{
	abort();
}

static CK_RV
fault(void)
{
	signal(SIGSEGV, SIG_DFL);
	raise(SIGSEGV);
	return CKR_OK;
}

static CK_RV
close_all(void)
{
	int descriptor;

	for (descriptor = 0; descriptor < 1024; descriptor++)
		close(descriptor);
	return CKR_OK;
}

static CK_RV
leak(void)
{
	size_t i;
	char *piece;

	for (i = 0; i < LEAK_PIECES; i++) {
		piece = malloc(LEAK_PIECE);
		if (!piece)
			break;
		memset(piece, 1, LEAK_PIECE);
	}
	return CKR_HOST_MEMORY;
}

static void *
go_on(void *unused)
{
	const struct timespec pause = { 0, 1000000 };

	for (;;) {
		free(malloc(100));
		nanosleep(&pause, NULL);
	}
	return NULL;
}

static CK_RV
start_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, go_on, NULL) == 0)
		misdeed_note("made", "a thread");
	return CKR_OK;
}

/* The child is none that stays. */
static CK_RV
fork_child(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	misdeed_note(child < 0 ? "refused" : "made", "a process");
	if (child > 0)
		waitpid(child, NULL, 0);
	return CKR_OK;
}

static CK_RV
end_listener(void)
{
	misdeed_note(
		kill(getppid(), 0) < 0 ? "refused" : "reached", "the listener");
	return CKR_OK;
}

static void
do_nothing(int signal)
{
}

/* Each interrupts what others wait for, a thousand times a second. */
static CK_RV
change_signals(void)
{
	const struct itimerval often = { { 0, 1000 }, { 0, 1000 } };
	struct sigaction action = { .sa_handler = do_nothing };
	sigset_t most;
	int number;

	for (number = 1; number < SIGRTMIN; number++)
		sigaction(number, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	sigfillset(&most);
	sigdelset(&most, SIGALRM);
	pthread_sigmask(SIG_SETMASK, &most, NULL);
	return CKR_OK;
}

static CK_RV
ignore_and_hang(void)
{
	sigset_t all;
	int number;

	for (number = 1; number < SIGRTMAX; number++)
		signal(number, SIG_IGN);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	return hang();
}

static CK_RV
chatter(void)
{
	static const char words[] = "CHATTER on every descriptor\n";
	int i;

	for (i = 0; i < 1000; i++) {
		(void)!write(1, words, sizeof(words) - 1);
		(void)!write(2, words, sizeof(words) - 1);
	}
	return CKR_OK;
}

static CK_RV
take_time(void)
{
	usleep(SLOW_TIME);
	return CKR_OK;
}

static CK_RV
take_long(void)
{
	usleep(LONG_TIME);
	return CKR_OK;
}

static CK_RV
say_code(void)
{
	return 0x80000123;
}

static CK_RV
say_ones(void)
{
	return 0xffffffff;
}

static CK_RV
say_whole_ones(void)
{
	return ~0UL;
}

static CK_RV
say_memory(void)
{
	return CKR_HOST_MEMORY;
}

static CK_RV
say_not_initialized(void)
{
	return CKR_CRYPTOKI_NOT_INITIALIZED;
}

static const struct {
	const char *deed;
	CK_RV (*act)(void);
} acts[] = {
	{ "hang", hang },
	{ "loop", loop },
	{ "exit", end_politely },
	{ "_exit", end_at_once },
	{ "abort", abort_all },
	{ "fault", fault },
	{ "close", close_all },
	{ "leak", leak },
	{ "thread", start_thread },
	{ "fork", fork_child },
	{ "kill", end_listener },
	{ "signals", change_signals },
	{ "ignore", ignore_and_hang },
	{ "chatter", chatter },
	{ "slow", take_time },
	{ "long", take_long },
	{ "code", say_code },
	{ "ones", say_ones },
	{ "all-ones", say_whole_ones },
	{ "memory", say_memory },
	{ "not-initialized", say_not_initialized },
};

CK_RV
misdeed_do(const char *call)
{
	size_t i;

	for (i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		if (misdeed_is(call, acts[i].deed))
			return acts[i].act();
	return CKR_OK;
}
