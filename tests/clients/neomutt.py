# SPDX-License-Identifier: BSD-2-Clause
"""A person at neomutt: neomutt.py send CONFIGURATION PIN-FILE FILE sends the text
in the file to Bob, signed; neomutt.py open CONFIGURATION PIN-FILE MAILBOX opens
the mail "Sealed", which is encrypted."""
import os
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "command"))
from terminal import Person, signal  # noqa: E402

deed, configuration, pin_file, file = sys.argv[1:]
pin = open(pin_file, encoding="utf-8").read().strip()
os.environ["TERM"] = "xterm"
start = [
    next(path for folder in ("/usr/bin", "/usr/local/bin")
         if os.path.exists(path := f"{folder}/neomutt")),
    "-n", "-F", configuration,
]


def send():
    person = Person(*start, "-s", "Hello", "-i", file, "bob@example.org")
    person.wait_for("To: ")
    person.type("\n")
    person.wait_for("Subject: ")
    person.type("\n")
    person.wait_for("Security: Sign")
    person.type("y")
    person.type_secret("passphrase:", pin)
    return person


def open_mail():
    person = Person(*start, "-f", file)
    person.wait_for("Sealed")
    person.type("\n")
    person.type_secret("passphrase:", pin)
    # It leaves the screen to the pager, and takes it back.
    person.wait_for("\x1b[?1049l")
    person.wait_for("\x1b[?1049h")
    # How it is left differs between its versions.
    person.signal(signal.SIGKILL)
    return person


client = send() if deed == "send" else open_mail()
status = client.end()
print(client.seen[-2000:].encode("unicode_escape").decode())
sys.exit(status if deed == "send" else 0)
