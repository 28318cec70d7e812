/* SPDX-License-Identifier: BSD-2-Clause */
/* serve() and peers that send what no module sends: their connection ends,
 * the token hears nothing, and others go on. */

#include "config.h"

#include "pkcs11/calls.h"
#include "pkcs11/frame.h"
#include "pkcs11/serve.h"
#include "pkcs11/tables.h"
#include "tests/test.h"
#include "tests/wire/kit.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A token that counts what reaches it. */
static atomic_uint reached;

static CK_RV
count_slot_info(CK_SLOT_ID slot, CK_SLOT_INFO *info)
{
	reached++;
	return CKR_OK;
}

static CK_RV
count_digest(CK_SESSION_HANDLE session, CK_BYTE *part, CK_ULONG length)
{
	reached++;
	return CKR_OK;
}

static const CK_FUNCTION_LIST_3_0 counting = {
	.version = { 2, 40 },
	.C_GetSlotInfo = count_slot_info,
	.C_DigestUpdate = count_digest,
};

static struct serve_limits limits;
static struct hello hello;
static pthread_t server;

static void *
serve_end(void *descriptor)
{
	serve(*(int *)descriptor, &hello, &counting, &limits);
	shutdown(*(int *)descriptor, SHUT_RDWR);
	return NULL;
}

static const struct frame_limit patience = { 5, 5, 5, NULL };

/* With SOCK_SEQPACKET what was sent at once is received as such. */
static int type = SOCK_STREAM;

/* A connection whose hello was answered. */
static int
connection(void)
{
	static int ends[64][2], count;
	struct wire wire = { 0 };
	struct hello answer;
	uint32_t call;
	int *pair = ends[count++];

	hello.calls = tables_known.calls;
	hello.parameters = tables_known.parameters;
	hello.attributes = tables_known.attributes;
	EXPECT(socketpair(AF_UNIX, type, 0, pair) == 0);
	EXPECT(pthread_create(&server, NULL, serve_end, &pair[1]) == 0);
	frame_set_limit(pair[0], &patience);
	EXPECT(frame_receive(pair[0], &wire, HELLO_CAP, &patience, &call) ==
		FRAME_WHOLE);
	EXPECT_NUMBER(call, HELLO_CALL);
	EXPECT(hello_take(
		wire.at + wire.taken, wire.length - wire.taken, &answer));
	EXPECT_NUMBER(answer.calls, tables_known.calls);
	EXPECT_NUMBER(answer.instance, getpid());
	wire_clear(&wire);
	return pair[0];
}

static void
send_bytes(int peer, const void *at, size_t length)
{
	EXPECT(send(peer, at, length, MSG_NOSIGNAL) == (ssize_t)length);
}

/* The other end closes within this time, without another word. */
static bool
ends_within(int peer, int milliseconds)
{
	struct pollfd ready = { peer, POLLIN, 0 };
	char byte;

	return poll(&ready, 1, milliseconds) == 1 &&
		recv(peer, &byte, 1, MSG_DONTWAIT) <= 0;
}

static void
ask_slot_info(int peer, struct wire *wire)
{
	wire_reset(wire);
	frame_begin(wire, CALL_C_GetSlotInfo);
	wire_put_number(wire, 1);
	EXPECT(frame_send(peer, wire) == FRAME_WHOLE);
}

static void
expect_service(int peer)
{
	struct wire wire = { 0 };
	uint32_t call;

	ask_slot_info(peer, &wire);
	EXPECT(frame_receive(peer, &wire, FRAME_CAP, &patience, &call) ==
		FRAME_WHOLE);
	EXPECT_NUMBER(call, CALL_C_GetSlotInfo);
	EXPECT_RV(wire_take_number(&wire), CKR_OK);
	wire_clear(&wire);
}

TEST(serve_answers_what_is_well_formed)
{
	int peer = connection();

	expect_service(peer);
	expect_service(peer);
	EXPECT_NUMBER(reached, 2);
}

TEST(serve_ends_a_request_with_bytes_left_over)
{
	int peer = connection(), other = connection();
	static struct wire wire;

	frame_begin(&wire, CALL_C_GetSlotInfo);
	wire_put_number(&wire, 1);
	wire_put_byte(&wire, 0);
	EXPECT(frame_send(peer, &wire) == FRAME_WHOLE);
	EXPECT(ends_within(peer, 2000));
	EXPECT_NUMBER(reached, 0);
	expect_service(other);
}

TEST(serve_ends_a_request_that_is_cut_anywhere)
{
	static struct wire wire;
	size_t length;
	int peer;

	for (length = 0; length < 8; length++) {
		peer = connection();
		wire_reset(&wire);
		frame_begin(&wire, CALL_C_GetSlotInfo);
		wire_put_raw(&wire, "\1\0\0\0\0\0\0\0", length);
		EXPECT(frame_send(peer, &wire) == FRAME_WHOLE);
		EXPECT(ends_within(peer, 2000));
	}
	EXPECT_NUMBER(reached, 0);
}

TEST(serve_ends_a_frame_that_is_longer_than_the_cap_at_its_header)
{
	unsigned char header[FRAME_HEADER];
	int peer = connection();

	frame_put_header(header, FRAME_CAP + 1, CALL_C_DigestUpdate);
	send_bytes(peer, header, sizeof(header));
	EXPECT(ends_within(peer, 2000));
	peer = connection();
	frame_put_header(header, 0xffffffff, CALL_C_DigestUpdate);
	send_bytes(peer, header, sizeof(header));
	EXPECT(ends_within(peer, 2000));
}

TEST(serve_ends_a_frame_that_stays_half_sent)
{
	unsigned char header[FRAME_HEADER];
	int peer, other;

	limits.seconds = 1;
	peer = connection();
	other = connection();
	frame_put_header(header, 1000, CALL_C_DigestUpdate);
	send_bytes(peer, header, sizeof(header));
	EXPECT(!ends_within(peer, 500));
	expect_service(other);
	EXPECT(ends_within(peer, 2000));
}

TEST(serve_ends_a_frame_that_drips)
{
	unsigned char header[FRAME_HEADER];
	int peer, i;

	limits.seconds = 1;
	peer = connection();
	frame_put_header(header, 1000, CALL_C_DigestUpdate);
	send_bytes(peer, header, sizeof(header));
	for (i = 0; i < 40 && !ends_within(peer, 100); i++)
		send(peer, "x", 1, MSG_NOSIGNAL);
	EXPECT(i < 20);
}

TEST(serve_waits_for_a_peer_that_says_nothing)
{
	int peer;

	limits.seconds = 1;
	peer = connection();
	EXPECT(!ends_within(peer, 2500));
	expect_service(peer);
}

static void
put_slot_info(struct wire *wire)
{
	frame_begin(wire, CALL_C_GetSlotInfo);
	wire_put_number(wire, 1);
	frame_end(wire);
}

/* Bytes that have come, after some time. */
static size_t
come_after(int peer, int milliseconds)
{
	static unsigned char bytes[65536];
	struct pollfd ready = { peer, POLLIN, 0 };
	ssize_t count = 0;

	if (poll(&ready, 1, milliseconds) == 1)
		count = recv(peer, bytes, sizeof(bytes), MSG_DONTWAIT);
	return count > 0 ? (size_t)count : 0;
}

TEST(serve_answers_requests_in_a_row_together)
{
	static struct wire wire;
	size_t one;
	int peer;

	type = SOCK_SEQPACKET;
	peer = connection();
	put_slot_info(&wire);
	send_bytes(peer, wire.at, wire.length);
	one = come_after(peer, 2000);
	put_slot_info(&wire);
	put_slot_info(&wire);
	send_bytes(peer, wire.at, wire.length);
	EXPECT_NUMBER(come_after(peer, 2000), 3 * one);
	EXPECT_NUMBER(reached, 4);
}

TEST(serve_answers_a_request_before_the_next_is_whole)
{
	static struct wire wire;
	int peer = connection();
	size_t cut, one, request;

	put_slot_info(&wire);
	request = wire.length;
	send_bytes(peer, wire.at, request);
	one = come_after(peer, 2000);
	put_slot_info(&wire);
	for (cut = 1; cut < request; cut++) {
		send_bytes(peer, wire.at, request + cut);
		EXPECT_NUMBER(come_after(peer, 2000), one);
		send_bytes(peer, wire.at + cut, request - cut);
		EXPECT_NUMBER(come_after(peer, 2000), one);
	}
	EXPECT_NUMBER(reached, 1 + 2 * (request - 1));
}

TEST(serve_lets_no_more_answers_wait_than_a_page_holds)
{
	enum { COUNT = 100 };
	static struct wire wire;
	size_t one, come, all = 0;
	int peer, i;

	type = SOCK_SEQPACKET;
	peer = connection();
	put_slot_info(&wire);
	send_bytes(peer, wire.at, wire.length);
	one = come_after(peer, 2000);
	for (i = 1; i < COUNT; i++)
		put_slot_info(&wire);
	send_bytes(peer, wire.at, wire.length);
	while (all < COUNT * one) {
		come = come_after(peer, 2000);
		EXPECT(come > 0 && come <= 4096);
		all += come;
	}
	EXPECT_NUMBER(all, COUNT * one);
}

/* More than one receive brings, and more answers than wait for another. */
TEST(serve_answers_a_long_row_of_requests)
{
	enum { COUNT = 1000 };
	static struct wire wire, answer;
	struct frame_header header;
	int peer = connection(), i;

	for (i = 0; i < COUNT; i++)
		put_slot_info(&wire);
	send_bytes(peer, wire.at, wire.length);
	for (i = 0; i < COUNT; i++) {
		EXPECT(frame_receive_header(peer, &answer, FRAME_CAP, &patience,
			       &header) == FRAME_WHOLE);
		EXPECT(frame_receive_body(peer, &answer, &header) ==
			FRAME_WHOLE);
		EXPECT_NUMBER(header.call, CALL_C_GetSlotInfo);
		EXPECT_RV(wire_take_number(&answer), CKR_OK);
	}
	EXPECT_NUMBER(answer.ahead, 0);
	EXPECT_NUMBER(reached, COUNT);
	wire_clear(&answer);
}

TEST(serve_answers_what_came_before_a_malformed_request)
{
	static struct wire wire;
	int peer = connection();

	put_slot_info(&wire);
	frame_begin(&wire, tables_known.calls + 1);
	frame_end(&wire);
	send_bytes(peer, wire.at, wire.length);
	EXPECT(come_after(peer, 2000) > FRAME_HEADER);
	EXPECT(ends_within(peer, 2000));
	EXPECT_NUMBER(reached, 1);
}

TEST(serve_ends_a_call_of_no_number_and_a_second_hello)
{
	static struct wire wire;
	int peer = connection();

	frame_begin(&wire, tables_known.calls + 1);
	EXPECT(frame_send(peer, &wire) == FRAME_WHOLE);
	EXPECT(ends_within(peer, 2000));
	peer = connection();
	wire_reset(&wire);
	hello_put(&wire, &hello);
	EXPECT(frame_send(peer, &wire) == FRAME_WHOLE);
	EXPECT(ends_within(peer, 2000));
}

TEST(serve_caps_the_memory_of_a_client)
{
	unsigned char header[FRAME_HEADER];
	static struct wire wire;
	int peer;

	limits.memory = 1u << 20;
	peer = connection();
	wire_put_number(&wire, 1);
	wire_put_byte(&wire, 1);
	wire_put_u32(&wire, 2u << 20);
	while (!wire.failed && wire.length < (2u << 20) + 13)
		wire_put_byte(&wire, 0);
	frame_put_header(header, (uint32_t)wire.length, CALL_C_DigestUpdate);
	send_bytes(peer, header, sizeof(header));
	send(peer, wire.at, wire.length, MSG_NOSIGNAL);
	EXPECT(ends_within(peer, 2000));
	EXPECT_NUMBER(reached, 0);
	limits.memory = 4u << 20;
	peer = connection();
	send_bytes(peer, header, sizeof(header));
	send(peer, wire.at, wire.length, MSG_NOSIGNAL);
	EXPECT(!ends_within(peer, 500));
	EXPECT_NUMBER(reached, 1);
}

TEST(serve_says_of_a_function_that_the_token_lacks_that_it_does)
{
	static const uint32_t calls[] = { CALL_C_LoginUser, CALL_C_Sign,
		CALL_C_SessionCancel };
	static struct wire wire;
	int peer = connection();
	uint32_t call;
	size_t i;

	for (i = 0; i < 3; i++) {
		wire_reset(&wire);
		frame_begin(&wire, calls[i]);
		wire_put_number(&wire, 1);
		EXPECT(frame_send(peer, &wire) == FRAME_WHOLE);
		EXPECT(frame_receive(peer, &wire, FRAME_CAP, &patience,
			       &call) == FRAME_WHOLE);
		EXPECT_RV(wire_take_number(&wire), CKR_FUNCTION_NOT_SUPPORTED);
	}
	expect_service(peer);
}
