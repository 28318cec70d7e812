/* SPDX-License-Identifier: BSD-2-Clause */
/* privyseal front list: what was added, and what it shows now. */

#include "config.h"

#include "command/front.h"

#include "command/say.h"
#include "import/json.h"
#include "pkcs11/text.h"

#include <stdlib.h>
#include <string.h>

enum state { STATE_SHOWN, STATE_UNTRUSTED, STATE_SILENT };

/* What all of them share: our module, as any application sees it. */
struct sight {
	struct house *house;
	struct module module;
	CK_SLOT_ID *slots; /* with a token or without */
	CK_ULONG count;
};

struct view {
	const struct front *front;
	enum state state;
	char reason[256];
	const char *file;
	unsigned line;
};

static void
read_slots(struct sight *sight)
{
	CK_ULONG room = 0;
	CK_FUNCTION_LIST *calls = sight->module.calls;

	if (calls->C_GetSlotList(CK_FALSE, NULL, &room) != CKR_OK)
		return;
	sight->slots = calloc(room + 1, sizeof(*sight->slots));
	sight->count = room;
	if (!sight->slots ||
		calls->C_GetSlotList(CK_FALSE, sight->slots, &sight->count) !=
			CKR_OK)
		sight->count = 0;
}

static bool
is_slot_of(
	const struct sight *sight, CK_SLOT_ID slot, const struct front *front)
{
	const struct token token = { .module = &sight->module, .slot = slot };
	const char *name = front_of_token(&token);

	return name && strcmp(name, front->name) == 0;
}

/* The next slot's token; false: there is no more. */
static bool
next_token(const struct sight *sight, const struct front *front, CK_ULONG *at,
	struct token *token)
{
	while (*at < sight->count) {
		*token = (struct token){ .module = &sight->module,
			.calls = sight->module.calls,
			.slot = sight->slots[(*at)++] };
		if (is_slot_of(sight, token->slot, front) &&
			token_refresh(token) == CKR_OK)
			return true;
	}
	return false;
}

static void
look(const struct sight *sight, const struct front *front, struct view *view)
{
	const struct setting *setting;
	CK_ULONG i;

	*view = (struct view){ .front = front, .state = STATE_SILENT };
	setting = house_line(sight->house, front, &view->file);
	view->line = setting ? setting->line : 0;
	if (!front_is_trustworthy(front, view->reason, sizeof(view->reason)))
		view->state = STATE_UNTRUSTED;
	for (i = 0; view->state == STATE_SILENT && i < sight->count; i++)
		if (is_slot_of(sight, sight->slots[i], front))
			view->state = STATE_SHOWN;
}

static void
report(const struct sight *sight, const struct view *view)
{
	const struct front *front = view->front;
	struct token token;
	CK_ULONG at = 0;

	say("%s\n  %s  # ", front->name, front->module);
	if (view->line)
		say("%s:%u\n", view->file, view->line);
	else
		say(_("registered with p11-kit\n"));
	if (view->state == STATE_UNTRUSTED)
		say(_("  not loaded: %s\n"), view->reason);
	else if (view->state == STATE_SILENT)
		say(_("  it shows no slot. See: privyseal front test %s\n"),
			front->name);
	while (next_token(sight, front, &at, &token))
		say(token.info.flags & CKF_TOKEN_INITIALIZED
				? _("  token \"%s\"\n")
				: _("  a token that is empty yet\n"),
			token.label);
}

static void
report_json(
	struct json *json, const struct sight *sight, const struct view *view)
{
	static const char *const states[] = { "shown", "untrusted", "silent" };
	struct token token;
	CK_ULONG at = 0;
	char *uri;

	json_open_object(json, NULL);
	json_text(json, "name", view->front->name);
	json_text(json, "module", view->front->module);
	json_text(json, "file", view->line ? view->file : NULL);
	json_number(json, "line", view->line);
	json_text(json, "state", states[view->state]);
	json_text(json, "reason", *view->reason ? view->reason : NULL);
	json_open_array(json, "tokens");
	while (next_token(sight, view->front, &at, &token)) {
		uri = token_uri(&token);
		json_open_object(json, NULL);
		json_text(json, "label", token.label);
		json_text(json, "uri", uri);
		json_boolean(json, "initialized",
			token.info.flags & CKF_TOKEN_INITIALIZED);
		json_close_object(json);
		free(uri);
	}
	json_close_array(json);
	json_close_object(json);
}

static void
show(const struct sight *sight, const struct front *fronts, size_t count)
{
	const bool is_json = is_given(sight->house->request, OPTION_JSON);
	struct json json = { 0 };
	struct view view;
	size_t i;

	if (is_json)
		json_open_array(&json, NULL);
	for (i = 0; i < count; i++) {
		look(sight, &fronts[i], &view);
		if (is_json)
			report_json(&json, sight, &view);
		else
			report(sight, &view);
	}
	if (is_json)
		json_close_array(&json);
	else if (!count)
		say(_("No module was added. Add one: privyseal front add NAME "
		      "MODULE\n"));
}

bool
front_show_all(struct house *house)
{
	struct sight sight = { .house = house };
	struct front fronts[FRONTS_MOST];
	size_t count = front_list(&house->configuration, fronts);
	bool fine = module_open(house->request, &sight.module);

	if (fine) {
		read_slots(&sight);
		show(&sight, fronts, count);
	}
	free(sight.slots);
	module_close(&sight.module);
	return fine;
}
