/* SPDX-License-Identifier: BSD-2-Clause */
/* The doctor's check of the protections around the keepers' processes. */

#include "config.h"

#include "command/doctor.h"

#include "command/walls.h"
#include "pkcs11/text.h"

static bool
is_open(const struct walls *walls)
{
	return !walls->is_closed;
}

static bool
is_unfiltered(const struct walls *walls)
{
	return !walls->are_calls_filtered;
}

/* The listener starts programs, which have files of their own. */
static bool
has_files(const struct walls *walls)
{
	return walls->is_worker && walls->landlock <= 0;
}

static bool
is_unlocked(const struct walls *walls)
{
	return walls->locked < walls->opened;
}

/* One finding each, however many processes it is true of. */
static const struct gap {
	bool (*is_there)(const struct walls *walls);
	enum health health;
	const char *text, *remedy;
} gaps[] = {
	{ is_open, HEALTH_BAD, N_("other programs can reach into it."),
		N_("Read its log (keeper.log, or the journal): it says what "
		   "the kernel refused.") },
	{ is_unfiltered, HEALTH_REMARKABLE,
		N_("its system calls are not filtered."),
		N_("Use a kernel with seccomp filters "
		   "(CONFIG_SECCOMP_FILTER); the keeper's log says what was "
		   "refused.") },
	{ has_files, HEALTH_REMARKABLE,
		N_("taken over, it could reach all files of its user, for "
		   "Landlock does not hold."),
		N_("Use a kernel of version 5.13 or later with \"landlock\" "
		   "in /sys/kernel/security/lsm; the boot parameter lsm= adds "
		   "it.") },
	{ is_unlocked, HEALTH_REMARKABLE,
		N_("not all its memory for keys is locked; the rest may get "
		   "into the swap."),
		N_("Raise the limit (ulimit -l): for programs that you start, "
		   "by a line \"* - memlock 65536\" in "
		   "/etc/security/limits.conf and a new login; where systemd "
		   "starts the keeper, by LimitMEMLOCK=64M (systemctl edit "
		   "user@.service). An encrypted swap serves as well.") },
};

static void
look_at(struct visit *visit, const struct keeper_walls *keeper,
	const struct gap *gap)
{
	size_t i;

	for (i = 0; i < keeper->count; i++) {
		if (!gap->is_there(&keeper->at[i]))
			continue;
		visit_add(visit, gap->health,
			words(_("Process %ld of the keeper: %s"),
				keeper->at[i].process, _(gap->text)),
			_(gap->remedy));
		return;
	}
}

void
check_walls(struct visit *visit)
{
	struct walls_list list;
	size_t i, j;

	walls_read(visit->request, &list);
	for (i = 0; i < list.count; i++)
		for (j = 0; j < sizeof(gaps) / sizeof(gaps[0]); j++)
			look_at(visit, &list.at[i], &gaps[j]);
	if (!list.count)
		visit_add(visit, HEALTH_UNKNOWN,
			words(_("No keeper runs that could tell which "
				"protections hold.")),
			NULL);
	else if (list.at[0].ptrace_scope == 0)
		visit_add(visit, HEALTH_REMARKABLE,
			words(_("Your programs can trace each other: one that "
				"is evil could use a mail program's login. "
				"Not the keeper: that is closed.")),
			_("Whoever runs this machine can forbid it: sysctl "
			  "kernel.yama.ptrace_scope=1"));
	walls_clear(&list);
}
