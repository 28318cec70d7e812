/* SPDX-License-Identifier: BSD-2-Clause */
/* Anchors: the audit log's last chain value, told where others keep it. */

#include "config.h"

#include "keeper/audit-writer.h"

#include "pkcs11/hex.h"
#include "pkcs11/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

/* As syslog(3) writes it, but without its waiting: a system log that hangs
 * must not hang the keeper. What it did not take comes with the next. */
static void
tell_system(const char *path, const char *line)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char packet[512], moment[32] = "";
	time_t now = time(NULL);
	struct tm local;
	int length, log;

	if (!path || strlen(path) >= sizeof(address.sun_path))
		return;
	memcpy(address.sun_path, path, strlen(path) + 1);
	if (localtime_r(&now, &local))
		strftime(moment, sizeof(moment), "%b %e %T", &local);
	length = snprintf(packet, sizeof(packet),
		"<%d>%s privyseal-keeper[%ld]: %s", LOG_AUTHPRIV | LOG_NOTICE,
		moment, (long)getpid(), line);
	log = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (log < 0)
		return;
	(void)sendto(log, packet, (size_t)length, MSG_DONTWAIT | MSG_NOSIGNAL,
		(struct sockaddr *)&address, sizeof(address));
	close(log);
}

static void
tell_file(const struct audit *audit, const char *line)
{
	int file = open(audit_path(audit, "audit.anchors"),
		O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW |
			O_NONBLOCK,
		0600);

	if (file < 0 || dprintf(file, "%s\n", line) < 0 || fdatasync(file) < 0)
		note("audit.anchors: %s", strerror(errno));
	if (file >= 0)
		close(file);
}

void
audit_anchor(struct audit *audit)
{
	const struct audit_state *state = &audit->state;
	char line[256];
	int length;

	length = snprintf(line, sizeof(line),
		"privyseal audit user=%ld log=", (long)geteuid());
	hex_put(line + length, state->log, AUDIT_LOG_ID);
	length += 2 * AUDIT_LOG_ID;
	length += snprintf(line + length, 40,
		" line=%llu chain=", (unsigned long long)state->next - 1);
	hex_put(line + length, state->chain, DIGEST_SIZE);
	line[length + 2 * DIGEST_SIZE] = '\0';
	tell_system(audit->settings.system_log, line);
	if (audit->settings.has_anchor_file)
		tell_file(audit, line);
}
