#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A pinentry whose person follows a script.

pinentry.py FOLDER    takes the next line of FOLDER/answers for each question,
                      and adds what it was told to FOLDER/told

Answers: "pin TEXT", "slow TEXT" (the same after the time that a person needs to
type it), "yes", "no", "hang", "die", "flood" (a line without end),
"junk" (lines that mean nothing, then no end).
"""
import os
import sys
import time

FOLDER = sys.argv[1]


def tell(text):
    with open(os.path.join(FOLDER, "told"), "a", encoding="utf-8") as file:
        file.write(text + "\n")


def say(text):
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def next_answer():
    path = os.path.join(FOLDER, "answers")
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    with open(path, "w", encoding="utf-8") as file:
        file.write("".join(line + "\n" for line in lines[1:]))
    return lines[0] if lines else "no"


def answer():
    word, _, text = next_answer().partition(" ")
    tell("ANSWER " + word)
    if word == "slow":
        time.sleep(1.5)
        word = "pin"
    if word == "hang":
        time.sleep(600)
    if word == "die":
        raise SystemExit(1)
    if word == "flood":
        while True:
            sys.stdout.write("D" * 4096)
    if word == "junk":
        while True:
            say("D " + "A" * 900)
    if word == "pin":
        say("D " + text.replace("%", "%25"))
    say("ERR 83886179 Operation cancelled <Pinentry>" if word == "no" else "OK")


def main():
    tell("STARTED %d" % os.getpid())
    for name, value in sorted(os.environ.items()):
        tell("ENVIRONMENT %s=%s" % (name, value))
    for entry in sorted(os.listdir("/proc/self/fd")):
        try:
            tell("DESCRIPTOR %s %s" % (entry, os.readlink("/proc/self/fd/" + entry)))
        except OSError:
            pass  # the folder itself
    say("OK Pleased to meet you")
    for line in sys.stdin:
        line = line.rstrip("\n")
        tell(line)
        if line in ("GETPIN", "CONFIRM"):
            answer()
        else:
            say("OK")
        if line == "BYE":
            return


main()
