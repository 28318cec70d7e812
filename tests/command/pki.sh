# SPDX-License-Identifier: BSD-2-Clause
# A small CA with people in it, for the command's tests: make_pki FOLDER leaves
# root.pem there, and NAME.p12 (passphrase in pass), NAME.pem for each person.
# shellcheck shell=sh

make_ca()
{
	openssl req -x509 -newkey rsa:2048 -nodes -keyout root.key \
		-out root.pem -days 3000 -subj "/CN=Test Root/O=Example" \
		-addext basicConstraints=critical,CA:TRUE
	openssl req -newkey rsa:2048 -nodes -keyout inter.key -out inter.csr \
		-subj "/CN=Test Mail CA/O=Example"
	printf '%s\n' basicConstraints=critical,CA:TRUE \
		keyUsage=keyCertSign,cRLSign >ca.conf
	openssl x509 -req -in inter.csr -CA root.pem -CAkey root.key \
		-CAcreateserial -days 2000 -extfile ca.conf -out inter.pem
	cat inter.pem root.pem >chain.pem
}

# make_person NAME USAGE GENPKEY-OPTION...
make_person()
{
	person=$1
	usage=$2
	shift 2
	openssl genpkey "$@" -out "$person.key"
	openssl req -new -key "$person.key" -subj "/CN=$person Example" \
		-out "$person.csr"
	issue "$person" "$person.csr" "$usage"
	openssl pkcs12 -export -inkey "$person.key" -in "$person.pem" \
		-certfile chain.pem -name "$person" -passout pass:secret \
		-out "$person.p12"
}

# issue NAME REQUEST USAGE: NAME.pem, from the CA
issue()
{
	printf '%s\n' basicConstraints=CA:FALSE "keyUsage=$3" \
		extendedKeyUsage=emailProtection subjectKeyIdentifier=hash \
		"subjectAltName=email:$1@example.org" >leaf.conf
	openssl x509 -req -in "$2" -CA inter.pem -CAkey inter.key \
		-CAcreateserial -days 365 -extfile leaf.conf -out "$1.pem"
}

make_pki()
(
	mkdir -p "$1" && cd "$1" || exit 1
	make_ca
	make_person alice digitalSignature,keyEncipherment \
		-algorithm RSA -pkeyopt rsa_keygen_bits:2048
	make_person bob digitalSignature,keyAgreement \
		-algorithm EC -pkeyopt ec_paramgen_curve:P-256
	make_person carol digitalSignature -algorithm ED25519
	printf secret >pass
) >"$1.log" 2>&1
