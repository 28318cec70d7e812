/* SPDX-License-Identifier: BSD-2-Clause */
/* A pinentry program, spoken to in its own language (Assuan). */

#include "config.h"

#include "keeper/pinentry.h"

#include "pkcs11/clock.h"
#include "pkcs11/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Bytes of a line at most, as Assuan has it; and with escapes on our side. */
enum { LINE_MOST = 1002, SAID_MOST = 2048 };

static const char *const usual[] = { "/usr/bin/pinentry",
	"/usr/local/bin/pinentry", "/bin/pinentry", "/usr/bin/pinentry-gnome3",
	"/usr/bin/pinentry-qt", "/usr/bin/pinentry-gtk-2",
	"/usr/bin/pinentry-curses", "/usr/bin/pinentry-tty" };

/* Whoever may write it would learn the PIN. */
static bool
is_trustworthy(const char *path)
{
	struct stat status;

	if (stat(path, &status) != 0)
		note("%s: %s", path, strerror(errno));
	else if (!S_ISREG(status.st_mode))
		note("%s is no program", path);
	else if (status.st_uid != 0 && status.st_uid != geteuid())
		note("%s is another user's", path);
	else if (status.st_mode & (S_IWGRP | S_IWOTH))
		note("others can write %s", path);
	else
		return true;
	return false;
}

bool
pinentry_find(const char *configured, char *path, size_t room)
{
	size_t i;

	snprintf(path, room, "%s", configured);
	for (i = 0; !path[0] && i < sizeof(usual) / sizeof(usual[0]); i++)
		if (access(usual[i], X_OK) == 0)
			snprintf(path, room, "%s", usual[i]);
	if (path[0])
		return is_trustworthy(path);
	note("there is no pinentry program");
	return false;
}

static void
become_pinentry(const char *path, int in, int out)
{
	char name[] = "pinentry";
	char *const arguments[] = { name, NULL };

	/* A wrapper's child is ended with it. */
	setpgid(0, 0);
	signal(SIGPIPE, SIG_DFL);
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	close_range(STDERR_FILENO + 1, ~0U, 0);
	execv(path, arguments);
	_exit(127);
}

static bool
launch(struct pinentry *pinentry, const char *path, int watched,
	unsigned seconds)
{
	int in[2] = { -1, -1 }, out[2] = { -1, -1 };

	*pinentry = (struct pinentry){ .process = -1, .to = -1, .from = -1 };
	pinentry->watched = watched;
	pinentry->deadline = clock_milliseconds() + seconds * 1000L;
	if (secret_init(&pinentry->line, LINE_MOST) &&
		pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0)
		pinentry->process = fork();
	if (pinentry->process == 0)
		become_pinentry(path, in[0], out[1]);
	pinentry->to = in[1];
	pinentry->from = out[0];
	if (in[0] >= 0)
		close(in[0]);
	if (out[1] >= 0)
		close(out[1]);
	if (pinentry->process > 0) {
		setpgid(pinentry->process, pinentry->process);
		return true;
	}
	note("%s cannot be started: %s", path, strerror(errno));
	return false;
}

void
pinentry_end(struct pinentry *pinentry)
{
	if (pinentry->to >= 0)
		close(pinentry->to);
	if (pinentry->from >= 0)
		close(pinentry->from);
	if (pinentry->process > 0) {
		/* Its window goes with it; it keeps nothing. */
		kill(-pinentry->process, SIGKILL);
		kill(pinentry->process, SIGKILL);
		waitpid(pinentry->process, NULL, 0);
	}
	secret_clear(&pinentry->line);
	*pinentry = (struct pinentry){ .process = -1, .to = -1, .from = -1 };
}

/* False: nothing came in time, or nobody waits for it any more. */
static bool
wait_for_bytes(const struct pinentry *pinentry)
{
	struct pollfd ends[2] = { { pinentry->from, POLLIN, 0 },
		{ pinentry->watched, 0, 0 } };
	long left = pinentry->deadline - clock_milliseconds();

	return left > 0 && poll(ends, 2, (int)left) > 0 && !ends[1].revents;
}

/* One line, closed by a NUL in place of its end; borrowed until the next. NULL:
 * there is none, or one that is too long. */
static char *
take_line(struct pinentry *pinentry)
{
	char *at = (char *)pinentry->line.at, *end;
	ssize_t got;

	/* What was taken before is wiped at once. */
	memmove(at, at + pinentry->taken, pinentry->length - pinentry->taken);
	wipe(at + pinentry->length - pinentry->taken, pinentry->taken);
	pinentry->length -= pinentry->taken;
	pinentry->taken = 0;
	while (!(end = memchr(at, '\n', pinentry->length))) {
		if (pinentry->length == pinentry->line.length ||
			!wait_for_bytes(pinentry))
			return NULL;
		got = read(pinentry->from, at + pinentry->length,
			pinentry->line.length - pinentry->length);
		if (got == 0 || (got < 0 && errno != EINTR))
			return NULL;
		pinentry->length += got > 0 ? (size_t)got : 0;
	}
	*end = '\0';
	pinentry->taken = (size_t)(end - at) + 1;
	return at;
}

static bool
begins_with(const char *line, const char *word)
{
	size_t length = strlen(word);

	return strncmp(line, word, length) == 0 &&
		(line[length] == '\0' || line[length] == ' ');
}

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Adds the data of a "D" line; false: there is no room for it. */
static bool
take_data(const char *line, struct secret *data, size_t *length)
{
	for (; *line; line++) {
		if (*length == data->length)
			return false;
		if (line[0] == '%' && digit(line[1]) >= 0 &&
			digit(line[2]) >= 0) {
			data->at[(*length)++] =
				(unsigned char)(digit(line[1]) * 16 +
					digit(line[2]));
			line += 2;
		} else {
			data->at[(*length)++] = (unsigned char)*line;
		}
	}
	return true;
}

/* The lines to the one that ends the answer: true for OK. */
static bool
take_answer(struct pinentry *pinentry, struct secret *data, size_t *length)
{
	char *line;

	*length = 0;
	while ((line = take_line(pinentry))) {
		if (begins_with(line, "OK"))
			return true;
		if (begins_with(line, "ERR") || begins_with(line, "INQUIRE"))
			return false;
		if (begins_with(line, "D") && line[1] &&
			(!data || !take_data(line + 2, data, length)))
			return false;
	}
	return false;
}

static bool
send_line(struct pinentry *pinentry, const char *line, size_t length)
{
	return write(pinentry->to, line, length) == (ssize_t)length;
}

/* What stands for itself on a line does; a text that is too long is cut. */
static size_t
encode(const char *text, char *to, size_t room)
{
	size_t length = 0;

	for (; *text && length + 3 < room; text++) {
		if (*text != '%' && *text != '\n' && *text != '\r')
			to[length++] = *text;
		else
			length += (size_t)sprintf(
				to + length, "%%%02X", (unsigned char)*text);
	}
	return length;
}

bool
pinentry_say(struct pinentry *pinentry, const char *command, const char *text)
{
	char line[SAID_MOST];
	size_t length, nothing;

	length = (size_t)snprintf(line, sizeof(line), "%s ", command);
	length += encode(text, line + length, LINE_MOST - 2 - length);
	line[length++] = '\n';
	return send_line(pinentry, line, length) &&
		take_answer(pinentry, NULL, &nothing);
}

bool
pinentry_ask(
	struct pinentry *pinentry, const char *command, struct secret *text)
{
	char line[64];
	size_t length;
	int said = snprintf(line, sizeof(line), "%s\n", command);

	*text = (struct secret){ 0 };
	if (!secret_init(text, LINE_MOST))
		return false;
	if (send_line(pinentry, line, (size_t)said) &&
		take_answer(pinentry, text, &length)) {
		secret_shorten(text, length);
		return true;
	}
	secret_clear(text);
	return false;
}

bool
pinentry_start(struct pinentry *pinentry, const char *path, int watched,
	unsigned seconds)
{
	size_t nothing;

	if (launch(pinentry, path, watched, seconds)) {
		if (take_answer(pinentry, NULL, &nothing))
			return true;
		note("%s does not greet", path);
	}
	pinentry_end(pinentry);
	return false;
}
