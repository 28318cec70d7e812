/* SPDX-License-Identifier: BSD-2-Clause */
/* privyseal keeper: starts, stops and looks at the user's keeper. */

#include "config.h"

#include "command/keeper.h"

#include "import/json.h"
#include "command/module.h"
#include "command/say.h"
#include "command/verb.h"
#include "pkcs11/hello.h"
#include "pkcs11/home.h"
#include "pkcs11/start.h"
#include "pkcs11/text.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* How long a keeper may take to end, in milliseconds. */
enum { PATIENCE = 5000 };

/* By a descriptor of its folder: a path may be longer than an address. */
static bool
address_of(const char *folder, struct sockaddr_un *address, int *directory)
{
	*directory = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*directory < 0)
		return false;
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(address->sun_path, sizeof(address->sun_path),
		"/proc/self/fd/%d/keeper.sock", *directory);
	return true;
}

/* A connection to this user's keeper and the process that made its socket; -1:
 * nobody listens there, or another user does. */
static int
connect_keeper(const char *folder, pid_t *process)
{
	struct sockaddr_un address;
	struct ucred peer = { .pid = 0 };
	socklen_t length = sizeof(peer);
	int directory = -1, connection;

	connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connection >= 0 &&
		!(address_of(folder, &address, &directory) &&
			connect(connection, (struct sockaddr *)&address,
				sizeof(address)) == 0 &&
			getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer,
				&length) == 0 &&
			(peer.uid == geteuid() || geteuid() == 0))) {
		close(connection);
		connection = -1;
	}
	if (directory >= 0)
		close(directory);
	*process = peer.pid;
	return connection;
}

pid_t
keeper_process(const char *folder)
{
	pid_t process;
	int connection = connect_keeper(folder, &process);

	if (connection < 0)
		return 0;
	close(connection);
	return process;
}

/* Asked over its socket, not by a signal: whoever made the socket may have
 * been systemd. The connection ends when all is done. */
static bool
ask_to_stop(int connection)
{
	unsigned char header[FRAME_HEADER];
	struct pollfd end = { .fd = connection, .events = POLLIN };

	frame_put_header(header, 0, STOP_CALL);
	return send(connection, header, sizeof(header), MSG_NOSIGNAL) ==
		sizeof(header) &&
		poll(&end, 1, PATIENCE) == 1;
}

static bool
stop(const struct request *request, const struct home *home)
{
	pid_t process;
	int connection = connect_keeper(home->run, &process);
	bool ended = connection < 0 || ask_to_stop(connection);

	if (!ended)
		complain(_("The keeper does not end."));
	else
		say(connection >= 0 ? _("The keeper has stopped.\n")
				    : _("No keeper was running.\n"));
	if (connection >= 0)
		close(connection);
	return ended;
}

/* Ends the connection; -1: there is none. */
static bool
exchange(int connection, uint32_t call, struct secret *answer)
{
	unsigned char header[FRAME_HEADER];
	struct pollfd end = { .fd = connection, .events = POLLIN };
	uint32_t length = 0, kind = 0;
	bool fine;

	frame_put_header(header, 0, call);
	fine = connection >= 0 &&
		send(connection, header, sizeof(header), MSG_NOSIGNAL) ==
			sizeof(header) &&
		poll(&end, 1, PATIENCE) == 1 &&
		recv(connection, header, sizeof(header), MSG_WAITALL) ==
			sizeof(header);
	if (fine)
		frame_take_header(header, &length, &kind);
	fine = fine && kind == call && length > 0 && length < 65536 &&
		secret_init(answer, length) &&
		recv(connection, answer->at, length, MSG_WAITALL) ==
			(ssize_t)length;
	if (connection >= 0)
		close(connection);
	return fine;
}

bool
keeper_ask(const char *folder, uint32_t call, struct secret *answer)
{
	pid_t process;

	return exchange(connect_keeper(folder, &process), call, answer);
}

/* -1: none answers, or *rv says why it is not to be trusted. */
static int
connect_machine(CK_RV *rv)
{
	struct home home;
	int connection = -1;

	*rv = CKR_DEVICE_REMOVED;
	if (home_find_machine(&home))
		connection = keeper_connect(&home, false, rv);
	home_clear(&home);
	return connection;
}

bool
keeper_ask_machine(uint32_t call, struct secret *answer)
{
	CK_RV rv;

	return exchange(connect_machine(&rv), call, answer);
}

enum machine_keeper
keeper_of_machine(void)
{
	CK_RV rv;
	int connection = connect_machine(&rv);

	if (connection < 0)
		return rv == CKR_DEVICE_REMOVED ? MACHINE_ABSENT
						: MACHINE_UNSAFE;
	close(connection);
	return MACHINE_ANSWERS;
}

/* The module starts one at the first call that needs it. */
bool
keeper_wake(const struct request *request, const struct home *home)
{
	struct module module = { 0 };
	CK_SLOT_ID *slots = NULL;
	CK_ULONG count, i;
	CK_TOKEN_INFO info;
	bool fine;

	fine = module_open(request, &module) &&
		module_slots(&module, &slots, &count);
	for (i = 0; fine && i < count; i++)
		(void)module.calls->C_GetTokenInfo(slots[i], &info);
	free(slots);
	module_close(&module);
	if (!fine)
		return false;
	if (keeper_process(home->run))
		return true;
	complain(_("The keeper does not start. See: privyseal doctor"));
	return false;
}

static bool
start(const struct request *request, const struct home *home)
{
	if (!keeper_wake(request, home))
		return false;
	say(_("The keeper runs.\n"));
	return true;
}

static bool
look(const struct request *request, const struct home *home)
{
	pid_t process = keeper_process(home->run);
	struct json json = { 0 };

	if (is_given(request, OPTION_JSON)) {
		json_open_object(&json, NULL);
		json_boolean(&json, "running", process != 0);
		json_number(&json, "process", process);
		json_text(&json, "folder", home->run);
		json_boolean(&json, "machine",
			keeper_of_machine() == MACHINE_ANSWERS);
		json_close_object(&json);
	} else if (process) {
		say(_("The keeper runs as process %d, in %s.\n"), (int)process,
			home->run);
	} else {
		say(_("No keeper runs; it starts when it is needed.\n"));
	}
	if (!is_given(request, OPTION_JSON) &&
		keeper_of_machine() == MACHINE_ANSWERS)
		say(_("The machine keeper answers.\n"));
	return true;
}

int
keeper_run(const struct request *request)
{
	static const struct {
		const char *name;
		bool (*run)(const struct request *, const struct home *);
	} deeds[] = { { "start", start }, { "stop", stop },
		{ "status", look } };
	struct home home = { 0 };
	bool fine;
	size_t i;

	for (i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++)
		if (strcmp(request->operands[0], deeds[i].name) == 0)
			break;
	if (i == sizeof(deeds) / sizeof(deeds[0])) {
		complain(_("Say \"start\", \"stop\" or \"status\"."));
		return ENDED_BY_USAGE;
	}
	fine = home_find(&home);
	if (!fine)
		complain(_("HOME is not set, so there is no keeper to find."));
	else
		fine = deeds[i].run(request, &home);
	home_clear(&home);
	return fine ? ENDED_WELL : ENDED_BADLY;
}
