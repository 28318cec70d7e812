/* SPDX-License-Identifier: BSD-2-Clause */
/* What a verb may be given: every option of the command, each described once.
 */

#include "config.h"

#include "command/option.h"

#include "command/say.h"
#include "pkcs11/text.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

struct row {
	const char *name;
	/* What its value is called; NULL: it has none. */
	const char *value;
	const char *help;
};

/* clang-format off */
static const struct row rows[OPTION_COUNT] = {
	[OPTION_HELP] = { "help", NULL, N_("show this help") },
	[OPTION_MODULE] = { "module", N_("PATH"), N_("use another PKCS#11 module than Privy Seal's own") },
	[OPTION_TOKEN] = { "token", N_("LABEL"), N_("the token, by its label or its pkcs11: URI") },
	[OPTION_LABEL] = { "label", N_("LABEL"), N_("how it shall be called") },
	[OPTION_PIN_FILE] = { "pin-file", N_("FILE"), N_("read the PIN from a file") },
	[OPTION_PIN_FD] = { "pin-fd", N_("NUMBER"), N_("read the PIN from an open descriptor") },
	[OPTION_NEW_PIN_FILE] = { "new-pin-file", N_("FILE"), N_("read the new PIN from a file") },
	[OPTION_NEW_PIN_FD] = { "new-pin-fd", N_("NUMBER"), N_("read the new PIN from an open descriptor") },
	[OPTION_RECOVERY_CODE_FILE] = { "recovery-code-file", N_("FILE"), N_("the recovery code's file") },
	[OPTION_RECOVERY_CODE_FD] = { "recovery-code-fd", N_("NUMBER"), N_("read the recovery code from an open descriptor") },
	[OPTION_PASSPHRASE_FILE] = { "passphrase-file", N_("FILE"), N_("read the file's passphrase from a file") },
	[OPTION_PASSPHRASE_FD] = { "passphrase-fd", N_("NUMBER"), N_("read the file's passphrase from an open descriptor") },
	[OPTION_JSON] = { "json", NULL, N_("write JSON, for programs") },
	[OPTION_YES] = { "yes", NULL, N_("do it without asking") },
	[OPTION_IDENTITY] = { "identity", N_("NAME"), N_("which identity: its mail address, label, id or pkcs11: URI") },
	[OPTION_OUTPUT] = { "output", N_("FILE"), N_("write there instead of standard output") },
	[OPTION_FORMAT] = { "format", N_("FORMAT"), N_("mail, pem or der") },
	[OPTION_DIGEST] = { "digest", N_("NAME"), N_("sha256, sha384 or sha512") },
	[OPTION_PSS] = { "pss", NULL, N_("sign with RSA-PSS instead of PKCS#1 v1.5") },
	[OPTION_CHAIN] = { "chain", NULL, N_("add the certificates of the issuers") },
	[OPTION_TYPE] = { "type", N_("TYPE"), N_("rsa2048, rsa3072, rsa4096, p256, p384, p521 or ed25519") },
	[OPTION_ADDRESS] = { "address", N_("ADDRESS"), N_("the mail address for the certificate request") },
	[OPTION_SUBJECT] = { "subject", N_("NAME"), N_("the person's name for the certificate request") },
	[OPTION_REQUEST] = { "request", N_("FILE"), N_("write a certificate request for the new key") },
	[OPTION_POLICY] = { "policy", NULL, N_("write the enterprise policy file instead") },
	[OPTION_UNDO] = { "undo", NULL, N_("put everything back as it was before") },
	[OPTION_NO_WAIT] = { "no-wait", NULL, N_("do not wait for a running program to end") },
	[OPTION_KEEPER] = { "keeper", "machine|user", N_("whose a new token shall be: the machine keeper's (where there is one), or your own keeper's") },
	[OPTION_GROUP] = { "group", N_("NAME"), N_("make it a group's, in the machine keeper (for root)") },
	[OPTION_APPLICATION] = { "application", N_("NAME"), N_("which program: its name or its path") },
	[OPTION_ORIGIN] = { "origin", NULL, N_("tell where each value comes from") },
	[OPTION_SYSTEM_CONFIGURATION] = { "system-configuration", N_("FILE"), N_("read this file too, after the system's and as if it were that (for tests)") },
	[OPTION_TPM] = { "tpm", NULL, N_("have this machine's TPM guard the PIN") },
	[OPTION_PROFILE] = { "profile", N_("FOLDER"), N_("only this profile") },
	[OPTION_CODE_FILE] = { "code-file", N_("FILE"), N_("the verification codes' file") },
	[OPTION_ANCHORS] = { "anchors", N_("FILE"), N_("anchors, as they are in the system log (- for standard input)") },
	[OPTION_FOLDER] = { "folder", N_("FOLDER"), N_("the folder with the audit log") },
	[OPTION_ENVIRONMENT] = { "environment", N_("NAME=VALUE"), N_("a variable that the module needs; may be repeated") },
	/* Of another verb than the other of this name. */
	[OPTION_CHAIN_FILE] = { "chain", N_("FILE"), N_("certificates of authorities to show beside the token's (PEM); may be repeated") },
	[OPTION_ONE_THREAD] = { "one-thread", NULL, N_("the module takes one call at a time") },
	[OPTION_CALL_SECONDS] = { "call-seconds", N_("NUMBER"), N_("how long a call of the module may last") },
	[OPTION_SYSTEM] = { "system", NULL, N_("change the system's file, for all users") },
	[OPTION_MACHINE] = { "machine", NULL, N_("the machine keeper's instead of yours") },
};
/* clang-format on */

/* getopt_long's numbers start past every character. */
enum { FIRST = 256 };

static void
fill(uint64_t allowed, struct option *options)
{
	int id;

	for (id = 0; id < OPTION_COUNT; id++) {
		if (!(allowed >> id & 1))
			continue;
		*options++ = (struct option){ rows[id].name,
			rows[id].value ? required_argument : no_argument, NULL,
			FIRST + id };
	}
	*options = (struct option){ 0 };
}

static void
keep(struct request *request, enum option_id option, const char *value)
{
	request->value[option] = value;
	if (request->kept_count == OPTIONS_KEPT)
		return;
	request->kept[request->kept_count].option = option;
	request->kept[request->kept_count++].value = value;
}

bool
option_read(uint64_t allowed, int count, char **words, struct request *request)
{
	struct option options[OPTION_COUNT + 1];
	int found;

	fill(allowed | WITH(HELP), options);
	*request = (struct request){ 0 };
	opterr = 0;
	optind = 0;
	while ((found = getopt_long(count, words, ":h", options, NULL)) != -1) {
		if (found == 'h')
			found = FIRST + OPTION_HELP;
		if (found == ':') {
			complain(_("%s needs a value."), words[optind - 1]);
			return false;
		}
		if (found < FIRST) {
			complain(_("%s has no option %s. See: privyseal %s "
				   "--help"),
				words[0], words[optind - 1], words[0]);
			return false;
		}
		keep(request, (enum option_id)(found - FIRST),
			optarg ? optarg : "");
	}
	request->operands = words + optind;
	request->operand_count = count - optind;
	return true;
}

void
option_help(uint64_t allowed)
{
	char shown[64];
	int id;

	for (id = 0; id < OPTION_COUNT; id++) {
		if (!((allowed | WITH(HELP)) >> id & 1))
			continue;
		snprintf(shown, sizeof(shown), "--%s%s%s", rows[id].name,
			rows[id].value ? " " : "",
			rows[id].value ? _(rows[id].value) : "");
		say("  %-28s %s\n", shown, _(rows[id].help));
	}
}

void
option_names(uint64_t allowed)
{
	int id;

	for (id = 0; id < OPTION_COUNT; id++)
		if ((allowed | WITH(HELP)) >> id & 1)
			say(" --%s%s", rows[id].name,
				rows[id].value ? "=" : "");
}
