/* SPDX-License-Identifier: BSD-2-Clause */
/* A file by which a module is registered with p11-kit [pkcs11.conf(5)]. */

#ifndef REGISTRATION_H
#define REGISTRATION_H

#include <stdbool.h>
#include <stddef.h>

/* What such files call us. */
#define P11_KIT_PROGRAM "privyseal-keeper"

/* Whom a list names. */
enum registered { REGISTERED_NOWHERE, REGISTERED_HERE, REGISTERED_ELSEWHERE };

/* Starts empty ({ 0 }); a later file's values count before an earlier one's. */
struct registration {
	char module[1024]; /* a path, or a name in p11-kit's folder; or "" */
	char user_config[16];
	enum registered enabled_in, disabled_in;
};

/* Reads lines "name: value" over what is there; takes any bytes. */
void registration_parse(
	struct registration *registration, const char *text, size_t length);
/* Whether it is for us too. */
bool registration_counts(const struct registration *registration);

#endif
