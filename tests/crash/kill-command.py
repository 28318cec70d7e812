# SPDX-License-Identifier: BSD-2-Clause
"""SIGKILL at random points of whole commands: of the command itself, of its
worker, and of the keeper's listener. Prints TAP and a histogram of when; KILLS
says how many. $WORK has pin, new-pin, pass, and a .p12 of kept and of guest.
"""

import collections
import glob
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time

BUILD, WORK = os.environ["BUILD"], os.environ["WORK"]
KILLS = int(os.environ.get("KILLS", "27"))
PRIVYSEAL = BUILD + "/privyseal"
PATIENCE = 60
VICTIMS = "command", "worker", "listener"
PARTS = 10

pin, other_pin = WORK + "/pin", WORK + "/new-pin"
tests = 0
durations = {}
usual = {}
histogram = collections.defaultdict(lambda: [0] * (PARTS + 1))
random.seed(int(os.environ.get("SEED", "7")))


def report(claim, fine, why=""):
    global tests
    tests += 1
    print(f"{'ok' if fine else 'not ok'} {tests} - {claim}", flush=True)
    if not fine:
        print("\n".join("# " + line for line in str(why).splitlines()))
        finish(1)


def finish(code):
    print(f"1..{tests}")
    sys.exit(code)


def start(*words):
    return subprocess.Popen([PRIVYSEAL, *words], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def run(*words):
    command = start(*words)
    said, _ = command.communicate(timeout=PATIENCE)
    return command.returncode, said


def verb(name):
    return {
        "import": ("import", "--pin-file", pin, "--passphrase-file",
            WORK + "/pass", WORK + "/guest.p12"),
        "pin change": ("pin", "change", "--pin-file", pin,
            "--new-pin-file", other_pin),
        "delete": ("delete", "--yes", "--pin-file", pin, "guest"),
    }[name]


def children_of(parent):
    try:
        with open(f"/proc/{parent}/task/{parent}/children") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return []


def listener():
    code, said = run("keeper", "status", "--json")
    return json.loads(said[said.index("{"):])["process"]


def victim_of(kind, command, keeper):
    """Whom to kill; the worker once it is there, None if it never was."""
    if kind != "worker":
        return command.pid if kind == "command" else keeper
    while command.poll() is None:
        # The worker of the command before may be on its way out.
        workers = [child for child in children_of(keeper)
            if child not in victim_of.before]
        if workers:
            return workers[0]
    return None


def kill_in(name, kind):
    """The command's own end and what it said; notes when the blow fell."""
    keeper = listener()
    victim_of.before = children_of(keeper)
    began = time.monotonic()
    command = start(*verb(name))
    victim = victim_of(kind, command, keeper)
    left = random.uniform(0, durations[name] - (time.monotonic() - began)) \
        if durations[name] > time.monotonic() - began else 0
    time.sleep(left)
    fell = time.monotonic() - began
    was_over = command.poll() is not None
    if victim:
        try:
            os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:
            pass
    said, _ = command.communicate(timeout=PATIENCE)
    part = PARTS if was_over else \
        min(int(fell / durations[name] * PARTS), PARTS - 1)
    histogram[name, kind][part] += 1
    # A clock of the command's life as it is now, on a busy machine.
    durations[name] = max(durations[name] * (0.7 if was_over else 1.02), 0.003)
    return command.returncode, said


def contents(with_pin):
    """The identities by name, as somebody with this PIN sees them."""
    code, said = run("list", "--json", "--token", "Work", "--pin-file", with_pin)
    start_of = said.find("{")
    if code != 0 or start_of < 0:
        return None, said
    end_of = said.rindex("}") + 1
    token = json.loads(said[start_of:end_of])["tokens"][0]
    return {one["label"]: one for one in token["identities"]}, said


def objects():
    """How many the store has, whatever they are."""
    path, = glob.glob(os.environ["PRIVYSEAL_HOME"] + "/tokens/*.token")
    store = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=PATIENCE)
    count = store.execute("SELECT count(*) FROM object").fetchone()[0]
    store.close()
    return count


def is_whole(identity):
    return bool(identity) and identity["chain_complete"] and \
        identity["key_type"] == "EC P-256" and len(identity["chain"]) == 3 and \
        identity["uses"] == ["sign", "encrypt"]


def signs(name):
    with open(WORK + "/mail", "w") as mail:
        mail.write(f"From: {name}@example.org\nTo: x@example.org\n\nHello.\n")
    code, said = run("sign", "--identity", name, "--pin-file", pin, "--output",
        WORK + "/signed", WORK + "/mail")
    if code != 0:
        return said
    verified = subprocess.run(["openssl", "cms", "-verify", "-in",
        WORK + "/signed", "-CAfile", WORK + "/pki/root.pem", "-purpose",
        "smimesign", "-out", "/dev/null"], capture_output=True, text=True)
    return "" if verified.returncode == 0 else verified.stderr


def judge_end(name, kind, code, said):
    """Only who was hit dies of it, and who lost the keeper says so."""
    own = code == -signal.SIGKILL and kind == "command"
    report(f"{name}: hit in its {kind}, it ends as it should",
        own or 0 <= code < 126 and said, f"{code}: {said}")


def judge_import(code):
    found, said = contents(pin)
    report("import: what was there is whole",
        found and is_whole(found.get("kept")), said)
    if code == 0:
        report("import: what it said it stored is whole",
            is_whole(found.get("guest")), said)
    code, again = run(*verb("import"))
    report("import: once more, and it is complete", code == 0, again)
    found, said = contents(pin)
    report("import: both are whole", found and is_whole(found.get("guest")) and
        is_whole(found.get("kept")), said)
    report("import: nothing is there twice",
        objects() == usual["import"], objects())


def judge_pin(code):
    global pin, other_pin
    new, said = contents(other_pin)
    old, more = contents(pin)
    report("pin change: one PIN serves, the other does not",
        (new is None) != (old is None), said + more)
    if code == 0:
        report("pin change: the new one, since it said so", new, said)
    found = new or old
    report("pin change: all is whole", is_whole(found.get("kept")) and
        is_whole(found.get("guest")), said + more)
    if new is not None:
        pin, other_pin = other_pin, pin


def judge_deletion(code):
    found, said = contents(pin)
    report("delete: what was to stay is whole",
        found and is_whole(found.get("kept")), said)
    if code == 0:
        report("delete: what it said it deleted is gone",
            "guest" not in found, said)
    if objects() != usual["delete"]:
        code, again = run(*verb("delete"))
        report("delete: once more, and it is complete", code == 0, again)
    found, said = contents(pin)
    report("delete: nothing of it is left",
        found is not None and list(found) == ["kept"] and
        objects() == usual["delete"], f"{objects()} objects\n{said}")


JUDGES = {"import": judge_import, "pin change": judge_pin,
    "delete": judge_deletion}


def measure():
    for name in JUDGES:
        began = time.monotonic()
        code, said = run(*verb(name))
        durations[name] = time.monotonic() - began
        usual[name] = objects()
        report(f"{name} works when nobody is killed", code == 0, said)
        if name == "pin change":
            global pin, other_pin
            pin, other_pin = other_pin, pin


def print_histogram():
    before = 0
    for (name, kind), counts in sorted(histogram.items()):
        print(f"# {name}, its {kind} killed, by tenths of "
            f"{durations[name] * 1000:.0f} ms:", *counts[:PARTS], "after",
            counts[PARTS])
        before += sum(counts[:PARTS])
    print(f"# {before} of {KILLS} kills before the command returned")
    return before


def main():
    measure()
    for number in range(KILLS):
        name = list(JUDGES)[number % len(JUDGES)]
        kind = VICTIMS[number // len(JUDGES) % len(VICTIMS)]
        code, said = kill_in(name, kind)
        judge_end(name, kind, code, said)
        JUDGES[name](code)
    report("after all, the kept key signs", not signs("kept"), "no signature")
    with open(os.environ["PRIVYSEAL_HOME"] + "/keeper.log") as log:
        report("no damage was seen", "altered" not in log.read())
    before = print_histogram()
    # How many do, few kills cannot tell.
    report("most kills come before the command returns",
        KILLS < 500 or before * 10 >= KILLS * 9, before)
    finish(0)


main()
