/* SPDX-License-Identifier: BSD-2-Clause */
/* SIGKILL at random points of all that changes a token's file. KILLS says how
 * many. Those that come from a clock may come after the operation has
 * returned, though few do. */

#include "config.h"

#include "pkcs11/log.h"
#include "tests/crash/ledger.h"
#include "tests/crash/shim.h"
#include "tests/test.h"
#include "tests/unit/store-kit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What is under way when the process dies. */
enum deed { IMPORT, PIN_CHANGE, DELETION, UPGRADE, DEEDS };

static const char *const deed_names[DEEDS] = { "import", "PIN change",
	"deletion", "upgrade" };
static const char *const stage_names[SHIM_STAGES + 1] = { "computing",
	"journal", "journal sync", "file", "file sync", "cutting", "after" };

/* A key, its public half, its certificate and that of its CA. */
enum { IMPORTED = 4 };

/* Both processes see it. */
struct scene {
	struct shim shim;
	struct ledger ledger, today;
	volatile bool has_returned;
	volatile long duration; /* of the deed, in nanoseconds */
	volatile unsigned writes;
};

static struct scene *scene;
static unsigned histogram[DEEDS][SHIM_STAGES + 1];
/* How long a deed takes and how much it writes, by what was seen so far: on a
 * busy machine, with what is synced in truth or not. */
static long lasting[DEEDS][2];
static unsigned writes[DEEDS];
static uint64_t state = 0x9e3779b97f4a7c15;

static unsigned
draw(unsigned below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 32) % below;
}

static long
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000 + time.tv_nsec;
}

/* The kernel kills us then, whoever else has the processor. */
static void
die_in(long nanoseconds)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
		.sigev_signo = SIGKILL };
	struct itimerspec when = { .it_value = { nanoseconds / 1000000000,
					   nanoseconds % 1000000000 } };
	timer_t timer;

	EXPECT(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
	EXPECT(timer_settime(timer, 0, &when, NULL) == 0);
}

static void
quiet(const char *line)
{
}

/* A file of today's version, which the next one brings up when it opens it. */
static const char *
today_path(void)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/today.token", test_folder());
	return path;
}

static void
copy_file(const char *from, const char *to)
{
	char command[400];

	snprintf(command, sizeof(command), "rm -f '%s'*; cp '%s' '%s'", to,
		from, to);
	EXPECT_NUMBER(system(command), 0);
}

static void
perform(enum deed deed, struct store *store)
{
	struct store *opened = NULL;
	int i;

	switch (deed) {
	case IMPORT:
		for (i = 0; i < IMPORTED; i++)
			EXPECT_RV(ledger_add(&scene->ledger, store), CKR_OK);
		break;
	case PIN_CHANGE:
		EXPECT_RV(ledger_change_pin(&scene->ledger, store), CKR_OK);
		break;
	case DELETION:
		EXPECT_RV(ledger_remove(&scene->ledger, store,
				  ledger_any(&scene->ledger, draw(8192))),
			CKR_OK);
		break;
	default:
		EXPECT_RV(store_open(other_path(), NULL, &opened), CKR_OK);
	}
}

/* When a process dies: after a time, or in the middle of a write; or not. */
struct end {
	long time;
	unsigned write;
	bool is_fast;
};

/* In a process of its own. */
static void
live(enum deed deed, const struct end *end)
{
	struct store *store = NULL;
	long start;

	log_to(quiet);
	scene->shim = (struct shim){ .is_fast = end->is_fast };
	shim_install(&scene->shim);
	if (deed != UPGRADE)
		store = ledger_open(&scene->ledger);
	log_to(quiet);
	scene->shim.writes = 0;
	scene->shim.fault = SHIM_KILL;
	scene->shim.fail_at = end->write;
	start = now();
	if (end->time)
		die_in(end->time);
	perform(deed, store);
	scene->duration = now() - start;
	scene->writes = scene->shim.writes;
	scene->has_returned = true;
	while (end->time)
		pause();
	if (end->write)
		raise(SIGKILL);
	_exit(0);
}

static void
check_upgraded(void)
{
	struct store *store;
	long long version = ask_sql(other_path(),
		"SELECT user_version FROM"
		" pragma_user_version");

	log_to(quiet);
	/* All of the step or nothing of it. */
	EXPECT_NUMBER(ask_sql(other_path(),
			      "SELECT count(*) FROM sqlite_schema WHERE"
			      " name IN ('keepsake', 'before')"),
		version == 3 ? 1 : 0);
	EXPECT_RV(store_open(other_path(), NULL, &store), CKR_OK);
	EXPECT_NUMBER(store_damage(store), 0);
	EXPECT_RV(login(store), CKR_OK);
	ledger_check(&scene->today, store);
	store_close(store);
	EXPECT_NUMBER(ask_sql(other_path(), "SELECT count(*) FROM keepsake"),
		scene->today.highest);
}

static void
prepare(enum deed deed)
{
	struct store *store;

	if (deed == UPGRADE)
		copy_file(today_path(), other_path());
	if (deed != DELETION || ledger_any(&scene->ledger, 0))
		return;
	store = ledger_open(&scene->ledger);
	EXPECT_RV(ledger_add(&scene->ledger, store), CKR_OK);
	store_close(store);
}

/* One life, and what it left behind. */
static void
round_of(enum deed deed, const struct end *end)
{
	int status;
	pid_t child;

	prepare(deed);
	fflush(stdout);
	scene->has_returned = false;
	if ((child = fork()) == 0)
		live(deed, end);
	EXPECT(waitpid(child, &status, 0) == child);
	if (end->time || end->write)
		EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	else
		EXPECT_NUMBER(status, 0);
	if (deed == UPGRADE)
		check_upgraded();
	else
		ledger_check_file(&scene->ledger);
}

static void
measure(enum deed deed)
{
	struct end none = { .is_fast = true };

	round_of(deed, &none);
	lasting[deed][true] = scene->duration / 2;
	writes[deed] = scene->writes;
	none.is_fast = false;
	round_of(deed, &none);
	lasting[deed][false] = scene->duration / 2;
}

/* A time that is too long on the machine as it is now becomes shorter. */
static void
adapt(long *time)
{
	*time = scene->has_returned ? *time / 2 : *time + *time / 50;
	if (*time < 10000)
		*time = 10000;
}

/* Half of them in the middle of a write, the others at any time. */
static void
kill_once(enum deed deed, unsigned number)
{
	struct end end = { .is_fast = number % 8 != 0 };
	long *time = &lasting[deed][end.is_fast];

	if (number % 2)
		end.write = 1 + draw(writes[deed]);
	else
		end.time = 1000 + draw((unsigned)*time);
	round_of(deed, &end);
	if (end.time)
		adapt(time);
	else if (scene->has_returned)
		writes[deed] = scene->writes;
	histogram[deed]
		 [scene->has_returned ? SHIM_STAGES : scene->shim.stage]++;
}

/* As today's version makes it, with rows enough that a step takes a while. */
static void
make_today(void)
{
	struct store *store;
	int i;

	ledger_begin(&scene->today);
	store = ledger_open(&scene->today);
	for (i = 0; i < 200; i++)
		EXPECT_RV(ledger_add(&scene->today, store), CKR_OK);
	store_close(store);
	/* The next version made it; what it added goes again. */
	run_sql(store_path(), "DROP TABLE keepsake; PRAGMA user_version = 2");
	copy_file(store_path(), today_path());
	unlink(store_path());
}

static unsigned
print_histogram(void)
{
	unsigned inside = 0;
	int deed, stage;

	for (deed = 0; deed < DEEDS; deed++) {
		printf("# killed during %s (about %ld us, %u writes):",
			deed_names[deed], lasting[deed][true] / 1000,
			writes[deed]);
		for (stage = 0; stage <= SHIM_STAGES; stage++) {
			printf(" %s %u", stage_names[stage],
				histogram[deed][stage]);
			if (stage < SHIM_STAGES)
				inside += histogram[deed][stage];
		}
		printf("\n");
	}
	return inside;
}

TEST(what_was_committed_is_whole_wherever_the_process_is_killed)
{
	const char *wish = getenv("KILLS");
	unsigned kills = wish ? (unsigned)atoi(wish) : 60, i, inside;
	enum deed deed;

	alarm(3600);
	scene = mmap(NULL, sizeof(*scene), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	EXPECT(scene != MAP_FAILED);
	make_today();
	ledger_begin(&scene->ledger);
	log_to(quiet);
	for (deed = 0; deed < DEEDS; deed++)
		measure(deed);
	for (i = 0; i < kills; i++)
		kill_once(i % DEEDS, i / DEEDS);
	inside = print_histogram();
	printf("# %u of %u kills before the operation returned\n", inside,
		kills);
	/* How many do, few kills cannot tell. */
	EXPECT(kills < 500 || inside * 10 >= kills * 9);
}
