# SPDX-License-Identifier: BSD-2-Clause
# Tokens that move from their user's keeper to the machine's: after
# ". tests/tap.sh" and ". tests/machine.sh".
# shellcheck shell=sh
# shellcheck disable=SC2034

P=$BUILD/privyseal
OWN=$WORK/home-$OWNER/.local/share/privyseal/tokens
THERE=$STATE/$OWNER/tokens

prepare()
{
	[ -e "$WORK/system.conf" ] || machine_folders
	echo correct-horse >"$WORK/pin"
	echo battery-staple >"$WORK/wrong"
	chmod 644 "$WORK/pin" "$WORK/wrong"
	mkfifo -m 666 "$WORK/go"
	machine_start
}

# makes LABEL: a token of the user's own with three keys
makes()
{
	as $OWNER "$P" init --keeper user --label "$1" \
		--pin-file "$WORK/pin" \
		--recovery-code-file "$WORK/home-$OWNER/code-$1" &&
		for key in one two three; do
			as $OWNER "$P" generate --token "$1" --label $key \
				--type p256 --pin-file "$WORK/pin" ||
				return 1
		done
}

moves() { as $OWNER "$P" move "$1" --pin-file "${2:-$WORK/pin}"; }

# tells WORDS COMMAND...: what it writes has the words
tells()
{
	words=$1
	shift
	"$@" >"$WORK/told" 2>&1
	cat "$WORK/told"
	grep -qF -- "$words" "$WORK/told"
}

# tokens_in FOLDER COUNT; and nothing that is none
tokens_in()
{
	ls "$1"
	[ "$(find "$1" -type f -name '*.token' | wc -l)" = "$2" ] &&
		[ -z "$(find "$1" -type f ! -name '*.token*')" ]
}

# is_empty FOLDER
is_empty()
{
	ls "$1"
	[ -z "$(ls "$1")" ]
}

# has_all LABEL COUNT: one token of this name with so many keys, and the PIN
has_all()
{
	as $OWNER "$P" list --token "$1" --pin-file "$WORK/pin" --json \
		>"$WORK/list" && cat "$WORK/list" &&
		[ "$(grep -c '"key_size"' "$WORK/list")" = "$2" ]
}
