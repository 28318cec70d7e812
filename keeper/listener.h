/* SPDX-License-Identifier: BSD-2-Clause */
/* The process that applications find: it gives each to a worker, and keeps
 * what workers share. It never sees a key. */

#ifndef LISTENER_H
#define LISTENER_H

#include <stdint.h>
#include <sys/types.h>

#include "keeper/audit.h"
#include "keeper/circle.h"
#include "keeper/configuration.h"
#include "keeper/control.h"
#include "keeper/history.h"
#include "keeper/peer.h"
#include "keeper/prompter.h"
#include "keeper/quota.h"
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

/* Whose tokens are here: the keeper's own user's, or (of the machine keeper)
 * those of each user who comes and of groups. */
#define OWNER_NOBODY ((uid_t)-1)
struct owner {
	struct owner *next;
	uid_t user;   /* OWNER_NOBODY: a group's */
	char *group;  /* its name, or "" */
	char *folder; /* with the folder of the tokens in it */
	char *tries;  /* the folder of the counts */
	unsigned uses, workers, adoptions, brokers;
	bool has_folder;
};

/* A connection that has not said who it is. */
struct caller {
	struct watch watch;
	struct caller *next;
	int64_t waits_until; /* for what membership.c looks up; 0: not */
	struct owner *owner;
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
	struct owner *owner;  /* who came, and whose room it takes */
	struct owner *tokens; /* whose tokens it serves: the same, or a group */
	pid_t number;
	struct peer peer;
	unsigned char secret[16];
	char application[64];
	char front_name[64]; /* or "" */
	/* The number of the front or group; 0: the owner's own tokens. */
	uint32_t front;
	bool serves_module;    /* somebody else's code runs in it */
	bool is_loading;       /* a front's module, so far in vain */
	unsigned connections;  /* given to it so far */
	int64_t gathers_until; /* 0: its control is watched */
	unsigned gather_time;  /* milliseconds, for its next records */
	unsigned gathered;     /* records that were taken since */
	bool has_asked;        /* and something else */
	struct quota notes;    /* lines that it had in the log of late */
	unsigned left_out;     /* and those that it had not */
	struct quota names;    /* that it had numbered of late */
	char walls[128];       /* what stands around it, by its own account */
	struct prompt_caller caller;
};

struct listener {
	int events;
	struct keeper_socket socket;
	struct watch arrivals, signals;
	struct home home;
	struct configuration configuration;
	struct circles circles;
	struct membership *membership; /* NULL: of a user's keeper */
	struct showcase *showcase;     /* NULL: nobody asked yet */
	struct misfire *misfires;
	struct history history;
	const char *token_module;
	struct owner *owners;
	struct caller *callers;
	struct worker *workers;
	unsigned adoptions;
	struct audit *audit; /* NULL: there is to be none */
	int64_t idle_since, started, retries_at;
	bool is_stopping;
};

/* Runs until it is told to stop or was idle for long. Takes over home.
 * token_module: serve this module instead of the soft token (tests), or NULL.
 * The exit status. */
int listener_run(struct home *home, const char *token_module);

/* Milliseconds of a clock that nobody sets. */
int64_t moment(void);

bool watch_start(
	struct listener *listener, struct watch *watch, int descriptor);
/* Ends the watch and closes its descriptor. */
void watch_end(struct listener *listener, struct watch *watch);

/* owner.c: for as long as somebody of this user is here; NULL when memory is
 * short. */
struct owner *owner_take(struct listener *listener, uid_t user);
struct owner *owner_take_group(struct listener *listener, const char *group);
/* No two have the same, as long as the keeper runs. */
uint64_t owner_number(struct listener *listener, const struct owner *owner);
void owner_leave(struct listener *listener, struct owner *owner);
/* Its folder is there, and only the keeper's. */
bool owner_settle(struct listener *listener, struct owner *owner);

/* caller.c: who may know of all, and end it. */
bool caller_is_in_charge(uid_t user);
/* Takes over the connection. */
void caller_new(struct listener *listener, int connection);
void caller_free(struct listener *listener, struct caller *caller);
/* Answers who wait for what membership.c looks up: all, or those who did for
 * long. */
void callers_resume(struct listener *listener, bool all);

/* membership.c: keeps the members of groups as the system's files have them,
 * and ends the workers of who is none any more. Begins by looking them up. */
bool membership_begin(struct listener *listener);
void membership_end(struct listener *listener);
/* To be looked up anew, whatever the files were like. */
void membership_renew(struct listener *listener);
/* False: it has changed and is being looked up; callers_resume() is to come. */
bool membership_is_known(struct listener *listener);
/* What time brings; when that is. */
void membership_go_on(struct listener *listener);
int64_t membership_moment(const struct listener *listener);

/* What a keeper has beside its user's own tokens: a front, or the tokens of a
 * group. */
struct exhibit {
	char *name;
	bool is_group;
	bool is_members; /* and not its administrator's, who may change it */
};

/* showcase.c: those that this user may see: fills a frame. */
void showcase_put(struct listener *listener, uid_t user, struct wire *wire);
/* The one with this number, if this user may see it; the caller frees its name.
 * False: there is none (any more). */
bool showcase_find(struct listener *listener, uid_t user, uint32_t number,
	struct exhibit *exhibit);
void showcase_free(struct showcase *showcase);

/* misfire.c: the worker's front could not be loaded. For a while that grows
 * with each time, or until configuration or module change, it holds: no worker
 * is to be started for this front and user. */
void misfire_add(struct listener *listener, const struct worker *worker);
bool misfire_holds(struct listener *listener, uid_t user, uint32_t front);
/* It was loaded. */
void misfire_forget(struct listener *listener, const struct worker *worker);
void misfires_clear(struct listener *listener);

/* naming.c: the number of a slot of the worker's front, by the name that it
 * always has; 0: none. */
unsigned long naming_find(
	struct listener *listener, struct worker *worker, const char *name);
/* Names that it will ask for, a line each; cuts them apart. */
void naming_add(struct listener *listener, struct worker *worker, char *lines);

/* roster.c: gives the caller's connection to the application's worker, which
 * is started if there is none. The caller keeps its own descriptor. */
bool roster_serve(struct listener *listener, const struct hello *hello,
	const struct caller *caller);
bool roster_has_process(const struct listener *listener, pid_t process);
/* Ends it in the middle of whatever it does. */
void roster_end_worker(struct listener *listener, struct worker *worker);
/* Ends all workers, and waits for them. */
void roster_end(struct listener *listener);

/* requests.c: takes one message of the worker. */
enum heard { HEARD_NOTHING, HEARD_RECORD, HEARD_OTHER };
enum heard requests_hear(struct listener *listener, struct worker *worker);

/* notes.c: a line of the worker for the log, unless it had too many; and how
 * many those were. */
void notes_write(struct worker *worker, const char *line);
void notes_end(struct worker *worker);

/* adoption.c: a process reads the token that the caller brings, and answers; of
 * a keeper for one user, nobody does. */
void adoption_start(struct listener *listener, const struct caller *caller);

/* brokering.c: a process between the worker and the TPM; the answer has a
 * connection to it, and what the places of the owner's tokens begin with. */
void brokering_reach(struct listener *listener, struct worker *worker,
	const struct control *question);

/* records.c: begins the audit log, unless there is to be none. False: it cannot
 * be written, and nobody is to be served. */
bool records_open(struct listener *listener);
/* Also writes what is left. */
void records_close(struct listener *listener);
enum audit_choice records_choice(const struct listener *listener);
bool records_have_room(struct listener *listener);
void records_add(struct listener *listener, const struct worker *worker,
	const struct audit_record *record);
/* The worker's next ones may gather for a moment before they are taken. */
void records_gather(struct listener *listener, struct worker *worker);
/* Takes what has gathered long enough and writes what was taken; before each
 * sleep. */
void records_take(struct listener *listener);
/* When that is to be done next, though nothing else happens. */
int64_t records_moment(const struct listener *listener);
/* Takes the last ones of a worker whose control is going to be closed. */
void records_end_worker(struct listener *listener, struct worker *worker);

#endif
