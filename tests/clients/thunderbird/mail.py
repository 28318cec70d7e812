#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A person's way with a real Thunderbird: import, setup, sign, encrypt, read.

mail.py rsa|ec [PICTURES]     reports in the Test Anything Protocol

Needs PRIVYSEAL (the command), PRIVYSEAL_MODULE, PRIVYSEAL_KEEPER and
MEMORY_SEARCH in the environment. With PICTURES and a display, leaves pictures
of what a person sees in that folder.
"""
import base64
import email
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from mailhub import MailHub  # noqa: E402
from marionette import MarionetteError  # noqa: E402
from thunderbird import Thunderbird, make_profile  # noqa: E402

ADDRESS, PIN, PASSPHRASE = "alice@example.test", "correct-horse-7", "p12 pass"
LABEL = "Mail keys"
# The process of the machine keeper whose socket PRIVYSEAL_MACHINE names; without
# it she has a keeper of her own.
MACHINE = os.environ.get("MACHINE_KEEPER")


class Failed(Exception):
    """A claim did not hold."""


def need(holds, what):
    if not holds:
        raise Failed(what)


def run(*args, data=None, environment=None):
    p = subprocess.run(args, input=data, env=environment,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return p.returncode, p.stdout, p.stderr.decode("utf-8", "replace")


def integers(der):
    """The numbers and octet strings of a key's SEQUENCE, as bytes."""
    def header(at):
        length = der[at + 1]
        if length < 128:
            return length, at + 2
        count = length & 127
        return int.from_bytes(der[at + 2:at + 2 + count], "big"), at + 2 + count

    end, at = header(0)
    end += at
    while at < end:
        kind = der[at]
        length, at = header(at)
        if kind in (2, 4):
            yield der[at:at + length].lstrip(b"\0")
        at += length


def text_of(entity):
    """The text of a MIME entity, its transfer encoding undone."""
    return email.message_from_bytes(entity).get_payload(decode=True) or b""


class Person:
    """Her home, her .p12, her Thunderbird."""

    def __init__(self, kind, pictures):
        self.kind, self.pictures = kind, pictures
        self.home = tempfile.mkdtemp(prefix="privyseal-mail.")
        self.pki = os.path.join(self.home, "pki")
        self.profile = os.path.join(self.home, "profile")
        self.keys = os.path.join(self.home, "keys")
        os.mkdir(self.keys, 0o700)
        self.command = os.environ["PRIVYSEAL"]
        self.environment = dict(os.environ, HOME=self.home, LC_ALL="C.UTF-8")
        if not MACHINE:
            self.environment["PRIVYSEAL_HOME"] = self.keys
        self.hub = MailHub(os.path.join(self.home, "mail"))
        self.thunderbird = None

    def privyseal(self, *args):
        status, out, err = run(self.command, *args,
                               environment=self.environment)
        need(status == 0, "privyseal %s: %d %s%s" % (
            " ".join(args), status, out.decode(), err))
        return out.decode()

    def file(self, name, text):
        path = os.path.join(self.home, name)
        with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "w") as f:
            f.write(text)
        return path

    def js(self, body, *args):
        return self.thunderbird.m.js(body, *args)

    def start(self):
        self.thunderbird = Thunderbird(
            os.environ.get("THUNDERBIRD", "/usr/lib/thunderbird/thunderbird"),
            self.profile, self.environment)
        return self.thunderbird.start(PIN)

    def knows_authority(self, name, trust):
        with open(os.path.join(self.pki, name), "rb") as f:
            der = base64.b64encode(f.read()).decode()
        self.js("T.certdb.addCertFromBase64(...args)", der, trust)

    def picture(self, name):
        if self.pictures and self.environment.get("DISPLAY"):
            subprocess.run(["import", "-window", "root", os.path.join(
                self.pictures, "%s-%s.png" % (name, self.kind))], check=False)

    def keepers(self):
        """The processes of her keeper: what runs its program on her files."""
        if MACHINE:
            status, out, _ = run("ps", "-o", "pid=", "--ppid", MACHINE)
            return [int(process) for process in out.split()]
        program = os.path.basename(os.environ["PRIVYSEAL_KEEPER"])
        found = []
        for entry in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open("/proc/%s/cmdline" % entry, "rb") as f:
                    line = f.read()
                links = [os.readlink("/proc/%s/fd/%s" % (entry, d))
                         for d in os.listdir("/proc/%s/fd" % entry)]
                with open("/proc/%s/environ" % entry, "rb") as f:
                    links.append(f.read().decode("utf-8", "replace"))
            except OSError:
                continue
            if program.encode() in line and any(self.home in x for x in links):
                found.append(int(entry))
        return found

    def secrets(self):
        """The private parts, a line each, for the search."""
        key = os.path.join(self.pki, "leaf.key")
        args = (["rsa", "-traditional"] if self.kind == "rsa" else ["ec"])
        status, der, err = run("openssl", *args, "-in", key, "-outform", "DER")
        need(status == 0, err)
        names = {"rsa": ["n", "e", "d", "p", "q", "dp", "dq", "qInv"],
                 "ec": ["scalar"]}[self.kind]
        values = [v for v in integers(der) if len(v) > 1 or self.kind == "rsa"]
        if self.kind == "rsa":
            values = values[-8:]
        else:
            values = [v for v in values if len(v) > 16]
        return {n: v for n, v in zip(names, values) if n not in "ne"}

    def search(self, processes, secrets=None):
        lines = "".join("%s %s\n" % (n, v.hex())
                        for n, v in (secrets or self.secrets()).items())
        status, out, err = run(os.environ["MEMORY_SEARCH"],
                               *map(str, processes), data=lines.encode())
        out = out.decode()
        need(status in (0, 1), "the search failed: " + out + err)
        print("# " + out.strip().replace("\n", "\n# "), flush=True)
        return status == 1

    def sends(self, subject, body, encrypted=False):
        count = len(self.hub.messages)
        self.js("T.win = await T.openCompose(...args)", ADDRESS, subject, body,
                encrypted)
        self.picture("compose" + ("-encrypted" if encrypted else ""))
        sent = self.js("return await T.send(T.win)")
        need(sent["closed"], "not sent: " + json.dumps(sent))
        need(self.hub.wait(count + 1, 30), "nothing reached the mail server")
        return os.path.join(self.hub.folder,
                            "%03d.eml" % len(self.hub.messages))

    def verifies(self, mail):
        """By openssl with the root alone: the mail must carry the chain."""
        return run("openssl", "cms", "-verify", "-in", mail, "-CAfile",
                   os.path.join(self.pki, "ca.pem"), "-purpose", "smimesign")

    def leave(self):
        if self.thunderbird:
            self.thunderbird.stop()
        run(self.command, "keeper", "stop", environment=self.environment)
        shutil.rmtree(self.home, ignore_errors=True)


def import_and_setup_take_two_commands(p):
    status, _, err = run(os.path.join(HERE, "pki.sh"), p.pki, p.kind, ADDRESS,
                         PASSPHRASE)
    need(status == 0, err)
    make_profile(p.profile, p.hub, "Alice@Example.Test")
    pin = p.file("pin", PIN + "\n")
    p.privyseal("init", "--label", LABEL, "--pin-file", pin,
                "--recovery-code-file", os.path.join(p.home, "recovery"))
    p.privyseal("import", "--token", LABEL, "--pin-file", pin,
                "--passphrase-file", p.file("passphrase", PASSPHRASE + "\n"),
                os.path.join(p.pki, "Certificate.p12"))
    print("# " + p.privyseal("setup", "thunderbird", "--profile",
                             p.profile).strip().replace("\n", "\n# "))
    # The key and the passphrase are gone from where Thunderbird could look.
    for name in ("pin", "passphrase", "recovery"):
        os.rename(os.path.join(p.home, name), os.path.join(p.pki, name))


def thunderbird_has_the_module_and_the_certificates_that_setup_chose(p):
    p.version = p.start()
    print("# Thunderbird " + p.version)
    # A public CA's root is built in; this one has to be trusted by hand.
    p.knows_authority("ca.der", "C,C,")
    selected = p.js("return T.selected()")
    print("# " + json.dumps(selected))
    need(selected["signs"], "signing is not on")
    for use in ("signing", "encryption"):
        need(selected[use], "no certificate selected for " + use)
        need(selected[use]["token"] == LABEL, "not from our token")
        need(selected[use]["name"] == selected[use]["told"],
             "the name is not Thunderbird's own")


def a_signed_mail_goes_out_and_openssl_accepts_it(p):
    mail = p.sends("signed " + p.kind, "Signed body.")
    status, content, err = p.verifies(mail)
    need(status == 0, "openssl: " + err)
    need(b"Signed body." in text_of(content), "another text was signed")
    with open(mail, "rb") as f:
        raw = f.read()
    altered = os.path.join(p.home, "altered.eml")
    with open(altered, "wb") as f:
        f.write(raw.replace(b"text/plain", b"text/plaim", 1))
    need(b"text/plain" in raw and p.verifies(altered)[0] != 0, "one byte changed was accepted")
    got = p.js("return await T.open(await T.fetchMail(args[0]))",
               "signed " + p.kind)
    p.picture("signed")
    need(got["signature"] == 0, "Thunderbird's own view: " + json.dumps(got))


def a_signed_and_encrypted_mail_comes_back_readable(p):
    mail = p.sends("encrypted " + p.kind, "Secret body, 31415926.", True)
    with open(mail, "rb") as f:
        need(b"31415926" not in f.read(), "the text went out in the clear")
    status, inner, err = run("openssl", "cms", "-decrypt", "-in", mail,
                             "-recip", os.path.join(p.pki, "leaf.pem"),
                             "-inkey", os.path.join(p.pki, "leaf.key"))
    need(status == 0, "openssl cannot decrypt it: " + err)
    path = os.path.join(p.home, "inner.eml")
    with open(path, "wb") as f:
        f.write(inner)
    status, content, err = p.verifies(path)
    need(status == 0 and b"31415926" in text_of(content), "inner signature: " + err)
    got = p.js("return await T.open(await T.fetchMail(args[0]))",
               "encrypted " + p.kind)
    p.picture("encrypted")
    need("31415926" in got["text"] and got["encryption"] == 0
         and got["signature"] == 0, "Thunderbird's view: " + json.dumps(got))


def the_pin_was_asked_for_once(p):
    asked = p.js("return T.prompts()")
    need(asked == 1, "asked %d times: %s" % (
        asked, json.dumps(p.js("return T.dialogs"))))


def after_logout_a_wrong_pin_is_refused_and_the_right_one_reads(p):
    p.js("await T.closeMessage(); await T.logout(args[0]);"
         "T.dialogs.length = 0; T.pinMode = 'wrong'", LABEL)
    got = p.js("return await T.open(await T.fetchMail(args[0]))",
               "encrypted " + p.kind)
    dialogs = [d for d in p.js("return T.dialogs")
               if d["type"] == "promptPassword"]
    need([d.get("answer") for d in dialogs] == ["wrong", "ok"],
         "prompts: " + json.dumps(dialogs))
    need("31415926" in got["text"], "Thunderbird's view: " + json.dumps(got))


def the_key_is_in_the_worker_and_nowhere_in_thunderbird(p):
    processes = p.thunderbird.processes()
    # Version 140 shows mails without any.
    need(len(processes) > 1 or int(p.version.split(".")[0]) < 150,
         "no child processes seen")
    need(not p.search(processes), "the key is in Thunderbird")
    need(p.search(p.keepers()), "the search does not find it in the worker")
    # The same search must find a copy that is put there on purpose.
    name, value = sorted(p.secrets().items())[0]
    p.js("top_.__planted = new Uint8Array(args[0])", list(value))
    need(p.search(p.thunderbird.processes()), "a planted copy was not found")


def the_profile_holds_no_part_of_the_key(p):
    for folder, _, names in os.walk(p.profile):
        for name in names:
            path = os.path.join(folder, name)
            if not os.path.isfile(path):
                continue
            with open(path, "rb") as f:
                data = f.read()
            for part, value in p.secrets().items():
                need(value[:16] not in data and value[::-1][:16] not in data,
                     "%s is in %s" % (part, name))


def a_keeper_killed_between_two_mails_stops_nothing(p):
    before = p.keepers()
    need(before, "no keeper was found")
    for process in before:
        os.kill(process, signal.SIGKILL)
    time.sleep(1)
    try:
        mail = p.sends("after the keeper's death " + p.kind, "Still here.")
    except (Failed, MarionetteError) as first:
        # Thunderbird tells of the loss once; then the next mail must go out.
        print("# the first try: " + str(first).splitlines()[0][:300])
        p.js("await T.discard(); T.dialogs.length = 0")
        mail = p.sends("after the keeper's death, again", "Still here.")
    status, content, err = p.verifies(mail)
    need(status == 0 and b"Still here." in text_of(content), "openssl: " + err)
    need(not set(before) & set(p.keepers()), "the dead keeper lives")


def thunderbird_quits_cleanly(p):
    need(p.thunderbird.stop() == 0, "it did not")


CLAIMS = [
    import_and_setup_take_two_commands,
    thunderbird_has_the_module_and_the_certificates_that_setup_chose,
    a_signed_mail_goes_out_and_openssl_accepts_it,
    a_signed_and_encrypted_mail_comes_back_readable,
    the_pin_was_asked_for_once,
    after_logout_a_wrong_pin_is_refused_and_the_right_one_reads,
    the_key_is_in_the_worker_and_nowhere_in_thunderbird,
    the_profile_holds_no_part_of_the_key,
    a_keeper_killed_between_two_mails_stops_nothing,
    thunderbird_quits_cleanly,
]


if MACHINE:
    # It is nobody's to kill, and systemd's to start again.
    CLAIMS.remove(a_keeper_killed_between_two_mails_stops_nothing)


def pictures_of_settings(p):
    p.js("T.dlg = Services.ww.openWindow(top_, args[0], '_blank', 'chrome,"
         "centerscreen,resizable,dialog=no,width=1000,height=600', null);"
         "await T.until('devices', () => T.dlg.document.readyState =="
         " 'complete'); await T.sleep(1500); T.dlg.focus();"
         "const v = T.dlg.document.getElementById('device_tree').view;"
         "for (let i = 0; i < v.rowCount; i++) if (v.getItemAtIndex(i)"
         ".querySelector('treecell')?.getAttribute('label') == 'Privy Seal')"
         "{ v.selection.select(i + 1); break; } await T.sleep(700)",
         "chrome://pippki/content/device_manager.xhtml")
    p.picture("devices")
    p.js("T.dlg.close()")


def perform(person, prefix, claims):
    """Tries each claim; after one of the first two no other can hold."""
    failed = 0
    print("1..%d" % len(claims), flush=True)
    try:
        for number, claim in enumerate(claims, 1):
            begin, name = time.time(), "%s_%s" % (prefix, claim.__name__)
            try:
                claim(person)
                print("ok %d - %s # %.1f s" % (
                    number, name, time.time() - begin), flush=True)
            except (Failed, MarionetteError, OSError, KeyError) as why:
                failed += 1
                person.picture("failed-%d" % number)
                print("# " + re.sub("\n", "\n# ", str(why)[:3000]))
                print("not ok %d - %s" % (number, name), flush=True)
                if number <= 2:
                    break
            if person.pictures and number == 5:
                pictures_of_settings(person)
    finally:
        person.leave()
    sys.exit(1 if failed else 0)


def main():
    kind = sys.argv[1]
    pictures = sys.argv[2] if len(sys.argv) > 2 else None
    perform(Person(kind, pictures), kind, CLAIMS)


if __name__ == "__main__":
    main()
