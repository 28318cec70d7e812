# SPDX-License-Identifier: BSD-2-Clause
# A token with alice (RSA) and bob (P-256), made by our own command, for clients
# from packages. MODULE names another module to try them on.
# shellcheck shell=sh
# shellcheck disable=SC2034

. "$(dirname "$0")/../command/pki.sh"

MODULE=${MODULE:-$BUILD/.libs/privyseal-pkcs11.so}
PRIVYSEAL_MODULE=$MODULE
PRIVYSEAL_KEEPER=$BUILD/privyseal-keeper
SOFTHSM2_CONF=$WORK/softhsm2.conf
export PRIVYSEAL_MODULE PRIVYSEAL_KEEPER SOFTHSM2_CONF
PKI=$WORK/pki
PIN=orchard-gate-7
CODE=orchard-wall-8
TOKEN=Clients
# The module asks for no more than one keeper, which ends with the script.
at_end()
{
	"$BUILD/privyseal" keeper stop >/dev/null 2>&1
}

need_module()
{
	[ -e "$MODULE" ] || skip_all "the module is not built"
	mkdir -p "$WORK/softhsm2" "$PRIVYSEAL_HOME"
	chmod 700 "$PRIVYSEAL_HOME"
	printf 'directories.tokendir = %s\nlog.level = ERROR\n' \
		"$WORK/softhsm2" >"$SOFTHSM2_CONF"
	# Guesses need not be dear here.
	printf 'kdf-memory = 1\n' >"$PRIVYSEAL_HOME/privyseal.conf"
	chmod 600 "$PRIVYSEAL_HOME/privyseal.conf"
}

import()
{
	"$BUILD/privyseal" import --token "$TOKEN" --pin-file "$WORK/pin" \
		--passphrase-file "$PKI/pass" "$1"
}

make_identities()
{
	printf %s "$PIN" >"$WORK/pin"
	make_pki "$PKI" || { cat "$PKI.log"; return 1; }
	"$BUILD/privyseal" init --label "$TOKEN" --pin-file "$WORK/pin" \
		--recovery-code-file "$WORK/code" &&
		import "$PKI/alice.p12" && import "$PKI/bob.p12"
}

# A token with two identities, or nothing more to do.
need_token()
{
	need_module
	check "our command makes a token and imports two identities" \
		make_identities || { finish; }
}

# has COMMAND: otherwise the script is skipped
has()
{
	command -v "$1" >/dev/null || skip_all "no $1"
}

# id_of NAME: CKA_ID of the certificate of NAME, in hexadecimal
id_of()
{
	pkcs11-tool --module "$MODULE" --token-label "$TOKEN" -O \
		--type cert 2>/dev/null |
		awk -v name="CN=$1 Example" '/subject:/ { found = index($0, name) }
			/ID:/ && found { print $2; exit }'
}

# Mail signed by NAME in FILE, checked with only the root trusted.
is_signed_mail()
{
	openssl cms -verify -in "$1" -inform "${2:-SMIME}" \
		-CAfile "$PKI/root.pem" -purpose smimesign \
		-out "$WORK/verified"
}
