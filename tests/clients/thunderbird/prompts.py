#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A real Thunderbird whose user the keeper asks, or logs out.

prompts.py entry       the keeper asks for the PIN, and Thunderbird never has it
prompts.py idle        the login ends when it is not used; Thunderbird asks
prompts.py idle-entry  the same; the keeper asks

Reports in the Test Anything Protocol; needs what mail.py needs.
"""
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import mail  # noqa: E402
from mail import LABEL, need, text_of  # noqa: E402
from thunderbird import Thunderbird  # noqa: E402

# Long enough for the memory search.
mail.PIN = "correct-horse-battery-7"
# A machine that is busy with other tests is slow; this is the time from the
# login to the use.
IDLE_SECONDS = 20


class Person(mail.Person):
    """Beside her Thunderbird, what she answers the keeper."""

    def configure(self, text):
        path = os.path.join(self.keys, "privyseal.conf")
        with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600),
                  "w") as file:
            file.write(text)

    def will(self, *answers):
        with open(os.path.join(self.home, "answers"), "w") as file:
            file.write("".join(line + "\n" for line in answers))

    def told(self):
        try:
            with open(os.path.join(self.home, "told")) as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []

    def answers(self):
        return sum(line.startswith("ANSWER ") for line in self.told())

    def start(self):
        self.thunderbird = Thunderbird(
            os.environ.get("THUNDERBIRD", "/usr/lib/thunderbird/thunderbird"),
            self.profile, self.environment)
        return self.thunderbird.start(
            "not the PIN" if self.keeper_asks else mail.PIN)

    def asked(self):
        """How often the one has asked who is to; fails if Thunderbird did
        where the keeper should."""
        by_thunderbird = self.js("return T.prompts()")
        need(not by_thunderbird or not self.keeper_asks,
             "Thunderbird asked for the PIN too")
        return self.answers() if self.keeper_asks else by_thunderbird

    def logged_in(self):
        return self.js("return await T.isLoggedIn(args[0])", LABEL)

    def waits_for_lock(self):
        end = time.time() + 4 * IDLE_SECONDS
        while self.logged_in():
            need(time.time() < end, "the login did not end")
            time.sleep(0.5)


def make(mode):
    person = Person("rsa", None)
    person.kind = mode
    person.keeper_asks = mode.endswith("entry")
    path = person.file("pinentry", '#!/bin/sh\nexec python3 "%s" "%s"\n' % (
        os.path.join(HERE, "../../keeper/pinentry.py"), person.home))
    os.chmod(path, 0o700)
    person.will()
    # Where the person is; nothing opens it.
    person.environment["GPG_TTY"] = "/dev/tty"
    text = ""
    if person.keeper_asks:
        text += ("pinentry = %s\n[application thunderbird]\n"
                 "pin-entry = keeper\n" % path)
    if mode.startswith("idle"):
        text += "[token %s]\nlock-after = %d\n" % (LABEL, IDLE_SECONDS)
    person.configure(text)
    return person


def import_and_setup_as_ever(p):
    p.kind, mode = "rsa", p.kind
    mail.import_and_setup_take_two_commands(p)
    p.kind = mode


def thunderbird_has_the_module_and_the_certificates(p):
    mail.thunderbird_has_the_module_and_the_certificates_that_setup_chose(p)


def a_signed_mail_goes_out_after_a_question_of_the_keeper(p):
    p.will("slow " + mail.PIN)
    path = p.sends("asked by the keeper", "Signed body.")
    status, content, err = p.verifies(path)
    need(status == 0 and b"Signed body." in text_of(content), err)
    need(p.answers() == 1, "asked %d times" % p.answers())
    need(p.js("return T.prompts()") == 0, "Thunderbird asked for the PIN too")
    need(any(line.startswith("SETDESC thunderbird")
             and "/thunderbird" in line for line in p.told()),
         "the question does not name Thunderbird")


def the_pin_is_nowhere_in_thunderbird(p):
    pin = mail.PIN.encode()
    secrets = {"pin": pin, "wide": mail.PIN.encode("utf-16-le")}
    need(not p.search(p.thunderbird.processes(), secrets), "it is there")
    # The same search must find a copy that is put there on purpose.
    p.js("top_.__planted = new Uint8Array(args[0])", list(pin))
    need(p.search(p.thunderbird.processes(), secrets), "no copy is found")
    p.js("top_.__planted.fill(0)")


def after_a_logout_an_encrypted_mail_opens_by_a_second_answer(p):
    p.will("slow " + mail.PIN)
    p.sends("encrypted, asked", "Secret body, 31415926.", True)
    p.js("await T.closeMessage(); await T.logout(args[0]);", LABEL)
    asked = p.answers()
    p.will("slow wrong", "slow " + mail.PIN)
    got = p.js("return await T.open(await T.fetchMail(args[0]))",
               "encrypted, asked")
    need("31415926" in got["text"], "Thunderbird's view: " + str(got))
    need(p.answers() == asked + 2, "asked %d times" % (p.answers() - asked))


def a_question_that_is_canceled_sends_nothing_and_the_next_mail_goes_out(p):
    p.js("await T.closeMessage(); await T.logout(args[0]);", LABEL)
    p.will("no", "no", "no", "no", "no", "no")
    count = len(p.hub.messages)
    p.js("T.win = await T.openCompose(...args)", mail.ADDRESS, "canceled",
         "Not sent.", False)
    sent = p.js("return await T.send(T.win)")
    need(not sent["closed"] and len(p.hub.messages) == count,
         "it was sent: " + str(sent))
    p.js("await T.discard(); T.dialogs.length = 0")
    p.will("slow " + mail.PIN)
    path = p.sends("after the cancel", "Signed again.")
    need(p.verifies(path)[0] == 0, "not signed")


def thunderbird_quits_cleanly(p):
    mail.thunderbird_quits_cleanly(p)


def a_signed_mail_and_an_encrypted_one_go_out(p):
    p.will("slow " + mail.PIN, "slow " + mail.PIN)
    path = p.sends("first", "Signed body.")
    need(p.verifies(path)[0] == 0, "not signed")
    p.sends("for later", "Secret body, 31415926.", True)


def after_an_idle_lock_the_next_send_asks_once_and_goes_out(p):
    p.will("slow " + mail.PIN)
    before = p.asked()
    p.waits_for_lock()
    path = p.sends("after the lock", "Signed later.")
    status, content, err = p.verifies(path)
    need(status == 0 and b"Signed later." in text_of(content), err)
    need(p.asked() == before + 1, "asked %d times" % (p.asked() - before))


# The mail has come before the lock: Thunderbird looks at mail as it comes, and
# may then ask for the PIN by itself, at any moment.
def after_an_idle_lock_an_encrypted_mail_asks_once_and_opens(p):
    p.js("await T.fetchMail(args[0]); await T.closeMessage()", "for later")
    p.will("slow " + mail.PIN)
    before = p.asked()
    p.waits_for_lock()
    got = p.js("return await T.open(await T.fetchMail(args[0]))", "for later")
    need("31415926" in got["text"] and got["encryption"] == 0,
         "Thunderbird's view: " + str(got))
    need(p.asked() == before + 1, "asked %d times" % (p.asked() - before))


IDLE = [
    import_and_setup_as_ever,
    thunderbird_has_the_module_and_the_certificates,
    a_signed_mail_and_an_encrypted_one_go_out,
    after_an_idle_lock_the_next_send_asks_once_and_goes_out,
    after_an_idle_lock_an_encrypted_mail_asks_once_and_opens,
    thunderbird_quits_cleanly,
]
CLAIMS = {
    "entry": [
        import_and_setup_as_ever,
        thunderbird_has_the_module_and_the_certificates,
        a_signed_mail_goes_out_after_a_question_of_the_keeper,
        the_pin_is_nowhere_in_thunderbird,
        after_a_logout_an_encrypted_mail_opens_by_a_second_answer,
        a_question_that_is_canceled_sends_nothing_and_the_next_mail_goes_out,
        thunderbird_quits_cleanly,
    ],
    "idle": IDLE,
    "idle-entry": IDLE,
}


if __name__ == "__main__":
    mail.perform(make(sys.argv[1]), sys.argv[1], CLAIMS[sys.argv[1]])
