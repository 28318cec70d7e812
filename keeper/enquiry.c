/* SPDX-License-Identifier: BSD-2-Clause */
/* What a worker asks of its listener, one question at a time. */

#include "config.h"

#include "keeper/enquiry.h"

#include "keeper/worker.h"

#include <pthread.h>
#include <time.h>
#include <unistd.h>

/* The lock guards the place where an answer arrives. */
static struct {
	pthread_mutex_t asking; /* one question at a time */
	pthread_mutex_t lock;
	pthread_cond_t answered;
	struct control answer;
	uint64_t number; /* of the question that is open */
	int pipe;        /* that came with its answer, or -1 */
	bool has_answer;
} enquiry = {
	.asking = PTHREAD_MUTEX_INITIALIZER,
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.pipe = -1,
};

void
enquiry_begin(void)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&enquiry.answered, &attributes);
	pthread_condattr_destroy(&attributes);
}

static bool
wait_for_answer(struct control *answer)
{
	struct timespec deadline;
	int result = 0;

	clock_gettime(CLOCK_MONOTONIC, &deadline);
	deadline.tv_sec += ENQUIRY_TIME;
	while (!enquiry.has_answer && result == 0)
		result = pthread_cond_timedwait(
			&enquiry.answered, &enquiry.lock, &deadline);
	if (enquiry.has_answer)
		*answer = enquiry.answer;
	return enquiry.has_answer;
}

CK_RV
enquiry_make(struct control *question, struct control *answer, int *pipe)
{
	CK_RV rv = CKR_DEVICE_ERROR;
	bool is_sent;

	pthread_mutex_lock(&enquiry.asking);
	pthread_mutex_lock(&enquiry.lock);
	enquiry.has_answer = false;
	question->number = ++enquiry.number;
	if (enquiry.pipe >= 0)
		close(enquiry.pipe); /* that nobody waited for */
	enquiry.pipe = -1;
	pthread_mutex_unlock(&enquiry.lock);
	/* Without the lock: it may wait for room. */
	is_sent = control_send(WORKER_CONTROL, question, -1, true);
	pthread_mutex_lock(&enquiry.lock);
	if (is_sent && wait_for_answer(answer))
		rv = answer->rv;
	*pipe = enquiry.pipe;
	enquiry.pipe = -1;
	pthread_mutex_unlock(&enquiry.lock);
	pthread_mutex_unlock(&enquiry.asking);
	return rv;
}

void
enquiry_take(const struct control *answer, int pipe)
{
	pthread_mutex_lock(&enquiry.lock);
	if (answer->number == enquiry.number) {
		enquiry.answer = *answer;
		enquiry.pipe = pipe;
		enquiry.has_answer = true;
		pthread_cond_signal(&enquiry.answered);
		pipe = -1;
	}
	pthread_mutex_unlock(&enquiry.lock);
	if (pipe >= 0)
		close(pipe);
}
