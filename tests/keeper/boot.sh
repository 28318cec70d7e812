# SPDX-License-Identifier: BSD-2-Clause
# Runs as root in the system that long-boot boots: "pass CLAIM" or "fail CLAIM"
# with what was said, and at the end of the second boot "end".
# shellcheck shell=sh

# shellcheck source=/dev/null
. /root/places
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
UNIT=privyseal-machine.service

claim()
{
	claim=$1
	shift
	if "$@" >/run/claim.log 2>&1; then
		echo "pass $claim"
	else
		echo "fail $claim"
		sed 's/^/# /' /run/claim.log
	fi
}

as()
{
	user=$1
	shift
	cd "/home/$user" && setpriv --reuid "$user" --regid "$user" \
		--init-groups env HOME="/home/$user" "$@"
}

# A failure of its own, not of a program that is not there.
fails()
{
	"$@"
	status=$?
	[ $status -gt 0 ] && [ $status -lt 126 ]
}

listener() { systemctl show -p MainPID --value "$UNIT"; }

waits()
{
	systemctl is-active privyseal-machine.socket &&
		fails systemctl is-active "$UNIT"
}

first_call()
{
	as alice privyseal init --label Mail --pin-file pin \
		--recovery-code-file code && systemctl is-active "$UNIT"
}

imports()
{
	as alice privyseal import --yes --pin-file pin --passphrase-file pass \
		alice.p12
}

is_guarded()
{
	as alice privyseal status >/run/status
	cat /run/status
	grep -q 'Token "Mail", in the machine keeper, guard: tpm' /run/status
}

signs()
{
	printf '%s\n' 'From: alice@example.org' 'To: alice@example.org' \
		'Subject: x' 'MIME-Version: 1.0' 'Content-Type: text/plain' '' \
		text | as alice tee mail.eml &&
		as alice privyseal sign --pin-file pin \
			--identity alice@example.org --output signed.eml \
			mail.eml &&
		openssl cms -verify -in signed.eml -CAfile root.pem \
			-purpose smimesign -out /dev/null && rm signed.eml
}

# What root reaches and the owner does not.
is_closed()
{
	process=$(listener)
	store=$(ls "$STATE"/*/tokens/1.token)
	cat "$store" "/proc/$process/environ" >/dev/null &&
		kill -0 "$process" || return 1
	fails as alice ls "$STATE" && fails as alice cat "$store" &&
		fails as alice cat "/proc/$process/environ" &&
		fails as alice sh -c "kill -0 $process"
}

# An exposure of 1 of 10 at most, as systemd counts.
is_confined() { systemd-analyze security --threshold=10 "$UNIT"; }

has_its_name() { [ "$(cat "/proc/$(listener)/comm")" = privyseal-keepe ]; }

makes_group()
{
	privyseal init --group office --label Office \
		--pin-file /home/alice/pin --recovery-code-file /root/code
}

# sees USER [TEXT]: in what is listed; without one, the group's token
sees()
{
	as "$1" privyseal list >/run/list 2>&1
	cat /run/list
	grep "${2:-of the group office}" /run/list
}

sees_none() { sees "$1" 'There is no token yet'; }
only_members_see() { sees alice && sees_none bob; }

# The list is not one of those whose change the keeper notices itself.
reloads()
{
	before=$(listener)
	[ "$before" != 0 ] && systemctl reload "$UNIT" &&
		[ "$before" = "$(listener)" ]
}

lets_in()
{
	echo office:x:5000:bob >/var/lib/extrausers/group
	sees_none bob && reloads && sees bob
}

turns_away()
{
	echo office:x:5000: >/var/lib/extrausers/group
	sees bob && reloads && sees_none bob
}

# The sleep is a real one; a clock wakes the machine. The login has ended, and
# private keys are no longer to be seen.
sleep_locks()
{
	(
		sleep 20
		rtcwake -m mem -s 8
	) &
	as alice /root/client "$MODULE" "slot Mail" open \
		"login a long enough PIN" "key alice" "sign sha256-rsa" \
		"within 60000 sign sha256-rsa = KEY_HANDLE_INVALID"
	result=$?
	wait
	return $result
}

# The listener and its workers, and nothing of them afterwards.
is_running()
{
	grep -ls "^Uid:[[:space:]]*$(id -u privyseal)[[:space:]]" \
		/proc/[0-9]*/status
}

stop_ends_all()
{
	as alice /root/client "$MODULE" "slot Mail" open "sleep 30000" &
	sleep 3
	[ "$(is_running | wc -l)" -ge 2 ] && systemctl stop "$UNIT" &&
		[ -z "$(is_running)" ]
}

first_boot()
{
	claim "the socket waits after a boot, and no keeper runs" waits
	claim "a user's first call brings the keeper" first_call
	claim "a .p12 goes into the machine keeper" imports
	claim "the token's PIN is guarded by the machine's TPM" is_guarded
	claim "a mail is signed, and OpenSSL verifies it" signs
	claim "the owner reaches neither the folder nor the process" is_closed
	claim "systemd finds little left to take from the keeper" is_confined
	claim "the keeper has its name among the processes" has_its_name
	claim "root makes a group's token" makes_group
	claim "a member sees it, another user does not" only_members_see
	claim "a reload lets a new member in, and ends nothing" lets_in
	claim "a reload turns a former member away" turns_away
	claim "a machine that slept asks for the PIN again" sleep_locks
	claim "a stop ends all that the keeper had" stop_ends_all
}

if [ ! -e /root/was-here ]; then
	touch /root/was-here
	first_boot
	systemctl reboot
else
	claim "after a boot the same PIN signs by the same key" signs
	echo end
	systemctl poweroff
fi
