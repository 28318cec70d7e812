/* SPDX-License-Identifier: BSD-2-Clause */
/* Which front a slot belongs to, as the keeper says. */

#include "config.h"

#include "command/front.h"

#include "command/keeper.h"
#include "pkcs11/hello.h"
#include "pkcs11/keepers.h"
#include "pkcs11/wire.h"

#include <string.h>

/* What each keeper has, by number. */
struct places {
	bool was_asked;
	char name[LOCAL_FRONT_MOST + 1][FRONT_NAME_MOST + 1];
};

/* Groups of the machine keeper are among them, by names that no front has. */
static void
take_answer(struct places *places, const struct secret *answer)
{
	struct wire wire = { .at = answer->at, .length = answer->length };
	uint32_t count = wire_take_count(&wire, 8), i, number;
	char name[FRONT_NAME_MOST + 1];

	for (i = 0; i < count; i++) {
		number = wire_take_u32(&wire);
		wire_take_text(&wire, name, sizeof(name));
		if (!wire.failed && number <= LOCAL_FRONT_MOST &&
			subject_is_name(SCOPE_FRONT, name))
			memcpy(places->name[number], name, sizeof(name));
	}
}

static void
ask_keeper(struct places *places, enum keeper_kind kind)
{
	struct secret answer = { 0 };
	struct home home = { 0 };
	bool fine = false;

	if (kind == KEEPER_MACHINE_FRONT)
		fine = keeper_ask_machine(FRONTS_CALL, &answer);
	else if (home_find(&home))
		fine = keeper_ask(home.run, FRONTS_CALL, &answer);
	if (fine)
		take_answer(places, &answer);
	places->was_asked = true;
	home_clear(&home);
	secret_clear(&answer);
}

const char *
front_of_token(const struct token *token)
{
	static struct places all[2];
	const CK_ULONG kind = token->slot >> SLOT_BITS;
	const CK_ULONG number = (token->slot >> FRONT_BITS) &
		((1ul << (SLOT_BITS - FRONT_BITS)) - 1);
	struct places *places;

	if (!token_is_by_us(token) ||
		(kind != KEEPER_USER_FRONT && kind != KEEPER_MACHINE_FRONT) ||
		number > LOCAL_FRONT_MOST)
		return NULL;
	places = &all[kind == KEEPER_MACHINE_FRONT];
	if (!places->was_asked)
		ask_keeper(places, (enum keeper_kind)kind);
	return places->name[number][0] ? places->name[number] : NULL;
}
