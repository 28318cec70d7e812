/* SPDX-License-Identifier: BSD-2-Clause */
/* The policy file by which an administrator gives Thunderbird its modules. */

#include "config.h"

#include "command/enterprise-policy.h"

#include "command/output.h"
#include "command/say.h"
#include "pkcs11/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char usual[] = "/etc/thunderbird/policies/policies.json";

static char *
policy_text(const char *module)
{
	char *text;

	if (asprintf(&text,
		    "{\n  \"policies\": {\n    \"SecurityDevices\": {\n"
		    "      \"Add\": {\n        \"Privy Seal\": \"%s\"\n"
		    "      }\n    }\n  }\n}\n",
		    module) < 0)
		return NULL;
	return text;
}

/* The file's text, for the caller to free; NULL with errno ENOENT: none. */
static char *
file_text(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t room = 0;

	if (!file)
		return NULL;
	if (getdelim(&text, &room, '\0', file) < 0 && !ferror(file)) {
		free(text);
		text = strdup("");
	}
	fclose(file);
	return text;
}

static bool
policy_create(const char *path, const char *text)
{
	FILE *file;
	bool is_written;

	output_folders_make(path);
	file = fopen(path, "wxe");
	is_written = file && fputs(text, file) >= 0 &&
		fchmod(fileno(file), 0644) == 0;
	if (file)
		is_written = fclose(file) == 0 && is_written;
	if (is_written)
		say(_("wrote %s: every Thunderbird on this machine has Privy "
		      "Seal from its next start\n"),
			path);
	else
		complain(_("Cannot write %s: %s. An administrator can (sudo); "
			   "--output FILE writes it elsewhere."),
			path, strerror(errno));
	return is_written;
}

static bool
policy_remove(const char *path, bool is_ours)
{
	if (!is_ours) {
		complain(_("%s has more than Privy Seal in it; take the entry "
			   "\"Privy Seal\" out by hand."),
			path);
		return false;
	}
	if (unlink(path) != 0) {
		complain(_("Cannot remove %s: %s."), path, strerror(errno));
		return false;
	}
	say(_("removed %s\n"), path);
	return true;
}

bool
enterprise_policy_write(const char *path, const char *module, bool undo)
{
	char *text = policy_text(module), *present;
	bool is_ours, is_done;

	path = path ? path : usual;
	present = file_text(path);
	is_ours = present && text && strcmp(present, text) == 0;
	if (undo) {
		is_done = !present || policy_remove(path, is_ours);
	} else if (is_ours) {
		say(_("%s is as it should be\n"), path);
		is_done = true;
	} else if (present) {
		complain(_("%s is there already and stays as it is. Add this "
			   "to its \"SecurityDevices\", \"Add\":\n"
			   "        \"Privy Seal\": \"%s\""),
			path, module);
		is_done = false;
	} else {
		is_done = text && policy_create(path, text);
	}
	free(present);
	free(text);
	return is_done;
}
