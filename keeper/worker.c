/* SPDX-License-Identifier: BSD-2-Clause */
/* The process that holds one application's token, login and keys. */

#include "config.h"

#include "keeper/worker.h"

#include "keeper/backing.h"
#include "keeper/configuration.h"
#include "keeper/control.h"
#include "keeper/enquiry.h"
#include "keeper/folder.h"
#include "keeper/front-chain.h"
#include "keeper/coverage.h"
#include "keeper/prompt.h"
#include "keeper/sandbox.h"
#include "pkcs11/bytes.h"
#include "pkcs11/home.h"
#include "pkcs11/log.h"
#include "pkcs11/serve.h"
#include "token/crypto-memory.h"
#include "token/fronted.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Milliseconds without a connection after which the worker leaves, and until
 * it asks again; seconds that the rest of a frame may take that has begun. */
enum { LINGER = 1000, FRAME_TIME = 30 };

/* Enough for every token of ours, and little for hundreds of threads. */
#define THREAD_STACK (1024 * 1024)

/* The one worker that this process is. The lock guards the counts of
 * connections. */
static struct {
	struct configuration configuration;
	struct home home;
	struct hello first; /* what the application said at first */
	char program[512];  /* that the kernel sees it run, or "" */
	struct subject application;
	struct backing_module module;
	struct front front;
	struct backing_group group;
	enum audit_choice audit;
	const CK_FUNCTION_LIST_3_0 *token;
	pthread_once_t token_once;
	pthread_mutex_t lock;
	bool has_first;
	unsigned open, arrived;
} self = {
	.token_once = PTHREAD_ONCE_INIT,
	.lock = PTHREAD_MUTEX_INITIALIZER,
};

/* A connection on its way to its thread. */
struct guest {
	int connection;
	struct hello hello;
};

/* The listener writes the log; a line that it has no room for is lost. */
static void
send_note(const char *line)
{
	struct control control = { .kind = CONTROL_NOTE };

	snprintf(control.line, sizeof(control.line), "%s", line);
	control_send(WORKER_CONTROL, &control, -1, false);
}

static CK_RV
ask_about_tries(enum control_kind kind, const char *serial, CK_USER_TYPE user,
	struct control *answer)
{
	struct control question = { .kind = kind, .user = user };
	int pipe;

	snprintf(question.serial, sizeof(question.serial), "%s", serial);
	return enquiry_make(&question, answer, &pipe);
}

static CK_RV
count_try(void *context, const char *serial, CK_USER_TYPE user)
{
	struct control answer;

	return ask_about_tries(CONTROL_COUNT, serial, user, &answer);
}

static void
clear_tries(void *context, const char *serial, CK_USER_TYPE user)
{
	struct control answer;

	ask_about_tries(CONTROL_CLEAR, serial, user, &answer);
}

static void
give_back_try(void *context, const char *serial, CK_USER_TYPE user)
{
	struct control answer;

	ask_about_tries(CONTROL_RETURN, serial, user, &answer);
}

static void
look_at_tries(void *context, const char *serial, CK_USER_TYPE user,
	unsigned *left, unsigned *limit)
{
	/* Without an answer nothing is known against it. */
	struct control answer = { .left = self.configuration.pin_tries,
		.limit = self.configuration.pin_tries };

	ask_about_tries(CONTROL_LOOK, serial, user, &answer);
	*left = answer.left;
	*limit = answer.limit;
}

static uint64_t
recall(void *context, const unsigned char key[TOKEN_KEY_SIZE], uint64_t changes)
{
	struct control answer,
		question = { .kind = CONTROL_RECALL, .changes = changes };
	int pipe;

	memcpy(question.key, key, sizeof(question.key));
	return enquiry_make(&question, &answer, &pipe) == CKR_OK
		? answer.changes
		: changes;
}

static void
advance(void *context, const unsigned char key[TOKEN_KEY_SIZE],
	uint64_t changes)
{
	struct control control = { .kind = CONTROL_ADVANCE,
		.changes = changes };

	memcpy(control.key, key, sizeof(control.key));
	control_send(WORKER_CONTROL, &control, -1, false);
}

/* An answer that has no pipe says that nobody is asked. */
static int
send_question(const struct prompt_question *question)
{
	struct control control = { .kind = CONTROL_ASK, .question = *question };
	struct control answer;
	int pipe;

	(void)enquiry_make(&control, &answer, &pipe);
	return pipe;
}

static bool
send_record(const struct audit_record *record)
{
	if (control_send_audit(WORKER_CONTROL, record))
		return true;
	/* The listener has ended, and so do we. */
	if (errno == EPIPE || errno == ECONNRESET)
		_exit(0);
	return false;
}

/* Walls keep a worker from opening anything itself. */
static int
reach_tpm(void *context, bool is_recovery, unsigned char owner[TPM_OWNER_SIZE])
{
	struct control answer,
		question = { .kind = CONTROL_TPM,
			.user = is_recovery ? CKU_SO : CKU_USER };
	int connection;

	if (enquiry_make(&question, &answer, &connection) == CKR_OK)
		memcpy(owner, answer.key, TPM_OWNER_SIZE);
	return connection;
}

/* For status: what stands around this process now. */
static void
report_walls(const struct vault_state *memory)
{
	struct control control = { .kind = CONTROL_WALLS };
	size_t used;

	sandbox_describe(control.line, sizeof(control.line));
	used = strlen(control.line);
	if (!self.module.path)
		snprintf(control.line + used, sizeof(control.line) - used,
			" locked %zu of %zu", memory->locked >> 10,
			memory->opened >> 10);
	control_send(WORKER_CONTROL, &control, -1, false);
}

static void
note_open_memory(const struct vault_state *state)
{
	report_walls(state);
	note("%zu of %zu KiB for keys are locked: the limit (ulimit -l) is "
	     "small",
		state->locked >> 10, state->opened >> 10);
}

/* In a guest's thread: the token may ask the listener, and the main thread
 * must be free to hear the answer. */
static void
open_token(void)
{
	const struct store_tries tries = { count_try, clear_tries,
		look_at_tries, NULL, recall, advance, reach_tpm,
		give_back_try };
	const struct backing_audit audit = {
		.sink = self.audit == AUDIT_OFF ? NULL : send_record,
		.with_data = self.audit == AUDIT_DATA,
	};
	const struct control loaded = { .kind = CONTROL_LOADED };
	struct vault_state memory;

	self.token = backing_open(&self.module, self.home.tokens, &self.group,
		&self.configuration, &self.first, &tries, &self.application,
		&audit);
	if (self.module.front && self.token)
		control_send(WORKER_CONTROL, &loaded, -1, true);
	vault_look(&memory);
	report_walls(&memory);
}

/* The connection that this thread serves. */
static _Thread_local int served = -1;

static bool
is_awaited(void)
{
	struct pollfd end = { served, POLLRDHUP, 0 };

	/* A signal of the vendor's may interrupt even this. */
	return poll(&end, 1, 0) != 1;
}

static void *
serve_guest(void *argument)
{
	struct guest *guest = argument;
	const struct serve_limits limits = {
		.memory = (size_t)self.configuration.client_memory << 19,
		.seconds = FRAME_TIME,
		.is_over = self.module.front ? fronted_is_spent : NULL,
	};

	served = guest->connection;
	pthread_once(&self.token_once, open_token);
	/* The next one may begin better. */
	if (self.module.front && !self.token)
		_exit(1);
	if (self.token)
		serve(guest->connection, &guest->hello, self.token, &limits);
	/* Only a fresh process has a fresh module. */
	if (self.module.front && fronted_is_spent()) {
		fronted_finish();
		_exit(0);
	}
	close(guest->connection);
	wipe(guest, sizeof(*guest));
	free(guest);
	pthread_mutex_lock(&self.lock);
	self.open--;
	pthread_mutex_unlock(&self.lock);
	return NULL;
}

static bool
start_thread(struct guest *guest)
{
	pthread_attr_t attributes;
	pthread_t thread;
	bool started;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, THREAD_STACK);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	started = pthread_create(&thread, &attributes, serve_guest, guest) == 0;
	pthread_attr_destroy(&attributes);
	return started;
}

static bool
has_room(void)
{
	bool room;

	pthread_mutex_lock(&self.lock);
	self.arrived++;
	room = self.open < self.configuration.client_connections;
	self.open += room;
	pthread_mutex_unlock(&self.lock);
	if (!room)
		note("more than %u connections",
			self.configuration.client_connections);
	return room;
}

/* By its program, where the kernel shows it; else as it says. */
static void
name_application(const char *program)
{
	const char *slash;

	snprintf(self.program, sizeof(self.program), "%s", program);
	slash = strrchr(self.program, '/');
	self.application.program = self.program;
	self.application.application =
		slash ? slash + 1 : self.first.application;
}

static void
welcome(int connection, const struct control *control)
{
	struct guest *guest;

	if (!self.has_first) {
		self.first = control->hello;
		self.audit = control->audit_choice;
		name_application(control->line);
		self.has_first = true;
	}
	if (!has_room()) {
		close(connection);
		return;
	}
	guest = malloc(sizeof(*guest));
	if (guest) {
		*guest = (struct guest){ connection, control->hello };
		if (start_thread(guest))
			return;
	}
	note("no thread for a connection");
	/* A module of somebody else's took what there is, and keeps it. */
	if (self.module.front)
		_exit(1);
	free(guest);
	close(connection);
	pthread_mutex_lock(&self.lock);
	self.open--;
	pthread_mutex_unlock(&self.lock);
}

/* A word from the listener; false when there is none any more. */
static bool
hear(void)
{
	enum control_result result;
	struct control control;
	int descriptor;

	result = control_receive(WORKER_CONTROL, &control, &descriptor, false);
	if (result == CONTROL_GOT && control.kind == CONTROL_CONNECTION &&
		descriptor >= 0)
		welcome(descriptor, &control);
	else if (result == CONTROL_GOT && control.kind == CONTROL_ANSWER)
		enquiry_take(&control, descriptor);
	else if (descriptor >= 0)
		close(descriptor);
	wipe(&control.hello, sizeof(control.hello));
	return result != CONTROL_CLOSED;
}

/* The listener knows whether another connection is on its way; if none is, it
 * closes its end, and we go. */
static void
offer_to_leave(void)
{
	struct control control = { .kind = CONTROL_IDLE };
	bool is_idle;

	pthread_mutex_lock(&self.lock);
	is_idle = self.open == 0;
	control.connections = self.arrived;
	pthread_mutex_unlock(&self.lock);
	if (is_idle)
		control_send(WORKER_CONTROL, &control, -1, false);
}

/* Who called has been told that it took too long, and nothing else ends it. */
static void
end_if_hung(void)
{
	if (!self.module.front || !fronted_hangs())
		return;
	note("%s hangs: it is started anew", self.front.name);
	_exit(1);
}

/* A descriptor of -1 is one that poll leaves out. */
static void
attend(bool has_peer)
{
	struct pollfd ends[2] = { { WORKER_CONTROL, POLLIN, 0 },
		{ has_peer ? WORKER_PEER : -1, POLLIN, 0 } };
	int count;

	for (;;) {
		count = poll(ends, 2, LINGER);
		end_if_hung();
		if (self.module.front)
			fronted_forget_pins();
		if (count == 0)
			offer_to_leave();
		if (count > 0 && ends[1].revents)
			return;
		if (count > 0 && ends[0].revents && !hear())
			return;
	}
}

static void
complain(void *context, const char *file, unsigned line, const char *message)
{
	/* The listener has said it. */
}

/* A module of somebody else may free what the library took, its own way. */
static bool
take_memory(void)
{
	const size_t most = (size_t)self.configuration.client_memory << 20;

	sandbox_limit_memory(self.configuration.client_memory);
	if (self.module.path || crypto_memory_begin(most, note_open_memory))
		return true;
	note("there is no memory to keep keys in");
	return false;
}

/* Of the folder there has to be something to allow. Without a wall a user's
 * keeper says so and goes on; where others' keys are beside, it does not. */
static bool
confine(bool is_beside_others)
{
	bool stands;

	if (!self.module.path)
		(void)folder_make(self.home.tokens);
	stands = self.module.path
		? sandbox_module_worker(&self.home, is_beside_others)
		: sandbox_soft_worker(self.home.tokens);
	return stands || !is_beside_others;
}

static unsigned long
number_slot(void *context, const char *name)
{
	struct control answer, question = { .kind = CONTROL_SLOT };
	int pipe;

	snprintf(question.line, sizeof(question.line), "%s", name);
	return enquiry_make(&question, &answer, &pipe) == CKR_OK ? answer.slot
								 : 0;
}

/* As many lines in a message as there is room for. */
static void
announce_slots(void *context, const char *const *names, size_t count)
{
	struct control told = { .kind = CONTROL_NAMES };
	size_t used = 0, length, i;

	for (i = 0; i < count; i++) {
		length = strlen(names[i]);
		if (strchr(names[i], '\n') || length + 2 > sizeof(told.line))
			continue;
		if (used + length + 2 > sizeof(told.line)) {
			control_send(WORKER_CONTROL, &told, -1, true);
			used = 0;
		}
		used += (size_t)snprintf(told.line + used,
			sizeof(told.line) - used, "%s\n", names[i]);
	}
	if (used)
		control_send(WORKER_CONTROL, &told, -1, true);
}

/* By the configuration as this worker reads it. */
static bool
choose_module(const struct worker_orders *orders)
{
	char reason[256], *module;

	self.module.path = orders->token_module;
	self.group =
		(struct backing_group){ orders->group, orders->is_members };
	if (!orders->front)
		return true;
	if (!front_find(&self.configuration, orders->front, &self.front)) {
		note("no module is configured as %s", orders->front);
		return false;
	}
	module = front_find_module(&self.front, reason, sizeof(reason));
	if (!module) {
		note("%s is not loaded: %s", self.front.module, reason);
		return false;
	}
	self.front.module = module;
	front_set_environment(&self.front);
	self.module = (struct backing_module){ .path = self.front.module,
		.front = &self.front,
		.number = number_slot,
		.announce = announce_slots,
		.is_awaited = is_awaited };
	front_chain_gather(&self.front, &self.module.chain);
	return true;
}

static bool
begin(const struct worker_orders *orders)
{
	enquiry_begin();
	if (orders->folder ? !home_place(&self.home, orders->folder)
			   : !home_find(&self.home))
		return false;
	/* Not to be reached: who has that folder can be the keeper there. */
	if (orders->run && !(self.home.run = strdup(orders->run)))
		return false;
	configuration_read(
		&self.configuration, self.home.configuration, complain, NULL);
	/* The machine keeper has no way to a person's display or terminal. */
	if (!orders->folder)
		prompt_by(send_question);
	return choose_module(orders) && take_memory() &&
		confine(orders->folder != NULL);
}

int
worker_run(const struct worker_orders *orders)
{
	bool has_peer = fcntl(WORKER_PEER, F_SETFD, FD_CLOEXEC) == 0;
	/* For a listener that cannot write the audit log. */
	const struct timeval patience = { .tv_sec = ENQUIRY_TIME };

	log_to(send_note);
	if (fcntl(WORKER_CONTROL, F_SETFD, FD_CLOEXEC) < 0 ||
		setsockopt(WORKER_CONTROL, SOL_SOCKET, SO_SNDTIMEO, &patience,
			sizeof(patience)) < 0 ||
		!begin(orders))
		return 1;
	attend(has_peer);
	if (self.module.front)
		fronted_finish();
	/* At once, whatever its threads do: who would wait for them is gone.
	 * The kernel wipes what they had before anyone gets it. */
	coverage_save();
	_exit(0);
}
