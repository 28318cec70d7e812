/* SPDX-License-Identifier: BSD-2-Clause */
/* privyseal status: module, keeper and tokens in short. */

#include "config.h"

#include "command/keeper.h"
#include "command/misses.h"
#include "command/protection.h"
#include "command/report.h"
#include "command/say.h"
#include "command/verb.h"
#include "command/walls.h"
#include "import/json.h"
#include "pkcs11/home.h"
#include "pkcs11/text.h"

static void
write_status(const struct request *request, const struct token_list *list,
	pid_t keeper)
{
	size_t i;

	say(_("Module %s\n"), module_path(request));
	if (keeper)
		say(_("Keeper runs as process %d\n"), (int)keeper);
	else if (module_is_ours(request))
		say(_("No keeper runs; it starts when it is needed\n"));
	if (module_is_ours(request) && keeper_of_machine() == MACHINE_ANSWERS)
		say(_("The machine keeper answers; new tokens are made in "
		      "it\n"));
	for (i = 0; i < list->count; i++) {
		report_token(&list->at[i]);
		misses_report(&list->at[i]);
	}
	if (!list->count)
		say(_("No token yet: privyseal import FILE\n"));
	walls_report(request);
	protection_report(request);
}

static void
write_json(const struct request *request, const struct token_list *list,
	pid_t keeper)
{
	struct json json = { 0 };
	size_t i;

	json_open_object(&json, NULL);
	json_text(&json, "module", module_path(request));
	json_number(&json, "keeper", keeper);
	json_boolean(&json, "machine_keeper",
		module_is_ours(request) &&
			keeper_of_machine() == MACHINE_ANSWERS);
	json_open_array(&json, "tokens");
	for (i = 0; i < list->count; i++) {
		json_open_object(&json, NULL);
		report_token_json(&json, &list->at[i]);
		misses_report_json(&json, &list->at[i]);
		json_close_object(&json);
	}
	json_close_array(&json);
	walls_report_json(&json, request);
	protection_report_json(&json, request);
	json_close_object(&json);
}

int
status_run(const struct request *request)
{
	struct module module = { 0 };
	struct token_list list = { 0 };
	struct home home = { 0 };
	pid_t keeper;
	bool fine = module_open(request, &module) &&
		token_list_read(&module, request->value[OPTION_TOKEN], &list);

	if (fine) {
		keeper = home_find(&home) ? keeper_process(home.run) : 0;
		if (is_given(request, OPTION_JSON))
			write_json(request, &list, keeper);
		else
			write_status(request, &list, keeper);
	}
	home_clear(&home);
	token_list_clear(&list);
	module_close(&module);
	return fine ? ENDED_WELL : ENDED_BADLY;
}
