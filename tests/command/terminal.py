# SPDX-License-Identifier: BSD-2-Clause
"""A person at a terminal, for the command's tests: types, waits, looks."""
import os
import pty
import select
import signal
import sys
import termios
import time

PATIENCE = 60


def shell(words):
    """What a shell does for one job: says when it was stopped, and lets it go
    on after a line was typed. Never returns."""
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    job = os.fork()
    if job == 0:
        os.setpgid(0, 0)
        os.tcsetpgrp(0, os.getpid())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        os.execv(words[0], words)
    while True:
        _, status = os.waitpid(job, os.WUNTRACED)
        os.tcsetpgrp(0, os.getpid())
        if not os.WIFSTOPPED(status):
            os._exit(0 if status == 0 else 1)
        os.write(1, b"[stopped]")
        os.read(0, 100)
        os.tcsetpgrp(0, job)
        os.kill(job, signal.SIGCONT)


class Person:
    """Runs the command on a terminal of its own; in a shell, it can be
    stopped."""

    def __init__(self, *words, in_shell=False):
        self.seen = ""
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            # Who runs the tests in the background ignores it, and that is
            # inherited.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
        if self.process == 0 and in_shell:
            shell(words)
        elif self.process == 0:
            os.execv(words[0], words)

    def echoes(self):
        return bool(termios.tcgetattr(self.terminal)[3] & termios.ECHO)

    def read(self, seconds):
        """What came within the time; False at the end."""
        if not select.select([self.terminal], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self.terminal, 4096)
        except OSError:
            return False
        self.seen += data.decode(errors="replace").replace("\r\n", "\n")
        return bool(data)

    def wait_for(self, text):
        """Reads until the text has come after what was looked at before."""
        end = time.monotonic() + PATIENCE
        while text not in self.seen:
            if time.monotonic() > end or not self.read(1):
                raise AssertionError(f"no {text!r} in {self.seen!r}")
        seen, self.seen = self.seen.split(text, 1)
        return seen + text

    def wait_for_echo(self, wanted):
        end = time.monotonic() + PATIENCE
        while self.echoes() != wanted:
            if time.monotonic() > end:
                raise AssertionError(f"echo is not {wanted}")
            time.sleep(0.01)

    def type(self, text):
        os.write(self.terminal, text.encode())

    def type_secret(self, prompt, text):
        """As a person does: only once the terminal shows no letters."""
        self.wait_for(prompt)
        self.wait_for_echo(False)
        self.type(text + "\n")

    def signal(self, number):
        os.kill(self.process, number)

    def end(self):
        """Reads the rest; the status, negative for a signal."""
        while self.read(PATIENCE):
            pass
        _, status = os.waitpid(self.process, 0)
        return os.waitstatus_to_exitcode(status)


TESTS = []


def claim(text):
    def add(function):
        TESTS.append((text, function))
        return function
    return add


def run_all():
    failed = 0
    for number, (text, function) in enumerate(TESTS, 1):
        try:
            function()
        except AssertionError as error:
            failed += 1
            print(f"not ok {number} - {text}\n# {error!r}")
        else:
            print(f"ok {number} - {text}")
        sys.stdout.flush()
    print(f"1..{len(TESTS)}")
    return failed > 0


__all__ = ["Person", "claim", "run_all", "signal"]
