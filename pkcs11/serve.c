/* SPDX-License-Identifier: BSD-2-Clause */
/* The worker's end of the wire: one connection, served from a function list. */

#include "config.h"

#include "pkcs11/serve.h"

#include "pkcs11/frame.h"
#include "pkcs11/log.h"
#include "pkcs11/serve-dispatch.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Bytes of answers that wait for another, to go with it. */
#define HELD 4096

/* Frames below this are not counted against a client's memory. */
#define SMALL (64u << 10)

/* Handles that the answer to C_FindObjectsInit carries. */
#define FIRST_FOUND 64

/* Seconds, where the limits say none. */
#define REST_SECONDS 30

/* Bytes of large frames in all connections of this process. */
static atomic_size_t memory_taken;

struct server {
	int descriptor;
	const CK_FUNCTION_LIST_3_0 *token;
	size_t frame_cap, memory_cap;
	bool (*is_over)(void);
	struct frame_limit limit;
	/* For what comes after each call; some calls share one. */
	struct patience patience[PATIENCES];
	struct request request;
	struct wire held; /* answers that go with the next */
	CK_RV row_rv;     /* of the request with which this one came */
};

void
request_give_first(struct request *request, CK_SESSION_HANDLE session,
	const CK_FUNCTION_LIST_3_0 *token)
{
	CK_OBJECT_HANDLE handles[FIRST_FOUND];
	struct found found = { handles, FIRST_FOUND, 0 };
	bool is_complete = false;

	if (request->rv == CKR_OK &&
		token->C_FindObjects(
			session, handles, FIRST_FOUND, &found.count) != CKR_OK)
		found.count = FIRST_FOUND;
	else if (request->rv == CKR_OK && found.count < FIRST_FOUND)
		is_complete = token->C_FindObjectsFinal(session) == CKR_OK;
	wire_put_byte(&request->out, is_complete);
	request_give_found(request, &found);
}

/* The function pointer at the row's place; lists of 2.40 end earlier. */
static bool
token_has(const CK_FUNCTION_LIST_3_0 *token, const struct dispatch_row *row)
{
	void (*function)(void);

	if (token->version.major < row->version)
		return false;
	memcpy(&function, (const char *)token + row->offset, sizeof(function));
	return function != NULL;
}

static bool
send_held(struct server *server)
{
	bool is_sent = !server->held.length ||
		frame_send(server->descriptor, &server->held) == FRAME_WHOLE;

	wire_reset(&server->held);
	return is_sent;
}

/* Where the next request has come, its answer takes this one along: the client
 * waits for that one, and would be woken for nothing. */
static bool
send_answer(struct server *server)
{
	struct wire *out = &server->request.out, *held = &server->held;
	bool has_next = frame_is_ahead(&server->request.in);

	if ((!has_next && !held->length) || held->length + out->length > HELD)
		return send_held(server) &&
			frame_send(server->descriptor, out) == FRAME_WHOLE;
	frame_end(out);
	held->begin = held->length;
	wire_put_raw(held, out->at, out->length);
	return has_next ? !held->failed : send_held(server);
}

/* False when the connection must end. */
static bool
answer(struct server *server, uint32_t call)
{
	struct request *request = &server->request;

	wire_reset(&request->out);
	frame_begin(&request->out, call);
	request->rv = CKR_OK;
	if (call == HELLO_CALL || call > request->known.calls)
		return false;
	if (server->row_rv != CKR_OK)
		request->rv = server->row_rv;
	else if (!token_has(server->token, &dispatch_rows[call]))
		request->rv = CKR_FUNCTION_NOT_SUPPORTED;
	else
		dispatch_rows[call].serve(request, server->token);
	if (request->in.failed)
		return false;
	/* Refused, or more than a frame holds: the reason alone. */
	if (request->out.failed) {
		wire_clear(&request->out);
		frame_begin(&request->out, call);
		request->rv = CKR_DEVICE_MEMORY;
	}
	if (request->out.length == FRAME_HEADER)
		request_give_rv(request);
	/* What follows in the row counted on this one. */
	server->row_rv = request->in.ahead ? request->rv : CKR_OK;
	return send_answer(server);
}

/* All connections of a client share what it may take for large frames. */
static bool
take_memory(struct server *server, size_t length)
{
	if (length <= SMALL)
		return true;
	if (atomic_fetch_add(&memory_taken, length) + length <=
		server->memory_cap)
		return true;
	atomic_fetch_sub(&memory_taken, length);
	return false;
}

static void
give_memory(size_t length)
{
	if (length > SMALL)
		atomic_fetch_sub(&memory_taken, length);
}

/* Memory is counted before it is taken. */
static enum frame_result
receive_body(struct server *server, const struct frame_header *header)
{
	enum frame_result result;

	if (!take_memory(server, header->length))
		return FRAME_BAD;
	result = frame_receive_body(
		server->descriptor, &server->request.in, header);
	if (result != FRAME_WHOLE)
		give_memory(header->length);
	return result;
}

static bool
serve_call(struct server *server)
{
	struct request *request = &server->request;
	struct frame_header header;
	enum frame_result result;
	bool goes_on = false;

	result = frame_receive_header(server->descriptor, &request->in,
		server->frame_cap, &server->limit, &header);
	if (result == FRAME_WHOLE)
		result = receive_body(server, &header);
	if (result == FRAME_WHOLE) {
		server->limit.patience =
			&server->patience[header.call % PATIENCES];
		goes_on = answer(server, header.call);
		if (!goes_on)
			note("a malformed request ended its connection");
	} else if (result != FRAME_LOST) {
		note("a frame too long, late or cut ended its connection");
	}
	arena_clear(&request->arena);
	wire_reset(&request->in);
	wire_reset(&request->out);
	if (result == FRAME_WHOLE)
		give_memory(header.length);
	return goes_on;
}

static bool
answer_hello(struct server *server, uint32_t front)
{
	struct wire *out = &server->request.out;
	struct hello own = {
		.calls = tables_known.calls,
		.parameters = tables_known.parameters,
		.attributes = tables_known.attributes,
		.instance = (uint64_t)getpid(),
		.wishes = HELLO_IN_A_ROW,
		.front = front,
	};

	hello_put(out, &own);
	return frame_send(server->descriptor, out) == FRAME_WHOLE;
}

void
serve(int descriptor, const struct hello *hello,
	const CK_FUNCTION_LIST_3_0 *token, const struct serve_limits *limits)
{
	struct server *server = calloc(1, sizeof(*server));

	if (!server)
		return;
	server->descriptor = descriptor;
	server->token = token;
	server->frame_cap = limits->frame && limits->frame < FRAME_CAP
		? limits->frame
		: FRAME_CAP;
	server->memory_cap = limits->memory ? limits->memory : SERVE_MEMORY;
	server->is_over = limits->is_over;
	server->limit.rest = limits->seconds ? limits->seconds : REST_SECONDS;
	server->limit.send = server->limit.rest;
	server->request.known = known_by_both(
		hello->calls, hello->parameters, hello->attributes);
	frame_set_limit(descriptor, &server->limit);
	if (answer_hello(server, hello->front))
		while (serve_call(server) &&
			!(server->is_over && server->is_over()))
			;
	send_held(server);
	arena_clear(&server->request.arena);
	wire_clear(&server->request.in);
	wire_clear(&server->request.out);
	wire_clear(&server->held);
	free(server);
}
