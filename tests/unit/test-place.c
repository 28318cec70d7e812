/* SPDX-License-Identifier: BSD-2-Clause */
/* Which folders another host may write to, and that no token is kept there. */

#include "config.h"

#include "pkcs11/place.h"
#include "tests/test.h"
#include "tests/unit/soft-kit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

/* What the kernel would say of this folder; 0: it is asked. */
static long type;
static const char *there;

/* The linker puts them in the place of statfs (--wrap). */
int __real_statfs(const char *path, struct statfs *status);
int __wrap_statfs(const char *path, struct statfs *status);

int
__wrap_statfs(const char *path, struct statfs *status)
{
	if (there && strcmp(path, there) != 0) {
		errno = ENOENT;
		return -1;
	}
	if (!type)
		return __real_statfs(path, status);
	memset(status, 0, sizeof(*status));
	status->f_type = (__typeof__(status->f_type))type;
	return 0;
}

TEST(place_knows_file_systems_of_other_hosts)
{
	type = 0x6969;
	EXPECT_TEXT(place_shared("/home/alice"), "NFS");
	type = (long)0xff534d42;
	EXPECT_TEXT(place_shared("/home/alice"), "CIFS");
	/* As a host with 32 bits tells it. */
	type = (int)0xfe534d42;
	EXPECT_TEXT(place_shared("/home/alice"), "SMB");
	type = 0x65735546;
	EXPECT_TEXT(place_shared("/home/alice"), "FUSE");
	type = 0xef53;
	EXPECT(place_shared("/home/alice") == NULL);
}

TEST(place_looks_above_what_is_not_there_yet)
{
	type = 0x6969;
	there = "/home";
	EXPECT_TEXT(place_shared("/home/alice/tokens"), "NFS");
	there = "/";
	EXPECT_TEXT(place_shared("/home/alice/tokens"), "NFS");
	there = "none";
	EXPECT(place_shared("/home/alice/tokens") == NULL);
	EXPECT(place_shared("relative") == NULL);
}

static CK_RV
initialize(void)
{
	static CK_UTF8CHAR pin[] = KIT_SO_PIN;
	CK_UTF8CHAR label[32];

	memset(label, ' ', sizeof(label));
	return p11->C_InitToken(1, pin, sizeof(pin) - 1, label);
}

TEST(token_is_not_made_where_other_hosts_write)
{
	kit_start();
	type = 0x6969;
	EXPECT_RV(initialize(), CKR_DEVICE_ERROR);
	type = 0;
	EXPECT_RV(initialize(), CKR_OK);
}

TEST(token_is_not_opened_where_other_hosts_write)
{
	CK_SESSION_HANDLE session;
	CK_TOKEN_INFO info;

	kit_start();
	kit_token();
	EXPECT_RV(p11->C_Finalize(NULL), CKR_OK);
	type = (long)0xff534d42;
	EXPECT_RV(p11->C_Initialize(NULL), CKR_OK);
	EXPECT_RV(p11->C_GetTokenInfo(1, &info), CKR_DEVICE_ERROR);
	EXPECT_RV(
		p11->C_OpenSession(1, CKF_SERIAL_SESSION, NULL, NULL, &session),
		CKR_DEVICE_ERROR);
}

TEST(token_is_kept_where_other_hosts_write_when_that_is_allowed)
{
	type = 0x6969;
	kit_configuration()->allow_network_store = true;
	kit_user_session();
}
