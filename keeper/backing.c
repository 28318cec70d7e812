/* SPDX-License-Identifier: BSD-2-Clause */
/* The token behind a worker: the soft token, or somebody else's module. */

#include "config.h"

#include "keeper/backing.h"

#include "keeper/entry.h"
#include "keeper/member.h"
#include "keeper/pending.h"
#include "keeper/policy.h"
#include "keeper/prompt.h"
#include "pkcs11/log.h"
#include "token/fronted-chain.h"
#include "token/fronted-quirk.h"
#include "token/fronted-hash.h"
#include "token/fronted-supplement.h"
#include "token/fronted.h"
#include "token/soft.h"

#include <dlfcn.h>
#include <string.h>

/* Handles that an application may have seen of one module. */
enum { OBJECTS_MOST = 1 << 22 };

/* A function from a data pointer, which C has no cast for. */
#define FIND(library, name, entry) \
	do { \
		void *symbol_ = dlsym(library, name); \
		memcpy(&(entry), &symbol_, sizeof(entry)); \
	} while (0)

/* Of a module of 3.0, whose C_GetFunctionList has the list of 2.40. */
static const CK_FUNCTION_LIST_3_0 *
find_long_list(void *library)
{
	CK_UTF8CHAR name[] = "PKCS 11";
	const CK_FUNCTION_LIST_3_0 *list;
	CK_INTERFACE *interface = NULL;
	CK_C_GetInterface entry;

	FIND(library, "C_GetInterface", entry);
	if (!entry || entry(name, NULL, &interface, 0) != CKR_OK || !interface)
		return NULL;
	list = interface->pFunctionList;
	return list && list->version.major == 3 ? list : NULL;
}

/* The list of 2.40 begins like that of 3.0; its version says how long it is.
 * That of C_GetFunctionList is short, whatever it says. */
static const CK_FUNCTION_LIST_3_0 *
list_of(void *library, const CK_FUNCTION_LIST *list)
{
	static CK_FUNCTION_LIST_3_0 copy;
	const CK_FUNCTION_LIST_3_0 *longer;

	if (list->version.major < 3)
		return (const CK_FUNCTION_LIST_3_0 *)(const void *)list;
	longer = find_long_list(library);
	if (longer)
		return longer;
	memcpy(&copy, list, sizeof(*list));
	copy.version = (CK_VERSION){ 2, 40 };
	return &copy;
}

/* Without these there is no token. */
static bool
is_module(const CK_FUNCTION_LIST *list)
{
	return list && list->C_Initialize && list->C_GetSlotList &&
		list->C_GetSlotInfo;
}

static const CK_FUNCTION_LIST_3_0 *
load_module(const char *path)
{
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	CK_C_GetFunctionList entry = NULL;
	CK_FUNCTION_LIST *list = NULL;

	if (library)
		FIND(library, "C_GetFunctionList", entry);
	if (entry && entry(&list) == CKR_OK && is_module(list))
		return list_of(library, list);
	note("%s: %s", path, library ? "not a PKCS#11 module" : dlerror());
	return NULL;
}

/* Without its trailing blanks, as a text. */
static void
take_field(char *to, const CK_UTF8CHAR *field, size_t length)
{
	while (length && (field[length - 1] == ' ' || !field[length - 1]))
		length--;
	memcpy(to, field, length);
	to[length] = '\0';
}

static bool
is_wanted(void *context, const CK_SLOT_INFO *slot, const CK_TOKEN_INFO *token)
{
	const struct front *front = context;
	char label[33], serial[17], model[17], manufacturer[33];
	const struct subject subject = { .token = token ? label : NULL,
		.serial = serial,
		.model = model,
		.manufacturer = manufacturer };

	if (token) {
		take_field(label, token->label, sizeof(token->label));
		take_field(serial, token->serialNumber,
			sizeof(token->serialNumber));
		take_field(model, token->model, sizeof(token->model));
		take_field(manufacturer, token->manufacturerID,
			sizeof(token->manufacturerID));
	}
	return front_shows(front, &subject);
}

/* A vendor that has no locks of its own says so, and gets ours; so do those
 * whose locks are no good. */
static CK_RV
initialize(const CK_FUNCTION_LIST_3_0 *token, bool *is_serial)
{
	CK_C_INITIALIZE_ARGS arguments = { .flags = CKF_OS_LOCKING_OK };
	CK_RV rv = token->C_Initialize(&arguments);

	if (rv == CKR_OK && token->C_Finalize &&
		fronted_quirk_find(token)->is_serial)
		token->C_Finalize(NULL);
	else if (rv != CKR_CANT_LOCK)
		return rv;
	*is_serial = true;
	return token->C_Initialize(NULL);
}

static const CK_FUNCTION_LIST_3_0 *
front_token(const CK_FUNCTION_LIST_3_0 *vendor,
	const struct backing_module *module, const struct hello *hello,
	const struct configuration *configuration, bool is_serial)
{
	static struct front front;
	struct fronted_settings settings = {
		.first_session = hello->first_session,
		.first_object = hello->first_object,
		.sessions_max = configuration->client_sessions,
		.objects_max = OBJECTS_MOST,
		.is_serial = is_serial || module->front->is_serial,
		.call_seconds = module->front->call_seconds,
		.is_awaited = module->is_awaited,
		.number = module->number,
		.announce = module->announce,
		.is_wanted = is_wanted,
		.context = &front,
	};

	front = *module->front;
	chain_begin(&module->chain);
	return hashed_wrap(supply_wrap(fronted_wrap(vendor, &settings)));
}

static bool
guards(void *context, const char *label)
{
	const struct configuration *configuration = context;
	const struct subject token = { .token = label };

	return configuration_rule(configuration, RULE_PIN_GUARD, &token) ==
		PIN_GUARD_TPM;
}

/* A group's first token is made where the administrator says that one is to be
 * made; for others there is nothing yet. */
static bool
has_spare_slot(const struct backing_group *group,
	const struct configuration *configuration, const struct hello *hello)
{
	if (group->name)
		return !group->is_members && hello->wishes & HELLO_SPARE_SLOT;
	return configuration->spare_slot || hello->wishes & HELLO_SPARE_SLOT;
}

static const CK_FUNCTION_LIST_3_0 *
configure_soft(const char *folder, const struct backing_group *group,
	struct configuration *configuration, const struct hello *hello,
	const struct store_tries *tries)
{
	const struct soft_configuration soft = {
		.folder = folder,
		.group = group->name,
		.pin_min_length = configuration->pin_min_length,
		.pin_min_digits = configuration->pin_min_digits,
		.cost.memory = configuration->kdf_memory * 1024,
		.sessions_max = configuration->client_sessions,
		.objects_max = configuration->client_objects,
		.spare_slot = has_spare_slot(group, configuration, hello),
		.no_empty_slot = group->name != NULL ||
			hello->wishes & HELLO_NO_EMPTY_SLOT,
		.allow_network_store = configuration->allow_network_store != 0,
		.guards = guards,
		.guards_context = configuration,
		.tries = *tries,
		.first_session = (CK_SESSION_HANDLE)hello->first_session,
		.first_session_object = (CK_OBJECT_HANDLE)hello->first_object,
	};

	soft_configure(&soft);
	return soft_functions();
}

/* What a client's call passes on its way to the token, from the inside out:
 * layer.h has the order. */
static const CK_FUNCTION_LIST_3_0 *
wrap(const CK_FUNCTION_LIST_3_0 *token,
	const struct configuration *configuration,
	const struct store_tries *tries, const struct subject *application,
	const struct backing_audit *audit)
{
	token = policy_wrap(token, configuration, application);
	if (audit->sink)
		token = audit_wrap(token, audit->sink, audit->with_data);
	token = pending_wrap(token);
	if (prompt_is_possible() &&
		configuration_rule(configuration, RULE_PIN_ENTRY,
			application) == PIN_ENTRY_KEEPER)
		token = entry_wrap(token, tries, configuration->prompt_seconds);
	return token;
}

static const CK_FUNCTION_LIST_3_0 *
make_ready(const CK_FUNCTION_LIST_3_0 *token, bool *is_serial)
{
	CK_RV rv = token ? initialize(token, is_serial) : CKR_GENERAL_ERROR;

	if (token && rv != CKR_OK)
		refuse(rv, "the token cannot be made ready");
	return rv == CKR_OK ? token : NULL;
}

static const CK_FUNCTION_LIST_3_0 *
open_front(const struct backing_module *module, const struct hello *hello,
	const struct configuration *configuration)
{
	const CK_FUNCTION_LIST_3_0 *token;
	bool is_serial = false;

	fronted_starts(module->front->call_seconds);
	token = make_ready(load_module(module->path), &is_serial);
	/* Here too the vendor is asked who it is. */
	if (token)
		token = front_token(
			token, module, hello, configuration, is_serial);
	fronted_has_started();
	return token;
}

static const CK_FUNCTION_LIST_3_0 *
open_other(const struct backing_module *module, const char *folder,
	const struct backing_group *group, struct configuration *configuration,
	const struct hello *hello, const struct store_tries *tries)
{
	bool is_serial = false;

	return make_ready(module->path ? load_module(module->path)
				       : configure_soft(folder, group,
						 configuration, hello, tries),
		&is_serial);
}

const CK_FUNCTION_LIST_3_0 *
backing_open(const struct backing_module *module, const char *folder,
	const struct backing_group *group, struct configuration *configuration,
	const struct hello *hello, const struct store_tries *tries,
	const struct subject *application, const struct backing_audit *audit)
{
	/* A vendor counts its own tries. */
	static const struct store_tries nobodys;
	const CK_FUNCTION_LIST_3_0 *token;

	token = module->front ? open_front(module, hello, configuration)
			      : open_other(module, folder, group, configuration,
					hello, tries);
	if (!token)
		return NULL;
	if (group->is_members)
		token = member_wrap(token);
	return wrap(token, configuration, module->path ? &nobodys : tries,
		application, audit);
}
