/* SPDX-License-Identifier: BSD-2-Clause */
/* Starts the processes that ask a person, for the listener. */

#ifndef PROMPTER_H
#define PROMPTER_H

#include "keeper/child.h"
#include "keeper/peer.h"
#include "keeper/prompt.h"
#include "pkcs11/hello.h"

/* The descriptors that such a process is started with. */
enum {
	ASKER_TASK = CHILD_FIRST,    /* a struct prompt_task */
	ASKER_ANSWER = CHILD_SECOND, /* the pipe to the worker */
};

/* Who is behind a question, and how that person is reached. */
struct prompt_caller {
	pid_t process;
	char application[64]; /* its program's name, else what it says */
	char program[256];    /* the program as the kernel sees it, or "" */
	char display[128], wayland[128], authority[256], terminal[128];
	char locale[64];
	bool is_elsewhere; /* on a machine that has no such places here */
};

struct prompt_task {
	struct prompt_question question;
	struct prompt_caller caller;
	char front[64]; /* whose code wants to know: a front's name, or "" */
	char pinentry[256]; /* as configured, or "" */
};

/* What the hello claims, and what the kernel says of the peer. */
void prompter_describe(struct prompt_caller *caller, const struct hello *hello,
	const struct peer *peer);

struct control;
struct listener;
struct worker;

/* Starts a process that asks, and sends the worker the pipe that its answer
 * comes by; what the person types does not pass the listener. A worker that
 * runs somebody else's code is named, and asks for no PIN where applications
 * do. */
void prompter_ask(struct listener *listener, struct worker *worker,
	const struct control *question);

#endif
