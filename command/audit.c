/* SPDX-License-Identifier: BSD-2-Clause */
/* privyseal audit: the verification code, and what it finds. */

#include "config.h"

#include "command/audit.h"

#include "command/keeper.h"
#include "command/output.h"
#include "command/say.h"
#include "command/verb.h"
#include "keeper/audit-files.h"
#include "keeper/audit-verify.h"
#include "pkcs11/code.h"
#include "pkcs11/hello.h"
#include "pkcs11/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Beside those of every verb. */
enum { ENDED_ALTERED = 30, ENDED_UNPROVEN = 31 };

/* The keeper of this user, or the machine's. */
static bool
find_home(const struct request *request, struct home *home)
{
	bool is_machine = is_given(request, OPTION_MACHINE);

	if (is_machine ? home_find_machine(home) : home_find(home))
		return true;
	return complain(is_machine ? _("There is no machine keeper.")
				   : _("HOME is not set, so there is no audit "
				       "log to find.")) < 0;
}

bool
audit_read(const struct request *request, audit_reader take, void *context)
{
	struct home home = { 0 };
	struct audit_files files = { 0 };
	struct bytes bytes = { 0 };
	const char *folder = request->value[OPTION_FOLDER];
	bool fine = true;
	size_t i;

	if (!folder && is_given(request, OPTION_MACHINE))
		folder = MACHINE_STATE;
	if (!folder && (fine = find_home(request, &home)))
		folder = home.folder;
	if (fine && !audit_files_find(folder, &files))
		fine = complain("%s: %s", folder, strerror(errno)) < 0;
	else if (fine && files.count == 0)
		fine = complain(_("There is no audit log in %s."), folder) < 0;
	for (i = 0; fine && i < files.count; i++) {
		fine = input_read_file(files.paths[i], &bytes);
		if (fine)
			take(context, files.paths[i], &bytes);
		bytes_clear(&bytes);
	}
	audit_files_clear(&files);
	home_clear(&home);
	return fine;
}

static int
start(const struct request *request)
{
	struct home home = { 0 };
	struct secret code = { 0 };
	int status = ENDED_BADLY;

	if (!find_home(request, &home))
		return ENDED_BADLY;
	if (!is_given(request, OPTION_MACHINE) && !keeper_wake(request, &home))
		goto out;
	if (!keeper_ask(home.run, AUDIT_CODE_CALL, &code) ||
		code_tidy(AUDIT_CODE_GROUPS, &code) != CODE_GOOD) {
		complain(_("The keeper has no audit log, or does not give you "
			   "a code. See: privyseal doctor"));
		goto out;
	}
	remark(_("Verification code: keep it where no intruder gets it. It is "
		 "not shown again."));
	/* To standard output alone, so that it can go into a file. */
	printf("%.*s\n", (int)code.length, (const char *)code.at);
	status = fflush(stdout) == 0 ? ENDED_WELL : ENDED_BADLY;
out:
	secret_clear(&code);
	home_clear(&home);
	return status;
}

/* One code a line; blank lines and comments are left out. */
static bool
add_codes(struct audit_verifier *verifier, const char *path)
{
	struct bytes bytes = { 0 };
	struct secret code = { 0 };
	char *at, *end, *stop, *last;
	bool fine = input_read_file(path, &bytes);

	at = (char *)bytes.at;
	for (end = at + bytes.length; fine && at < end; at = stop + 1) {
		stop = memchr(at, '\n', (size_t)(end - at));
		stop = stop ? stop : end;
		/* Editors indent, and some end a line with two characters. */
		for (last = stop;
			last > at && isspace((unsigned char)last[-1]);)
			last--;
		while (at < last && isspace((unsigned char)*at))
			at++;
		if (at == last || *at == '#')
			continue;
		fine = secret_copy(&code, at, (size_t)(last - at)) &&
			code_tidy(AUDIT_CODE_GROUPS, &code) == CODE_GOOD &&
			audit_verifier_code(verifier, &code);
		if (!fine)
			complain(_("%s: this is no verification code."), path);
		secret_clear(&code);
	}
	if (bytes.at)
		wipe(bytes.at, bytes.length);
	bytes_clear(&bytes);
	return fine;
}

static bool
add_anchors(struct audit_verifier *verifier, const char *path)
{
	struct bytes bytes = { 0 };
	bool fine = input_read_file(path, &bytes) &&
		audit_verifier_anchors(
			verifier, (const char *)bytes.at, bytes.length);

	bytes_clear(&bytes);
	return fine;
}

/* The first findings; a log that was made anew throughout has one a line. */
enum { TOLD_MOST = 20 };

static void
tell(void *context, const struct audit_place *place)
{
	static const char *const texts[AUDIT_FINDINGS] = {
		[AUDIT_MALFORMED] = N_("this is no line of a log"),
		[AUDIT_CHANGED] = N_("the line was changed"),
		[AUDIT_FORGED] = N_("the line was written by somebody without "
				    "its key"),
		[AUDIT_MISPLACED] = N_("the line is out of its place"),
		[AUDIT_BEGUN] = N_("the log was begun anew here"),
		[AUDIT_UNANCHORED] = N_("an anchor says that this line was "
					"another one"),
		[AUDIT_REPLACED] = N_("the code or the anchors are of another "
				      "log than this one"),
	};
	unsigned *told = context;

	if ((*told)++ >= TOLD_MOST)
		return;
	if (place->finding == AUDIT_MISSING)
		remark(place->is_explained
				? _("%s:%lu: lines %llu to %llu are missing; "
				    "the keeper found that the system had "
				    "ended without a word")
				: _("%s:%lu: lines %llu to %llu are missing"),
			place->file, place->line,
			(unsigned long long)place->first,
			(unsigned long long)place->number - 1);
	else if (place->finding == AUDIT_CUT)
		remark(_("%s: the end is missing: lines %llu to %llu at least"),
			place->file, (unsigned long long)place->first,
			(unsigned long long)place->number);
	else
		remark("%s:%lu: %s", place->file, place->line,
			_(texts[place->finding]));
}

static void
take(void *verifier, const char *path, const struct bytes *bytes)
{
	audit_verifier_file(
		verifier, path, (const char *)bytes->at, bytes->length);
}

static int
conclude(const struct request *request, const struct audit_summary *summary)
{
	say(_("Lines %llu to %llu, %llu of them proven by the code, %llu "
	      "anchors\n"),
		(unsigned long long)summary->first,
		(unsigned long long)summary->last,
		(unsigned long long)summary->sealed,
		(unsigned long long)summary->anchors);
	if (summary->findings) {
		say(_("The log was altered: %lu findings\n"),
			summary->findings);
		return ENDED_ALTERED;
	}
	if (!is_given(request, OPTION_CODE_FILE)) {
		say(_("Nothing contradicts itself. Without a verification "
		      "code that is no proof.\n"));
		return ENDED_WELL;
	}
	if (!summary->is_sealed_to_end) {
		say(_("The last lines are under another code.\n"));
		return ENDED_UNPROVEN;
	}
	say(_("Nothing was altered since line %llu.\n"),
		(unsigned long long)summary->sealed_first);
	return ENDED_WELL;
}

static int
verify(const struct request *request)
{
	const char *codes = request->value[OPTION_CODE_FILE];
	const char *anchors = request->value[OPTION_ANCHORS];
	struct audit_summary summary;
	unsigned told = 0;
	struct audit_verifier *verifier = audit_verifier_new(tell, &told);
	int status = ENDED_BADLY;

	if (verifier && (!codes || add_codes(verifier, codes)) &&
		(!anchors || add_anchors(verifier, anchors)) &&
		audit_read(request, take, verifier)) {
		audit_verifier_end(verifier, &summary);
		status = conclude(request, &summary);
	}
	audit_verifier_free(verifier);
	return status;
}

int
audit_run(const struct request *request)
{
	const char *deed = request->operands[0];

	if (strcmp(deed, "start") == 0)
		return start(request);
	if (strcmp(deed, "verify") == 0)
		return verify(request);
	if (strcmp(deed, "show") == 0)
		return audit_show(request);
	complain(_("Say \"start\", \"verify\" or \"show\"."));
	return ENDED_BY_USAGE;
}
