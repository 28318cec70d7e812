/* SPDX-License-Identifier: BSD-2-Clause */
/* privyseal front: modules of others whose tokens the keeper shows. */

#include "config.h"

#include "command/front.h"

#include "command/say.h"
#include "command/verb.h"
#include "pkcs11/text.h"

#include <string.h>

static void
hear(void *context, const char *file, unsigned line, const char *message)
{
	remark("%s:%u: %s", file, line, message);
}

bool
house_open(struct house *house, const struct request *request)
{
	house->request = request;
	if (!home_find(&house->home)) {
		complain(_("HOME is not set, so there is no configuration."));
		return false;
	}
	configuration_add_file(request->value[OPTION_SYSTEM_CONFIGURATION]);
	configuration_read(
		&house->configuration, house->home.configuration, hear, NULL);
	return true;
}

void
house_clear(struct house *house)
{
	configuration_clear(&house->configuration);
	home_clear(&house->home);
}

bool
house_find(const struct house *house, const char *name, struct front *front)
{
	if (front_find(&house->configuration, name, front))
		return true;
	complain(_("There is no module called \"%s\". See: privyseal front "
		   "list"),
		name);
	return false;
}

const struct setting *
house_line(
	const struct house *house, const struct front *front, const char **file)
{
	const struct subject subject = { .front = front->name };
	const struct settings *settings = &house->configuration.settings;
	const struct setting *setting =
		settings_find(settings, RULE_MODULE, &subject);

	*file = setting ? settings->files[setting->level] : NULL;
	return setting;
}

static bool
add(struct house *house, const char *name, const char *module)
{
	return front_add(house, name, module);
}

static bool
list(struct house *house, const char *name, const char *module)
{
	return front_show_all(house);
}

static bool
take_away(struct house *house, const char *name, const char *module)
{
	return front_remove(house, name);
}

static bool
try(struct house *house, const char *name, const char *module)
{
	return front_test(house, name);
}

int
front_run(const struct request *request)
{
	static const struct {
		const char *name;
		int operands;
		bool (*run)(struct house *, const char *, const char *);
	} deeds[] = { { "add", 3, add }, { "list", 1, list },
		{ "remove", 2, take_away }, { "test", 2, try } };
	const size_t count = sizeof(deeds) / sizeof(deeds[0]);
	struct house house = { 0 };
	bool fine;
	size_t i;

	for (i = 0; i < count; i++)
		if (strcmp(request->operands[0], deeds[i].name) == 0 &&
			request->operand_count == deeds[i].operands)
			break;
	if (i == count) {
		complain(_("Say \"add NAME MODULE\", \"list\", \"remove NAME\" "
			   "or \"test NAME\"."));
		return ENDED_BY_USAGE;
	}
	fine = house_open(&house, request) &&
		deeds[i].run(&house, request->operands[1],
			request->operand_count > 2 ? request->operands[2]
						   : NULL);
	house_clear(&house);
	return fine ? ENDED_WELL : ENDED_BADLY;
}
