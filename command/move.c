/* SPDX-License-Identifier: BSD-2-Clause */
/* privyseal move: takes a token from the user's own keeper to the machine's. */

#include "config.h"

#include "command/contents.h"
#include "command/keeper.h"
#include "command/parcel.h"
#include "command/programs.h"
#include "command/say.h"
#include "command/secret-entry.h"
#include "command/token.h"
#include "command/verb.h"
#include "pkcs11/keepers.h"
#include "pkcs11/start.h"
#include "pkcs11/text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SERIAL = sizeof(((CK_TOKEN_INFO *)NULL)->serialNumber) };

/* What is to be moved, and all that shows that it has arrived. */
struct move {
	const struct request *request;
	struct home home;
	struct secret pin;
	struct contents contents;
	unsigned long number; /* of the file */
	char label[33], serial[SERIAL + 1];
};

static bool
can_begin(struct move *move)
{
	if (!module_is_ours(move->request) || !home_find(&move->home)) {
		complain(_("Only tokens of Privy Seal's own keeper can be "
			   "moved."));
		return false;
	}
	if (move->home.is_moved) {
		complain(_("Only the keeper in PRIVYSEAL_HOME counts while "
			   "that is set."));
		return false;
	}
	if (keeper_of_machine() == MACHINE_ANSWERS)
		return true;
	complain(_("There is no machine keeper here that answers. Whoever runs "
		   "this machine can install one: see privyseal-keeper(8)."));
	return false;
}

/* A person may mistype; a file would only be wrong again. */
static CK_RV
login(struct move *move, struct token *token)
{
	int tries = secret_is_given(move->request, &pin_source) ? 1 : 3;
	CK_RV rv = CKR_PIN_INCORRECT;

	while (tries-- && rv == CKR_PIN_INCORRECT) {
		secret_clear(&move->pin);
		if (!secret_enter(move->request, &pin_source, &move->pin))
			return CKR_FUNCTION_CANCELED;
		rv = token_login_with(token, &move->pin);
		if (rv != CKR_OK)
			complain_about(rv, token->label);
	}
	return rv;
}

/* The PIN is checked, and what there is to move is noted, before anything
 * changes. */
static bool
look_into(struct move *move, struct token *token)
{
	CK_RV rv;

	move->number = token->slot;
	memcpy(move->label, token->label, sizeof(move->label));
	memcpy(move->serial, token->info.serialNumber, SERIAL);
	if (!(token->info.flags & CKF_USER_PIN_INITIALIZED)) {
		complain(_("The token \"%s\" has no PIN yet. Set one with the "
			   "recovery code: privyseal pin unlock"),
			token->label);
		return false;
	}
	if (!token_open(token, false) || login(move, token) != CKR_OK)
		return false;
	rv = contents_read(token, &move->contents);
	if (rv != CKR_OK)
		complain_about(rv, token->label);
	return rv == CKR_OK;
}

static bool
is_own(const struct token *token)
{
	return token->slot >> SLOT_BITS == KEEPER_USER;
}

/* The user's own one that is meant; NULL after saying why, with *done when it
 * is where it should be. */
static struct token *
choose(const struct move *move, struct token_list *list, bool *done)
{
	struct token *found = NULL;
	size_t i, count = 0;

	for (i = 0; i < list->count; i++) {
		if (!is_own(&list->at[i]))
			continue;
		found = &list->at[i];
		count++;
	}
	if (count == 1)
		return found;
	*done = !count && list->count;
	if (*done)
		say(_("The token \"%s\" is in the machine keeper.\n"),
			list->at[0].label);
	else if (count)
		complain(_("There are several tokens \"%s\": name it by its "
			   "URI (privyseal list --json)."),
			found->label);
	else
		complain(_("There is no token \"%s\". See: privyseal list"),
			move->request->operands[0]);
	return NULL;
}

static bool
look(struct move *move, bool *done)
{
	struct module module = { 0 };
	struct token_list list = { 0 };
	struct token *token;
	bool fine = false;

	if (module_open(move->request, &module) &&
		token_list_read(&module, move->request->operands[0], &list)) {
		token = choose(move, &list, done);
		fine = token && look_into(move, token);
	}
	token_list_clear(&list);
	module_close(&module);
	return fine;
}

/* In numbers of enum move_result. */
static const char *const refusals[] = {
	[MOVE_BUSY] = N_("The machine keeper takes in another token of yours. "
			 "Try again in a moment."),
	[MOVE_TOO_LARGE] = N_("The token is too large to be moved."),
	[MOVE_NO_TOKEN] = N_("The machine keeper cannot read the token: it may "
			     "be an older version, or the file is damaged. "
			     "Nothing was changed."),
	[MOVE_FAILED] = N_("The machine keeper could not store the token; its "
			   "log says why. Nothing was changed."),
};

static bool
bring(const struct move *move, const struct parcel *parcel)
{
	enum move_result result = MOVE_FAILED;
	struct home machine;
	char serial[SERIAL + 1] = "";
	CK_RV rv = CKR_DEVICE_REMOVED;
	int connection = -1;
	bool answered;

	if (home_find_machine(&machine))
		connection = keeper_connect(&machine, false, &rv);
	home_clear(&machine);
	if (connection < 0) {
		complain_about(rv, _("The machine keeper"));
		return false;
	}
	answered = parcel_send(parcel, connection, &result, serial);
	close(connection);
	if (!answered)
		return false;
	if (result == MOVE_DONE && strcmp(serial, move->serial) == 0)
		return true;
	if ((unsigned)result > MOVE_FAILED || result == MOVE_DONE)
		result = MOVE_FAILED;
	complain("%s", _(refusals[result]));
	return false;
}

/* Only the machine keeper's slots are asked: at the others' tokens a question
 * would wait for our lock. */
static bool
find_there(const struct move *move, const struct module *module,
	struct token *token)
{
	CK_SLOT_ID *slots = NULL;
	CK_ULONG count, i;
	bool found = false;

	if (!module_slots(module, &slots, &count))
		return false;
	for (i = 0; i < count && !found; i++) {
		*token = (struct token){ .module = module,
			.calls = module->calls,
			.slot = slots[i] };
		found = !is_own(token) && token_refresh(token) == CKR_OK &&
			memcmp(token->info.serialNumber, move->serial,
				SERIAL) == 0;
	}
	free(slots);
	return found;
}

static bool
has_all(const struct move *move, const struct token *token)
{
	struct contents there = { 0 };
	CK_RV rv = contents_read(token, &there);
	size_t count = contents_shared(&there, &move->contents);

	contents_clear(&there);
	if (rv != CKR_OK)
		complain_about(rv, token->label);
	else if (count < move->contents.count)
		complain(_("Only %zu of %zu objects are in the machine "
			   "keeper's token."),
			count, move->contents.count);
	return rv == CKR_OK && count == move->contents.count;
}

/* The same PIN opens it there, and shows the same. */
static bool
has_arrived(const struct move *move)
{
	struct module module = { 0 };
	struct token token = { 0 };
	bool fine = false;
	CK_RV rv;

	if (!module_open(move->request, &module))
		return false;
	if (!find_there(move, &module, &token)) {
		complain(_("The token is not among the machine keeper's."));
	} else if (token_open(&token, false)) {
		rv = token_login_with(&token, &move->pin);
		if (rv != CKR_OK)
			complain_about(rv, token.label);
		fine = rv == CKR_OK && has_all(move, &token);
	}
	token_close(&token);
	module_close(&module);
	if (!fine)
		remark(_("The token stays in your own keeper too."));
	return fine;
}

static bool
complain_of_users(const struct move *move)
{
	char *programs = programs_list(move->home.run);

	complain(_("The token \"%s\" is in use. End these programs first:"),
		move->label);
	remark("%s",
		programs && *programs ? programs
				      : _("  one that is not known"));
	free(programs);
	return false;
}

static bool
carry(struct move *move)
{
	struct parcel parcel = { .file = -1 };
	enum parcel_result taken;
	bool fine;

	taken = parcel_take(&move->home, move->number, &parcel);
	if (taken == PARCEL_IN_USE)
		complain_of_users(move);
	fine = taken == PARCEL_TAKEN && bring(move, &parcel) &&
		has_arrived(move) && parcel_destroy(&parcel);
	parcel_clear(&parcel);
	return fine;
}

static void
tell(const struct move *move)
{
	say(_("The token \"%s\" is in the machine keeper now; PIN and recovery "
	      "code are the same.\n"),
		move->label);
	if (access(move->home.configuration, F_OK) == 0)
		remark(_("What your own privyseal.conf says of it does not "
			 "count there: privyseal-keeper(8) names the files "
			 "that do."));
}

int
move_run(const struct request *request)
{
	struct move move = { .request = request };
	bool done = false;
	int status = ENDED_BADLY;

	if (can_begin(&move)) {
		parcel_sweep(&move.home);
		if (look(&move, &done) && carry(&move)) {
			tell(&move);
			done = true;
		}
		status = done ? ENDED_WELL : ENDED_BADLY;
	}
	secret_clear(&move.pin);
	contents_clear(&move.contents);
	home_clear(&move.home);
	return status;
}
