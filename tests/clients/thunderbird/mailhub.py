# SPDX-License-Identifier: BSD-2-Clause
"""An SMTP sink and a POP3 server on 127.0.0.1 that share one mailbox."""
import os
import re
import socketserver
import threading


class MailHub:
    """SMTP sink and POP3 server on 127.0.0.1; one shared list of messages."""

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        self.messages = []          # raw bytes, CRLF line ends
        self.arrived = threading.Condition()
        hub = self

        class Smtp(socketserver.StreamRequestHandler):
            def say(self, s):
                self.wfile.write(s.encode() + b"\r\n")

            def handle(self):
                self.say("220 sink ready")
                while True:
                    line = self.rfile.readline()
                    if not line:
                        return
                    cmd = line.strip().upper()
                    if cmd.startswith(b"EHLO"):
                        self.say("250-sink")
                        self.say("250-8BITMIME")
                        self.say("250 SIZE 50000000")
                    elif cmd.startswith(b"DATA"):
                        self.say("354 go on")
                        body = []
                        while True:
                            l = self.rfile.readline()
                            if l in (b".\r\n", b".\n", b""):
                                break
                            body.append(l[1:] if l.startswith(b"..") else l)
                        hub.add(b"".join(body))
                        self.say("250 stored")
                    elif cmd.startswith(b"QUIT"):
                        self.say("221 bye")
                        return
                    else:
                        self.say("250 ok")

        class Pop3(socketserver.StreamRequestHandler):
            def say(self, s):
                self.wfile.write(s.encode() + b"\r\n")

            def handle(self):
                self.say("+OK pop3 ready")
                gone = set()
                while True:
                    line = self.rfile.readline()
                    if not line:
                        return
                    words = line.decode("latin-1").split()
                    cmd = words[0].upper() if words else ""
                    n = int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
                    msgs = list(enumerate(hub.messages, 1))
                    if cmd == "CAPA":
                        self.wfile.write(b"+OK\r\nUSER\r\nUIDL\r\nTOP\r\n.\r\n")
                    elif cmd in ("USER", "PASS", "NOOP", "RSET", "DELE"):
                        if cmd == "DELE":
                            gone.add(n)
                        self.say("+OK")
                    elif cmd == "STAT":
                        self.say("+OK %d %d" % (len(msgs), sum(len(m) for _, m in msgs)))
                    elif cmd == "LIST":
                        self.say("+OK")
                        for i, m in msgs:
                            self.say("%d %d" % (i, len(m)))
                        self.say(".")
                    elif cmd == "UIDL":
                        self.say("+OK")
                        for i, m in msgs:
                            self.say("%d uid-%d-%d" % (i, i, len(m)))
                        self.say(".")
                    elif cmd in ("RETR", "TOP") and 1 <= n <= len(msgs):
                        self.say("+OK")
                        raw = hub.messages[n - 1]
                        for l in raw.split(b"\r\n"):
                            self.wfile.write((b"." if l.startswith(b".") else b"") + l + b"\r\n")
                        self.say(".")
                    elif cmd == "QUIT":
                        self.say("+OK bye")
                        return
                    else:
                        self.say("-ERR")

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self.smtp = Server(("127.0.0.1", 0), Smtp)
        self.pop3 = Server(("127.0.0.1", 0), Pop3)
        for s in (self.smtp, self.pop3):
            threading.Thread(target=s.serve_forever, daemon=True).start()
        self.smtp_port = self.smtp.server_address[1]
        self.pop3_port = self.pop3.server_address[1]

    def add(self, raw):
        raw = re.sub(rb"\r?\n", b"\r\n", raw)
        with self.arrived:
            self.messages.append(raw)
            with open(os.path.join(self.folder, "%03d.eml" % len(self.messages)), "wb") as f:
                f.write(raw)
            self.arrived.notify_all()

    def wait(self, count, timeout):
        """True once `count` messages have arrived."""
        with self.arrived:
            return self.arrived.wait_for(lambda: len(self.messages) >= count, timeout)
