# SPDX-License-Identifier: BSD-2-Clause
"""What the command promises to a person at a terminal."""
import os
import re
import subprocess

from terminal import Person, claim, run_all, signal

COMMAND = os.environ["BUILD"] + "/privyseal"
WORK = os.environ["WORK"]
PIN = "a good long pin"


def run(*words):
    return subprocess.run([COMMAND, *words], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False)


def identities():
    return run("list").stdout.count("<")


@claim("a new PIN is asked for twice, and two different ones are refused")
def _():
    person = Person(COMMAND, "init", "--label", "Work")
    person.type_secret("New PIN for the token: ", PIN)
    person.type_secret("The same again: ", PIN + "x")
    person.wait_for("not the same")
    assert person.end() == 1


@claim("init shows a recovery code, once, and never the PIN")
def _():
    person = Person(COMMAND, "init", "--label", "Work")
    person.type_secret("New PIN for the token: ", PIN)
    person.type_secret("The same again: ", PIN)
    seen = person.wait_for("Next: privyseal import")
    assert person.end() == 0
    assert PIN not in seen
    codes = re.findall(r"(?:[0-9A-Z]{6}-){3}[0-9A-Z]{6}", seen)
    assert len(codes) == 1
    with open(WORK + "/code", "w", encoding="ascii") as file:
        file.write(codes[0])


@claim("import says what is there before it asks, and no stores nothing")
def _():
    person = Person(COMMAND, "import", WORK + "/pki/alice.p12")
    person.type_secret("Passphrase of the file: ", "secret")
    seen = person.wait_for("Store this? (y/n)")
    assert "alice@example.org" in seen and "Test Mail CA" in seen
    assert "secret" not in seen
    person.type("n\n")
    person.wait_for("Nothing was stored")
    assert person.end() == 1
    assert identities() == 0


@claim("a mistyped passphrase and PIN are asked for again")
def _():
    person = Person(COMMAND, "import", WORK + "/pki/alice.p12")
    person.type_secret("Passphrase of the file: ", "sercet")
    person.type_secret("Passphrase of the file: ", "secret")
    person.wait_for("Store this? (y/n)")
    person.type("y\n")
    person.type_secret("PIN: ", "wrong")
    person.type_secret("PIN: ", PIN)
    person.wait_for("1 key, 3 certificates")
    assert person.end() == 0
    assert identities() == 1


@claim("Ctrl-C at a prompt ends the command and leaves the terminal in order")
def _():
    person = Person(COMMAND, "sign", WORK + "/alice.eml")
    person.wait_for("PIN: ")
    person.wait_for_echo(False)
    person.type("a goo\x03")
    person.wait_for_echo(True)
    assert person.end() == -signal.SIGINT


@claim("a stopped prompt gives the terminal back, and asks again")
def _():
    person = Person(COMMAND, "sign", "--output", WORK + "/signed",
                    WORK + "/alice.eml", in_shell=True)
    person.wait_for("PIN: ")
    person.wait_for_echo(False)
    person.type("a goo\x1a")
    person.wait_for("[stopped]")
    person.wait_for_echo(True)
    person.type("\n")
    person.type_secret("PIN: ", PIN)
    assert person.end() == 0


@claim("SIGTERM at a prompt leaves the terminal in order")
def _():
    person = Person(COMMAND, "sign", WORK + "/alice.eml")
    person.wait_for("PIN: ")
    person.wait_for_echo(False)
    person.signal(signal.SIGTERM)
    person.wait_for_echo(True)
    assert person.end() == -signal.SIGTERM


@claim("generate shows that it is alive")
def _():
    person = Person(COMMAND, "generate", "--type", "rsa4096", "--label", "new")
    person.type_secret("PIN: ", PIN)
    person.wait_for("Making the key ... 0 s")
    person.wait_for("is on the token")
    assert person.end() == 0


@claim("a forgotten PIN is replaced by the recovery code, typed by hand")
def _():
    with open(WORK + "/code", encoding="ascii") as file:
        code = file.read()
    person = Person(COMMAND, "pin", "unlock")
    person.type_secret("Recovery code: ", code.lower().replace("-", " "))
    person.type_secret("New PIN: ", "yet another pin")
    person.type_secret("The same again: ", "yet another pin")
    person.wait_for("has a new PIN")
    assert person.end() == 0


@claim("delete asks first, and yes deletes")
def _():
    person = Person(COMMAND, "delete", "alice@example.org")
    person.wait_for("Delete this for good? (y/n)")
    person.type("y\n")
    person.type_secret("PIN: ", "yet another pin")
    person.wait_for("Deleted.")
    assert person.end() == 0
    assert identities() == 0


@claim("without a terminal and without a file, a secret is not waited for")
def _():
    result = subprocess.run(["setsid", COMMAND, "sign", WORK + "/alice.eml"],
                            stdin=subprocess.DEVNULL, capture_output=True,
                            text=True, check=False)
    assert result.returncode == 1


@claim("a descriptor gives the PIN too")
def _():
    read, write = os.pipe()
    os.write(write, b"yet another pin\n")
    os.close(write)
    result = subprocess.run(
        [COMMAND, "list", "--pin-fd", str(read)], pass_fds=[read],
        stdin=subprocess.DEVNULL, capture_output=True, check=False)
    os.close(read)
    assert result.returncode == 0, result


@claim("import makes a token when there is none, and asks no PIN it knows")
def _():
    person = Person(COMMAND, "import", "--token", "First",
                    WORK + "/pki/bob.p12")
    person.type_secret("Passphrase of the file: ", "secret")
    person.wait_for("Store this? (y/n)")
    person.type("y\n")
    person.type_secret("New PIN for the token: ", PIN)
    person.type_secret("The same again: ", PIN)
    person.wait_for("it is not shown again")
    person.wait_for("1 key, 3 certificates")
    assert person.end() == 0


raise SystemExit(run_all())
