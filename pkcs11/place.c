/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a folder lies: on a disk of this host, or where others write too. */

#include "config.h"

#include "pkcs11/place.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

/* Numbers of linux/magic.h and of what is outside of the kernel. Whatever
 * FUSE shows may be another host's (sshfs); it does not say. */
static const struct {
	uint32_t number;
	const char *name;
} kinds[] = {
	{ 0x00006969, "NFS" },
	{ 0xff534d42, "CIFS" },
	{ 0xfe534d42, "SMB" },
	{ 0x0000517b, "SMB" },
	{ 0x65735546, "FUSE" },

	{ 0x01021997, "9P" },
	{ 0x5346414f, "AFS" },
	{ 0x6b414653, "AFS" },
	{ 0x73757245, "Coda" },
	{ 0x00c36400, "Ceph" },
	{ 0x7461636f, "OCFS2" },
	{ 0x01161970, "GFS2" },
	{ 0x0bd00bd0, "Lustre" },
	{ 0x47504653, "GPFS" },
	{ 0x786f4256, "VirtualBox" },
	{ 0xbacbacbc, "VMware" },
};

/* The folder above, in place; false at the end. */
static bool
go_up(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash || strcmp(path, "/") == 0)
		return false;
	slash[slash == path] = '\0';
	return true;
}

const char *
place_shared(const char *path)
{
	struct statfs status;
	char place[4096];
	size_t i;

	if (snprintf(place, sizeof(place), "%s", path) >= (int)sizeof(place))
		return NULL;
	while (statfs(place, &status) != 0)
		if (errno != ENOENT || !go_up(place))
			return NULL;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if ((uint32_t)status.f_type == kinds[i].number)
			return kinds[i].name;
	return NULL;
}
