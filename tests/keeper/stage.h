/* SPDX-License-Identifier: BSD-2-Clause */
/* A home and a keeper for one test, and what a test says to the keeper. */

#ifndef STAGE_H
#define STAGE_H

#include <stdint.h>
#include <sys/types.h>

#include "pkcs11/hello.h"

/* Makes PRIVYSEAL_HOME a fresh folder with this text as privyseal.conf. */
void stage_home(const char *configuration);
/* A path in that folder; the next call overwrites it. */
const char *stage_path(const char *name);

/* Starts the keeper (with an option and its value, or NULL) and waits for its
 * socket. It ends with the test. */
pid_t stage_keeper(const char *option, const char *value);
/* Only starts it. */
pid_t stage_start(const char *option, const char *value);

/* A machine keeper instead: makes its folders (stage_path: state, run) and this
 * privyseal.conf, and sets PRIVYSEAL_MACHINE. It runs as STAGE_KEEPER, or as
 * this user where that is not root. */
enum { STAGE_KEEPER = 64001, STAGE_OWNER = 64002, STAGE_STRANGER = 64003 };
void stage_machine_home(const char *configuration);
pid_t stage_machine_start(void);
pid_t stage_machine(void);
pid_t stage_machine_with(const char *option, const char *value);
/* Whether others may enter this folder and each on the way to it; where there
 * is none, nobody is kept out. */
bool stage_is_open(const char *folder);
/* The rest of the test is this user's, who has no other rights. */
void stage_become(unsigned user);

/* In a child that is this user: acts, and stays until the test ends. */
void stage_keep_doing(unsigned user, void (*act)(void));

/* A connection to the socket; -1, with errno. */
int stage_connect(void);
/* Whether it ends within this time, with no byte said. */
bool stage_has_hung_up(int connection, int milliseconds);
/* Sends a hello whose secret is 16 times this byte; the instance of the worker
 * that answers, 0 if the connection ends instead. */
uint64_t stage_greet(int connection, unsigned char secret);
/* Both, for a keeper that is there. */
int stage_join(unsigned char secret, uint64_t *instance);

/* What the keeper says to STATUS_CALL. Overwritten by the next call. */
const char *stage_status(void);
/* The process of the only worker; 0: there is not one. */
pid_t stage_worker(void);

/* Whether the claim comes true within this time. */
#define WITHIN(milliseconds, claim) \
	({ \
		int left_ = (milliseconds) / 10; \
		while (!(claim) && left_-- > 0) \
			usleep(10000); \
		left_ >= 0; \
	})
bool stage_is_running(pid_t process);
/* Stops it with SIGSTOP; from then on no thread of it does anything. */
void stage_freeze(pid_t process);

#endif
