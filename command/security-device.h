/* SPDX-License-Identifier: BSD-2-Clause */
/* NSS's list of security devices in a profile (pkcs11.txt). */

#ifndef SECURITY_DEVICE_H
#define SECURITY_DEVICE_H

#include <stdbool.h>
#include <stddef.h>

enum device_change { DEVICE_ADDED, DEVICE_MOVED, DEVICE_KEPT, DEVICE_FAILED };

/* Is a module at this path in the list? */
bool device_is_registered(const char *folder, const char *module);
/* Is an entry of ours in the list, wherever its module is? */
bool device_is_listed(const char *folder);
/* How many entries have a module of this file name. */
size_t device_count(const char *folder, const char *file_name);
/* Adds the module, or corrects the path of our entry; DEVICE_FAILED with errno,
 * and the list as it was. folder is the profile's. */
enum device_change device_register(const char *folder, const char *module);
/* Takes our entry out again; true also when there was none. */
bool device_unregister(const char *folder);

#endif
