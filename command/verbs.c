/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of verbs. */

#include "config.h"

#include "command/verb.h"

#include "command/say.h"
#include "pkcs11/text.h"

#include <string.h>

#define WITH_MAIL (WITH(OUTPUT) | WITH(FORMAT) | WITH(IDENTITY))
#define WITH_SETUP (WITH(POLICY) | WITH(UNDO) | WITH(NO_WAIT) | WITH(PROFILE))

/* clang-format off */
const struct verb verbs[] = {
	{ "init", N_("make a token"), "", 0, 0,
		WITH(MODULE) | WITH(KEEPER) | WITH(LABEL) | WITH_PIN | WITH(RECOVERY_CODE_FILE) | WITH(TPM) | WITH(GROUP),
		N_("Makes a token with a PIN and a recovery code. The code is shown once, or written to the file that --recovery-code-file names (a code that is already in the file is used). It is made in the machine keeper where there is one, else in your own; --keeper says which. With --group root makes one that the members of a group use and cannot change. With --tpm this machine's TPM guards the PIN: a copy of the token allows no guess elsewhere, and only the recovery code opens it there."),
		init_run },
	{ "import", N_("take keys and certificates from a file"), N_("FILE"), 1, 1,
		WITH_TOKEN | WITH(KEEPER) | WITH_PIN | WITH(PASSPHRASE_FILE) | WITH(PASSPHRASE_FD) | WITH(RECOVERY_CODE_FILE) | WITH(JSON) | WITH(YES),
		N_("Reads PKCS#12 (.p12, .pfx), PKCS#8 and PEM files, says what is in them and stores it on the token. Makes a token when there is none. Exit codes: 10 wrong passphrase, 11 damaged, 12 not a key file, 13 unknown algorithm, 14 absurd work, 15 empty, 16 too large, 17 passphrase needed, 18 invalid key, 19 unreadable, 20 refused by the token, 21 interrupted (run it again), 22 out of memory."),
		import_run },
	{ "list", N_("show what the tokens hold"), "", 0, 0,
		WITH_TOKEN | WITH_PIN | WITH(JSON), NULL, list_run },
	{ "show", N_("show one identity or certificate"), N_("NAME"), 1, 1,
		WITH_TOKEN | WITH_PIN | WITH(JSON),
		N_("NAME is a mail address, a label, an id or a pkcs11: URI."), show_run },
	{ "delete", N_("delete an identity or a certificate"), N_("NAME"), 1, 1,
		WITH_TOKEN | WITH_PIN | WITH(YES),
		N_("Deletes a key with its certificates, or a certificate that has no key. NAME is a mail address, a label, an id or a pkcs11: URI."), delete_run },
	{ "rename", N_("give an identity another label"), N_("NAME LABEL"), 2, 2,
		WITH_TOKEN | WITH_PIN, NULL, rename_run },
	{ "export-certificate", N_("write a certificate to a file"), N_("NAME"), 1, 1,
		WITH_TOKEN | WITH_PIN | WITH(OUTPUT) | WITH(FORMAT) | WITH(CHAIN),
		N_("Writes PEM, or DER with --format der. Private keys never leave the token."), export_certificate_run },
	{ "pin", N_("change the PIN, or set a new one with the recovery code"), "change|unlock", 1, 1,
		WITH_TOKEN | WITH_PIN | WITH(NEW_PIN_FILE) | WITH(NEW_PIN_FD) | WITH(RECOVERY_CODE_FILE) | WITH(RECOVERY_CODE_FD),
		NULL, pin_run },
	{ "generate", N_("make a new key on the token"), "", 0, 0,
		WITH_TOKEN | WITH_PIN | WITH(LABEL) | WITH(TYPE) | WITH(REQUEST) | WITH(SUBJECT) | WITH(ADDRESS),
		N_("The key can never leave the token. With --request it also writes a certificate request (PKCS#10, PEM) that a CA takes; import the certificate that comes back."), generate_run },
	{ "sign", N_("sign a mail"), N_("[FILE]"), 0, 1,
		WITH_TOKEN | WITH_PIN | WITH_MAIL | WITH(DIGEST) | WITH(PSS),
		N_("Reads a mail (or the part of one) and writes it signed (S/MIME, multipart/signed). Without --identity the sender's address chooses. With --format der or pem it writes the detached signature alone."), sign_run },
	{ "decrypt", N_("open an encrypted mail"), N_("[FILE]"), 0, 1,
		WITH_TOKEN | WITH_PIN | WITH(OUTPUT),
		N_("Reads an encrypted mail (S/MIME), or its CMS structure as PEM or DER, and writes what was inside."), decrypt_run },
	{ "setup", N_("make a mail program use the token"), "thunderbird", 1, 1,
		WITH_TOKEN | WITH_SETUP | WITH(OUTPUT),
		N_("Registers Privy Seal in every Thunderbird profile and selects the newest valid certificate for each of its addresses. Can be repeated."), setup_run },
	{ "doctor", N_("find out what is wrong, and how to mend it"), "", 0, 0,
		WITH_TOKEN | WITH_PIN | WITH(JSON),
		N_("With a PIN it also signs a test mail and verifies it."), doctor_run },
	{ "status", N_("show the module, the keeper and the tokens in short"), "", 0, 0,
		WITH_TOKEN | WITH(JSON), NULL, status_run },
	{ "keeper", N_("start, stop or look at the keeper"), "start|stop|status", 1, 1,
		WITH(MODULE) | WITH(JSON), NULL, keeper_run },
	{ "audit", N_("make a verification code, verify or show the audit log"), "start|verify|show", 1, 1,
		WITH(MODULE) | WITH(CODE_FILE) | WITH(ANCHORS) | WITH(FOLDER) | WITH(MACHINE) | WITH(JSON),
		N_("start makes a verification code and shows it once: with it, every line since then can be proven to be as it was written. Exit codes of verify: 0 nothing was altered, 30 altered (the first bad line is named), 31 the last lines are under another code."),
		audit_run },
	{ "move", N_("take a token from your own keeper to the machine's"), N_("TOKEN"), 1, 1,
		WITH(MODULE) | WITH_PIN,
		N_("The machine keeper runs under a user of its own: no program of yours can read the keys there. PIN and recovery code stay the same. Your own copy is overwritten and deleted when all of it is there. If that was interrupted, run it again. TOKEN is a label or a pkcs11: URI."),
		move_run },
	{ "policy", N_("show or change what programs may do with your keys"), N_("show|set|unset [NAME [VALUE]]"), 1, 3,
		WITH_TOKEN | WITH_PIN | WITH(IDENTITY) | WITH(APPLICATION) | WITH(ORIGIN) | WITH(JSON) | WITH(SYSTEM_CONFIGURATION),
		N_("Shows what the configuration says, or changes one value in your own file: for one identity, token or program, or (without one of them) for all. See privyseal.conf(5) for the names. Values that the system's file has locked cannot be changed."),
		policy_run },
	{ "remote", N_("see tokens of another machine, by ssh"), N_("add|remove|list|socket [NAME]"), 1, 2,
		WITH(JSON),
		N_("add makes a place for the socket of the keeper on another machine, and says how ssh brings it there; while it does, that keeper's tokens are seen here. socket names this keeper's own. See privyseal-remote(7)."),
		remote_run },
	{ "front", N_("show tokens of another module: a card, an HSM"), N_("add|list|remove|test [NAME [MODULE]]"), 1, 3,
		WITH_TOKEN | WITH_PIN | WITH(ENVIRONMENT) | WITH(CHAIN_FILE) | WITH(ONE_THREAD) | WITH(CALL_SECONDS) | WITH(SYSTEM) | WITH(JSON) | WITH(SYSTEM_CONFIGURATION),
		N_("add has the keeper show the tokens of a PKCS#11 module, under a name; --token (a URI, may be repeated) chooses among them. list shows all that were added, and their tokens. test signs with a key and says what is wrong. remove takes a module away; its tokens stay as they are. See privyseal-front(1)."),
		front_run },
	{ "completion", N_("write the completion of words for bash"), "", 0, 0,
		0, NULL, completion_run },
	{ 0 },
};
/* clang-format on */

const struct verb *
verb_find(const char *name)
{
	const struct verb *verb;

	for (verb = verbs; verb->name; verb++)
		if (strcmp(verb->name, name) == 0)
			return verb;
	return NULL;
}

void
verb_help(const struct verb *verb)
{
	const char *operands = *verb->operands ? _(verb->operands) : "";

	say(_("Usage: privyseal %s [OPTION]...%s%s\n"), verb->name,
		*operands ? " " : "", operands);
	say("\n%s\n\n", _(verb->summary));
	if (verb->explanation)
		say("%s\n\n", _(verb->explanation));
	option_help(verb->options);
}
