/* SPDX-License-Identifier: BSD-2-Clause */
/* What a process may still ask of the kernel: seccomp. */

#include "config.h"

#include "keeper/sandbox-calls.h"

#include "pkcs11/log.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#ifdef __s390__
enum { CLONE_FLAGS = 1 };
#else
enum { CLONE_FLAGS = 0 };
#endif

/* Of no use to a token, its store and its threads, whatever their version; so
 * who calls it is not what we started. */
static const int hostile[] = { SCMP_SYS(execve), SCMP_SYS(execveat),
	SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(kill), SCMP_SYS(tkill),
	SCMP_SYS(pidfd_send_signal), SCMP_SYS(pidfd_open), SCMP_SYS(socket),
	SCMP_SYS(socketpair), SCMP_SYS(connect), SCMP_SYS(bind),
	SCMP_SYS(listen), SCMP_SYS(accept), SCMP_SYS(accept4), SCMP_SYS(shmget),
	SCMP_SYS(shmat), SCMP_SYS(memfd_create) };

/* Looks into other processes, or changes what holds for all. */
static const int intrusive[] = { SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev), SCMP_SYS(process_madvise),
	SCMP_SYS(pidfd_getfd), SCMP_SYS(kcmp), SCMP_SYS(perf_event_open),
	SCMP_SYS(bpf), SCMP_SYS(userfaultfd), SCMP_SYS(io_uring_setup),
	SCMP_SYS(io_uring_enter), SCMP_SYS(io_uring_register),
	SCMP_SYS(add_key), SCMP_SYS(request_key), SCMP_SYS(keyctl),
	SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(move_mount),
	SCMP_SYS(open_tree), SCMP_SYS(fsopen), SCMP_SYS(fsmount),
	SCMP_SYS(fsconfig), SCMP_SYS(pivot_root), SCMP_SYS(chroot),
	SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(open_by_handle_at),
	SCMP_SYS(init_module), SCMP_SYS(finit_module), SCMP_SYS(delete_module),
	SCMP_SYS(kexec_load), SCMP_SYS(kexec_file_load), SCMP_SYS(reboot),
	SCMP_SYS(swapon), SCMP_SYS(swapoff), SCMP_SYS(acct),
	SCMP_SYS(personality), SCMP_SYS(quotactl), SCMP_SYS(syslog) };

static const int processes[] = { SCMP_SYS(execve), SCMP_SYS(execveat),
	SCMP_SYS(fork), SCMP_SYS(vfork) };

/* By Debian 12 and 13: the C library (threads, memory, files, time), SQLite,
 * the crypto library, and what we call ourselves. On paths Landlock decides. */
static const int needed[] = {
	/* the connections, and the answers of the listener */
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(readv), SCMP_SYS(writev),
	SCMP_SYS(recv), SCMP_SYS(recvfrom), SCMP_SYS(recvmsg), SCMP_SYS(send),
	SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(shutdown),
	SCMP_SYS(getsockopt), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(close),
	SCMP_SYS(dup), SCMP_SYS(eventfd2), SCMP_SYS(inotify_init1),
	SCMP_SYS(inotify_add_watch), SCMP_SYS(inotify_rm_watch),
	/* the store */
	SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(stat), SCMP_SYS(lstat),
	SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(fstatat64),
	SCMP_SYS(stat64), SCMP_SYS(lstat64), SCMP_SYS(fstat64), SCMP_SYS(statx),
	SCMP_SYS(statfs), SCMP_SYS(fstatfs), SCMP_SYS(statfs64),
	SCMP_SYS(fstatfs64), SCMP_SYS(access), SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2), SCMP_SYS(getcwd), SCMP_SYS(readlink),
	SCMP_SYS(readlinkat), SCMP_SYS(lseek), SCMP_SYS(_llseek),
	SCMP_SYS(pread64), SCMP_SYS(pwrite64), SCMP_SYS(preadv),
	SCMP_SYS(pwritev), SCMP_SYS(ftruncate), SCMP_SYS(ftruncate64),
	SCMP_SYS(fallocate), SCMP_SYS(fsync), SCMP_SYS(fdatasync),
	SCMP_SYS(flock), SCMP_SYS(fchown), SCMP_SYS(fchown32), SCMP_SYS(mkdir),
	SCMP_SYS(mkdirat), SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(link),
	SCMP_SYS(linkat), SCMP_SYS(rename), SCMP_SYS(renameat),
	SCMP_SYS(renameat2), SCMP_SYS(getdents), SCMP_SYS(getdents64),
	/* memory, threads, signals of its own */
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
	SCMP_SYS(mlock), SCMP_SYS(mlock2), SCMP_SYS(munlock), SCMP_SYS(mincore),
	SCMP_SYS(futex), SCMP_SYS(futex_time64), SCMP_SYS(set_robust_list),
	SCMP_SYS(set_tid_address), SCMP_SYS(rseq), SCMP_SYS(membarrier),
	SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity),
	SCMP_SYS(sched_getparam), SCMP_SYS(sched_getscheduler),
	SCMP_SYS(getcpu), SCMP_SYS(exit), SCMP_SYS(exit_group),
	SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(sigreturn), SCMP_SYS(sigaltstack),
	SCMP_SYS(restart_syscall),
	/* questions */
	SCMP_SYS(getpid), SCMP_SYS(getppid), SCMP_SYS(gettid), SCMP_SYS(getuid),
	SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid),
	SCMP_SYS(getuid32), SCMP_SYS(geteuid32), SCMP_SYS(getgid32),
	SCMP_SYS(getegid32), SCMP_SYS(getrandom), SCMP_SYS(getrlimit),
	SCMP_SYS(ugetrlimit), SCMP_SYS(getrusage), SCMP_SYS(sysinfo),
	SCMP_SYS(uname), SCMP_SYS(times), SCMP_SYS(time),
	SCMP_SYS(gettimeofday), SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_gettime64), SCMP_SYS(clock_getres),
	SCMP_SYS(clock_nanosleep), SCMP_SYS(clock_nanosleep_time64),
	SCMP_SYS(nanosleep)
};

/* Allowed, or refused, when an argument's masked bits have a value. */
struct condition {
	int call;
	unsigned argument;
	uint64_t mask, value;
	uint32_t action;
};

#define WHOLE UINT64_MAX
#define INTEGER UINT32_MAX
#define THREAD (CLONE_VM | CLONE_SIGHAND | CLONE_THREAD)
#define ALLOW SCMP_ACT_ALLOW
#define KILL SCMP_ACT_KILL_PROCESS
#define REFUSE(error) SCMP_ACT_ERRNO(error)

/* clang-format off */
static const struct condition conditions[] = {
	/* A thread, no process. The flags of clone3 are in memory, where they
	 * cannot be looked at: it does not exist, and the C library then takes
	 * the old one. */
	{ SCMP_SYS(clone), CLONE_FLAGS, THREAD, THREAD, ALLOW },
	{ SCMP_SYS(clone), CLONE_FLAGS, CLONE_THREAD, 0, KILL },
	/* No memory that runs. */
	{ SCMP_SYS(mmap), 2, PROT_EXEC, 0, ALLOW },
	{ SCMP_SYS(mmap), 2, PROT_EXEC, PROT_EXEC, REFUSE(EPERM) },
	{ SCMP_SYS(mmap2), 2, PROT_EXEC, 0, ALLOW },
	{ SCMP_SYS(mmap2), 2, PROT_EXEC, PROT_EXEC, REFUSE(EPERM) },
	{ SCMP_SYS(mprotect), 2, PROT_EXEC, 0, ALLOW },
	{ SCMP_SYS(mprotect), 2, PROT_EXEC, PROT_EXEC, REFUSE(EPERM) },
	/* Files may only become narrower, and only those that Landlock lets it
	 * open: by a path it would reach those of other owners. */
	{ SCMP_SYS(fchmod), 1, ~(uint64_t)0600, 0, ALLOW },
	/* Locks and flags; no signals to owners. */
	{ SCMP_SYS(fcntl), 1, INTEGER, F_DUPFD, ALLOW },
	{ SCMP_SYS(fcntl), 1, INTEGER, F_DUPFD_CLOEXEC, ALLOW },
	{ SCMP_SYS(fcntl), 1, INTEGER, F_GETFD, ALLOW },
	{ SCMP_SYS(fcntl), 1, INTEGER, F_SETFD, ALLOW },
	{ SCMP_SYS(fcntl), 1, INTEGER, F_GETFL, ALLOW },
	{ SCMP_SYS(fcntl), 1, INTEGER, F_SETFL, ALLOW },
	{ SCMP_SYS(fcntl), 1, INTEGER, F_GETLK, ALLOW },
	{ SCMP_SYS(fcntl), 1, INTEGER, F_SETLK, ALLOW },
	{ SCMP_SYS(fcntl), 1, INTEGER, F_SETLKW, ALLOW },
	{ SCMP_SYS(fcntl), 1, INTEGER, F_OFD_GETLK, ALLOW },
	{ SCMP_SYS(fcntl), 1, INTEGER, F_OFD_SETLK, ALLOW },
	{ SCMP_SYS(fcntl), 1, INTEGER, F_OFD_SETLKW, ALLOW },
	{ SCMP_SYS(setsockopt), 1, INTEGER, SOL_SOCKET, ALLOW },
	{ SCMP_SYS(ioctl), 0, 0, 0, REFUSE(ENOTTY) },
	/* Names of threads and memory; what is closed stays so. */
	{ SCMP_SYS(prctl), 0, INTEGER, PR_SET_NAME, ALLOW },
	{ SCMP_SYS(prctl), 0, INTEGER, PR_GET_DUMPABLE, ALLOW },
	{ SCMP_SYS(prctl), 0, INTEGER, 0x53564d41 /* PR_SET_VMA */, ALLOW },
	/* Its own limits, to read. */
	{ SCMP_SYS(prlimit64), 2, WHOLE, 0, ALLOW },
};
/* clang-format on */

#define EACH(calls) calls, sizeof(calls) / sizeof(*(calls))

/* A call that this machine does not have needs no rule. */
static bool
add(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t count)
{
	int result = 0;
	size_t i;

	for (i = 0; i < count && (result == 0 || result == -EDOM); i++)
		result = seccomp_rule_add(filter, action, calls[i], 0);
	return result == 0 || result == -EDOM;
}

static bool
add_condition(scmp_filter_ctx filter, const struct condition *condition)
{
	struct scmp_arg_cmp test = SCMP_CMP(condition->argument,
		SCMP_CMP_MASKED_EQ, condition->mask, condition->value);
	int result = seccomp_rule_add_array(filter, condition->action,
		condition->call, condition->mask ? 1 : 0, &test);

	return result == 0 || result == -EDOM;
}

static bool
add_conditions(scmp_filter_ctx filter)
{
	/* abort() and the like: to a thread of ours. */
	bool fine = seccomp_rule_add(filter, ALLOW, SCMP_SYS(tgkill), 1,
			    SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid())) == 0;
	size_t i;

	for (i = 0; fine && i < sizeof(conditions) / sizeof(*conditions); i++)
		fine = add_condition(filter, &conditions[i]);
	return fine;
}

/* Another architecture's calls would pass by numbers that mean something else.
 */
static scmp_filter_ctx
begin(uint32_t action)
{
	scmp_filter_ctx filter = seccomp_init(action);

	if (!filter)
		return NULL;
	(void)seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, KILL);
	/* By a tree: the list is long. */
	(void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	return filter;
}

static bool
finish(scmp_filter_ctx filter, bool is_complete)
{
	int result = filter && is_complete ? seccomp_load(filter) : -ENOMEM;

	seccomp_release(filter);
	if (result != 0)
		note("the kernel's calls cannot be closed: %s",
			strerror(-result));
	return result == 0;
}

/* A sanitizer needs more than can be listed, and tells of what it found by
 * another program. */
static bool
refuse_most(void)
{
	scmp_filter_ctx filter = begin(ALLOW);

	return finish(filter,
		filter && add(filter, REFUSE(EPERM), EACH(hostile)) &&
			add(filter, REFUSE(EPERM), EACH(intrusive)));
}

bool
sandbox_calls_only(void)
{
	scmp_filter_ctx filter;

	if (SANITIZED)
		return refuse_most();
	filter = begin(REFUSE(ENOSYS));
	return finish(filter,
		filter && add(filter, ALLOW, EACH(needed)) &&
			add(filter, KILL, EACH(hostile)) &&
			add(filter, KILL, EACH(intrusive)) &&
			add_conditions(filter));
}

bool
sandbox_calls_without_tracing(void)
{
	scmp_filter_ctx filter = begin(ALLOW);

	return finish(
		filter, filter && add(filter, REFUSE(EPERM), EACH(intrusive)));
}

bool
sandbox_calls_alone(void)
{
	scmp_filter_ctx filter = begin(ALLOW);
	const struct condition processes_too[] = {
		{ SCMP_SYS(clone), CLONE_FLAGS, CLONE_THREAD, 0,
			REFUSE(EPERM) },
		{ SCMP_SYS(clone3), 0, 0, 0, REFUSE(ENOSYS) },
	};

	return finish(filter,
		filter && add(filter, REFUSE(EPERM), EACH(intrusive)) &&
			add(filter, REFUSE(EPERM), EACH(processes)) &&
			add_condition(filter, &processes_too[0]) &&
			add_condition(filter, &processes_too[1]));
}
