# SPDX-License-Identifier: BSD-2-Clause
"""A small client of the Marionette protocol, by which a test drives Thunderbird."""
import json
import socket
import time


class MarionetteError(Exception):
    pass


class Marionette:
    """Wire format: b"<decimal length>:<json>"; request [0,id,name,params],
    reply [1,id,error,result].  The server speaks first."""

    def __init__(self, port, timeout=60):
        end = time.time() + timeout
        while True:
            try:
                self.s = socket.create_connection(("127.0.0.1", port), 5)
                break
            except OSError:
                if time.time() > end:
                    raise
                time.sleep(0.2)
        self.s.settimeout(600)
        self.buf = b""
        self.id = 0
        self.hello = self._read()

    def _read(self):
        while b":" not in self.buf:
            self._more()
        n, self.buf = self.buf.split(b":", 1)
        n = int(n)
        while len(self.buf) < n:
            self._more()
        msg, self.buf = self.buf[:n], self.buf[n:]
        return json.loads(msg)

    def _more(self):
        d = self.s.recv(65536)
        if not d:
            raise MarionetteError("Thunderbird closed the Marionette connection")
        self.buf += d

    def cmd(self, name, **params):
        self.id += 1
        data = json.dumps([0, self.id, name, params]).encode()
        self.s.sendall(b"%d:" % len(data) + data)
        while True:
            r = self._read()
            if isinstance(r, list) and r[0] == 1 and r[1] == self.id:
                if r[2]:
                    raise MarionetteError("%s: %s\n%s" % (r[2].get("error"), r[2].get("message"),
                                                          r[2].get("stacktrace", "")))
                return r[3]

    def start(self, script_timeout=180):
        # Our own JS answers dialogs; otherwise Marionette cancels each one
        # when it is next asked for something. Unlike the WebDriver protocol,
        # this one has the capabilities without anything around them.
        self.cmd("WebDriver:NewSession", unhandledPromptBehavior="ignore",
                 pageLoadStrategy="none")
        self.cmd("Marionette:SetContext", value="chrome")
        self.cmd("WebDriver:SetTimeouts", script=script_timeout * 1000)

    def _raw(self, body, args=()):
        script = ("const args = Array.prototype.slice.call(arguments);"
                  "const top_ = Services.wm.getMostRecentWindow('mail:3pane');" + body)
        return self.cmd("WebDriver:ExecuteScript", script=script, args=list(args),
                        sandbox="system", newSandbox=False)["value"]

    def tried(self, body, args=()):
        """What it gave; None while a dialog is up: it may not have run."""
        try:
            return self._raw(body, args)
        except MarionetteError as e:
            if "unexpected alert" not in str(e) and "no such window" not in str(e):
                raise
            return None

    def js(self, body, *args, timeout=180):
        """Run `body` as an async function in the parent process, wait for it.

        Marionette abandons a script (answers null) as soon as a modal dialog
        opens, and a PIN prompt is one.  So the body is started from a timer,
        its outcome is parked on the main window, and we poll for it; while a
        dialog is up, both fail with "unexpected alert open" and are retried
        (a start that was abandoned has run, and does not run again).
        """
        self.job = getattr(self, "job", 0) + 1
        start = ("const J = top_.__jobs = top_.__jobs || {}; const T = top_.__T;"
                 "if (J[%d]) return 1; const job = J[%d] = {};"
                 "top_.setTimeout(() => { (async () => {%s\n})().then("
                 "v => { job.r = JSON.stringify({v: v === undefined ? null : v}); },"
                 "e => { job.r = JSON.stringify({e: String(e) + '\\n' + (e && e.stack || '')}); }); }, 0);"
                 "return 1;" % (self.job, self.job, body))
        end = time.time() + timeout
        while not self.tried(start, args) and time.time() < end:
            time.sleep(0.1)
        while time.time() < end:
            r = self.tried("return (top_.__jobs[%d] || {}).r || null" % self.job)
            if r:
                r = json.loads(r)
                if "e" in r:
                    raise MarionetteError(r["e"])
                return r["v"]
            time.sleep(0.1)
        raise MarionetteError("script did not finish in %d s" % timeout)
