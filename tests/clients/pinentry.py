# SPDX-License-Identifier: BSD-2-Clause
"""A person at a real pinentry: pinentry.py terminal|display ANSWERS COMMAND...
starts the command, types each of the answers (divided by commas; "cancel" goes to
the button of that name) when it is asked, and ends as the command does. What the
terminal showed comes on the output."""
import os
import pathlib
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "command"))
from terminal import PATIENCE, Person  # noqa: E402

where, answers, *command = sys.argv[1:]
answers = answers.split(",")


def at_terminal():
    os.environ["TERM"] = "xterm"
    person = Person(*command)
    for answer in answers:
        person.wait_for("PIN:")
        person.wait_for_echo(False)
        person.type("\t\t\r" if answer == "cancel" else answer + "\r")
    status = person.end()
    print(person.seen[-3000:].encode("unicode_escape").decode())
    return status


def x(*words):
    return subprocess.run(["xdotool", *words], text=True, check=False,
                          stdout=subprocess.PIPE).stdout.split()


def windows():
    return x("search", "--onlyvisible", "--class", "pinentry")


def window():
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for found in windows():
            return found
        time.sleep(0.1)
    raise AssertionError("no window came")


def wait_until_gone():
    """The next one may have the same number. A PIN is checked for longer than
    it takes to look; who looked away meanwhile meets the next one."""
    end = time.monotonic() + 5
    while windows() and time.monotonic() < end:
        pass


def at_display():
    """The display has no window manager: the keys go where the pointer is."""
    client = subprocess.Popen(command)
    for answer in answers:
        shown = window()
        x("mousemove", "--window", shown, "40", "20")
        x("windowfocus", "--sync", shown)
        if answer == "cancel":
            x("key", "Escape")
        else:
            x("type", answer)
            x("key", "Return")
        wait_until_gone()
    return client.wait(PATIENCE)


sys.exit(at_terminal() if where == "terminal" else at_display())
