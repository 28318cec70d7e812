# SPDX-License-Identifier: BSD-2-Clause
# What every verb promises, on whatever module PRIVYSEAL_MODULE names.
# shellcheck shell=sh
# shellcheck disable=SC2154

P=$BUILD/privyseal
PKI=$WORK/pki
PIN=$WORK/pin
CODE=$WORK/code

# json PROGRAM FILE: Python, with what the file holds as j
json()
{
	python3 -c 'import json, sys
j = json.load(open(sys.argv[2]))
sys.exit(0 if eval("(" + sys.argv[1] + ")") else 1)' "$1" "$2"
}

# shows WORDS FILE; lacks WORDS FILE
shows() { grep -qF -- "$1" "$2"; }
lacks() { ! grep -qF -- "$1" "$2"; }

# ends CODE COMMAND...
ends()
{
	wanted=$1
	shift
	"$@"
	status=$?
	echo "status $status, not $wanted"
	[ "$status" = "$wanted" ]
}

# verifies FILE [OPTION...]: by OpenSSL, with only the root trusted
verifies()
{
	file=$1
	shift
	openssl cms -verify -in "$file" -CAfile "$PKI/root.pem" \
		-purpose smimesign -out "$WORK/verified" "$@"
}

# breaks FILE: OpenSSL finds that the content is another
breaks()
{
	verifies "$1" 2>&1 | grep 'CMS_SignerInfo_verify_content:'
}

manual_is_whole()
{
	manual=$SOURCE/doc/man/privyseal.1
	for verb in $("$P" --help | sed -n 's/^  \([a-z-]*\) .*/\1/p'); do
		grep -q "^\.It Ic $verb\b" "$manual" || echo "$verb"
	done >"$WORK/missing"
	for option in $("$P" completion | grep -o -- '--[a-z-]*' | sort -u); do
		case $option in --help | --version) continue ;; esac
		grep -q -- "Fl .-${option#--}\b" "$manual" || echo "$option"
	done >>"$WORK/missing"
	cat "$WORK/missing"
	[ ! -s "$WORK/missing" ]
}

write_mails()
{
	for name in alice bob carol; do
		printf '%s\n' "From: $name Example <$name@example.org>" \
			'To: somebody@example.org' 'Subject: Hello' \
			'MIME-Version: 1.0' 'Content-Type: text/plain' '' \
			'Dear somebody,' '' 'From here on it is signed.' \
			>"$WORK/$name.eml"
	done
}

test_init()
{
	check "init makes a token" "$P" init --label Work --pin-file "$PIN" \
		--recovery-code-file "$CODE"
	check "only the owner can read the recovery code" \
		sh -c '[ "$(stat -c %a "$1")" = 600 ]' sh "$CODE"
	check "the recovery code has four groups of six" \
		grep -Eqx '([0-9A-Z]{6}-){3}[0-9A-Z]{6}' "$CODE"
	refuse "init refuses a label that is taken" "$P" init --label Work \
		--pin-file "$PIN"
}

test_import()
{
	for name in alice bob carol; do
		check "import stores the identity of $name" "$P" import \
			--pin-file "$PIN" --passphrase-file "$PKI/pass" \
			"$PKI/$name.p12"
	done
	"$P" import --json --pin-file "$PIN" --passphrase-file "$PKI/pass" \
		"$PKI/alice.p12" >"$WORK/again.json"
	check "a repeated import stores nothing and says so" json \
		'j["code"] == 0 and j["private_keys"] ==
			{"stored": 0, "present": 1} and
			j["certificates"]["stored"] == 0' "$WORK/again.json"
	printf wrong >"$WORK/wrong"
	check "a wrong passphrase has its own exit code" ends 10 "$P" import \
		--pin-file "$PIN" --passphrase-file "$WORK/wrong" \
		"$PKI/alice.p12"
	check "a file that is none has its own exit code" ends 12 "$P" import \
		--pin-file "$PIN" --passphrase-file "$PKI/pass" "$WORK/alice.eml"
	refuse "import refuses a wrong PIN" "$P" import \
		--pin-file "$WORK/wrong" --passphrase-file "$PKI/pass" \
		"$PKI/alice.p12"
}

# same_words IMPORT LIST: what both tell of, they tell alike
same_words()
{
	python3 - "$@" <<-END
		import json, sys
		found, listed = (json.load(open(file)) for file in sys.argv[1:])
		found, listed = found["found"], listed["tokens"][0]
		def same(some, others, where):
		    other, = (o for o in others if o["subject"] == some["subject"])
		    for name, value in some.items():
		        if name == "certificates":
		            for one in value:
		                same(one, other[name], where + " certificates")
		        else:
		            assert other[name] == value, (where, name, value)
		for identity in found["identities"]:
		    assert len(identity) > 12
		    same(identity, listed["identities"], "identities")
		assert len(found["certificates"]) == 2
		for certificate in found["certificates"]:
		    same(certificate, listed["certificates"], "others")
	END
}

test_list()
{
	"$P" list --json >"$WORK/list.json"
	check "list gives the token" json \
		'j["tokens"][0]["label"] == "Work"' "$WORK/list.json"
	check "list gives each identity before login" json \
		'sorted(i["label"] for i in j["tokens"][0]["identities"]) ==
			["alice", "bob", "carol"]' "$WORK/list.json"
	check "list tells key, address, uses and chain" json \
		'[i for i in j["tokens"][0]["identities"]
			if i["label"] == "alice" and i["key_type"] == "RSA"
			and i["key_size"] == 2048 and i["chain_complete"]
			and i["addresses"] == ["alice@example.org"]
			and i["uses"] == ["sign", "encrypt"]
			and len(i["chain"]) == 3]' "$WORK/list.json"
	check "list tells certificates without keys apart" json \
		'len(j["tokens"][0]["certificates"]) == 2' "$WORK/list.json"
	check "import says it in the same words" same_words \
		"$WORK/again.json" "$WORK/list.json"
	"$P" list >"$WORK/list.txt"
	check "list names each address to a person" \
		shows '<bob@example.org>' "$WORK/list.txt"
	"$P" show --json bob@example.org >"$WORK/show.json"
	check "show finds by address" json \
		'len(j) == 1 and j[0]["label"] == "bob"' "$WORK/show.json"
	uri=$(python3 -c 'import json, sys
print([i["uri"] for i in json.load(open(sys.argv[1]))["tokens"][0]["identities"]
	if i["label"] == "carol"][0])' "$WORK/list.json")
	"$P" show --json "$uri" >"$WORK/show.json"
	check "show finds by URI" json \
		'len(j) == 1 and j[0]["label"] == "carol"' "$WORK/show.json"
	refuse "show refuses a name that nothing has" "$P" show nobody
	refuse "list refuses a URI with an unknown part" "$P" list \
		--token 'pkcs11:nonsense=1'
}

test_sign()
{
	for name in alice bob; do
		check "sign signs the mail of $name" "$P" sign \
			--pin-file "$PIN" --output "$WORK/$name.signed" \
			"$WORK/$name.eml"
		check "OpenSSL accepts the signature of $name" \
			verifies "$WORK/$name.signed"
		sed 's/it is signed/it is singed/' "$WORK/$name.signed" \
			>"$WORK/$name.altered"
		check "one altered letter breaks the signature of $name" \
			breaks "$WORK/$name.altered"
	done
	check "the sender's headers stay outside" \
		shows 'Subject: Hello' "$WORK/alice.signed"
	check "sign keeps line ends as they came" \
		lacks "$(printf '\r')" "$WORK/alice.signed"
	check "sign takes RSA-PSS and SHA-384" "$P" sign --pss \
		--digest sha384 --pin-file "$PIN" --output "$WORK/pss.signed" \
		"$WORK/alice.eml"
	check "OpenSSL accepts RSA-PSS with SHA-384" \
		verifies "$WORK/pss.signed"
	check "sign writes a bare signature" "$P" sign --format der \
		--identity bob --pin-file "$PIN" --output "$WORK/bob.p7s" \
		"$WORK/bob.eml"
	check "OpenSSL accepts the bare signature" verifies "$WORK/bob.p7s" \
		-inform DER -content "$WORK/bob.eml"
	check "sign signs by an Ed25519 key" "$P" sign --pin-file "$PIN" \
		--output "$WORK/carol.signed" "$WORK/carol.eml"
	refuse "sign refuses a sender without a certificate" sh -c \
		'sed s/alice/nobody/g "$1" | "$2" sign --pin-file "$3"' \
		sh "$WORK/alice.eml" "$P" "$PIN"
	refuse "sign refuses a wrong PIN" "$P" sign --pin-file "$WORK/wrong" \
		"$WORK/alice.eml"
}

# opens NAME OPTION...: encrypts to NAME by OpenSSL and decrypts by the token
opens()
{
	name=$1
	shift
	openssl cms -encrypt -in "$WORK/$name.eml" -out "$WORK/$name.sealed" \
		-recip "$PKI/$name.pem" "$@" || return 1
	"$P" decrypt --pin-file "$PIN" "$WORK/$name.sealed" |
		tr -d '\r' | cmp - "$WORK/$name.eml"
}

test_decrypt()
{
	for name in alice bob; do
		for cipher in aes-128-cbc aes-256-cbc aes-256-gcm des3; do
			check "decrypt opens $cipher for $name" \
				opens "$name" "-$cipher"
		done
	done
	check "decrypt opens RSA-OAEP" opens alice -aes-256-cbc \
		-keyopt rsa_padding_mode:oaep \
		-keyopt "rsa_oaep_md:${OAEP_HASH:-sha256}"
	check "decrypt opens DER in pieces" opens alice -aes-256-cbc \
		-outform DER -stream
	check "decrypt opens PEM and names by key id" opens bob -aes-256-cbc \
		-outform PEM -keyid
	check "decrypt opens ECDH with SHA-384" opens bob -aes-256-cbc \
		-keyopt ecdh_kdf_md:sha384
	opens alice -aes-256-gcm -outform DER >/dev/null
	python3 -c 'import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[-40] ^= 1
open(sys.argv[2], "wb").write(data)' "$WORK/alice.sealed" "$WORK/altered"
	refuse "decrypt refuses an altered mail" "$P" decrypt \
		--pin-file "$PIN" "$WORK/altered"
	openssl cms -encrypt -aes128 -in "$WORK/alice.eml" \
		-out "$WORK/foreign" "$PKI/inter.pem"
	refuse "decrypt refuses a mail to somebody else" "$P" decrypt \
		--pin-file "$PIN" "$WORK/foreign"
	refuse "decrypt refuses a mail in the clear" "$P" decrypt \
		--pin-file "$PIN" "$WORK/alice.eml"
}

test_changes()
{
	check "export-certificate writes PEM" sh -c \
		'"$1" export-certificate alice | openssl x509 -outform DER |
			cmp - "$2"' sh "$P" "$WORK/alice.der"
	check "export-certificate adds the chain" sh -c \
		'[ "$("$1" export-certificate --chain alice |
			grep -c BEGIN)" = 3 ]' sh "$P"
	check "rename gives another label" "$P" rename --pin-file "$PIN" \
		carol@example.org "Carol's key"
	"$P" show --json "Carol's key" >"$WORK/show.json"
	check "the key has its new label" json \
		'len(j) == 1 and j[0]["addresses"] == ["carol@example.org"]' \
		"$WORK/show.json"
	strange=$(printf '"\\ \033[31m \342\200\256 \351 \303\251')
	check "rename takes any bytes" "$P" rename --pin-file "$PIN" \
		"Carol's key" "$strange"
	"$P" show --json carol@example.org >"$WORK/show.json"
	check "a strange label is still good JSON" json \
		'j[0]["label"].startswith("\"\\")' "$WORK/show.json"
	"$P" show carol@example.org >"$WORK/show.txt"
	check "and cannot steer the terminal" \
		lacks "$(printf '\033')" "$WORK/show.txt"
	check "nor turn the text around" \
		lacks "$(printf '\342\200\256')" "$WORK/show.txt"
	check "what is no UTF-8 does not come out" \
		lacks "$(printf '\351 ')" "$WORK/show.txt"
	"$P" rename --pin-file "$PIN" carol@example.org "Carol's key" >/dev/null
	refuse "delete asks, and without a terminal deletes nothing" "$P" \
		delete --pin-file "$PIN" "Carol's key"
	check "delete deletes" "$P" delete --yes --pin-file "$PIN" \
		"Carol's key"
	refuse "what was deleted is gone" "$P" show "Carol's key"
}

test_generate()
{
	for type in rsa2048 p256; do
		check "generate makes a $type key with a request" "$P" \
			generate --type $type --label "new $type" \
			--address "dora-$type@example.org" --subject Dora \
			--request "$WORK/$type.csr" --pin-file "$PIN"
		check "OpenSSL accepts the request of $type" openssl req \
			-verify -noout -in "$WORK/$type.csr"
		(cd "$PKI" && issue "dora-$type" "$WORK/$type.csr" \
			digitalSignature) >/dev/null 2>&1
		check "import adds the certificate to the $type key" "$P" \
			import --pin-file "$PIN" "$PKI/dora-$type.pem"
		"$P" show --json "dora-$type@example.org" >"$WORK/show.json"
		check "key and certificate of $type are one identity" json \
			'len(j) == 1 and j[0]["key_type"]' "$WORK/show.json"
	done
}

test_pin()
{
	printf '%s\n' 'another long pin' >"$WORK/pin2"
	check "pin change sets a new PIN" "$P" pin change --pin-file "$PIN" \
		--new-pin-file "$WORK/pin2"
	refuse "the old PIN is void" "$P" sign --pin-file "$PIN" \
		"$WORK/alice.eml"
	check "the new PIN serves" "$P" sign --pin-file "$WORK/pin2" \
		--output "$WORK/new.signed" "$WORK/alice.eml"
	tr 'A-Z-' 'a-z ' <"$CODE" >"$WORK/typed"
	check "pin unlock takes the code as people type it" "$P" pin unlock \
		--recovery-code-file "$WORK/typed" --new-pin-file "$PIN"
	check "the keys are still there" "$P" sign --pin-file "$PIN" \
		--output "$WORK/new.signed" "$WORK/alice.eml"
	python3 -c 'import sys
code = open(sys.argv[1]).read()
print(("A" if code[0] != "A" else "B") + code[1:].strip())' \
		"$CODE" >"$WORK/mistyped"
	refuse "a mistyped code is noticed" "$P" pin unlock \
		--recovery-code-file "$WORK/mistyped" --new-pin-file "$PIN"
}

test_doctor()
{
	"$P" doctor --json --pin-file "$PIN" >"$WORK/doctor.json"
	check "doctor signs and verifies a test mail" json \
		'[f for f in j["findings"] if f["check"] == "signature"
			and f["health"] == "good"]' "$WORK/doctor.json"
	check "doctor finds nothing bad" json \
		'not [f for f in j["findings"] if f["health"] == "bad"]' \
		"$WORK/doctor.json"
	check "status answers" "$P" status --json
}

test_help()
{
	check "help shows the verbs" "$P" --help
	check "the version is shown" "$P" --version
	for verb in $("$P" --help | sed -n 's/^  \([a-z-]*\) .*/\1/p'); do
		check "$verb has help" "$P" "$verb" --help
	done
	check "the manual has every verb and option" manual_is_whole
	check "an unknown verb is a wrong call" ends 2 "$P" nonsense
	check "an unknown option is a wrong call" ends 2 "$P" list --nonsense
	check "a secret on the command line is a wrong call" ends 2 "$P" list \
		--pin 12345678
	check "the completion is good bash" sh -c \
		'"$1" completion | bash -n' sh "$P"
}

test_all_verbs()
{
	make_pki "$PKI"
	openssl x509 -in "$PKI/alice.pem" -outform DER -out "$WORK/alice.der"
	printf '%s\n' 'a good long pin' >"$PIN"
	write_mails
	test_help
	test_init
	test_import
	test_list
	test_sign
	test_decrypt
	test_pin
	test_changes
	test_generate
	test_doctor
}
