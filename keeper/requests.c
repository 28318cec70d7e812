/* SPDX-License-Identifier: BSD-2-Clause */
/* What workers ask of the listener, and which of them may. */

#include "config.h"

#include "keeper/listener.h"

#include "keeper/guessers.h"
#include "pkcs11/log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void
send_answer(struct worker *worker, const struct control *question,
	struct control *answer, int descriptor)
{
	answer->kind = CONTROL_ANSWER;
	answer->number = question->number;
	control_send(worker->control.descriptor, answer, descriptor, false);
}

static void
send_result(struct worker *worker, const struct control *question, CK_RV rv)
{
	struct control answer = { .rv = rv };

	send_answer(worker, question, &answer, -1);
}

static struct tries
tries_of(const struct listener *listener, const struct worker *worker)
{
	return (struct tries){ worker->tokens->tries,
		listener->configuration.pin_tries };
}

static struct guesser
guesser_in(const struct worker *worker)
{
	struct guesser guesser = { .process = worker->caller.process,
		.person = (uint32_t)worker->peer.user + 1 };

	guesser_name(
		&guesser, worker->caller.program, worker->caller.application);
	return guesser;
}

/* The worker checks nothing before it has the answer. */
static void
count_try(struct listener *listener, struct worker *worker,
	const struct control *question)
{
	const struct tries tries = tries_of(listener, worker);
	const struct guesser who = guesser_in(worker);
	CK_RV rv = tries_count(&tries, question->serial, question->user);

	if (rv == CKR_OK)
		guessers_add(
			tries.folder, question->serial, question->user, &who);
	send_result(worker, question, rv);
}

static void
clear_tries(struct listener *listener, struct worker *worker,
	const struct control *question)
{
	const struct tries tries = tries_of(listener, worker);
	CK_RV rv = tries_clear(&tries, question->serial, question->user);

	if (rv == CKR_OK)
		guessers_forget(tries.folder, question->serial, question->user);
	send_result(worker, question, rv);
}

static void
return_try(struct listener *listener, struct worker *worker,
	const struct control *question)
{
	const struct tries tries = tries_of(listener, worker);
	const struct guesser who = guesser_in(worker);
	CK_RV rv = tries_return(&tries, question->serial, question->user);

	if (rv == CKR_OK)
		guessers_return(
			tries.folder, question->serial, question->user, &who);
	send_result(worker, question, rv);
}

static void
look_at_tries(struct listener *listener, struct worker *worker,
	const struct control *question)
{
	const struct tries tries = tries_of(listener, worker);
	struct control answer = { .rv = CKR_OK };

	tries_look(&tries, question->serial, question->user, &answer.left,
		&answer.limit);
	send_answer(worker, question, &answer, -1);
}

static void
recall(struct listener *listener, struct worker *worker,
	const struct control *question)
{
	struct control answer = { .rv = CKR_OK };

	answer.changes = history_advance(&listener->history,
		owner_number(listener, worker->tokens), question->key,
		question->changes);
	send_answer(worker, question, &answer, -1);
}

static void
advance(struct listener *listener, struct worker *worker,
	const struct control *news)
{
	history_advance(&listener->history,
		owner_number(listener, worker->tokens), news->key,
		news->changes);
}

static void
number_slot(struct listener *listener, struct worker *worker,
	const struct control *question)
{
	struct control answer = { .rv = CKR_OK };

	answer.slot = naming_find(listener, worker, question->line);
	send_answer(worker, question, &answer, -1);
}

static void
name_slots(struct listener *listener, struct worker *worker,
	const struct control *told)
{
	char lines[sizeof(told->line)];

	memcpy(lines, told->line, sizeof(lines));
	lines[sizeof(lines) - 1] = '\0';
	naming_add(listener, worker, lines);
}

static void
write_note(struct listener *listener, struct worker *worker,
	const struct control *said)
{
	char clean[sizeof(said->line)];

	copy_clean(clean, said->line, sizeof(clean));
	notes_write(worker, clean);
}

static void
keep_walls(struct listener *listener, struct worker *worker,
	const struct control *said)
{
	copy_clean(worker->walls, said->line, sizeof(worker->walls));
}

static void
note_loaded(struct listener *listener, struct worker *worker,
	const struct control *told)
{
	worker->is_loading = false;
	misfire_forget(listener, worker);
}

static void
add_record(struct listener *listener, struct worker *worker,
	const struct control *told)
{
	records_add(listener, worker, &told->audit);
}

static void
let_go(struct listener *listener, struct worker *worker,
	const struct control *offer)
{
	/* Not if a connection that it has not seen yet is on its way. */
	if (offer->connections == worker->connections)
		watch_end(listener, &worker->control);
}

/* Counts of PIN tries, of changes and the TPM are our own tokens', and a worker
 * that runs somebody else's code has none of them. */
enum { SOFT = 1, MODULE = 2, BOTH = SOFT | MODULE };

/* What is in no row is the listener's to say. */
static const struct request {
	void (*act)(struct listener *listener, struct worker *worker,
		const struct control *control);
	unsigned by; /* which workers may */
	bool is_question;
	const char *name;
} requests[CONTROL_KINDS] = {
	[CONTROL_COUNT] = { count_try, SOFT, true, "COUNT" },
	[CONTROL_CLEAR] = { clear_tries, SOFT, true, "CLEAR" },
	[CONTROL_LOOK] = { look_at_tries, SOFT, true, "LOOK" },
	[CONTROL_RETURN] = { return_try, SOFT, true, "RETURN" },
	[CONTROL_RECALL] = { recall, SOFT, true, "RECALL" },
	[CONTROL_ADVANCE] = { advance, SOFT, false, "ADVANCE" },
	[CONTROL_TPM] = { brokering_reach, SOFT, true, "TPM" },
	[CONTROL_SLOT] = { number_slot, MODULE, true, "SLOT" },
	[CONTROL_NAMES] = { name_slots, MODULE, false, "NAMES" },
	[CONTROL_LOADED] = { note_loaded, MODULE, false, "LOADED" },
	[CONTROL_ASK] = { prompter_ask, BOTH, true, "ASK" },
	[CONTROL_NOTE] = { write_note, BOTH, false, "NOTE" },
	[CONTROL_WALLS] = { keep_walls, BOTH, false, "WALLS" },
	[CONTROL_AUDIT] = { add_record, BOTH, false, "AUDIT" },
	[CONTROL_IDLE] = { let_go, BOTH, false, "IDLE" },
};

/* One that the application did not wait for may have been well. */
static void
lose(struct listener *listener, struct worker *worker)
{
	if (worker->is_loading && !listener->is_stopping &&
		peer_is_alive(&worker->peer))
		misfire_add(listener, worker);
	worker->is_loading = false;
	watch_end(listener, &worker->control);
}

static void
turn_down(struct worker *worker, const struct request *request,
	const struct control *control)
{
	char line[64];

	snprintf(line, sizeof(line), "was refused %s, which is not for it",
		request->name ? request->name : "what only the listener says");
	notes_write(worker, line);
	if (request->is_question)
		send_result(worker, control, CKR_FUNCTION_NOT_SUPPORTED);
}

enum heard
requests_hear(struct listener *listener, struct worker *worker)
{
	enum control_result result;
	const struct request *request;
	struct control control;
	int descriptor;

	result = control_receive(
		worker->control.descriptor, &control, &descriptor, false);
	if (descriptor >= 0)
		close(descriptor);
	if (result == CONTROL_CLOSED)
		lose(listener, worker);
	if (result != CONTROL_GOT)
		return HEARD_NOTHING;
	request = &requests[control.kind];
	if (request->by & (worker->serves_module ? MODULE : SOFT))
		request->act(listener, worker, &control);
	else
		turn_down(worker, request, &control);
	return control.kind == CONTROL_AUDIT ? HEARD_RECORD : HEARD_OTHER;
}
