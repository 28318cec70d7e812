/* SPDX-License-Identifier: BSD-2-Clause */
/* The privyseal command: finds the verb and lets it run. */

#include "config.h"

#include "command/say.h"
#include "command/verb.h"
#include "pkcs11/text.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

static void
help(void)
{
	const struct verb *verb;

	say(_("Usage: privyseal VERB [OPTION]...\n\nKeeps the keys of your "
	      "mail out of the mail program.\n\n"));
	for (verb = verbs; verb->name; verb++)
		say("  %-20s %s\n", verb->name, _(verb->summary));
	say(_("\nprivyseal VERB --help tells more. Exit codes: 0 done, 1 "
	      "failed, 2 called wrongly;\nimport has more.\n"));
}

static int
run(const struct verb *verb, int count, char **words)
{
	struct request request;

	if (!option_read(verb->options, count, words, &request))
		return ENDED_BY_USAGE;
	if (is_given(&request, OPTION_HELP)) {
		verb_help(verb);
		return ENDED_WELL;
	}
	if (request.operand_count < verb->least ||
		request.operand_count > verb->most) {
		complain(_("Usage: privyseal %s [OPTION]...%s%s"), verb->name,
			*verb->operands ? " " : "",
			*verb->operands ? _(verb->operands) : "");
		return ENDED_BY_USAGE;
	}
	return verb->run(&request);
}

static int
dispatch(int count, char **words)
{
	const struct verb *verb;

	if (count < 2) {
		help();
		return ENDED_BY_USAGE;
	}
	if (strcmp(words[1], "--help") == 0 || strcmp(words[1], "-h") == 0 ||
		strcmp(words[1], "help") == 0) {
		help();
		return ENDED_WELL;
	}
	if (strcmp(words[1], "--version") == 0) {
		say("privyseal %s\n", PACKAGE_VERSION);
		return ENDED_WELL;
	}
	verb = verb_find(words[1]);
	if (verb)
		return run(verb, count - 1, words + 1);
	complain(_("There is no verb \"%s\". See: privyseal --help"), words[1]);
	return ENDED_BY_USAGE;
}

int
main(int count, char **words)
{
	int code;

	/* PINs and passphrases pass through here: no core, no debugger. */
	prctl(PR_SET_DUMPABLE, 0);
	setlocale(LC_ALL, "");
	bindtextdomain("privyseal", LOCALEDIR);
	textdomain("privyseal");
	code = dispatch(count, words);
	/* What could not be written was not done. */
	if (fflush(stdout) != 0 && code == ENDED_WELL) {
		perror("privyseal");
		code = ENDED_BADLY;
	}
	return code;
}
