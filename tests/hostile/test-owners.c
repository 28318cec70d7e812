/* SPDX-License-Identifier: BSD-2-Clause */
/* A process of the machine keeper that was taken over: it opens its own
 * owner's store, and no other's. Root is the intruder: it makes the process
 * call what it likes. */

#include "config.h"

#include "tests/keeper/stage.h"
#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __x86_64__
/* Where it waits in a system call, the instruction is behind it. */
enum { INSTRUCTION = 2, RED_ZONE = 128 };

static long
call_open(pid_t process, struct user_regs_struct *registers, const char *path,
	int flags)
{
	size_t length = strlen(path) + 1;
	unsigned long stack = registers->rsp - RED_ZONE - 4096;
	char bytes[4096] = "";
	struct iovec here = { bytes, length },
		     there = { (void *)stack, length };
	int status;

	memcpy(bytes, path, length);
	EXPECT(process_vm_writev(process, &here, 1, &there, 1, 0) ==
		(ssize_t)length);
	registers->rip -= INSTRUCTION;
	registers->rax = SYS_openat;
	registers->orig_rax = (unsigned long)-1;
	registers->rdi = (unsigned long)AT_FDCWD;
	registers->rsi = stack;
	registers->rdx = (unsigned long)flags;
	registers->r10 = 0;
	EXPECT(ptrace(PTRACE_SETREGS, process, 0, registers) == 0);
	EXPECT(ptrace(PTRACE_SINGLESTEP, process, 0, 0) == 0);
	EXPECT(waitpid(process, &status, 0) == process);
	EXPECT(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP);
	EXPECT(ptrace(PTRACE_GETREGS, process, 0, registers) == 0);
	return (long)registers->rax;
}

static struct user_regs_struct before;

/* From here to give_back() it does nothing of its own. */
static void
take_over(pid_t process)
{
	int status;

	if (ptrace(PTRACE_ATTACH, process, 0, 0) < 0)
		test_skip("nobody may look into a process");
	EXPECT(waitpid(process, &status, 0) == process);
	EXPECT(ptrace(PTRACE_GETREGS, process, 0, &before) == 0);
}

static void
give_back(pid_t process)
{
	EXPECT(ptrace(PTRACE_SETREGS, process, 0, &before) == 0);
	EXPECT(ptrace(PTRACE_DETACH, process, 0, 0) == 0);
}

/* The descriptor, or a negative errno. */
static long
opens(pid_t process, const char *path, int flags)
{
	struct user_regs_struct registers = before;

	return call_open(process, &registers, path, flags);
}
#else
static void
take_over(pid_t process)
{
	test_skip("it is told how to take over a process of x86-64 only");
}

static void
give_back(pid_t process)
{
}

static long
opens(pid_t process, const char *path, int flags)
{
	return 0;
}
#endif

/* A token of the user's. */
static const char *
token_of(int user)
{
	static const char *const parts[] = { "", "/tokens", "/tokens/1.token" };
	static char path[4096];
	char name[64];
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		snprintf(name, sizeof(name), "state/%d%s", user, parts[i]);
		snprintf(path, sizeof(path), "%s", stage_path(name));
		if (i == 2)
			close(open(path, O_WRONLY | O_CREAT, 0600));
		else
			mkdir(path, 0700);
		EXPECT(chown(path, STAGE_KEEPER, STAGE_KEEPER) == 0);
	}
	return path;
}

static void
join(void)
{
	uint64_t instance;

	stage_join('a', &instance);
}

static void
bring(void)
{
	unsigned char header[FRAME_HEADER];

	frame_put_header(header, 0, MOVE_CALL);
	EXPECT(send(stage_connect(), header, sizeof(header), MSG_NOSIGNAL) ==
		sizeof(header));
}

static void
reaches_its_own_only(pid_t process)
{
	char path[4096];

	EXPECT(process > 0);
	take_over(process);
	snprintf(path, sizeof(path), "%s", token_of(STAGE_OWNER));
	EXPECT(opens(process, path, O_RDWR) >= 0);
	snprintf(path, sizeof(path), "%s", token_of(STAGE_STRANGER));
	EXPECT_NUMBER(opens(process, path, O_RDWR), -EACCES);
	EXPECT_NUMBER(opens(process, path, O_RDONLY), -EACCES);
	*strrchr(path, '/') = '\0';
	EXPECT_NUMBER(opens(process, path, O_RDONLY | O_DIRECTORY), -EACCES);
	EXPECT_NUMBER(
		opens(process, stage_path("state"), O_RDONLY | O_DIRECTORY),
		-EACCES);
	EXPECT_NUMBER(opens(process, stage_path("privyseal.conf"), O_RDONLY),
		-EACCES);
	give_back(process);
}

static void
stage_for_many(void)
{
	if (geteuid() != 0)
		test_skip("only root can be several users");
	if (SANITIZED)
		test_skip("a sanitizer has threads and calls of its own");
	stage_machine_home("");
	token_of(STAGE_OWNER);
	token_of(STAGE_STRANGER);
}

TEST(worker_of_one_owner_cannot_reach_anothers_store)
{
	stage_for_many();
	stage_machine();
	stage_keep_doing(STAGE_OWNER, join);
	reaches_its_own_only(stage_worker());
}

static pid_t
first_child(pid_t parent)
{
	char path[64];
	long child = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/task/%ld/children",
		(long)parent, (long)parent);
	file = fopen(path, "r");
	if (!file)
		test_skip("this kernel does not tell whose child a process is");
	if (fscanf(file, "%ld", &child) != 1)
		child = 0;
	fclose(file);
	return (pid_t)child;
}

static bool
waits_for_a_token(pid_t process)
{
	char path[64], call[32] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/syscall", (long)process);
	file = process ? fopen(path, "r") : NULL;
	if (file && !fgets(call, sizeof(call), file))
		call[0] = '\0';
	if (file)
		fclose(file);
	return atol(call) == SYS_recvfrom;
}

TEST(process_that_takes_in_a_token_cannot_reach_anothers_store)
{
	pid_t keeper;

	stage_for_many();
	keeper = stage_machine();
	stage_keep_doing(STAGE_OWNER, bring);
	EXPECT(WITHIN(5000, waits_for_a_token(first_child(keeper))));
	reaches_its_own_only(first_child(keeper));
}
