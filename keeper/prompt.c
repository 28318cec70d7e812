/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions that the keeper itself asks a person: a worker's side. */

#include "config.h"

#include "keeper/prompt.h"

#include "pkcs11/clock.h"
#include "pkcs11/log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

/* Seconds that the process which asks has beyond the person's. */
enum { GRACE = 5 };

static prompt_sender send_question;
static pthread_mutex_t asking = PTHREAD_MUTEX_INITIALIZER;

void
prompt_by(prompt_sender sender)
{
	send_question = sender;
}

bool
prompt_is_possible(void)
{
	return send_question != NULL;
}

/* All that comes until the pipe's other end is closed; false: too late, or too
 * much. */
static bool
read_answer(int pipe, long deadline, struct secret *answer, size_t *length)
{
	struct pollfd ready = { pipe, POLLIN, 0 };
	ssize_t got = 1;
	long left;

	*length = 0;
	while (got && *length < answer->length) {
		left = deadline - clock_milliseconds();
		if (left <= 0 || poll(&ready, 1, (int)left) == 0)
			return false;
		got = read(
			pipe, answer->at + *length, answer->length - *length);
		if (got < 0 && errno != EINTR)
			return false;
		*length += got > 0 ? (size_t)got : 0;
	}
	return *length > 0 && *length < answer->length;
}

static CK_RV
take_answer(int pipe, long deadline, struct secret *text)
{
	/* The kind before the text, and one that it must not reach. */
	struct secret answer = { 0 };
	size_t length;
	CK_RV rv = CKR_FUNCTION_CANCELED;

	if (!secret_init(&answer, PROMPT_LONGEST + 2))
		return CKR_DEVICE_MEMORY;
	if (!read_answer(pipe, deadline, &answer, &length))
		note("a question had no answer");
	else if (answer.at[0] == PROMPT_UNABLE)
		note("nobody can be asked: %.*s", (int)length - 1,
			(const char *)answer.at + 1);
	else if (answer.at[0] == PROMPT_GIVEN)
		rv = secret_copy(text, answer.at + 1, length - 1)
			? CKR_OK
			: CKR_DEVICE_MEMORY;
	secret_clear(&answer);
	return rv;
}

CK_RV
prompt_ask(const struct prompt_question *question, struct secret *text)
{
	CK_RV rv = CKR_FUNCTION_CANCELED;
	int pipe;

	*text = (struct secret){ 0 };
	pthread_mutex_lock(&asking);
	pipe = send_question ? send_question(question) : -1;
	if (pipe >= 0) {
		rv = take_answer(pipe,
			clock_milliseconds() +
				(question->seconds + GRACE) * 1000L,
			text);
		close(pipe);
	}
	pthread_mutex_unlock(&asking);
	return rv;
}
