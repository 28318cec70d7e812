# SPDX-License-Identifier: BSD-2-Clause
"""One Thunderbird on one profile, started and ended by a test."""
import os
import signal
import socket
import subprocess
import time

from marionette import Marionette, MarionetteError

HERE = os.path.dirname(os.path.abspath(__file__))

# An account as a person has it: what setup by our command finds.
ACCOUNT = """
user_pref("mail.accountmanager.accounts", "account1,account2");
user_pref("mail.accountmanager.defaultaccount", "account1");
user_pref("mail.accountmanager.localfoldersserver", "server2");
user_pref("mail.account.account1.server", "server1");
user_pref("mail.account.account1.identities", "id1");
user_pref("mail.account.account2.server", "server2");
user_pref("mail.server.server1.type", "pop3");
user_pref("mail.server.server1.hostname", "127.0.0.1");
user_pref("mail.server.server1.port", %(pop3)d);
user_pref("mail.server.server1.userName", "alice");
user_pref("mail.server.server1.name", "%(address)s");
user_pref("mail.server.server1.socketType", 0);
user_pref("mail.server.server1.authMethod", 3);
user_pref("mail.server.server1.login_at_startup", false);
user_pref("mail.server.server1.check_new_mail", false);
user_pref("mail.server.server1.download_on_biff", false);
user_pref("mail.server.server1.leave_on_server", true);
user_pref("mail.server.server2.type", "none");
user_pref("mail.server.server2.hostname", "Local Folders");
user_pref("mail.server.server2.userName", "nobody");
user_pref("mail.server.server2.name", "Local Folders");
user_pref("mail.identity.id1.fullName", "Alice Tester");
user_pref("mail.identity.id1.useremail", "%(address)s");
user_pref("mail.identity.id1.valid", true);
user_pref("mail.identity.id1.smtpServer", "smtp1");
user_pref("mail.identity.id1.compose_html", false);
user_pref("mail.smtpservers", "smtp1");
user_pref("mail.smtp.defaultserver", "smtp1");
user_pref("mail.smtpserver.smtp1.hostname", "127.0.0.1");
user_pref("mail.smtpserver.smtp1.port", %(smtp)d);
user_pref("mail.smtpserver.smtp1.try_ssl", 0);
user_pref("mail.smtpserver.smtp1.authMethod", 1);
"""

# No first-run pages, no network traffic, no nagging; and the driver's door.
QUIET = """
user_pref("marionette.port", %(port)d);
user_pref("mail.provider.suppress_dialog_on_startup", true);
user_pref("mail.spotlight.firstRunDone", true);
user_pref("mail.winsearch.firstRunDone", true);
user_pref("mail.shell.checkDefaultClient", false);
user_pref("mail.rights.version", 1);
user_pref("mail.ui.show.migration.on.upgrade", false);
user_pref("mailnews.start_page.enabled", false);
user_pref("mailnews.start_page_override.mstone", "ignore");
user_pref("app.donation.eoy.version.viewed", 999);
user_pref("app.update.enabled", false);
user_pref("app.normandy.enabled", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("datareporting.policy.dataSubmissionPolicyBypassNotification", true);
user_pref("toolkit.telemetry.enabled", false);
user_pref("extensions.update.enabled", false);
user_pref("extensions.autoDisableScopes", 15);
user_pref("browser.safebrowsing.malware.enabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("mail.instrumentation.postUrl", "");
user_pref("mail.inappnotifications.enabled", false);
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def make_profile(path, hub, address):
    """A profile with one account, as Thunderbird itself would have left it."""
    os.makedirs(path, mode=0o700)
    with open(os.path.join(path, "prefs.js"), "w") as f:
        f.write(ACCOUNT % dict(pop3=hub.pop3_port, smtp=hub.smtp_port,
                               address=address))


class Thunderbird:
    def __init__(self, binary, profile, environment):
        self.binary, self.profile = binary, profile
        self.environment = environment
        self.port = free_port()
        with open(os.path.join(profile, "user.js"), "w") as f:
            f.write(QUIET % dict(port=self.port))
        self.process = self.m = None

    def start(self, pin):
        args = [self.binary, "-profile", self.profile, "-no-remote",
                "-marionette", "-remote-allow-system-access"]
        if not self.environment.get("DISPLAY"):
            args.append("--headless")
        with open(self.profile + ".log", "ab") as out:
            self.process = subprocess.Popen(
                args, env=self.environment, stdin=subprocess.DEVNULL,
                stdout=out, stderr=out, start_new_session=True)
        self.m = Marionette(self.port, 120)
        self.m.start()
        end = time.time() + 90
        ready = ("return top_ && top_.document.readyState == 'complete' && "
                 "!!top_.document.getElementById('tabmail')"
                 "?.currentAbout3Pane")
        while True:
            try:
                if self.m._raw(ready):
                    break
            except MarionetteError:
                pass
            if time.time() > end:
                raise MarionetteError("no main window")
            time.sleep(0.3)
        with open(os.path.join(HERE, "inside.js")) as f:
            return self.m.js(f.read(), pin)

    def processes(self):
        """Thunderbird and all its descendants, by process id."""
        parents = {}
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    with open("/proc/%s/stat" % entry) as f:
                        stat = f.read()
                except OSError:
                    continue
                parents[int(entry)] = int(stat.rsplit(")", 1)[1].split()[1])
        found = {self.process.pid}
        while True:
            more = {p for p, q in parents.items() if q in found} - found
            if not more:
                return sorted(found)
            found |= more

    def stop(self, timeout=40):
        """Quits as a person would; gives back how it ended."""
        if not self.process:
            return None
        try:
            self.m.s.settimeout(10)
            self.m.js("top_.setTimeout(() => Services.startup.quit("
                      "Ci.nsIAppStartup.eAttemptQuit), 500)", timeout=20)
        except Exception:
            pass
        try:
            status = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            status = self.process.wait()
        self.process = None
        return status
