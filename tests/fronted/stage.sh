# SPDX-License-Identifier: BSD-2-Clause
# Real modules of vendors, with real things behind them and no hardware: after
# ". tests/tap.sh", what a test needs of
#	needs_card; start_readers, make_card FOLDER, insert_card FOLDER [OPTION...]
#	needs_hsm; make_hsm
#	needs_tpm; start_tpm, make_tpm_token
# All of it lies in $WORK, and ends with the script.
# shellcheck shell=sh
# shellcheck disable=SC2034

FRONTED=${FRONTED:-$BUILD/tests/fronted}
CARD_PIN=123456
CARD_PUK=12345678
# Vendors leak; that is not the question here.
ASAN_OPTIONS=detect_leaks=0
export ASAN_OPTIONS
processes=
PCSCD=
CARD=
TPM=

stage_end()
{
	"$BUILD/privyseal" keeper stop >/dev/null 2>&1
	# shellcheck disable=SC2086 # one word for each process
	[ -z "$processes" ] || kill $processes 2>/dev/null
	wait
}

at_end()
{
	stage_end
}

# runs COMMAND...: in the background, until the script ends; $! is it
runs()
{
	"$@" &
	processes="$processes $!"
}

# ends PROCESS: one of these, before that
ends()
{
	kill "$1" 2>/dev/null
	wait "$1" 2>/dev/null
	remaining=
	for process in $processes; do
		[ "$process" = "$1" ] || remaining="$remaining $process"
	done
	processes=$remaining
}

# becomes SECONDS COMMAND...: succeeds within that time
becomes()
{
	turns=$(($1 * 20))
	shift
	until "$@"; do
		turns=$((turns - 1))
		[ $turns -gt 0 ] || return 1
		sleep 0.05
	done
}

# vendor NAME...: the first of these modules that is there
vendor()
{
	for name in "$@"; do
		ls /usr/lib/"$name" /usr/lib/*/"$name" 2>/dev/null
	done | head -n 1
}

OPENSC=$(vendor opensc-pkcs11.so)
SOFTHSM=$(vendor softhsm/libsofthsm2.so)
TPM2_PKCS11=$(vendor libtpm2_pkcs11.so.1 pkcs11/libtpm2_pkcs11.so)
VPCD=$(vendor pcsc/drivers/serial/libifdvpcd.so)

needs_vendor()
{
	[ -n "$1" ] || skip_all "$2 is not installed"
}

# needs COMMAND PACKAGE
needs()
{
	[ -n "$(PATH=$PATH:/usr/sbin:/sbin command -v "$1")" ] ||
		skip_all "$2 is not installed"
}

needs_card()
{
	needs_vendor "$OPENSC" opensc-pkcs11
	needs_vendor "$VPCD" vsmartcard-vpcd
	needs pcscd pcscd
	needs opensc-tool opensc
}

needs_hsm()
{
	needs_vendor "$SOFTHSM" softhsm2
	needs pkcs11-tool opensc
}

needs_tpm()
{
	needs swtpm swtpm
	needs_vendor "$TPM2_PKCS11" libtpm2-pkcs11-1
	needs tpm2_ptool libtpm2-pkcs11-tools
	needs tpm2_flushcontext tpm2-tools
}

pair_of_ports()
{
	python3 - <<'END'
import random
import socket

for port in random.sample(range(20000, 32000, 2), 500):
    try:
        with socket.socket() as one, socket.socket() as other:
            one.bind(("", port))
            other.bind(("", port + 1))
    except OSError:
        continue
    print(port)
    break
END
}

# pcscd of this test's own, with a reader for two cards at $READER_PORT and the
# port after it.
start_readers()
{
	mkdir -p "$WORK/readers"
	PCSCLITE_CSOCK_NAME=$WORK/pcscd.comm
	OPENSC_CONF=$WORK/opensc.conf
	export PCSCLITE_CSOCK_NAME OPENSC_CONF
	# Two tests' cards are alike, and OpenSC would take one's files for the
	# other's.
	cat >"$OPENSC_CONF" <<END
app default {
	framework pkcs15 {
		use_file_caching = false;
	}
}
END
	for _ in 1 2 3 4 5; do
		READER_PORT=$(pair_of_ports)
		launch_pcscd && return
		ends "$PCSCD"
	done
	cat "$WORK/pcscd.log"
	return 1
}

# vpcd wants its port behind the name of a device that is there.
launch_pcscd()
{
	cat >"$WORK/readers/vpcd" <<END
FRIENDLYNAME "Virtual Reader"
DEVICENAME /dev/null:$(printf '0x%X' "$READER_PORT")
LIBPATH $VPCD
CHANNELID $(printf '0x%X' "$READER_PORT")
END
	rm -f "$PCSCLITE_CSOCK_NAME"
	pcscd=$(PATH=$PATH:/usr/sbin:/sbin command -v pcscd)
	polkit=$("$pcscd" --help 2>&1 | grep -o -- --disable-polkit)
	# shellcheck disable=SC2086 # or no word
	runs "$SOURCE/tests/fronted/with-socket" "$PCSCLITE_CSOCK_NAME" \
		"$pcscd" --foreground --info $polkit --config "$WORK/readers" \
		>"$WORK/pcscd.log" 2>&1
	PCSCD=$!
	becomes 5 grep -q 'daemon ready' "$WORK/pcscd.log" &&
		grep -q 'Waiting for virtual ICC' "$WORK/pcscd.log"
}

# As when its package is upgraded: the cards stay where they are.
restart_readers()
{
	ends "$PCSCD"
	becomes 10 launch_pcscd
}

# make_card FOLDER [NAME]: a PIV card with an RSA key for each use, and an EC key
# that asks for no PIN
make_card()
{
	mkdir -p "$1"
	make_card_key "$1" 9a digitalSignature "${2:-Card}" rsa:2048
	make_card_key "$1" 9c digitalSignature,nonRepudiation \
		"${2:-Card}" rsa:2048
	make_card_key "$1" 9d keyEncipherment "${2:-Card}" rsa:2048
	make_card_key "$1" 9e digitalSignature "${2:-Card}" ec \
		-pkeyopt ec_paramgen_curve:P-256
}

make_card_key()
{
	folder=$1
	place=$2
	usage=$3
	owner=$4
	shift 4
	openssl req -x509 -nodes -newkey "$@" -keyout "$folder/$place.key" \
		-out "$folder/$place.crt" -days 3000 \
		-subj "/CN=$owner $place/O=Example" \
		-addext "keyUsage=critical,$usage" >"$folder/log" 2>&1
}

# insert_card FOLDER [OPTION...]: the process is $CARD, what it says is in
# FOLDER/said
insert_card()
{
	folder=$1
	shift
	runs "$FRONTED/card" -d "$folder" -p "$READER_PORT" "$@" \
		>"$folder/said" 2>&1
	CARD=$!
	becomes 5 cards_are 1
}

pull_card()
{
	kill -USR1 "$CARD" && becomes 5 cards_are 0
}

return_card()
{
	kill -USR2 "$CARD" && becomes 5 cards_are 1
}

# For good.
remove_card()
{
	ends "$CARD"
	becomes 5 cards_are 0
}

# cards_are COUNT: as OpenSC sees it; pcscd looks about twice in a second
cards_are()
{
	[ "$(opensc-tool --list-readers 2>/dev/null | grep -c ' Yes ')" = "$1" ]
}

# tries_are COUNT FOLDER: what the card has left for its PIN
tries_are()
{
	left=3
	[ ! -e "$2/pins" ] || left=$(cut -d ' ' -f 3 "$2/pins")
	echo "$left tries left"
	[ "$left" = "$1" ]
}

# make_common_access FOLDER: another kind of card, by libcacard, which has its
# PIN and keys from NSS
make_common_access()
{
	mkdir -p "$1" && printf %s $CARD_PIN >"$1/pin" &&
		head -c 64 /dev/urandom >"$1/noise" &&
		certutil -N -d "sql:$1" -f "$1/pin" || return 1
	number=1
	for name in id sign enc; do
		certutil -S -x -d "sql:$1" -f "$1/pin" -z "$1/noise" 			-n $name -s "CN=Access $name,O=Example" -t ,, -k rsa 			-g 2048 -m $number -v 120 >"$1/log" 2>&1 || return 1
		number=$((number + 1))
	done
}

# insert_common_access FOLDER: as insert_card
insert_common_access()
{
	runs "$FRONTED/card-cac" "$1" "$READER_PORT" id sign enc \
		>"$1/said" 2>&1
	CARD=$!
	becomes 5 cards_are 1
}

# SoftHSM2 with a token "HSM": rsa (imported from $WORK/hsm.key), ec, always.
make_hsm()
{
	mkdir "$WORK/tokens"
	SOFTHSM2_CONF=$WORK/softhsm2.conf
	export SOFTHSM2_CONF
	printf '%s\n' "directories.tokendir = $WORK/tokens" \
		'log.level = ERROR' >"$SOFTHSM2_CONF"
	{
		softhsm2-util --init-token --free --label HSM \
			--pin $CARD_PIN --so-pin $CARD_PUK &&
			openssl genpkey -algorithm RSA -out "$WORK/hsm.key" &&
			softhsm2-util --import "$WORK/hsm.key" --token HSM \
				--label rsa --id 01 --pin $CARD_PIN &&
			make_hsm_key EC:prime256v1 02 ec &&
			make_hsm_key rsa:2048 03 always --always-auth
	} >"$WORK/hsm.log" 2>&1
}

make_hsm_key()
{
	kind=$1
	id=$2
	label=$3
	shift 3
	pkcs11-tool --module "$SOFTHSM" --token-label HSM --login \
		--pin $CARD_PIN --keypairgen --key-type "$kind" --id "$id" \
		--label "$label" "$@"
}

# swtpm, with the state that it had if it had one.
start_tpm()
{
	mkdir -p "$WORK/tpm" "$WORK/tpm-store"
	TPM2_PKCS11_TCTI=swtpm:path=$WORK/tpm.sock
	TPM2TOOLS_TCTI=$TPM2_PKCS11_TCTI
	TPM2_PKCS11_STORE=$WORK/tpm-store
	TSS2_LOG=all+none
	export TPM2_PKCS11_TCTI TPM2TOOLS_TCTI TPM2_PKCS11_STORE TSS2_LOG
	runs swtpm socket --tpm2 --tpmstate "dir=$WORK/tpm" \
		--server "type=unixio,path=$WORK/tpm.sock" \
		--ctrl "type=unixio,path=$WORK/tpm.sock.ctrl" \
		--flags startup-clear >"$WORK/tpm.log" 2>&1
	TPM=$!
	becomes 5 test -S "$WORK/tpm.sock.ctrl"
}

stop_tpm()
{
	ends "$TPM"
	rm -f "$WORK/tpm.sock" "$WORK/tpm.sock.ctrl"
}

# A token "TPM": rsa (imported from $WORK/tpm.key), ec, always.
make_tpm_token()
{
	flush_after_each_tool
	{
		openssl genrsa -traditional -out "$WORK/tpm.key" 2048 &&
			ptool init &&
			ptool addtoken --pid 1 --label TPM --userpin $CARD_PIN \
				--sopin $CARD_PUK &&
			ptool import --label TPM --userpin $CARD_PIN --id 01 \
				--algorithm rsa --key-label rsa \
				--privkey "$WORK/tpm.key" &&
			make_tpm_key ecc256 02 ec &&
			make_tpm_key rsa2048 03 always \
				--attr-always-authenticate
	} >"$WORK/ptool.log" 2>&1
}

make_tpm_key()
{
	kind=$1
	id=$2
	label=$3
	shift 3
	ptool addkey --label TPM --userpin $CARD_PIN --algorithm "$kind" \
		--id "$id" --key-label "$label" "$@"
}

# A TPM without a resource manager has room for three objects, and each tool
# that ptool calls leaves some there.
flush_after_each_tool()
{
	mkdir "$WORK/tools"
	for tool in /usr/bin/tpm2_*; do
		[ "$tool" != /usr/bin/tpm2_ptool ] || continue
		cat >"$WORK/tools/${tool##*/}" <<END
#!/bin/sh
$tool "\$@"
status=\$?
/usr/bin/tpm2_flushcontext --transient-object >/dev/null 2>&1
exit \$status
END
		chmod 755 "$WORK/tools/${tool##*/}"
	done
}

ptool()
{
	PATH=$WORK/tools:$PATH /usr/bin/tpm2_ptool "$@"
}

# is_signature SIGNATURE KEY: by that private key, of the client's text
is_signature()
{
	openssl pkey -in "$2" -pubout -out "$WORK/public" &&
		openssl pkeyutl -verify -pubin -inkey "$WORK/public" \
			-in "$1.text" -sigfile "$1" \
			-pkeyopt rsa_padding_mode:pkcs1
}

# front NAME MODULE VARIABLE...: Privy Seal shows this module too; the variables
# are as they are here
front()
{
	{
		echo "[front $1]"
		echo "module = $2"
		shift 2
		line=
		for variable in "$@"; do
			line="$line $variable=$(printenv "$variable")"
		done
		echo "environment =$line"
	} >>"$PRIVYSEAL_HOME/privyseal.conf"
}

# A home with no token, whose keeper is the build's, and $MODULE its module.
need_privyseal()
{
	MODULE=$BUILD/.libs/privyseal-pkcs11.so
	PRIVYSEAL_KEEPER=$BUILD/privyseal-keeper
	export PRIVYSEAL_KEEPER
	[ -e "$MODULE" ] || skip_all "the module is not built"
	mkdir -m 700 "$PRIVYSEAL_HOME"
	# Guesses need not be dear here.
	echo 'kdf-memory = 1' >"$PRIVYSEAL_HOME/privyseal.conf"
}

# client STEP...: tests/fronted/client.c, with $MODULE
client()
{
	timeout 120 "$FRONTED/client" "$MODULE" "$@"
}
