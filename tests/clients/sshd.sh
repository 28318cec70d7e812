# SPDX-License-Identifier: BSD-2-Clause
# A server of OpenSSH of the test's own, and logins there with keys of $MODULE.
# Whoever starts it ends $server.
# shellcheck shell=sh
# shellcheck disable=SC2034

server=
SSHD=$(PATH=$PATH:/usr/sbin:/sbin command -v sshd)

needs_sshd()
{
	[ -n "$SSHD" ] || skip_all "no sshd"
	command -v ssh >/dev/null || skip_all "no ssh"
	mkdir "$WORK/ssh"
}

# answer_with PIN: to each question of ssh
answer_with()
{
	printf '#!/bin/sh\necho %s\n' "$1" >"$WORK/askpass"
	chmod 700 "$WORK/askpass"
	SSH_ASKPASS=$WORK/askpass
	SSH_ASKPASS_REQUIRE=force
	export SSH_ASKPASS SSH_ASKPASS_REQUIRE
}

starts_server()
{
	ssh-keygen -q -t ed25519 -N '' \
		-f "$WORK/ssh/host" || return 1
	# As root it parts its rights in this folder.
	[ "$(id -u)" != 0 ] || mkdir -p /run/sshd
	port=$(python3 -c 'import socket; s = socket.socket()
s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	cat >"$WORK/ssh/config" <<END
Port $port
ListenAddress 127.0.0.1
HostKey $WORK/ssh/host
AuthorizedKeysFile $WORK/ssh/authorized
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin yes
END
	"$SSHD" -D -e -f "$WORK/ssh/config" 2>>"$WORK/ssh/log" &
	server=$!
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		grep -q 'Server listening' "$WORK/ssh/log" && return
		sleep 0.3
	done
	cat "$WORK/ssh/log"
	return 1
}

# public_key CERTIFICATE: as ssh writes it
public_key()
{
	openssl x509 -in "$1" -noout -pubkey >"$WORK/ssh/public.pem" &&
		ssh-keygen -i -m PKCS8 -f "$WORK/ssh/public.pem"
}

# enters CERTIFICATE: only its key is let in
enters()
{
	public_key "$1" >"$WORK/ssh/authorized" || return 1
	: >"$WORK/ssh/log"
	timeout 60 ssh -F none -o PKCS11Provider="$MODULE" -p "$port" \
		-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		-o IdentityFile=none -o BatchMode=no -o LogLevel=VERBOSE \
		-o PreferredAuthentications=publickey \
		"$(id -un)@127.0.0.1" 'echo came in' >"$WORK/ssh/out" 2>"$WORK/ssh/err"
	cat "$WORK/ssh/out" "$WORK/ssh/err"
	grep -q 'came in' "$WORK/ssh/out" && grep -q "Accepted publickey" \
		"$WORK/ssh/log"
}
