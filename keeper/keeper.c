/* SPDX-License-Identifier: BSD-2-Clause */
/* privyseal-keeper: the service that holds keys, as listener or as worker. */

#include "config.h"

#include "keeper/adopter.h"
#include "keeper/asker.h"
#include "keeper/broker.h"
#include "keeper/folder.h"
#include "keeper/listener.h"
#include "keeper/logbook.h"
#include "keeper/machine.h"
#include "keeper/sandbox.h"
#include "keeper/surroundings.h"
#include "keeper/worker.h"
#include "pkcs11/log.h"
#include "pkcs11/text.h"

#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

struct choices {
	bool is_worker, is_asker, is_adopter, is_broker, is_machine;
	bool may_end_lock, logs_to_error;
	const char *token_module, *front, *system_configuration, *folder;
	const char *group, *member_of, *owner;
	struct machine machine;
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
		"  --machine             be the machine keeper: for all "
		"users,\n"
		"                        under a user of its own; logs to\n"
		"                        standard error\n"
		"  --state FOLDER        where the machine keeper keeps\n"
		"                        (/var/lib/privyseal)\n"
		"  --run FOLDER          where its socket is (/run/privyseal)\n"
		"  --user USER           whom it becomes when root starts it\n"
		"                        (privyseal)\n"
		"  --token-module FILE   serve this PKCS#11 module instead of\n"
		"                        the tokens of this user (for tests)\n"
		"  --system-configuration FILE\n"
		"                        read this file too, after the "
		"system's\n"
		"                        and as if it were that (for tests)\n"
		"  --listener            be the listener (the default)\n"
		"  --worker              be a worker (only the listener can\n"
		"                        start one)\n"
		"  --prompt              ask a person for a PIN (only the\n"
		"                        listener can start that)\n"
		"  --adopter             take in a token (only the listener "
		"can\n"
		"                        start that)\n"
		"  --broker              stand before the TPM (only the "
		"listener\n"
		"                        can start that)\n"
		"  --help                print this\n"
		"  --version             print the version\n"),
		stdout);
}

static const struct option options[] = {
	{ "listener", no_argument, NULL, 'l' },
	{ "worker", no_argument, NULL, 'w' },
	{ "prompt", no_argument, NULL, 'p' },
	{ "adopter", no_argument, NULL, 'a' },
	{ "broker", no_argument, NULL, 'b' },
	{ "may-end-lock", no_argument, NULL, 'L' },
	{ "owner", required_argument, NULL, 'o' },
	{ "log-to-stderr", no_argument, NULL, 'e' },
	{ "token-module", required_argument, NULL, 'm' },
	{ "front", required_argument, NULL, 'F' },
	{ "group", required_argument, NULL, 'g' },
	{ "member-of", required_argument, NULL, 'G' },
	{ "machine", no_argument, NULL, 'M' },
	{ "state", required_argument, NULL, 's' },
	{ "run", required_argument, NULL, 'r' },
	{ "system-configuration", required_argument, NULL, 'c' },
	{ "user", required_argument, NULL, 'u' },
	{ "folder", required_argument, NULL, 'f' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'v' },
	{ 0 },
};

static void
take_value(struct choices *choices, int option, const char *value)
{
	const struct {
		int option;
		const char **place;
	} places[] = {
		{ 'm', &choices->token_module },
		{ 'F', &choices->front },
		{ 'g', &choices->group },
		{ 'G', &choices->member_of },
		{ 's', &choices->machine.state },
		{ 'r', &choices->machine.run },
		{ 'c', &choices->system_configuration },
		{ 'u', &choices->machine.user },
		{ 'f', &choices->folder },
		{ 'o', &choices->owner },
	};
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (places[i].option == option)
			*places[i].place = value;
}

static struct choices
read_choices(int count, char **arguments)
{
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
		choices.is_asker |= option == 'p';
		choices.is_adopter |= option == 'a';
		choices.is_broker |= option == 'b';
		choices.may_end_lock |= option == 'L';
		choices.is_machine |= option == 'M';
		choices.logs_to_error |= option == 'e' || option == 'M';
		take_value(&choices, option, optarg);
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

static bool
find_home(const struct choices *choices, struct home *home)
{
	if (choices->is_machine)
		return machine_begin(&choices->machine, home);
	if (home_find(home))
		return true;
	note("there is no home folder");
	return false;
}

/* A listener reads no secret; what it starts inherits what is closed to it. */
static bool
close_listener(void)
{
	if (!sandbox_begin())
		return false;
	(void)sandbox_listener();
	if (!sandbox_can_confine())
		note("this kernel has no Landlock: a worker that was taken "
		     "over could reach all files of its user");
	return true;
}

static int
be_listener(const struct choices *choices, char **arguments)
{
	char *module = NULL, *system = NULL;
	struct home home = { 0 };
	int status = 2;

	if (!find_file(choices->token_module, &module) ||
		!find_file(choices->system_configuration, &system))
		goto out;
	surroundings_renew(
		arguments, choices->logs_to_error, choices->is_machine);
	open_log(choices->logs_to_error);
	configuration_add_file(system);
	status = 1;
	if (find_home(choices, &home) && close_listener())
		status = listener_run(&home, module);
out:
	home_clear(&home);
	free(module);
	free(system);
	return status;
}

static int
be_worker(const struct choices *choices)
{
	const struct worker_orders orders = { choices->folder,
		choices->machine.run, choices->token_module, choices->front,
		choices->member_of ? choices->member_of : choices->group,
		choices->member_of != NULL };

	return sandbox_begin() ? worker_run(&orders) : 1;
}

int
main(int count, char **arguments)
{
	struct choices choices;

	/* One that began again as /proc/self/exe would be called "exe". */
	prctl(PR_SET_NAME, "privyseal-keeper");
	setlocale(LC_ALL, "");
	bindtextdomain(PACKAGE, LOCALEDIR);
	choices = read_choices(count, arguments);
	if (choices.is_asker)
		return sandbox_begin() ? asker_run() : 1;
	if (choices.is_adopter)
		return sandbox_begin() ? adopter_run(choices.folder) : 1;
	if (choices.is_broker)
		return sandbox_begin()
			? broker_run(choices.owner, choices.may_end_lock,
				  choices.is_machine)
			: 1;
	configuration_add_file(choices.system_configuration);
	if (choices.is_worker)
		return be_worker(&choices);
	return be_listener(&choices, arguments);
}
