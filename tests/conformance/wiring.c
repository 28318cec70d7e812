/* SPDX-License-Identifier: BSD-2-Clause */
/* Ways to the functions under test. */

#include "config.h"

#include "tests/conformance/wiring.h"

#include "keeper/tries.h"
#include "tests/test.h"
#include "token/soft.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* A 2.40 list in the place of a 3.0 one: what it lacks is NULL. */
static const CK_FUNCTION_LIST_3_0 *
widen(const CK_FUNCTION_LIST *list)
{
	static CK_FUNCTION_LIST_3_0 wide;

	memcpy(&wide, list, sizeof(*list));
	return &wide;
}

static const CK_FUNCTION_LIST_3_0 *
module_functions(const char *path)
{
	void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	CK_C_GetInterface get_interface;
	CK_C_GetFunctionList get_list;
	CK_FUNCTION_LIST *list;
	CK_INTERFACE *interface;

	if (!module)
		test_fail(__FILE__, __LINE__, "%s", dlerror());
	get_interface = (CK_C_GetInterface)dlsym(module, "C_GetInterface");
	if (get_interface) {
		EXPECT_RV(get_interface(NULL, NULL, &interface, 0), CKR_OK);
		return interface->pFunctionList;
	}
	get_list = (CK_C_GetFunctionList)dlsym(module, "C_GetFunctionList");
	EXPECT(get_list != NULL);
	EXPECT_RV(get_list(&list), CKR_OK);
	return widen(list);
}

static void
write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (!file || fputs(text, file) < 0 || fclose(file) != 0)
		test_fail(__FILE__, __LINE__, "cannot write %s", path);
}

/* Where it looks when nothing in the environment says otherwise, so that it
 * also finds it in a keeper. */
static const char *
softhsm2_configure(const char *folder)
{
	static char path[256];
	char tokens[256], text[512];

	setenv("HOME", folder, 1);
	unsetenv("SOFTHSM2_CONF");
	snprintf(tokens, sizeof(tokens), "%s/softhsm2", folder);
	mkdir(tokens, 0700);
	snprintf(path, sizeof(path), "%s/.config", folder);
	mkdir(path, 0700);
	strcat(path, "/softhsm2");
	mkdir(path, 0700);
	strcat(path, "/softhsm2.conf");
	snprintf(text, sizeof(text),
		"directories.tokendir = %s\nobjectstore.backend = file\n"
		"log.level = ERROR\nslots.removable = false\n",
		tokens);
	write_file(path, text);
	return "/usr/lib/softhsm/libsofthsm2.so";
}

static const CK_FUNCTION_LIST_3_0 *
softhsm2_load(const char *folder)
{
	return module_functions(softhsm2_configure(folder));
}

static pid_t keeper;

/* A keeper of the test's own, which ends with it. */
static void
keeper_start_with(const char *folder, const char *settings, const char *option,
	const char *value)
{
	char home[256], path[512];

	snprintf(home, sizeof(home), "%s/home", folder);
	mkdir(home, 0700);
	snprintf(path, sizeof(path), "%s/privyseal.conf", home);
	write_file(path, settings);
	chmod(path, 0600);
	setenv("PRIVYSEAL_HOME", home, 1);
	keeper = fork();
	if (keeper == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl(BUILDDIR "/privyseal-keeper", "privyseal-keeper", option,
			value, NULL);
		_exit(127);
	}
}

static void
keeper_start(const char *folder, const char *option, const char *value)
{
	keeper_start_with(
		folder, "kdf-memory = 1\nspare-slot = yes\n", option, value);
}

static void
keeper_end(void)
{
	if (keeper > 0 && kill(keeper, SIGTERM) == 0)
		waitpid(keeper, NULL, 0);
}

/* A socket is there before it listens, so only a connection tells. */
static bool
keeper_listens(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool listens;

	snprintf(address.sun_path, sizeof(address.sun_path),
		"%s/run/keeper.sock", getenv("PRIVYSEAL_HOME"));
	listens = connect(connection, (struct sockaddr *)&address,
			  sizeof(address)) == 0;
	close(connection);
	return listens;
}

/* The module must find this keeper, and not start another. */
static const CK_FUNCTION_LIST_3_0 *
module_of_keeper(void)
{
	int tries;

	setenv("PRIVYSEAL_KEEPER", BUILDDIR "/privyseal-keeper", 1);
	for (tries = 0; tries < 1000 && !keeper_listens(); tries++)
		usleep(10000);
	return module_functions(BUILDDIR "/.libs/privyseal-pkcs11.so");
}

static const CK_FUNCTION_LIST_3_0 *
wire_load(const char *folder)
{
	keeper_start(folder, NULL, NULL);
	return module_of_keeper();
}

static const CK_FUNCTION_LIST_3_0 *
softhsm2_wire_load(const char *folder)
{
	keeper_start(folder, "--token-module", softhsm2_configure(folder));
	return module_of_keeper();
}

/* As the configuration names it. */
static const CK_FUNCTION_LIST_3_0 *
softhsm2_front_load(const char *folder)
{
	char settings[512];

	snprintf(settings, sizeof(settings),
		"kdf-memory = 1\n[front hsm]\nmodule = %s\n"
		"environment = HOME=%s\n",
		softhsm2_configure(folder), folder);
	keeper_start_with(folder, settings, NULL, NULL);
	return module_of_keeper();
}

/* The tries are counted as the keeper counts them, in files of their own. */
static struct tries tries = { .limit = 10 };

static CK_RV
count_try(void *context, const char *serial, CK_USER_TYPE user)
{
	return tries_count(context, serial, user);
}

static void
clear_tries(void *context, const char *serial, CK_USER_TYPE user)
{
	tries_clear(context, serial, user);
}

static void
look_at_tries(void *context, const char *serial, CK_USER_TYPE user,
	unsigned *left, unsigned *limit)
{
	tries_look(context, serial, user, left, limit);
}

static const CK_FUNCTION_LIST_3_0 *
soft_load(const char *folder)
{
	static char tokens[256], counts[256];
	struct soft_configuration configuration = {
		.folder = tokens,
		.pin_min_length = 8,
		.pin_min_digits = 10,
		.cost = { .memory = 1024 },
		.spare_slot = true,
		.tries = { count_try, clear_tries, look_at_tries, &tries },
		.first_session = 1,
		.first_session_object = 1UL << 30,
	};

	snprintf(tokens, sizeof(tokens), "%s/tokens", folder);
	snprintf(counts, sizeof(counts), "%s/tries", folder);
	tries.folder = counts;
	soft_configure(&configuration);
	return soft_functions();
}

/* What the script around the suite says of the card and its vendor's module. */
static const char *
card_value(const char *name)
{
	const char *value = getenv(name);

	if (!value)
		test_fail(__FILE__, __LINE__,
			"%s is not set: this runs in "
			"tests/conformance/test-piv",
			name);
	return value;
}

/* The card is one for all tests, so each begins with its PIN as it was. */
static void
card_renew(void)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/pins", card_value("CARD_FOLDER"));
	write_file(path, "123456 12345678 3 3\n");
}

static const CK_FUNCTION_LIST_3_0 *
piv_load(const char *folder)
{
	card_renew();
	return module_functions(card_value("OPENSC"));
}

static const CK_FUNCTION_LIST_3_0 *
piv_front_load(const char *folder)
{
	char settings[1024];

	card_renew();
	snprintf(settings, sizeof(settings),
		"kdf-memory = 1\n[front card]\nmodule = %s\n"
		"environment = PCSCLITE_CSOCK_NAME=%s OPENSC_CONF=%s\n",
		card_value("OPENSC"), card_value("PCSCLITE_CSOCK_NAME"),
		card_value("OPENSC_CONF"));
	keeper_start_with(folder, settings, NULL, NULL);
	return module_of_keeper();
}

static const struct pins phrases = { "correct horse 1", "battery staple 2",
	"another pin 3", "wrong pin 1" };
/* Digits, no more than eight; for an officer there is what unblocks. */
static const struct pins digits = { "123456", "12345678", "654321", "999999" };

static const struct wiring wirings[] = {
	{ "soft", soft_load, NULL, true, false, &phrases },
	{ "wire", wire_load, keeper_end, true, false, &phrases },
	{ "softhsm2", softhsm2_load, NULL, false, false, &phrases },
	{ "softhsm2-wire", softhsm2_wire_load, keeper_end, false, false,
		&phrases },
	{ "softhsm2-front", softhsm2_front_load, keeper_end, false, false,
		&phrases },
	{ "piv", piv_load, NULL, false, true, &digits },
	{ "piv-front", piv_front_load, keeper_end, false, true, &digits },
};

const struct wiring *
wiring_chosen(void)
{
	const char *name = getenv("CONFORMANCE");
	size_t i;

	for (i = 0; name && i < sizeof(wirings) / sizeof(*wirings); i++)
		if (strcmp(wirings[i].name, name) == 0)
			return &wirings[i];
	printf("Bail out! CONFORMANCE is to name one of:");
	for (i = 0; i < sizeof(wirings) / sizeof(*wirings); i++)
		printf(" %s", wirings[i].name);
	printf("\n");
	exit(1);
}
