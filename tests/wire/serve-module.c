/* SPDX-License-Identifier: BSD-2-Clause */
/* The smallest keeper: serves another PKCS#11 module, each connection in a
 * thread, at the socket of PRIVYSEAL_HOME. For tests of the wire alone: it
 * knows no applications, so all of them share the module's logins.
 *
 * serve-module MODULE   (says "ready" when it listens; ends with its input) */

#include "config.h"

#include "pkcs11/frame.h"
#include "pkcs11/home.h"
#include "pkcs11/serve.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const CK_FUNCTION_LIST_3_0 *token;

static void *
serve_one(void *argument)
{
	const struct frame_limit limit = { 10, 10, 10, NULL };
	const struct serve_limits limits = { 0 };
	int connection = (int)(intptr_t)argument;
	struct wire wire = { 0 };
	struct hello hello;
	uint32_t call;

	frame_set_limit(connection, &limit);
	if (frame_receive(connection, &wire, HELLO_CAP, &limit, &call) ==
			FRAME_WHOLE &&
		call == HELLO_CALL &&
		hello_take(
			wire.at + wire.taken, wire.length - wire.taken, &hello))
		serve(connection, &hello, token, &limits);
	wire_clear(&wire);
	close(connection);
	return NULL;
}

static void *
end_with_input(void *argument)
{
	char byte;

	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	_exit(0);
}

static void
load(const char *path)
{
	CK_C_INITIALIZE_ARGS arguments = { .flags = CKF_OS_LOCKING_OK };
	void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	CK_FUNCTION_LIST *list;
	CK_C_GetFunctionList get;
	void *symbol = module ? dlsym(module, "C_GetFunctionList") : NULL;

	memcpy(&get, &symbol, sizeof(get));
	if (!get || get(&list) != CKR_OK ||
		list->C_Initialize(&arguments) != CKR_OK)
		exit(1);
	token = (const CK_FUNCTION_LIST_3_0 *)(const void *)list;
}

static int
listen_at_home(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct home home;
	int listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int folder;

	if (!home_find(&home))
		exit(1);
	mkdir(home.folder, 0700);
	mkdir(home.run, 0700);
	folder = open(home.run, O_PATH | O_DIRECTORY | O_CLOEXEC);
	snprintf(address.sun_path, sizeof(address.sun_path),
		"/proc/self/fd/%d/keeper.sock", folder);
	unlink(address.sun_path);
	if (bind(listening, (struct sockaddr *)&address, sizeof(address)) ||
		listen(listening, 64))
		exit(1);
	close(folder);
	home_clear(&home);
	return listening;
}

int
main(int count, char **arguments)
{
	int listening, connection;
	pthread_t thread;

	if (count != 2)
		return 2;
	load(arguments[1]);
	listening = listen_at_home();
	printf("ready\n");
	fflush(stdout);
	pthread_create(&thread, NULL, end_with_input, NULL);
	while ((connection = accept4(listening, NULL, NULL, SOCK_CLOEXEC)) >= 0)
		if (pthread_create(&thread, NULL, serve_one,
			    (void *)(intptr_t)connection) == 0)
			pthread_detach(thread);
	return 1;
}
