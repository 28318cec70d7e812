/* SPDX-License-Identifier: BSD-2-Clause */
/* privyseal-keeper: the service that holds keys, as listener or as worker. */

#include "config.h"

#include "keeper/folder.h"
#include "keeper/listener.h"
#include "keeper/logbook.h"
#include "keeper/sandbox.h"
#include "keeper/surroundings.h"
#include "keeper/worker.h"
#include "pkcs11/text.h"

#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct choices {
	bool is_worker, logs_to_error;
	const char *token_module, *system_configuration;
};

static void
print_help(void)
{
	fputs(_("Usage: privyseal-keeper [OPTION]...\n"
		"Holds keys, and signs and decrypts for applications that use\n"
		"privyseal-pkcs11.so. It is started when one needs it, and\n"
		"leaves when none does.\n"
		"\n"
		"  --log-to-stderr       write the log to standard error\n"
		"  --token-module FILE   serve this PKCS#11 module instead of\n"
		"                        the tokens of this user (for tests)\n"
		"  --system-configuration FILE\n"
		"                        read this file too, after the "
		"system's\n"
		"                        and as if it were that (for tests)\n"
		"  --listener            be the listener (the default)\n"
		"  --worker              be a worker (only the listener can\n"
		"                        start one)\n"
		"  --help                print this\n"
		"  --version             print the version\n"),
		stdout);
}

static struct choices
read_choices(int count, char **arguments)
{
	static const struct option options[] = {
		{ "listener", no_argument, NULL, 'l' },
		{ "worker", no_argument, NULL, 'w' },
		{ "log-to-stderr", no_argument, NULL, 'e' },
		{ "token-module", required_argument, NULL, 'm' },
		{ "system-configuration", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ 0 },
	};
	struct choices choices = { 0 };
	int option;

	while ((option = getopt_long(count, arguments, "", options, NULL)) >=
		0) {
		if (option == 'h') {
			print_help();
			exit(0);
		}
		if (option == 'v') {
			puts("privyseal-keeper " PACKAGE_VERSION);
			exit(0);
		}
		if (option == '?')
			exit(2);
		choices.is_worker |= option == 'w';
		choices.logs_to_error |= option == 'e';
		if (option == 'm')
			choices.token_module = optarg;
		if (option == 's')
			choices.system_configuration = optarg;
	}
	if (optind == count)
		return choices;
	fprintf(stderr, _("privyseal-keeper: unexpected \"%s\"\n"),
		arguments[optind]);
	exit(2);
}

static void
open_log(bool to_error)
{
	static char *path;
	struct home home;

	if (!to_error && home_find(&home)) {
		if (folder_make(home.folder) &&
			asprintf(&path, "%s/keeper.log", home.folder) < 0)
			path = NULL;
		home_clear(&home);
	}
	logbook_open(path);
}

/* Beginning again passes the same arguments: a relative path would mean
 * something else after the working directory is left. False: there is no such
 * file. */
static bool
find_file(const char *given, char **path)
{
	*path = given ? realpath(given, NULL) : NULL;
	if (given && !*path)
		perror(given);
	return !given || *path;
}

static int
be_listener(const struct choices *choices, char **arguments)
{
	char *module = NULL, *system = NULL;
	int status = 2;

	if (!find_file(choices->token_module, &module) ||
		!find_file(choices->system_configuration, &system))
		goto out;
	surroundings_renew(arguments, choices->logs_to_error);
	open_log(choices->logs_to_error);
	configuration_add_file(system);
	status = sandbox_begin() ? listener_run(module) : 1;
out:
	free(module);
	free(system);
	return status;
}

int
main(int count, char **arguments)
{
	struct choices choices;

	setlocale(LC_ALL, "");
	bindtextdomain(PACKAGE, LOCALEDIR);
	choices = read_choices(count, arguments);
	configuration_add_file(choices.system_configuration);
	if (choices.is_worker)
		return sandbox_begin() ? worker_run(choices.token_module) : 1;
	return be_listener(&choices, arguments);
}
