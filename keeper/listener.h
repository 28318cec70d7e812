/* SPDX-License-Identifier: BSD-2-Clause */
/* The process that applications find: it gives each to a worker, and keeps
 * what workers share. It never sees a key. */

#ifndef LISTENER_H
#define LISTENER_H

#include <stdint.h>
#include <sys/types.h>

#include "keeper/configuration.h"
#include "keeper/history.h"
#include "keeper/peer.h"
#include "keeper/socket.h"
#include "keeper/tries.h"
#include "pkcs11/hello.h"
#include "pkcs11/home.h"

struct listener;

/* Who is told when there is something to read. Part of a larger struct. */
struct watch {
	int descriptor; /* -1: nothing is watched */
	void (*ready)(struct listener *listener, struct watch *watch);
};

/* A connection that has not said who it is. */
struct caller {
	struct watch watch;
	struct caller *next;
	struct peer peer;
	int64_t deadline;
	size_t got;
	unsigned char frame[FRAME_HEADER + HELLO_CAP];
};

/* A worker process, and the application that it is for. */
struct worker {
	struct watch control; /* closed: it is to end */
	struct watch process; /* a pidfd: it has ended */
	struct worker *next;
	pid_t number;
	struct peer peer;
	unsigned char secret[16];
	char application[64];
	unsigned connections; /* given to it so far */
};

struct listener {
	int events;
	struct keeper_socket socket;
	struct watch arrivals, signals;
	struct home home;
	struct configuration configuration;
	char *tries; /* the folder of the counts */
	struct history history;
	const char *token_module;
	struct caller *callers;
	struct worker *workers;
	int64_t idle_since, started;
	bool is_stopping;
};

/* Runs until it is told to stop or was idle for long. token_module: serve this
 * module instead of the soft token (tests), or NULL. The exit status. */
int listener_run(const char *token_module);

/* Milliseconds of a clock that nobody sets. */
int64_t moment(void);

bool watch_start(
	struct listener *listener, struct watch *watch, int descriptor);
/* Ends the watch and closes its descriptor. */
void watch_end(struct listener *listener, struct watch *watch);

/* caller.c: takes over the connection. */
void caller_new(struct listener *listener, int connection);
void caller_free(struct listener *listener, struct caller *caller);

/* roster.c: gives the connection to the application's worker, which is started
 * if there is none. The caller closes its own descriptor. */
bool roster_serve(struct listener *listener, const struct hello *hello,
	const struct peer *peer, int connection);
/* Ends all workers, and waits for them. */
void roster_end(struct listener *listener);

#endif
