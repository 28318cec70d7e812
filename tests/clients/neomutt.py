# SPDX-License-Identifier: BSD-2-Clause
"""A person at neomutt: neomutt.py send CONFIGURATION PIN-FILE FILE sends the text
in the file to Bob, signed; neomutt.py open CONFIGURATION PIN-FILE MAILBOX opens
the first mail, which is encrypted, until the file "opened" is beside the mailbox."""
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
    # What its versions draw, and when, differs: the mail is opened by a macro,
    # and its pager tells the end by the file that it makes.
    person = Person(*start, "-f", file, "-e", "push <display-message>")
    person.type_secret("passphrase:", pin)
    opened = os.path.join(os.path.dirname(file), "opened")
    for _ in range(600):
        if os.path.exists(opened):
            break
        person.read(0.1)
    person.signal(signal.SIGKILL)
    return person


client = send() if deed == "send" else open_mail()
status = client.end()
print(client.seen[-2000:].encode("unicode_escape").decode())
sys.exit(status if deed == "send" else 0)
