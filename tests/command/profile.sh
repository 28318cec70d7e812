# SPDX-License-Identifier: BSD-2-Clause
# Thunderbird's profiles in a faked home, for tests of setup and doctor.
# shellcheck shell=sh
# shellcheck disable=SC2154

# make_profile ROOT NAME: a profile below $HOME/ROOT that profiles.ini lists
make_profile()
{
	mkdir -p "$HOME/$1/$2"
	number=$(grep -c '^\[Profile' "$HOME/$1/profiles.ini" 2>/dev/null)
	printf '[Profile%s]\nName=%s\nIsRelative=1\nPath=%s\n\n' \
		"${number:-0}" "$2" "$2" >>"$HOME/$1/profiles.ini"
}

# with_accounts FOLDER ADDRESS...: an account for each address; the last one is
# of the same account as the one before
with_accounts()
(
	file=$1/prefs.js
	shift
	count=0
	accounts=
	for address in "$@"; do
		count=$((count + 1))
		printf 'user_pref("mail.identity.id%s.useremail", "%s");\n' \
			"$count" "$address"
		[ "$count" != $# ] || continue
		accounts="$accounts,account$count"
		printf 'user_pref("mail.account.account%s.identities", "%s");\n' \
			"$count" "id$count$([ "$count" != $(($# - 1)) ] ||
				echo ",id$#")"
	done >"$file"
	printf 'user_pref("mail.accountmanager.accounts", "%s");\n' \
		"${accounts#,}" >>"$file"
)

# preference FOLDER NAME: the value as the file has it
preference()
{
	sed -n "s/^user_pref(\"$2\", \(.*\));\$/\1/p" "$1/prefs.js"
}

# prefers FOLDER NAME VALUE
prefers()
{
	value=$(preference "$1" "$2")
	echo "$2: '$value', not '$3'"
	[ "$value" = "$3" ]
}

# serial_of FILE: the way Thunderbird writes a certificate's serial number
serial_of()
{
	openssl x509 -in "$1" -noout -serial | sed 's/.*=//; s/../&:/g; s/:$//'
}
