/* SPDX-License-Identifier: BSD-2-Clause */
/* Modules that cannot be loaded: clients ask often, and workers start seldom.
 */

#include "config.h"

#include "tests/keeper/application.h"
#include "tests/keeper/stage.h"
#include "tests/softhsm.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The module that is there in the end, and how many it has. */
#define GOOD BUILDDIR "/tests/hostile/.libs/liar.so"
enum { SLOTS = 100 };

static const char *
module_path(void)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/hundred.so", test_folder());
	return path;
}

/* Puts the file where the module is to be. */
static void
install(const char *file)
{
	char command[8500];

	snprintf(command, sizeof(command), "install -m 0755 '%s' '%s'", file,
		module_path());
	EXPECT(system(command) == 0);
}

static const char *
section(const char *path)
{
	static char text[8500];

	snprintf(text, sizeof(text),
		"audit = no\n[front one]\nmodule = %s\n"
		"environment = SOFTHSM2_CONF=/nowhere\n",
		path);
	return text;
}

static void
set_up(const char *path)
{
	stage_home(section(path));
	application_load();
	EXPECT_RV(module->C_Initialize(NULL), CKR_OK);
}

/* How many there are with a token, as a client asks for them. */
static CK_ULONG
list(void)
{
	CK_SLOT_ID slots[SLOTS];
	CK_ULONG count = 0;

	EXPECT_RV(module->C_GetSlotList(CK_TRUE, NULL, &count), CKR_OK);
	EXPECT(count <= SLOTS);
	EXPECT_RV(module->C_GetSlotList(CK_TRUE, slots, &count), CKR_OK);
	return count;
}

/* Workers that could not load it, by what the log says of each. */
static unsigned
starts(void)
{
	FILE *file = fopen(stage_path("keeper.log"), "r");
	unsigned count = 0;
	char line[1024];

	while (file && fgets(line, sizeof(line), file))
		count += strstr(line, "ended: ") != NULL;
	if (file)
		fclose(file);
	return count;
}

static void
expect_one_start(void)
{
	unsigned i;

	for (i = 0; i < 10; i++)
		EXPECT_NUMBER(list(), 0);
	EXPECT(WITHIN(5000, starts() > 0));
	/* Any more of them would end by then. */
	usleep(300000);
	EXPECT_NUMBER(starts(), 1);
}

TEST(a_module_that_is_not_there_costs_one_start)
{
	set_up("/nowhere/module.so");
	expect_one_start();
}

TEST(a_file_that_is_no_module_costs_one_start)
{
	set_up("/etc/passwd");
	expect_one_start();
}

TEST(a_module_that_does_not_begin_costs_one_start)
{
	set_up(softhsm_find());
	expect_one_start();
}

TEST(a_client_that_waits_for_events_costs_one_start)
{
	CK_SLOT_ID slot;
	unsigned i;

	set_up("/etc/passwd");
	for (i = 0; i < 10; i++) {
		EXPECT_NUMBER(list(), 0);
		EXPECT_RV(
			module->C_WaitForSlotEvent(CKF_DONT_BLOCK, &slot, NULL),
			CKR_NO_EVENT);
	}
	usleep(300000);
	EXPECT_NUMBER(starts(), 1);
}

/* After two seconds and after four more. */
TEST(it_is_tried_again_ever_less_often)
{
	unsigned long start = application_moment(), last;

	set_up("/etc/passwd");
	do {
		EXPECT_NUMBER(list(), 0);
		usleep(50000);
		last = application_moment();
	} while (last - start < 7500);
	EXPECT(WITHIN(5000, starts() >= 3));
	EXPECT(last - start > 13000 || starts() == 3);
}

TEST(a_module_that_comes_is_there_at_once)
{
	set_up(module_path());
	EXPECT_NUMBER(list(), 0);
	EXPECT_NUMBER(list(), 0);
	install(GOOD);
	EXPECT(WITHIN(1500, list() == SLOTS));
}

TEST(so_is_one_that_was_made_well)
{
	install("/etc/passwd");
	set_up(module_path());
	EXPECT_NUMBER(list(), 0);
	install(GOOD);
	EXPECT(WITHIN(1500, list() == SLOTS));
}

TEST(so_is_one_that_others_can_change_no_more)
{
	install(GOOD);
	EXPECT(chmod(module_path(), 0777) == 0);
	set_up(module_path());
	EXPECT_NUMBER(list(), 0);
	EXPECT(chmod(module_path(), 0755) == 0);
	EXPECT(WITHIN(1500, list() == SLOTS));
}

TEST(so_is_one_that_the_configuration_names_now)
{
	FILE *file;

	install(GOOD);
	set_up("/etc/passwd");
	EXPECT_NUMBER(list(), 0);
	file = fopen(stage_path("privyseal.conf"), "w");
	EXPECT(file && fputs(section(module_path()), file) >= 0 &&
		fclose(file) == 0);
	EXPECT(WITHIN(1500, list() == SLOTS));
}
