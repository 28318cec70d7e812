/* SPDX-License-Identifier: BSD-2-Clause */
/* A TPM in software, for one test. */

#include "config.h"

#include "tests/unit/tpm-kit.h"

#include "tests/test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TPMS = 2 };

static struct running {
	char name[16];
	pid_t process;
} running[TPMS];

const char *
tpm_path(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s.sock", test_folder(), name);
	return path;
}

static struct running *
find(const char *name)
{
	int i;

	for (i = 0; i < TPMS; i++)
		if (strcmp(running[i].name, name) == 0)
			return &running[i];
	return NULL;
}

static int
try_connect(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const char *path = tpm_path(name);

	if (strlen(path) >= sizeof(address.sun_path))
		test_fail(__FILE__, __LINE__, "%s is too long", path);
	strcpy(address.sun_path, path);
	if (connect(connection, (struct sockaddr *)&address, sizeof(address)) ==
		0)
		return connection;
	close(connection);
	return -1;
}

int
tpm_connect(const char *name)
{
	int i, connection;

	for (i = 0; i < 1000; i++) {
		if ((connection = try_connect(name)) >= 0)
			return connection;
		usleep(10000);
	}
	test_fail(__FILE__, __LINE__, "swtpm does not answer");
}

static void
become_swtpm(const char *name)
{
	char state[512], server[600];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(STDERR_FILENO);
	if (open("/dev/null", O_WRONLY) != STDERR_FILENO)
		_exit(127);
	snprintf(state, sizeof(state), "dir=%s/%s", test_folder(), name);
	snprintf(server, sizeof(server), "type=unixio,path=%s", tpm_path(name));
	execlp("swtpm", "swtpm", "socket", "--tpm2", "--tpmstate", state,
		"--server", server, "--flags", "not-need-init,startup-clear",
		(char *)NULL);
	_exit(127);
}

void
tpm_start(const char *name)
{
	struct running *tpm = find(name);
	char folder[512];

	if (system("command -v swtpm >/dev/null") != 0)
		test_skip("there is no swtpm");
	/* The library tells what it thinks on standard error. */
	setenv("TSS2_LOG", "all+none", 1);
	snprintf(folder, sizeof(folder), "%s/%s", test_folder(), name);
	mkdir(folder, 0700);
	if (!tpm)
		tpm = find("");
	EXPECT(tpm);
	snprintf(tpm->name, sizeof(tpm->name), "%s", name);
	tpm->process = fork();
	if (tpm->process == 0)
		become_swtpm(name);
	EXPECT(tpm->process > 0);
	close(tpm_connect(name));
}

void
tpm_stop(const char *name)
{
	struct running *tpm = find(name);

	EXPECT(tpm && tpm->process > 0);
	kill(tpm->process, SIGTERM);
	waitpid(tpm->process, NULL, 0);
	unlink(tpm_path(name));
	tpm->process = 0;
}

void
tpm_clear(const char *name)
{
	/* TPM2_Clear under the platform's authority, with an empty password
	 * [TPM 2.0 part 3, 24.6]. */
	static const unsigned char clear[] = { 0x80, 0x02, 0, 0, 0, 27, 0, 0,
		0x01, 0x26, 0x40, 0, 0, 0x0c, 0, 0, 0, 9, 0x40, 0, 0, 0x09, 0,
		0, 0, 0, 0 };
	unsigned char answer[64] = { 0 };
	int connection = tpm_connect(name);

	EXPECT(write(connection, clear, sizeof(clear)) == sizeof(clear));
	EXPECT(read(connection, answer, sizeof(answer)) >= 10);
	EXPECT_NUMBER(
		answer[6] << 24 | answer[7] << 16 | answer[8] << 8 | answer[9],
		0);
	close(connection);
}

static void
drip(int client, const unsigned char *answer, ssize_t length)
{
	ssize_t i;

	for (i = 0; i < length; i++) {
		if (send(client, answer + i, 1, MSG_NOSIGNAL) != 1)
			_exit(0);
		usleep(200000);
	}
}

/* One command at a time, as the library gives them. */
static void
relay(int client, int tpm, unsigned command, enum tpm_ailment ailment, int told)
{
	unsigned char room[4096];
	bool ails = false;
	ssize_t length;

	while ((length = read(client, room, sizeof(room))) > 0) {
		if (length >= 10 && room[8] == command >> 8 &&
			room[9] == (command & 0xff))
			ails = true;
		if (ails && told >= 0)
			EXPECT(write(told, "", 1) == 1);
		if (ails && ailment == TPM_HANGS)
			continue;
		EXPECT(write(tpm, room, (size_t)length) == length);
		length = read(tpm, room, sizeof(room));
		if (ails)
			drip(client, room, length);
		else if (send(client, room, (size_t)length, MSG_NOSIGNAL) < 0)
			break;
	}
	_exit(0);
}

/* [TPM 2.0 part 2, 6.5.2] NV_UndefineSpace, NV_DefineSpace, NV_Increment,
 * NV_Write. */
static bool
is_change(const unsigned char *command, ssize_t length)
{
	unsigned code = length < 10 ? 0 : command[8] << 8 | command[9];

	return code == 0x122 || code == 0x12a || code == 0x134 || code == 0x137;
}

static void
relay_and_kill(int client, int tpm, struct tpm_killer *killer, pid_t victim)
{
	unsigned char room[4096];
	bool kills;
	ssize_t length;

	while ((length = read(client, room, sizeof(room))) > 0) {
		kills = is_change(room, length) &&
			++killer->changes == killer->at;
		if (kills && !killer->is_after)
			break;
		EXPECT(write(tpm, room, (size_t)length) == length);
		length = read(tpm, room, sizeof(room));
		if (kills ||
			send(client, room, (size_t)length, MSG_NOSIGNAL) < 0)
			break;
	}
	if (killer->at && killer->changes >= killer->at)
		kill(victim, SIGKILL);
	_exit(0);
}

/* A process between us and the TPM: true in it. */
static bool
stand_between(const char *name, int *client, int *tpm)
{
	int ends[2];
	pid_t process;

	*tpm = tpm_connect(name);
	EXPECT_NUMBER(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	process = fork();
	EXPECT(process >= 0);
	if (process == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	*client = ends[process == 0];
	close(ends[process != 0]);
	if (process > 0)
		close(*tpm);
	return process == 0;
}

int
tpm_connect_ailing(
	const char *name, unsigned command, enum tpm_ailment ailment, int told)
{
	int client, tpm;

	if (stand_between(name, &client, &tpm))
		relay(client, tpm, command, ailment, told);
	return client;
}

int
tpm_connect_killing(const char *name, struct tpm_killer *killer)
{
	const pid_t victim = getpid();
	int client, tpm;

	if (stand_between(name, &client, &tpm))
		relay_and_kill(client, tpm, killer, victim);
	return client;
}

static unsigned
number_at(const unsigned char *at)
{
	return (unsigned)at[0] << 24 | (unsigned)at[1] << 16 |
		(unsigned)at[2] << 8 | at[3];
}

void
tpm_flush(const char *name)
{
	/* TPM2_FlushContext of objects and sessions, which it numbers from
	 * these on [TPM 2.0 part 3, 28.4]; what is not there is an error. */
	static const unsigned char firsts[] = { 0x80, 0x02, 0x03 };
	unsigned char flush[] = { 0x80, 0x01, 0, 0, 0, 14, 0, 0, 0x01, 0x65, 0,
		0, 0, 0 };
	unsigned char answer[64];
	int connection = tpm_connect(name);
	size_t i;

	for (i = 0; i < 4 * sizeof(firsts); i++) {
		flush[10] = firsts[i / 4];
		flush[13] = i % 4;
		EXPECT(write(connection, flush, sizeof(flush)) ==
			sizeof(flush));
		EXPECT(read(connection, answer, sizeof(answer)) >= 10);
	}
	close(connection);
}

unsigned
tpm_count_places(const char *name)
{
	/* TPM2_GetCapability of handles from 0x01800000 on [TPM 2.0 part 3,
	 * 30.2]. */
	static const unsigned char ask[] = { 0x80, 0x01, 0, 0, 0, 22, 0, 0,
		0x01, 0x7a, 0, 0, 0, 1, 0x01, 0x80, 0, 0, 0, 0, 0, 64 };
	unsigned char answer[19 + 4 * 64];
	int connection = tpm_connect(name);
	unsigned count;

	EXPECT(write(connection, ask, sizeof(ask)) == sizeof(ask));
	EXPECT(read(connection, answer, sizeof(answer)) >= 19);
	EXPECT_NUMBER(number_at(answer + 6), 0);
	count = number_at(answer + 15);
	close(connection);
	return count;
}

/* [TPM 2.0 part 3, 24.8, 25.2] Each is under the lock-out. */
unsigned
tpm_ask_as_administrator(const char *name, unsigned code, const char *password,
	const char *parameter)
{
	const unsigned char length = (unsigned char)strlen(password);
	unsigned char command[64] = { 0x80, 0x02, 0, 0, 0, 0, 0, 0,
		(unsigned char)(code >> 8), code & 0xff, 0x40, 0, 0, 0x0a, 0, 0,
		0, 9 + length, 0x40, 0, 0, 0x09, 0, 0, 0, 0, length };
	unsigned char answer[64] = { 0 };
	size_t used = 27 + length;
	int connection = tpm_connect(name);

	memcpy(command + 27, password, length);
	if (parameter) {
		command[used + 1] = (unsigned char)strlen(parameter);
		memcpy(command + used + 2, parameter, command[used + 1]);
		used += 2 + command[used + 1];
	}
	command[5] = (unsigned char)used;
	EXPECT(write(connection, command, used) == (ssize_t)used);
	EXPECT(read(connection, answer, sizeof(answer)) >= 10);
	close(connection);
	return (unsigned)answer[8] << 8 | answer[9];
}
