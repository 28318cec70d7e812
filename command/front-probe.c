/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds out why a module of somebody else's gives nothing.
 *
 * In a process of its own, which a module may crash, and stop, as it likes.
 */

#include "config.h"

#include "command/front.h"

#include "command/say.h"
#include "pkcs11/text.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Seconds that a module may take to begin. */
enum { PATIENCE = 30 };

/* What vendors read from the environment, by a part of the module's name. */
static const struct {
	const char *module, *variable;
} needs[] = {
	{ "softhsm2", "SOFTHSM2_CONF" },
	{ "tpm2_pkcs11", "TPM2_PKCS11_STORE" },
	{ "opencryptoki", "OCK_CONFDIR" },
};

static void
hint_at_environment(const struct front *front)
{
	const char *name = strrchr(front->module, '/');
	size_t i;

	for (i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
		if (strstr(name ? name : front->module, needs[i].module) &&
			!(front->environment &&
				strstr(front->environment, needs[i].variable)))
			remark(_("It reads the variable %s, which is not "
				 "given. If yours is not in the usual place: "
				 "privyseal front remove %s, then add it again "
				 "with --environment %s=..."),
				needs[i].variable, front->name,
				needs[i].variable);
}

static int
look_at_slots(const struct front *front, CK_FUNCTION_LIST *calls)
{
	CK_ULONG slots = 0, tokens = 0;
	CK_RV rv = calls->C_GetSlotList(CK_FALSE, NULL, &slots);

	if (rv == CKR_OK)
		rv = calls->C_GetSlotList(CK_TRUE, NULL, &tokens);
	if (rv != CKR_OK)
		return complain_about(rv, _("The module lists no slots"));
	if (tokens && !front->tokens)
		return 0;
	if (!slots)
		complain(_("The module sees no reader. Plug one in, or see "
			   "whether its service runs (pcscd for cards)."));
	else if (!tokens)
		complain(_("The module has a reader, and no token in it. Put "
			   "the card in."));
	else
		complain(_("The module has tokens; none that is shown is among "
			   "them: tokens = %s"),
			front->tokens);
	return 1;
}

static int
look(const struct front *front)
{
	struct module module = { 0 };
	char *reason = NULL;
	int failed = 1;

	alarm(PATIENCE);
	front_set_environment(front);
	if (module_try(front->module, &module, &reason))
		failed = look_at_slots(front, module.calls);
	else
		complain(_("%s does not work: %s"), front->module,
			reason ? reason : _("memory is short"));
	if (failed)
		hint_at_environment(front);
	return failed;
}

static bool
judge(const struct front *front, int status)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		complain(_("%s does not answer within %d seconds."),
			front->module, PATIENCE);
	else if (WIFSIGNALED(status))
		complain(_("%s crashes (signal %d). Ask whoever made it."),
			front->module, WTERMSIG(status));
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int
begin(const struct front *front)
{
	struct module module = { 0 };
	char *reason = NULL;
	int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

	alarm(PATIENCE);
	dup2(nowhere, STDOUT_FILENO);
	dup2(nowhere, STDERR_FILENO);
	front_set_environment(front);
	return !module_try(front->module, &module, &reason);
}

/* Ends as the work in the child does; -1: there was none. */
static int
apart(int (*work)(const struct front *), const struct front *front)
{
	int status = -1;
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child == 0) {
		status = work(front);
		fflush(NULL);
		_exit(status);
	}
	while (child > 0 && waitpid(child, &status, 0) < 0)
		;
	return child > 0 ? status : -1;
}

bool
front_probe(const struct front *front)
{
	int status = apart(look, front);

	return status >= 0 && judge(front, status);
}

bool
front_begins(const struct front *front)
{
	return apart(begin, front) == 0;
}
