#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# Encrypts to an X25519 or X448 certificate as RFC 8418 says, which OpenSSL (3.0.19,
# 3.5.9) does not:
# seal-x25519.py CERTIFICATE HASH KEY-BITS IN OUT [UKM [unsalted]]
#
# UKM: words that the sender adds. They are HKDF's salt and part of its
# information; "unsalted" leaves the salt out, as some senders do.

import hashlib
import hmac
import os
import subprocess
import sys
import tempfile

HKDF = {"sha256": "1.2.840.113549.1.9.16.3.19",
        "sha384": "1.2.840.113549.1.9.16.3.20",
        "sha512": "1.2.840.113549.1.9.16.3.21",
        "x963-sha256": "1.3.132.1.11.1"}
WRAP = {128: "2.16.840.1.101.3.4.1.5", 192: "2.16.840.1.101.3.4.1.25",
        256: "2.16.840.1.101.3.4.1.45"}


def openssl(*arguments, data=None):
    return subprocess.run(("openssl",) + arguments, input=data, check=True,
                          stdout=subprocess.PIPE).stdout


def der(tag, *parts):
    content = b"".join(parts)
    length = len(content)
    if length < 128:
        return bytes([tag, length]) + content
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 128 | len(size)]) + size + content


def oid(text):
    numbers = [int(part) for part in text.split(".")]
    content = bytes([numbers[0] * 40 + numbers[1]])
    for number in numbers[2:]:
        digits = [number & 127]
        while number := number >> 7:
            digits.insert(0, 128 | number & 127)
        content += bytes(digits)
    return der(6, content)


def algorithm(text, *parameters):
    return der(0x30, oid(text), *parameters)


def take(data):
    """The content and the whole of the first element, and what follows."""
    length, start = data[1], 2
    if length & 128:
        start = 2 + (length & 127)
        length = int.from_bytes(data[2:start], "big")
    return data[start:start + length], data[:start + length], \
        data[start + length:]


def issuer_and_serial(certificate):
    body = take(take(certificate)[0])[0]
    if body[0] == 0xa0:
        body = take(body)[2]
    serial, body = take(body)[1:]
    issuer = take(take(body)[2])[1]
    return der(0x30, issuer, serial)


def agree(folder, certificate):
    """The sender's public key, and the secret in common."""
    own, peer = folder + "/own", folder + "/peer"
    with open(peer, "wb") as file:
        file.write(openssl("x509", "-in", certificate, "-noout", "-pubkey"))
    curve = openssl("pkey", "-pubin", "-in", peer, "-noout", "-text").split()[0]
    openssl("genpkey", "-algorithm", curve.decode(), "-out", own)
    public = openssl("pkey", "-in", own, "-pubout", "-outform", "DER")
    return public, openssl("pkeyutl", "-derive", "-inkey", own, "-peerkey",
                           peer)


def stretch(kind, secret, salt, information, length):
    if kind.startswith("x963-"):
        return hashlib.new(kind[5:], secret + b"\0\0\0\1" +
                           information).digest()[:length]
    size = hashlib.new(kind).digest_size
    extracted = hmac.digest(salt or bytes(size), secret, kind)
    return hmac.digest(extracted, information + b"\1", kind)[:length]


def encrypt(key, data):
    start = os.urandom(16)
    return start, openssl("enc", "-aes-256-cbc", "-K", key.hex(), "-iv",
                          start.hex(), data=data)


def wrap(key, bits, data):
    # Newer versions of OpenSSL wrap no stream, only a file.
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        return openssl("enc", f"-id-aes{bits}-wrap", "-K", key.hex(), "-iv",
                       "a6" * 8, "-in", file.name)


def recipient(certificate, kind, bits, content_key, ukm, is_salted):
    wrapping = algorithm(WRAP[bits])
    information = der(0x30, wrapping,
                      der(0xa0, der(4, ukm)) if ukm else b"",
                      der(0xa2, der(4, bits.to_bytes(4, "big"))))
    with tempfile.TemporaryDirectory() as folder:
        public, secret = agree(folder, certificate)
    key = stretch(kind, secret, ukm if is_salted else b"", information,
                  bits // 8)
    name = issuer_and_serial(openssl("x509", "-in", certificate, "-outform",
                                     "DER"))
    return der(0xa1, der(2, b"\3"), der(0xa0, der(0xa1, take(public)[0])),
               der(0xa1, der(4, ukm)) if ukm else b"",
               algorithm(HKDF[kind], wrapping),
               der(0x30, der(0x30, name,
                             der(4, wrap(key, bits, content_key)))))


def main():
    certificate, kind, bits, source, target = sys.argv[1:6]
    ukm = sys.argv[6].encode() if len(sys.argv) > 6 else b""
    content_key = os.urandom(32)
    with open(source, "rb") as file:
        start, sealed = encrypt(content_key, file.read())
    cms = der(0x30, oid("1.2.840.113549.1.7.3"), der(0xa0, der(
        0x30, der(2, b"\2"),
        der(0x31, recipient(certificate, kind, int(bits), content_key, ukm,
                            len(sys.argv) < 8)),
        der(0x30, oid("1.2.840.113549.1.7.1"),
            algorithm("2.16.840.1.101.3.4.1.42", der(4, start)),
            der(0x80, sealed)))))
    with open(target, "wb") as file:
        file.write(cms)


main()
