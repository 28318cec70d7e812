#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Makes a throw-away CA and a person's .p12 as a public CA gives it.
#
#   pki.sh FOLDER rsa|ec ADDRESS PASSPHRASE [BITS]
#
# Leaves in FOLDER: ca.pem, ca.der (root), int.pem, leaf.pem, leaf.key, and
# Certificate.p12 with key, certificate and the issuing CA.
set -eu
folder=$1 kind=$2 address=$3 passphrase=$4
mkdir -p "$folder"
cd "$folder"
umask 077

cat >x509.cnf <<CNF
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[int]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
extendedKeyUsage = emailProtection,clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[rsa]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature,keyEncipherment
extendedKeyUsage = emailProtection,clientAuth
subjectAltName = email:$address
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[ec]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature,keyAgreement
extendedKeyUsage = emailProtection,clientAuth
subjectAltName = email:$address
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
CNF

key() { # key FILE RSA-BITS
	case $kind in
	rsa) openssl genpkey -algorithm RSA -pkeyopt "rsa_keygen_bits:$2" \
		-out "$1" 2>/dev/null ;;
	ec) openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
		-pkeyopt ec_param_enc:named_curve -out "$1" ;;
	*)
		echo "unknown kind of key: $kind" >&2
		exit 2
		;;
	esac
}

sign() { # sign NAME SUBJECT SECTION ISSUER DAYS
	openssl req -new -key "$1.key" -subj "$2" -out "$1.csr"
	openssl x509 -req -in "$1.csr" -CA "$4.pem" -CAkey "$4.key" \
		-set_serial "0x4$(openssl rand -hex 7)" -sha256 -days "$5" \
		-extfile x509.cnf -extensions "$3" -out "$1.pem" 2>/dev/null
}

key ca.key 2048
key int.key 2048
key leaf.key "${5:-4096}"
openssl req -new -key ca.key -subj "/C=GR/O=Test CA/CN=Test Root ($kind)" \
	-out ca.csr
openssl x509 -req -in ca.csr -signkey ca.key -set_serial 1 -sha256 \
	-days 3650 -extfile x509.cnf -extensions root -out ca.pem 2>/dev/null
sign int "/C=GR/O=Test CA/CN=Test Issuing CA ($kind)" int ca 1800
sign leaf "/C=GR/O=Test University/CN=Alice Tester" "$kind" int 700
openssl pkcs12 -export -inkey leaf.key -in leaf.pem -certfile int.pem \
	-name "Alice Tester" -passout "pass:$passphrase" -out Certificate.p12
openssl x509 -in ca.pem -outform DER -out ca.der
