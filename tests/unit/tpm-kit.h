/* SPDX-License-Identifier: BSD-2-Clause */
/* A TPM in software, for one test. */

#ifndef TPM_KIT_H
#define TPM_KIT_H

#include <stdbool.h>

/* Starts swtpm with a state of its own in the test's folder; a second one has
 * another name. It ends with the test, which is skipped where there is none. */
void tpm_start(const char *name);
/* Ends it; the state stays. */
void tpm_stop(const char *name);
/* Forgets all that was made under this TPM's owner, as a BIOS does. */
void tpm_clear(const char *name);
/* The path of its socket. Overwritten by the next call. */
const char *tpm_path(const char *name);
/* A new connection to it, to be closed by whom it is given to. */
int tpm_connect(const char *name);

/* The same by way of a process that ails from this command on [TPM 2.0 part 2,
 * 6.5.2]: it gives the answer byte by byte, with a while between them, or none
 * at all. A byte goes to told then, unless that is -1. */
enum tpm_ailment { TPM_DRIPS, TPM_HANGS };
int tpm_connect_ailing(
	const char *name, unsigned command, enum tpm_ailment ailment, int told);

/* The same by way of a process that kills the one that asks, when it has its
 * TPM change what it keeps for so many times: before the TPM hears of it, or
 * before anyone hears what came of it. May lie in memory that processes share.
 */
struct tpm_killer {
	volatile unsigned changes; /* so far */
	volatile unsigned at;      /* 0: never */
	volatile bool is_after;
};
int tpm_connect_killing(const char *name, struct tpm_killer *killer);

/* What the TPM says to a command that takes the lock-out's password, with that
 * and with the new one for TPM_CHANGE_PASSWORD. */
enum { TPM_CHANGE_PASSWORD = 0x129, TPM_END_LOCK = 0x139 };
unsigned tpm_ask_as_administrator(const char *name, unsigned code,
	const char *password, const char *parameter);

/* What a process that died left, the places aside: as the resource manager of a
 * kernel does, which swtpm has none of. */
void tpm_flush(const char *name);
/* How many places it has that owners may have made. */
unsigned tpm_count_places(const char *name);

#endif
