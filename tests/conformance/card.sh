# SPDX-License-Identifier: BSD-2-Clause
# A PIV card with the keys that the suite knows, in a reader of its own; then
# suite_with_card WIRING [CLAIM...].
# shellcheck shell=sh

. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/../fronted/stage.sh"

# known_key PLACE KIND USAGE
known_key()
{
	"$BUILD/tests/conformance/write-key" "$2" >"$CARD_FOLDER/$1.key" &&
		openssl req -x509 -new -key "$CARD_FOLDER/$1.key" \
			-out "$CARD_FOLDER/$1.crt" -days 3000 \
			-subj "/CN=Conformance $1" \
			-addext "keyUsage=critical,$3"
}

known_keys()
{
	mkdir "$CARD_FOLDER"
	known_key 9a rsa digitalSignature,keyEncipherment &&
		known_key 9c rsa digitalSignature,nonRepudiation &&
		known_key 9d ec keyAgreement &&
		known_key 9e ec digitalSignature
}

# The suite prints the results; a card that is not there is one.
suite_with_card()
{
	wiring=$1
	shift
	needs_card
	CARD_FOLDER=$WORK/card
	OPENSC_VERSION=$(opensc-tool --info | sed -n '1s/OpenSC \([^ ]*\).*/\1/p')
	export CARD_FOLDER OPENSC OPENSC_VERSION
	if ! known_keys >"$WORK/keys.log" 2>&1 || ! start_readers ||
		! insert_card "$CARD_FOLDER"; then
		cat "$WORK/keys.log"
		echo "Bail out! no card is in the reader"
		exit 1
	fi
	CONFORMANCE=$wiring "$BUILD/tests/conformance/conformance" "$@"
	exit
}
