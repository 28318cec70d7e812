/* SPDX-License-Identifier: BSD-2-Clause */
/* What the first frame promises, also to those who send something else. */

#include "config.h"

#include "pkcs11/hello.h"
#include "tests/test.h"

#include <string.h>

static struct hello
some_hello(void)
{
	struct hello hello = {
		.secret = { 1, 2, 3 },
		.calls = 92,
		.parameters = 9,
		.attributes = 80,
		.first_session = 7,
		.first_object = SESSION_OBJECT_FIRST,
		.application = "thunderbird",
		.locale = "de_DE.UTF-8",
		.wishes = HELLO_SPARE_SLOT,
	};

	return hello;
}

TEST(hello_arrives_as_it_was_sent)
{
	struct hello sent = some_hello(), taken;
	struct wire wire = { 0 };
	uint32_t length, call;

	hello_put(&wire, &sent);
	EXPECT(!wire.failed);
	frame_take_header(wire.at, &length, &call);
	EXPECT_NUMBER(call, HELLO_CALL);
	EXPECT_NUMBER(length, wire.length - FRAME_HEADER);
	EXPECT(hello_take(wire.at + FRAME_HEADER, length, &taken));
	EXPECT_BYTES(taken.secret, 16, sent.secret, 16);
	EXPECT_NUMBER(taken.calls, 92);
	EXPECT_NUMBER(taken.attributes, 80);
	EXPECT_NUMBER(taken.first_object, SESSION_OBJECT_FIRST);
	EXPECT_TEXT(taken.application, "thunderbird");
	EXPECT_TEXT(taken.locale, "de_DE.UTF-8");
	EXPECT_NUMBER(taken.wishes, HELLO_SPARE_SLOT);
	wire_clear(&wire);
}

TEST(hello_that_is_cut_anywhere_is_refused)
{
	struct hello sent = some_hello(), taken;
	struct wire wire = { 0 };
	size_t length, whole;

	hello_put(&wire, &sent);
	whole = wire.length - FRAME_HEADER;
	for (length = 0; length < whole; length++)
		if (length != whole - 2 * sizeof(uint32_t) &&
			length != whole - sizeof(uint32_t))
			EXPECT(!hello_take(
				wire.at + FRAME_HEADER, length, &taken));
	wire_clear(&wire);
}

TEST(hello_of_an_older_sender_wishes_nothing)
{
	struct hello sent = some_hello(), taken;
	struct wire wire = { 0 };

	hello_put(&wire, &sent);
	EXPECT(hello_take(wire.at + FRAME_HEADER,
		wire.length - FRAME_HEADER - 2 * sizeof(uint32_t), &taken));
	EXPECT_TEXT(taken.locale, "de_DE.UTF-8");
	EXPECT_NUMBER(taken.wishes, 0);
	EXPECT_NUMBER(taken.front, 0);
	wire_clear(&wire);
}

TEST(hello_of_a_newer_sender_may_say_more)
{
	struct hello sent = some_hello(), taken;
	struct wire wire = { 0 };

	hello_put(&wire, &sent);
	wire_put_text(&wire, "what is not known yet");
	EXPECT(hello_take(
		wire.at + FRAME_HEADER, wire.length - FRAME_HEADER, &taken));
	EXPECT_TEXT(taken.application, "thunderbird");
	wire_clear(&wire);
}

TEST(hello_of_another_protocol_is_refused)
{
	struct hello taken;

	EXPECT(!hello_take("GET / HTTP/1.1\r\n\r\n", 18, &taken));
}
