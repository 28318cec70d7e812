/* SPDX-License-Identifier: BSD-2-Clause */
/* privyseal remote: places for sockets of keepers on other machines, which ssh
 * brings here. */

#include "config.h"

#include "command/say.h"
#include "command/verb.h"
#include "import/json.h"
#include "pkcs11/home.h"
#include "pkcs11/keepers.h"
#include "pkcs11/text.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_MOST = 31 };

/* The folders of this user: NUMBER-NAME, by number; owned. */
struct remotes {
	char *folder;
	char *name[REMOTES_MOST + 1];
};

static void
remotes_clear(struct remotes *remotes)
{
	size_t i;

	for (i = 0; i <= REMOTES_MOST; i++)
		free(remotes->name[i]);
	free(remotes->folder);
}

static void
take_entry(struct remotes *remotes, const char *entry)
{
	char *end;
	unsigned long number = strtoul(entry, &end, 10);

	if (*entry < '1' || *entry > '9' || *end != '-' ||
		number > REMOTES_MOST || remotes->name[number])
		return;
	remotes->name[number] = strdup(end + 1);
}

static bool
remotes_read(struct remotes *remotes, const struct home *home)
{
	struct dirent *entry;
	DIR *folder;

	if (asprintf(&remotes->folder, "%s/remotes", home->folder) < 0) {
		remotes->folder = NULL;
		return false;
	}
	folder = opendir(remotes->folder);
	while (folder && (entry = readdir(folder)))
		take_entry(remotes, entry->d_name);
	if (folder)
		closedir(folder);
	return true;
}

static unsigned
find(const struct remotes *remotes, const char *name)
{
	unsigned i;

	for (i = 1; i <= REMOTES_MOST; i++)
		if (remotes->name[i] && strcmp(remotes->name[i], name) == 0)
			return i;
	return 0;
}

static bool
is_name(const char *name)
{
	size_t length = strlen(name);

	return length > 0 && length <= NAME_MOST &&
		strspn(name,
			"abcdefghijklmnopqrstuvwxyz"
			"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._") == length;
}

/* The folder is the user's alone, as the module wants it. */
static bool
make(const struct home *home, const struct remotes *remotes, unsigned number,
	const char *name)
{
	bool is_made;
	char *path;

	if (asprintf(&path, "%s/%u-%s", remotes->folder, number, name) < 0)
		return false;
	is_made = (mkdir(home->folder, 0700) == 0 || errno == EEXIST) &&
		(mkdir(remotes->folder, 0700) == 0 || errno == EEXIST) &&
		mkdir(path, 0700) == 0;
	if (!is_made)
		complain("%s: %s", path, strerror(errno));
	free(path);
	return is_made;
}

static void
explain_lines(const struct remotes *remotes, unsigned number, const char *name)
{
	say(_("Tokens of the machine HOST are seen here while one of these "
	      "runs.\n\nHere, for a keeper on HOST:\n"
	      "  ssh -N -o StreamLocalBindUnlink=yes \\\n"
	      "    -L %s/%u-%s/keeper.sock:\"$(ssh HOST privyseal remote "
	      "socket)\" HOST\n"),
		remotes->folder, number, name);
	say(_("On HOST, to bring its keeper here (sshd here needs "
	      "StreamLocalBindUnlink yes):\n"
	      "  ssh -N -R %s/%u-%s/keeper.sock:\"$(privyseal remote "
	      "socket)\" THIS-MACHINE\n"
	      "\nWhoever is root on either machine can then ask for "
	      "signatures: see privyseal-remote(7).\n"),
		remotes->folder, number, name);
}

static int
add(const struct home *home, const struct remotes *remotes, const char *name)
{
	unsigned number = find(remotes, name), i;

	if (!is_name(name))
		return complain(_("\"%s\" is no name: letters, digits, dots "
				  "and underlines, at most %d."),
			name, NAME_MOST);
	for (i = 1; !number && i <= REMOTES_MOST; i++)
		if (!remotes->name[i] && make(home, remotes, i, name))
			number = i;
		else if (!remotes->name[i])
			return ENDED_BADLY;
	if (!number)
		return complain(_("There are %d already; take one away with: "
				  "privyseal remote remove NAME"),
			REMOTES_MOST);
	explain_lines(remotes, number, name);
	return ENDED_WELL;
}

static int
take_away(const struct remotes *remotes, const char *name)
{
	unsigned number = find(remotes, name);
	char *folder = NULL, *socket = NULL;
	int ended = ENDED_BADLY;

	if (!number)
		return complain(_("There is no remote keeper \"%s\". See: "
				  "privyseal remote list"),
			name);
	if (asprintf(&folder, "%s/%u-%s", remotes->folder, number, name) >= 0 &&
		asprintf(&socket, "%s/keeper.sock", folder) >= 0) {
		unlink(socket);
		if (rmdir(folder) == 0)
			ended = ENDED_WELL;
		else
			complain("%s: %s", folder, strerror(errno));
	}
	free(socket);
	free(folder);
	return ended;
}

static void
write_json(const struct remotes *remotes)
{
	struct json json = { 0 };
	char *path;
	unsigned i;

	json_open_object(&json, NULL);
	json_open_array(&json, "remotes");
	for (i = 1; i <= REMOTES_MOST; i++) {
		if (!remotes->name[i] ||
			asprintf(&path, "%s/%u-%s/keeper.sock", remotes->folder,
				i, remotes->name[i]) < 0)
			continue;
		json_open_object(&json, NULL);
		json_text(&json, "name", remotes->name[i]);
		json_text(&json, "socket", path);
		json_close_object(&json);
		free(path);
	}
	json_close_array(&json);
	json_close_object(&json);
}

static int
show(const struct request *request, const struct remotes *remotes)
{
	unsigned i;

	if (is_given(request, OPTION_JSON)) {
		write_json(remotes);
		return ENDED_WELL;
	}
	for (i = 1; i <= REMOTES_MOST; i++)
		if (remotes->name[i])
			printf("%s\t%s/%u-%s/keeper.sock\n", remotes->name[i],
				remotes->folder, i, remotes->name[i]);
	return ENDED_WELL;
}

static int
run(const struct request *request, const struct home *home,
	const struct remotes *remotes)
{
	const char *what = request->operands[0], *name = request->operands[1];

	if (strcmp(what, "list") == 0 && !name)
		return show(request, remotes);
	if (strcmp(what, "socket") == 0 && !name) {
		printf("%s/keeper.sock\n", home->run);
		return ENDED_WELL;
	}
	if (strcmp(what, "add") == 0 && name)
		return add(home, remotes, name);
	if (strcmp(what, "remove") == 0 && name)
		return take_away(remotes, name);
	complain(_("It is: privyseal remote add NAME, remove NAME, list or "
		   "socket"));
	return ENDED_BY_USAGE;
}

int
remote_run(const struct request *request)
{
	struct remotes remotes = { 0 };
	struct home home;
	int ended;

	if (!home_find(&home))
		return complain(_("There is no home folder."));
	ended = remotes_read(&remotes, &home) ? run(request, &home, &remotes)
					      : complain(_("Out of memory."));
	remotes_clear(&remotes);
	home_clear(&home);
	return ended;
}
