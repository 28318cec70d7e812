/* SPDX-License-Identifier: BSD-2-Clause */
/* Secrets from the terminal, a file or a descriptor; never from the command
 * line, where every user of the machine could read them. */

#include "config.h"

#include "command/secret-entry.h"

#include "command/say.h"
#include "pkcs11/text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

const struct secret_source pin_source = { OPTION_PIN_FILE, OPTION_PIN_FD,
	N_("PIN: "), N_("the PIN") };
const struct secret_source pin_again_source = { OPTION_PIN_FILE, OPTION_PIN_FD,
	N_("This key asks for the PIN at each use: "), N_("the PIN") };
const struct secret_source new_pin_source = { OPTION_NEW_PIN_FILE,
	OPTION_NEW_PIN_FD, N_("New PIN: "), N_("the new PIN") };
const struct secret_source recovery_code_source = { OPTION_RECOVERY_CODE_FILE,
	OPTION_RECOVERY_CODE_FD, N_("Recovery code: "),
	N_("the recovery code") };
const struct secret_source passphrase_source = { OPTION_PASSPHRASE_FILE,
	OPTION_PASSPHRASE_FD, N_("Passphrase of the file: "),
	N_("the passphrase") };

/* Signals that end or stop the program while the terminal does not echo. */
static const int watched[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP,
	SIGALRM, SIGPIPE };
enum { WATCHED = sizeof(watched) / sizeof(watched[0]) };
static volatile sig_atomic_t caught;

static void
catch_signal(int number)
{
	caught = number;
}

static void
watch(struct sigaction *before)
{
	struct sigaction action = { .sa_handler = catch_signal };
	int i;

	caught = 0;
	sigemptyset(&action.sa_mask);
	for (i = 0; i < WATCHED; i++) {
		sigaction(watched[i], NULL, &before[i]);
		/* What the caller of the command ignores stays ignored. */
		if (before[i].sa_handler != SIG_IGN)
			sigaction(watched[i], &action, NULL);
	}
}

static void
unwatch(const struct sigaction *before)
{
	int i;

	for (i = 0; i < WATCHED; i++)
		sigaction(watched[i], &before[i], NULL);
}

static void
put(int terminal, const char *text)
{
	ssize_t written = write(terminal, text, strlen(text));

	(void)written;
}

/* Reads to the end of the line (or of the file, for a whole one). The secret
 * has room for SECRET_LONGEST bytes. False: too long, or a read failed. */
static bool
read_bytes(int from, bool whole, struct secret *secret)
{
	size_t length = 0;
	ssize_t count;
	unsigned char next;

	while (!caught) {
		count = read(from, &next, 1);
		if (count < 0 && errno == EINTR)
			continue;
		if (count == 0 || (count > 0 && !whole && next == '\n'))
			break;
		if (count < 0 || length == SECRET_LONGEST)
			return false;
		secret->at[length++] = next;
	}
	wipe(&next, sizeof(next));
	secret_shorten(secret, length);
	return true;
}

/* One try without echo. Sets again when the program was stopped meanwhile. */
static bool
prompt_once(int terminal, const char *prompt, struct secret *secret)
{
	struct sigaction before[WATCHED];
	struct termios echoing, silent;
	bool fine;

	if (!secret_init(secret, SECRET_LONGEST))
		return false;
	watch(before);
	if (tcgetattr(terminal, &echoing) == 0) {
		silent = echoing;
		silent.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
		tcsetattr(terminal, TCSAFLUSH, &silent);
		put(terminal, prompt);
		fine = read_bytes(terminal, false, secret);
		tcsetattr(terminal, TCSAFLUSH, &echoing);
		put(terminal, "\n");
	} else {
		fine = false;
	}
	unwatch(before);
	return fine;
}

static bool
prompt(const char *text, struct secret *secret)
{
	int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	int signal_number;
	bool fine;

	if (terminal < 0)
		return false;
	for (;;) {
		fine = prompt_once(terminal, text, secret);
		signal_number = caught;
		if (!signal_number)
			break;
		secret_clear(secret);
		fine = false;
		/* Does now what it would have done: ends or stops us. */
		raise(signal_number);
		if (signal_number != SIGTSTP)
			break;
	}
	close(terminal);
	if (!fine)
		secret_clear(secret);
	return fine;
}

/* Files made by editors and shells end with a newline that nobody meant. */
static void
strip_newline(struct secret *secret)
{
	size_t length = secret->length;

	if (length && secret->at[length - 1] == '\n')
		length--;
	if (length && length < secret->length && secret->at[length - 1] == '\r')
		length--;
	secret_shorten(secret, length);
}

static bool
read_descriptor(int from, const char *name, struct secret *secret)
{
	caught = 0;
	if (secret_init(secret, SECRET_LONGEST) &&
		read_bytes(from, true, secret)) {
		strip_newline(secret);
		return true;
	}
	secret_clear(secret);
	complain(_("Cannot read %s: more than %d bytes, or unreadable."), name,
		SECRET_LONGEST);
	return false;
}

static bool
read_file(const char *path, const char *name, struct secret *secret)
{
	int from = open(path, O_RDONLY | O_CLOEXEC);
	bool fine;

	if (from < 0) {
		complain(_("Cannot read %s from %s: %s"), name, path,
			strerror(errno));
		return false;
	}
	fine = read_descriptor(from, name, secret);
	close(from);
	return fine;
}

static bool
read_numbered(const char *number, const char *name, struct secret *secret)
{
	char *end;
	long from = strtol(number, &end, 10);

	if (*end || end == number || from < 0 || from > 65535 ||
		fcntl((int)from, F_GETFD) < 0) {
		complain(_("%s is not the number of an open descriptor."),
			number);
		return false;
	}
	return read_descriptor((int)from, name, secret);
}

bool
secret_is_given(
	const struct request *request, const struct secret_source *source)
{
	return is_given(request, source->file) ||
		is_given(request, source->descriptor);
}

/* From what the request names; without anything named, from the terminal. */
bool
secret_enter(const struct request *request, const struct secret_source *source,
	struct secret *secret)
{
	const char *name = _(source->name);

	if (is_given(request, source->file))
		return read_file(request->value[source->file], name, secret);
	if (is_given(request, source->descriptor))
		return read_numbered(
			request->value[source->descriptor], name, secret);
	if (prompt(_(source->prompt), secret))
		return true;
	complain(_("Cannot ask for %s: there is no terminal. Give it by a file "
		   "or descriptor; see --help."),
		name);
	return false;
}

bool
secret_choose(const struct request *request, const struct secret_source *source,
	struct secret *secret)
{
	struct secret again = { 0 };
	bool same;

	if (!secret_enter(request, source, secret))
		return false;
	if (secret_is_given(request, source))
		return true;
	if (!prompt(_("The same again: "), &again)) {
		secret_clear(secret);
		return false;
	}
	same = secret_equal(secret, again.at, again.length);
	secret_clear(&again);
	if (!same) {
		complain(_("The two were not the same. Nothing was changed."));
		secret_clear(secret);
	}
	return same;
}
