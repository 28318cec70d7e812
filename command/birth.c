/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes a token: its PIN, its recovery code, its label. */

#include "config.h"

#include "command/birth.h"

#include "command/protection.h"
#include "command/recovery-code.h"
#include "command/say.h"
#include "command/secret-entry.h"
#include "pkcs11/keepers.h"
#include "pkcs11/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct secret_source chosen_pin_source = { OPTION_PIN_FILE,
	OPTION_PIN_FD, N_("New PIN for the token: "), N_("the PIN") };

/* The module shows a slot for it, also beside tokens. */
bool
birth_prepare(const struct request *request)
{
	const char *keeper = request->value[OPTION_KEEPER];

	if (keeper && strcmp(keeper, "machine") != 0 &&
		strcmp(keeper, "user") != 0) {
		complain(_("--keeper is \"machine\" or \"user\"."));
		return false;
	}
	if (keeper && is_given(request, OPTION_GROUP)) {
		complain(_("A group's token is in the machine keeper: leave "
			   "out --keeper."));
		return false;
	}
	return setenv("PRIVYSEAL_SPARE_SLOT", "yes", 1) == 0;
}

/* Without a wish, the first is right: the machine's come first. A group's is
 * never meant by chance. */
static bool
is_where_wished(const struct module *module, const struct request *request,
	CK_SLOT_ID slot)
{
	const char *keeper = request->value[OPTION_KEEPER];
	const char *wanted = request->value[OPTION_GROUP];
	bool is_machine = slot >> SLOT_BITS == KEEPER_MACHINE;
	char group[65];

	if (token_group(module, slot, group))
		return wanted && strcmp(group, wanted) == 0;
	return !wanted &&
		(!keeper || is_machine == (strcmp(keeper, "machine") == 0));
}

static void
complain_of_slots(const struct request *request)
{
	const char *keeper = request->value[OPTION_KEEPER];

	if (is_given(request, OPTION_GROUP))
		complain(_("No token can be made for a group \"%s\" here. Root "
			   "can do that, where a machine keeper runs whose "
			   "configuration names the group: see "
			   "privyseal.conf(5)."),
			request->value[OPTION_GROUP]);
	else if (keeper && strcmp(keeper, "machine") == 0)
		complain(_("There is no machine keeper here that answers. "
			   "Whoever runs this machine can install one: see "
			   "privyseal-keeper(8)."));
	else
		complain(_("There is no empty slot for another token. Put "
			   "\"spare-slot = yes\" into privyseal.conf and run: "
			   "privyseal keeper stop"));
}

/* The slot's number; CK_UNAVAILABLE_INFORMATION after saying why. */
static CK_SLOT_ID
find_empty_slot(const struct module *module, const struct request *request,
	CK_TOKEN_INFO *info)
{
	CK_SLOT_ID *slots, found = CK_UNAVAILABLE_INFORMATION;
	CK_ULONG count, i;

	if (!module_slots(module, &slots, &count))
		return found;
	for (i = 0; i < count; i++) {
		if (!is_where_wished(module, request, slots[i]) ||
			module->calls->C_GetTokenInfo(slots[i], info) !=
				CKR_OK ||
			info->flags & CKF_TOKEN_INITIALIZED)
			continue;
		found = slots[i];
		break;
	}
	free(slots);
	if (found == CK_UNAVAILABLE_INFORMATION)
		complain_of_slots(request);
	return found;
}

static bool
label_is_fine(const struct module *module, const char *label)
{
	struct token_list list;
	size_t length = strlen(label), i;
	bool is_new = true;

	if (!length || length > 32 || label[length - 1] == ' ') {
		complain(_("A token's label has 1 to 32 bytes and no blank at "
			   "its end."));
		return false;
	}
	if (!token_list_read(module, NULL, &list))
		return false;
	for (i = 0; i < list.count; i++)
		if (strcmp(list.at[i].label, label) == 0)
			is_new = false;
	token_list_clear(&list);
	if (!is_new)
		complain(_("There is a token \"%s\" already. Take another "
			   "label."),
			label);
	return is_new;
}

static size_t
character_count(const struct secret *pin)
{
	size_t i, count = 0;

	for (i = 0; i < pin->length; i++)
		count += (pin->at[i] & 0xc0) != 0x80;
	return count;
}

static bool
has_digits_only(const struct secret *pin)
{
	size_t i;

	for (i = 0; i < pin->length; i++)
		if (pin->at[i] < '0' || pin->at[i] > '9')
			return false;
	return true;
}

/* How many characters a PIN of digits only has at least. */
static unsigned long
least_digits(const struct request *request, const CK_TOKEN_INFO *info)
{
	struct configuration configuration;
	unsigned long least;

	if (!module_is_ours(request))
		return info->ulMinPinLen;
	protection_read(&configuration);
	least = configuration.pin_min_digits;
	configuration_clear(&configuration);
	return least > info->ulMinPinLen ? least : info->ulMinPinLen;
}

/* Before anything is made: the token would refuse it only afterwards. */
static bool
pin_is_fine(const struct request *request, const CK_TOKEN_INFO *info,
	const struct secret *pin)
{
	unsigned long least = info->ulMinPinLen;

	if (has_digits_only(pin))
		least = least_digits(request, info);
	if (character_count(pin) >= least)
		return true;
	complain(P_("The PIN needs at least %lu character.",
			 "The PIN needs at least %lu characters.", least),
		least);
	if (has_digits_only(pin))
		remark(_("With letters in it, it may be shorter."));
	return false;
}

/* Where the keeper asks for PINs, it also asks for a new one. The slot cannot
 * say so: nothing runs before there is a token. */
static bool
keeper_asks(const struct request *request)
{
	const struct subject own = { .application = "privyseal" };
	struct configuration configuration;
	bool asks;

	if (!module_is_ours(request) ||
		secret_is_given(request, &chosen_pin_source))
		return false;
	protection_read(&configuration);
	asks = configuration_rule(&configuration, RULE_PIN_ENTRY, &own) ==
		PIN_ENTRY_KEEPER;
	configuration_clear(&configuration);
	return asks;
}

/* Whoever types it hears the rule first, and may try again. Empty: the keeper
 * will ask. */
static bool
choose_pin(const struct request *request, const CK_TOKEN_INFO *info,
	struct secret *pin)
{
	bool is_typed = !secret_is_given(request, &chosen_pin_source);
	int tries = is_typed ? 3 : 1;

	if (keeper_asks(request))
		return true;
	if (is_typed)
		remark(_("Choose a PIN of at least %lu characters (%lu if all "
			 "are digits); a short sentence is best."),
			info->ulMinPinLen, least_digits(request, info));
	while (tries--) {
		if (!secret_choose(request, &chosen_pin_source, pin))
			return false;
		if (pin_is_fine(request, info, pin))
			return true;
		secret_clear(pin);
	}
	return false;
}

/* A file for the code that nobody else can read or has prepared; -1 after
 * saying why. */
static int
open_code_file(const char *path)
{
	struct stat status;
	int file = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (file < 0 || fstat(file, &status) != 0) {
		complain(_("Cannot write the recovery code to %s: %s"), path,
			strerror(errno));
	} else if (!S_ISREG(status.st_mode) || status.st_uid != geteuid()) {
		complain(_("%s is not a file of yours; the recovery code must "
			   "go elsewhere."),
			path);
	} else if (fchmod(file, 0600) == 0) {
		return file;
	}
	if (file >= 0)
		close(file);
	return -1;
}

static bool
write_code(int file, const struct secret *code)
{
	return write(file, code->at, code->length) == (ssize_t)code->length &&
		write(file, "\n", 1) == 1 && fsync(file) == 0;
}

/* The code that the file holds already, else a new one that is put there. */
static bool
code_through_file(const struct request *request, struct secret *code)
{
	const char *path = request->value[OPTION_RECOVERY_CODE_FILE];
	int file = open_code_file(path);
	struct stat status;
	bool fine;

	if (file < 0)
		return false;
	if (fstat(file, &status) == 0 && status.st_size > 0) {
		close(file);
		if (!secret_enter(request, &recovery_code_source, code))
			return false;
		recovery_code_tidy(code);
		return true;
	}
	fine = recovery_code_make(code) && write_code(file, code);
	if (!fine)
		complain(_("Cannot write the recovery code to %s: %s"), path,
			strerror(errno));
	close(file);
	return fine;
}

static bool
provide_code(const struct request *request, struct secret *code)
{
	if (is_given(request, OPTION_RECOVERY_CODE_FILE))
		return code_through_file(request, code);
	if (recovery_code_make(code))
		return true;
	complain(_("Cannot make a recovery code: no random numbers."));
	return false;
}

/* Once, and not through the formatter, which would leave a copy. */
static void
show_code(const struct request *request, const struct secret *code)
{
	if (is_given(request, OPTION_RECOVERY_CODE_FILE))
		return;
	remark(_("The recovery code of this token sets a new PIN when the PIN "
		 "is lost or locked.\nWrite it down and keep it safe; it is "
		 "not shown again:\n"));
	fflush(stderr);
	if (write(STDERR_FILENO, code->at, code->length) < 0 ||
		write(STDERR_FILENO, "\n\n", 2) < 0)
		complain(_("Cannot show the recovery code: %s"),
			strerror(errno));
}

static CK_RV
set_pin(struct token *token, const struct secret *code,
	const struct secret *pin)
{
	CK_RV rv = token->calls->C_Login(
		token->session, CKU_SO, code->at, code->length);

	if (rv != CKR_OK)
		return rv;
	rv = token->calls->C_InitPIN(token->session, pin->at, pin->length);
	token->calls->C_Logout(token->session);
	if (rv == CKR_OK)
		rv = token_login_with(token, pin->at ? pin : NULL);
	return rv;
}

/* The module may number its slots anew, so the label finds the token. */
static bool
find_again(const struct module *module, const char *label, struct token *token)
{
	struct token_list list;
	bool found = token_list_read(module, NULL, &list);
	size_t i;

	for (i = 0; found && i < list.count; i++)
		if (strcmp(list.at[i].label, label) == 0)
			break;
	found = found && i < list.count;
	if (found)
		*token = list.at[i];
	else
		complain(_("The new token cannot be found."));
	token_list_clear(&list);
	return found;
}

/* The code is shown as soon as it counts: who has no PIN yet needs it. */
static bool
initialise(const struct module *module, const struct request *request,
	CK_SLOT_ID slot, const char *label, const struct secret *code,
	const struct secret *pin, struct token *token)
{
	CK_UTF8CHAR padded[32];
	CK_RV rv;

	memset(padded, ' ', sizeof(padded));
	memcpy(padded, label, strlen(label));
	rv = module->calls->C_InitToken(slot, code->at, code->length, padded);
	if (rv != CKR_OK) {
		if (is_given(request, OPTION_TPM) && rv == CKR_DEVICE_ERROR)
			complain(_("No token was made: no TPM can be reached "
				   "(CKR_DEVICE_ERROR); keeper.log says why. "
				   "May you open /dev/tpmrm0? On Debian that "
				   "takes the group tss."));
		else
			complain_about(rv, _("Cannot make the token"));
		return false;
	}
	show_code(request, code);
	if (!find_again(module, label, token) || !token_open(token, true))
		return false;
	rv = set_pin(token, code, pin);
	if (rv == CKR_OK)
		return token_refresh(token) == CKR_OK;
	complain_about(rv, _("The token was made, but has no PIN yet"));
	remark(_("Set one with the recovery code: privyseal pin unlock"));
	return false;
}

bool
birth_make(const struct module *module, const struct request *request,
	const char *label, struct token *token)
{
	struct secret pin = { 0 }, code = { 0 };
	CK_TOKEN_INFO info;
	CK_SLOT_ID slot;
	bool fine = false;

	if (!label_is_fine(module, label))
		return false;
	slot = find_empty_slot(module, request, &info);
	if (slot == CK_UNAVAILABLE_INFORMATION)
		return false;
	if (!choose_pin(request, &info, &pin) || !provide_code(request, &code))
		goto out;
	fine = initialise(module, request, slot, label, &code, &pin, token);
	token->request = request;
	if (!fine)
		token_close(token);
out:
	secret_clear(&pin);
	secret_clear(&code);
	return fine;
}
