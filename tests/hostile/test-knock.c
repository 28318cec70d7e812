/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs that connect to the keeper, and again, and say nothing. */

#include "config.h"

#include "tests/keeper/application.h"
#include "tests/keeper/stage.h"
#include "tests/test.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KNOCKERS = 32, TIMES = 20 };

static void
knock(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int connection;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	EXPECT(chdir(stage_path("run")) == 0);
	strcpy(address.sun_path, "keeper.sock");
	for (;;) {
		connection = socket(AF_UNIX, SOCK_STREAM, 0);
		(void)connect(connection, (struct sockaddr *)&address,
			sizeof(address));
		close(connection);
	}
}

TEST(who_knocks_without_end_keeps_nobody_waiting)
{
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE key;
	pid_t knockers[KNOCKERS];
	int i;

	application_set_up("");
	session = application_session();
	application_login(session);
	key = application_key(session);
	for (i = 0; i < KNOCKERS; i++)
		if ((knockers[i] = fork()) == 0)
			knock();
	usleep(300000);
	for (i = 0; i < TIMES; i++) {
		EXPECT(strstr(stage_status(), "version") != NULL);
		EXPECT_RV(application_sign(session, key), CKR_OK);
	}
	for (i = 0; i < KNOCKERS; i++) {
		EXPECT(kill(knockers[i], SIGKILL) == 0);
		EXPECT(waitpid(knockers[i], NULL, 0) == knockers[i]);
	}
}
