/* SPDX-License-Identifier: BSD-2-Clause */
/* A PKCS#11 module, loaded as any application would. */

#include "config.h"

#include "command/module.h"

#include "command/say.h"
#include "pkcs11/name.h"
#include "pkcs11/text.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *
module_path(const struct request *request)
{
	const char *from_environment = secure_getenv("PRIVYSEAL_MODULE");

	if (is_given(request, OPTION_MODULE))
		return request->value[OPTION_MODULE];
	if (from_environment && *from_environment)
		return from_environment;
	return MODULEDIR "/privyseal-pkcs11.so";
}

bool
module_is_ours(const struct request *request)
{
	const char *path = module_path(request);
	const char *name = strrchr(path, '/');

	return strcmp(name ? name + 1 : path, "privyseal-pkcs11.so") == 0;
}

__attribute__((format(printf, 2, 3))) static bool
give_reason(char **reason, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(reason, format, arguments) < 0)
		*reason = NULL;
	va_end(arguments);
	return false;
}

bool
module_try(const char *path, struct module *module, char **reason)
{
	CK_C_INITIALIZE_ARGS arguments = { .flags = CKF_OS_LOCKING_OK };
	CK_C_GetFunctionList get_list;
	CK_RV rv;

	module->path = strdup(path);
	module->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!module->library)
		return give_reason(reason, _("cannot load it: %s"), dlerror());
	/* The detour over void ** is POSIX's own for function pointers. */
	*(void **)&get_list = dlsym(module->library, "C_GetFunctionList");
	if (!get_list)
		return give_reason(reason, _("it is not a PKCS#11 module"));
	rv = get_list(&module->calls);
	if (rv != CKR_OK || !module->calls)
		return give_reason(
			reason, "C_GetFunctionList: %s", rv_name(rv));
	rv = module->calls->C_Initialize(&arguments);
	if (rv != CKR_OK && rv != CKR_CRYPTOKI_ALREADY_INITIALIZED)
		return give_reason(reason, "C_Initialize: %s", rv_name(rv));
	module->is_initialized = true;
	return true;
}

bool
module_open(const struct request *request, struct module *module)
{
	const char *path = module_path(request);
	char *reason = NULL;

	if (module_try(path, module, &reason))
		return true;
	complain(_("The module %s does not work: %s"), path,
		reason ? reason : _("memory is short"));
	free(reason);
	module_close(module);
	return false;
}

void
module_close(struct module *module)
{
	if (module->is_initialized)
		module->calls->C_Finalize(NULL);
	if (module->library)
		dlclose(module->library);
	free(module->path);
	*module = (struct module){ 0 };
}

bool
module_slots(const struct module *module, CK_SLOT_ID **slots, CK_ULONG *count)
{
	CK_SLOT_ID *found = NULL;
	CK_ULONG room;
	CK_RV rv;

	*count = 0;
	rv = module->calls->C_GetSlotList(CK_TRUE, NULL, &room);
	if (rv == CKR_OK) {
		/* One more than now, so that an empty list has memory too. */
		room++;
		found = calloc(room, sizeof(*found));
		rv = found ? module->calls->C_GetSlotList(CK_TRUE, found, &room)
			   : CKR_HOST_MEMORY;
	}
	if (rv != CKR_OK) {
		free(found);
		complain_about(rv, _("Cannot list the tokens"));
		return false;
	}
	*slots = found;
	*count = room;
	return true;
}
