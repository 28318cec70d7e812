/* SPDX-License-Identifier: BSD-2-Clause */
/* privyseal completion: what bash may offer, written from the tables. */

#include "config.h"

#include "command/say.h"
#include "command/verb.h"

#include <stdio.h>
#include <string.h>

/* Operands that are words of their own ("change|unlock") can be offered. */
static void
print_words(const char *operands)
{
	for (; *operands && *operands != ' '; operands++)
		putchar(*operands == '|' ? ' ' : *operands);
}

int
completion_run(const struct request *request)
{
	const struct verb *verb;

	fputs("# Completion of privyseal for bash; written by privyseal "
	      "completion.\n"
	      "_privyseal()\n{\n"
	      "\tlocal word=${COMP_WORDS[COMP_CWORD]} words=\n"
	      "\tif [ \"$COMP_CWORD\" = 1 ]; then\n\t\twords='",
		stdout);
	for (verb = verbs; verb->name; verb++)
		printf("%s ", verb->name);
	fputs("--help --version'\n\telse\n\t\tcase ${COMP_WORDS[1]} in\n",
		stdout);
	for (verb = verbs; verb->name; verb++) {
		printf("\t\t%s) words='", verb->name);
		if (strchr(verb->operands, '|') ||
			strcmp(verb->operands, "thunderbird") == 0)
			print_words(verb->operands);
		option_names(verb->options);
		fputs("' ;;\n", stdout);
	}
	fputs("\t\tesac\n\tfi\n"
	      "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- "
	      "\"$word\")\n"
	      "\t[[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace\n"
	      "}\n"
	      "complete -o default -F _privyseal privyseal\n",
		stdout);
	return ENDED_WELL;
}
