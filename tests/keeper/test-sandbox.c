/* SPDX-License-Identifier: BSD-2-Clause */
/* What each wall keeps in, tried by a process that put it around itself. */

#include "config.h"

#include "keeper/sandbox-calls.h"
#include "keeper/sandbox-files.h"
#include "keeper/sandbox.h"
#include "tests/test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char inside[512], outside[512];
static struct home home;

/* A home with a file in its tokens' folder, and one beside the home. */
static void
set_up(void)
{
	static char text[3][256];
	int i;

	for (i = 0; i < 3; i++) {
		snprintf(text[i], sizeof(text[i]), "%s/home%s", test_folder(),
			i == 0           ? ""
				: i == 1 ? "/tokens"
					 : "/run");
		EXPECT(mkdir(text[i], 0700) == 0);
	}
	home.folder = text[0];
	home.tokens = text[1];
	home.run = text[2];
	snprintf(inside, sizeof(inside), "%s/1.token", home.tokens);
	snprintf(outside, sizeof(outside), "%s/outside", test_folder());
	EXPECT(close(open(inside, O_CREAT | O_RDWR, 0600)) == 0);
	EXPECT(close(open(outside, O_CREAT | O_RDWR, 0600)) == 0);
}

static void
be_soft(void)
{
	EXPECT(sandbox_begin());
	EXPECT(sandbox_soft_worker(home.tokens));
}

static void
be_module(void)
{
	EXPECT(sandbox_begin());
	EXPECT(sandbox_module_worker(&home, false));
}

static void
be_listener(void)
{
	EXPECT(sandbox_begin());
	EXPECT(sandbox_listener());
}

/* What came of it: 0, an errno, or one of these. */
enum { FALSE_CLAIM = 254, DIED = 255 };

static int
outcome(void (*confine)(void), long (*deed)(void))
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		confine();
		errno = 0;
		syscall(SYS_exit_group,
			deed() >= 0     ? 0
				: errno ? errno
					: FALSE_CLAIM);
	}
	EXPECT(waitpid(child, &status, 0) == child);
	if (WIFSIGNALED(status))
		EXPECT_NUMBER(WTERMSIG(status), SIGSYS);
	return WIFSIGNALED(status) ? DIED : WEXITSTATUS(status);
}

#define DEED(name, expression) \
	static long name(void) \
	{ \
		return (long)(expression); \
	}

static char program[] = "/bin/true";
static char *arguments[] = { program, NULL };
static char room[64];

/* Arguments that the kernel refuses, where it could do harm. */
DEED(execute, execve(program, arguments, NULL))
DEED(execute_at, syscall(SYS_execveat, AT_FDCWD, program, arguments, NULL, 0))
DEED(make_process, syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0))
DEED(make_shared_process, syscall(SYS_clone, CLONE_VM | SIGCHLD, 0, 0, 0, 0))
DEED(signal_another, kill(getppid(), 0))
DEED(make_local_socket, socket(AF_UNIX, SOCK_STREAM, 0))
DEED(make_network_socket, socket(AF_INET, SOCK_STREAM, 0))
DEED(connect_it, connect(-1, NULL, 0))
DEED(bind_it, bind(-1, NULL, 0))
DEED(listen_to_it, listen(-1, 1))
DEED(trace, ptrace(PTRACE_ATTACH, 0x7ffffff0, 0, 0))
DEED(read_another, syscall(SYS_process_vm_readv, -1, NULL, 0, NULL, 0, 0))
DEED(write_another, syscall(SYS_process_vm_writev, -1, NULL, 0, NULL, 0, 0))
DEED(take_descriptor, syscall(438 /* pidfd_getfd */, -1, 0, 0))
DEED(open_process, syscall(SYS_pidfd_open, -1, 0))
DEED(make_ring, syscall(425 /* io_uring_setup */, 0, NULL))
DEED(load_program, syscall(SYS_bpf, -1, NULL, 0))
DEED(leave_namespace, unshare(0x40))
DEED(mount_it, syscall(SYS_mount, NULL, NULL, NULL, 0, NULL))
DEED(change_root, chroot(""))
DEED(handle_faults, syscall(SYS_userfaultfd, -1))
DEED(use_keyring, syscall(SYS_keyctl, -1))
DEED(make_memory_file, syscall(SYS_memfd_create, NULL, 0))

static const struct {
	const char *name;
	long (*deed)(void);
} hostile[] = { { "execve", execute }, { "execveat", execute_at },
	{ "clone", make_process }, { "clone with memory", make_shared_process },
	{ "kill", signal_another }, { "socket", make_local_socket },
	{ "network socket", make_network_socket }, { "connect", connect_it },
	{ "bind", bind_it }, { "listen", listen_to_it }, { "ptrace", trace },
	{ "process_vm_readv", read_another },
	{ "process_vm_writev", write_another },
	{ "pidfd_getfd", take_descriptor }, { "pidfd_open", open_process },
	{ "io_uring_setup", make_ring }, { "bpf", load_program },
	{ "unshare", leave_namespace }, { "mount", mount_it },
	{ "chroot", change_root }, { "userfaultfd", handle_faults },
	{ "keyctl", use_keyring }, { "memfd_create", make_memory_file } };

TEST(what_only_an_intruder_calls_ends_a_worker)
{
	/* Where a sanitizer has to go on, it is refused. */
	int expected = SANITIZED ? EPERM : DIED, result;
	size_t i;

	set_up();
	for (i = 0; i < sizeof(hostile) / sizeof(*hostile); i++) {
		/* A process for a sanitizer's own use. */
		if (SANITIZED && strstr(hostile[i].name, "clone"))
			continue;
		result = outcome(be_soft, hostile[i].deed);
		if (result != expected)
			test_fail(__FILE__, __LINE__, "%s gave %d",
				hostile[i].name, result);
	}
}

DEED(map_code,
	mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		0) == MAP_FAILED
		? -1
		: 0)
DEED(make_code,
	mprotect(
		mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
		4096, PROT_READ | PROT_EXEC))
DEED(open_itself_to_others, prctl(PR_SET_DUMPABLE, 1, 0, 0, 0))
DEED(open_file_to_others, fchmod(open(inside, O_RDONLY), 0604))
DEED(narrow_file, fchmod(open(inside, O_RDONLY), 0600))
DEED(change_user, setuid(12345))
DEED(raise_limits,
	setrlimit(
		RLIMIT_CORE, &(struct rlimit){ RLIM_INFINITY, RLIM_INFINITY }))
DEED(control_device, syscall(SYS_ioctl, 0, 0x5412 /* TIOCSTI */, room))
DEED(be_signalled, fcntl(0, F_SETOWN, getppid()))

TEST(what_a_worker_can_do_without_is_refused)
{
	if (SANITIZED)
		test_skip("a sanitizer needs more calls than can be listed");
	set_up();
	EXPECT_NUMBER(outcome(be_soft, map_code), EPERM);
	EXPECT_NUMBER(outcome(be_soft, make_code), EPERM);
	EXPECT_NUMBER(outcome(be_soft, open_itself_to_others), ENOSYS);
	EXPECT_NUMBER(outcome(be_soft, open_file_to_others), ENOSYS);
	EXPECT_NUMBER(outcome(be_soft, narrow_file), 0);
	EXPECT_NUMBER(outcome(be_soft, change_user), ENOSYS);
	EXPECT_NUMBER(outcome(be_soft, raise_limits), ENOSYS);
	EXPECT_NUMBER(outcome(be_soft, control_device), ENOTTY);
	EXPECT_NUMBER(outcome(be_soft, be_signalled), ENOSYS);
}

static void
expect_landlock(void)
{
	set_up();
	if (!sandbox_files_version())
		test_skip("the kernel has no Landlock");
}

static long
opened(const char *path, int flags)
{
	return open(path, flags | O_CLOEXEC, 0600);
}

static const char *
beside(const char *path)
{
	static char other[600];

	snprintf(other, sizeof(other), "%s.other", path);
	return other;
}

DEED(read_token, opened(inside, O_RDWR))
DEED(make_token, opened(beside(inside), O_RDWR | O_CREAT))
DEED(remove_token, unlink(inside))
DEED(link_token, link(inside, beside(inside)))
DEED(rename_token, rename(inside, beside(inside)))
DEED(list_tokens, opened(home.tokens, O_RDONLY | O_DIRECTORY))
DEED(draw_random, opened("/dev/urandom", O_RDONLY))
DEED(read_outside, opened(outside, O_RDONLY))
DEED(write_outside, opened(outside, O_WRONLY))
DEED(make_outside, opened(beside(outside), O_WRONLY | O_CREAT))
DEED(remove_outside, unlink(outside))
DEED(move_outside, rename(inside, outside))
DEED(link_outside, link(inside, beside(outside)))
DEED(make_folder_outside, mkdir(beside(outside), 0700))
DEED(close_outside, chmod(outside, 0))
DEED(close_outside_too, fchmodat(AT_FDCWD, outside, 0, 0))
DEED(list_home, opened(home.folder, O_RDONLY | O_DIRECTORY))
DEED(read_system, opened("/etc/passwd", O_RDONLY))
DEED(read_own_memory, opened("/proc/self/mem", O_RDWR))
DEED(escape, opened("/proc/self/root/etc/passwd", O_RDONLY))

TEST(worker_reaches_its_tokens_and_no_other_file)
{
	expect_landlock();
	EXPECT_NUMBER(outcome(be_soft, read_token), 0);
	EXPECT_NUMBER(outcome(be_soft, make_token), 0);
	EXPECT_NUMBER(outcome(be_soft, remove_token), 0);
	EXPECT(close((int)opened(inside, O_CREAT | O_RDWR)) == 0);
	EXPECT(unlink(beside(inside)) == 0);
	EXPECT_NUMBER(outcome(be_soft, link_token), 0);
	EXPECT_NUMBER(outcome(be_soft, rename_token), 0);
	EXPECT_NUMBER(outcome(be_soft, list_tokens), 0);
	EXPECT_NUMBER(outcome(be_soft, draw_random), 0);
	EXPECT_NUMBER(outcome(be_soft, read_outside), EACCES);
	EXPECT_NUMBER(outcome(be_soft, write_outside), EACCES);
	EXPECT_NUMBER(outcome(be_soft, make_outside), EACCES);
	EXPECT_NUMBER(outcome(be_soft, remove_outside), EACCES);
	EXPECT(close((int)opened(inside, O_CREAT | O_RDWR)) == 0);
	EXPECT(outcome(be_soft, move_outside) != 0);
	EXPECT(outcome(be_soft, link_outside) != 0);
	EXPECT_NUMBER(outcome(be_soft, make_folder_outside), EACCES);
	EXPECT_NUMBER(outcome(be_soft, close_outside), ENOSYS);
	EXPECT_NUMBER(outcome(be_soft, close_outside_too), ENOSYS);
	EXPECT_NUMBER(outcome(be_soft, list_home), EACCES);
	EXPECT_NUMBER(outcome(be_soft, read_system), EACCES);
	EXPECT_NUMBER(outcome(be_soft, read_own_memory), EACCES);
	EXPECT_NUMBER(outcome(be_soft, escape), EACCES);
	EXPECT(access(outside, F_OK) == 0);
}

static void *
in_thread(void *argument)
{
	free(malloc(100000));
	return argument;
}

static long
run_thread(void)
{
	pthread_t thread;
	void *result = NULL;

	errno = pthread_create(&thread, NULL, in_thread, room);
	if (errno || pthread_join(thread, &result) != 0 || result != room)
		return -1;
	return 0;
}

DEED(raise_own, raise(SIGCHLD))

TEST(threads_and_own_signals_go_on_in_each_sandbox)
{
	set_up();
	EXPECT_NUMBER(outcome(be_soft, run_thread), 0);
	EXPECT_NUMBER(outcome(be_soft, raise_own), 0);
	if (sandbox_files_version())
		EXPECT_NUMBER(outcome(be_module, run_thread), 0);
	EXPECT_NUMBER(outcome(be_listener, run_thread), 0);
}

DEED(list_run, opened(home.run, O_RDONLY | O_DIRECTORY))
DEED(write_home, opened(beside(home.run), O_WRONLY | O_CREAT))
DEED(read_token_around, opened(inside, O_RDONLY))

TEST(module_of_others_reaches_all_but_the_store_and_its_keeper)
{
	expect_landlock();
	EXPECT_NUMBER(outcome(be_module, read_token_around), EACCES);
	EXPECT_NUMBER(outcome(be_module, list_tokens), EACCES);
	EXPECT_NUMBER(outcome(be_module, list_run), EACCES);
	EXPECT_NUMBER(outcome(be_module, write_home), EACCES);
	EXPECT_NUMBER(outcome(be_module, write_outside), 0);
	EXPECT_NUMBER(outcome(be_module, read_system), 0);
	EXPECT_NUMBER(outcome(be_module, make_local_socket), 0);
	EXPECT_NUMBER(outcome(be_module, make_network_socket), 0);
	EXPECT_NUMBER(outcome(be_module, connect_it), EBADF);
	EXPECT_NUMBER(outcome(be_module, execute), EPERM);
	EXPECT_NUMBER(outcome(be_module, make_process), EPERM);
	EXPECT_NUMBER(outcome(be_module, trace), EPERM);
	EXPECT_NUMBER(outcome(be_module, read_another), EPERM);
}

TEST(listener_starts_programs_but_looks_into_none)
{
	set_up();
	EXPECT_NUMBER(outcome(be_listener, execute), 0);
	EXPECT_NUMBER(outcome(be_listener, make_local_socket), 0);
	EXPECT_NUMBER(outcome(be_listener, read_system), 0);
	EXPECT_NUMBER(outcome(be_listener, trace), EPERM);
	EXPECT_NUMBER(outcome(be_listener, read_another), EPERM);
	EXPECT_NUMBER(outcome(be_listener, take_descriptor), EPERM);
}

/* Says what the kernel says, so a wall that is missing is seen. */
static long
describes_soft(void)
{
	char text[128], version[96];

	sandbox_describe(text, sizeof(text));
	snprintf(version, sizeof(version), " landlock %s", room);
	return strncmp(text, "seccomp 2 no-new-privileges 1 dumpable 0", 40) ==
				0 &&
			strcmp(strstr(text, " landlock"), version) == 0
		? 0
		: -1;
}

static void
be_half(void)
{
	EXPECT(sandbox_begin());
	EXPECT(sandbox_calls_only());
}

static void
be_open(void)
{
	EXPECT(sandbox_begin());
}

static long
describes_open(void)
{
	char text[128];

	sandbox_describe(text, sizeof(text));
	return strcmp(text,
		       "seccomp 0 no-new-privileges 1 dumpable 0 landlock 0") ==
			0
		? 0
		: -1;
}

TEST(description_is_what_stands)
{
	set_up();
	snprintf(room, sizeof(room), "%d", sandbox_files_version());
	if (sandbox_files_version())
		EXPECT_NUMBER(outcome(be_soft, describes_soft), 0);
	EXPECT_NUMBER(outcome(be_open, describes_open), 0);
	strcpy(room, "0");
	EXPECT_NUMBER(outcome(be_half, describes_soft), 0);
}
