#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A real Thunderbird whose user's key is in a card, an HSM or a TPM.

fronted.py card|hsm|tpm

Reports in the Test Anything Protocol. Needs what mail.py needs, and PKI (as
pki.sh leaves it), PRIVYSEAL_HOME with the module configured, TOKEN (its label)
and TOKEN_PIN; of a card CARD, its process.
"""
import json
import os
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import mail  # noqa: E402
from mail import Failed, need, text_of  # noqa: E402
from marionette import MarionetteError  # noqa: E402
from thunderbird import make_profile  # noqa: E402

mail.PIN = os.environ["TOKEN_PIN"]
mail.LABEL = os.environ["TOKEN"]


class Person(mail.Person):
    def __init__(self, kind):
        super().__init__(kind, None)
        self.pki = os.environ["PKI"]
        self.keys = os.environ["PRIVYSEAL_HOME"]
        self.environment["PRIVYSEAL_HOME"] = self.keys

    def pulls_and_returns(self, away):
        """For so many milliseconds and the time that readers take. Another
        application sees the card leave and come; Thunderbird gets no hint of
        it but by its own events."""
        client = os.path.join(os.environ["BUILD"], "tests/fronted/client")
        card = os.environ["CARD"]
        seen = subprocess.run(
            [client, os.environ["PRIVYSEAL_MODULE"],
             "within 30000 slot " + mail.LABEL,
             "run kill -USR1 " + card, "within 30000 slot-info = OK rem",
             "sleep %d" % away, "run kill -USR2 " + card,
             "within 30000 slot-info = present"],
            env=self.environment, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        need(seen.returncode == 0, seen.stdout)
        time.sleep(2)


def setup_takes_one_command(p):
    make_profile(p.profile, p.hub, mail.ADDRESS)
    print("# " + p.privyseal("setup", "thunderbird", "--profile",
                             p.profile).strip().replace("\n", "\n# "))


def thunderbird_has_the_module_and_the_certificates_that_setup_chose(p):
    mail.thunderbird_has_the_module_and_the_certificates_that_setup_chose(p)


def a_signed_mail_goes_out_and_openssl_accepts_it(p):
    path = p.sends("signed by " + p.kind, "Signed body.")
    status, content, err = p.verifies(path)
    need(status == 0 and b"Signed body." in text_of(content), err)


def an_encrypted_mail_comes_back_readable(p):
    p.sends("encrypted for " + p.kind, "Secret body, 31415926.", True)
    got = p.js("return await T.open(await T.fetchMail(args[0]))",
               "encrypted for " + p.kind)
    need("31415926" in got["text"] and got["encryption"] == 0,
         "Thunderbird's view: " + json.dumps(got))


def sends_again(p, subject):
    """Thunderbird tells of the loss once; then the next mail must go out."""
    try:
        path = p.sends(subject, "Still here.")
    except (Failed, MarionetteError) as first:
        print("# the first try: " + str(first).splitlines()[0][:300])
        p.js("await T.discard(); T.dialogs.length = 0")
        time.sleep(2)
        path = p.sends(subject + ", again", "Still here.")
    status, content, err = p.verifies(path)
    need(status == 0 and b"Still here." in text_of(content), err)


def a_card_pulled_and_put_back_between_two_mails_stops_nothing(p):
    p.pulls_and_returns(2000)
    sends_again(p, "after the card was pulled")


def an_encrypted_mail_opens_after_another_pull(p):
    p.js("await T.closeMessage()")
    p.pulls_and_returns(2000)
    opens_again(p)


def so_after_one_of_a_moment(p):
    p.pulls_and_returns(0)
    p.js("await T.closeMessage()")
    opens_again(p)
    p.pulls_and_returns(0)
    sends_again(p, "after a moment without the card")


def opens_again(p):
    got = p.js("return await T.open(await T.fetchMail(args[0]))",
               "encrypted for " + p.kind)
    if "31415926" not in got["text"]:
        print("# the first try: " + json.dumps(got)[:300])
        p.js("await T.closeMessage()")
        time.sleep(2)
        got = p.js("return await T.open(await T.fetchMail(args[0]))",
                   "encrypted for " + p.kind)
    need("31415926" in got["text"], "Thunderbird's view: " + json.dumps(got))


def a_worker_killed_between_two_mails_stops_nothing(p):
    before = p.keepers()
    need(before, "no keeper was found")
    for process in before:
        os.kill(process, signal.SIGKILL)
    time.sleep(1)
    sends_again(p, "after the keeper's death")


def thunderbird_quits_cleanly(p):
    mail.thunderbird_quits_cleanly(p)


CARD_ONLY = [
    a_card_pulled_and_put_back_between_two_mails_stops_nothing,
    an_encrypted_mail_opens_after_another_pull,
    so_after_one_of_a_moment,
]
CLAIMS = [
    setup_takes_one_command,
    thunderbird_has_the_module_and_the_certificates_that_setup_chose,
    a_signed_mail_goes_out_and_openssl_accepts_it,
    an_encrypted_mail_comes_back_readable,
    *CARD_ONLY,
    a_worker_killed_between_two_mails_stops_nothing,
    thunderbird_quits_cleanly,
]


if __name__ == "__main__":
    kind = sys.argv[1]
    mail.perform(Person(kind), kind, [
        claim for claim in CLAIMS
        if kind == "card" or claim not in CARD_ONLY])
