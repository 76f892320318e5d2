"""Chromium without a screen, and pages in it, over the DevTools protocol: as little of it as the tests need."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time

from driver import PATIENCE, DrivenPage, Moved
from websockets.sync.client import connect

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
]

# The errors while a page is on its way to another address.
MOVED = {"Not attached to an active page", "Inspected target navigated or closed"}


class Browser:
    """A Chromium with a profile of its own, for as long as the `with` lasts. It trusts the certificate in the file
    `trusting`, as the book's chapter on TLS lets it.
    """

    name = "chromium"
    distrust = "ERR_CERT_AUTHORITY_INVALID"  # in the error for a certificate that it does not trust

    def __init__(self, *, trusting=None, http2=True):
        self.flags, self.trusting = [] if http2 else ["--disable-http2"], trusting

    def __enter__(self):
        program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        if program is None:
            raise SystemExit("no chromium: run `scripts/setup`, or `apt-get install chromium` as root")
        self.profile = tempfile.mkdtemp(prefix="ws-chromium-")
        # What it leaves behind goes with the profile.
        environment = {**os.environ, "TMPDIR": self.profile, "HOME": self.profile}
        if self.trusting is not None:
            self._trust(environment)
        self.process = subprocess.Popen(
            [program, *FLAGS, *self.flags, f"--user-data-dir={self.profile}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # a group of its own, so that all of it can be ended
            env=environment,
        )
        self.socket = None
        try:
            self.socket = connect(f"ws://127.0.0.1:{self._address()}", max_size=None, compression=None)
        except BaseException:
            self.__exit__()
            raise
        self.asked = 0
        return self

    def _trust(self, environment):
        if shutil.which("certutil") is None:
            raise SystemExit("no certutil: run `scripts/setup`, or `apt-get install libnss3-tools` as root")
        database = f"sql:{self.profile}/.pki/nssdb"
        os.makedirs(f"{self.profile}/.pki/nssdb")
        for command in (["-N", "--empty-password"], ["-A", "-t", "P,,", "-n", "ws-core", "-i", self.trusting]):
            subprocess.run(["certutil", "-d", database, *command], env=environment, check=True)

    def _address(self):
        """Port and path, which Chromium writes into its profile once it listens."""
        path = os.path.join(self.profile, "DevToolsActivePort")
        until = time.monotonic() + PATIENCE * 2
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise AssertionError(f"chromium ended with {self.process.returncode} before it listened")
            if os.path.exists(path):
                lines = open(path).read().split()
                if len(lines) == 2:
                    return "".join(lines)
            time.sleep(0.02)
        raise AssertionError("chromium did not listen in time")

    def __exit__(self, *_):
        if self.socket is not None:
            self.socket.close()
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait(PATIENCE)
        shutil.rmtree(self.profile, ignore_errors=True)

    def ask(self, method, session=None, **params):
        """Gives a command and waits for its answer; events are passed over."""
        self.asked += 1
        command = {"id": self.asked, "method": method, "params": params}
        if session is not None:
            command["sessionId"] = session
        self.socket.send(json.dumps(command))
        until = time.monotonic() + PATIENCE + 1
        while True:
            answer = json.loads(self.socket.recv(timeout=max(0, until - time.monotonic())))
            if answer.get("id") == self.asked:
                if "error" in answer:
                    message = answer["error"]["message"]
                    raise (Moved if message in MOVED else AssertionError)(f"{method}: {message}")
                return answer["result"]

    def open(self, url, *, apart=False):
        """A new page at `url`, in a window of its own. `apart`: with cookies of its own."""
        window = {"newWindow": True, "width": 900, "height": 700}
        if apart:
            window["browserContextId"] = self.ask("Target.createBrowserContext")["browserContextId"]
        target = self.ask("Target.createTarget", url="about:blank", **window)["targetId"]
        session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session)
        page.go(url)
        return page


class Page(DrivenPage):
    """One page of Chromium."""

    def __init__(self, browser, session):
        self.browser, self.session = browser, session

    def ask(self, method, **params):
        return self.browser.ask(method, session=self.session, **params)

    def go(self, url):
        """Leaves for `url`, and is there."""
        result = self.ask("Page.navigate", url=url)
        if "errorText" in result:
            raise AssertionError(f"{url}: {result['errorText']}")

    def back(self):
        """Goes back by one entry of the history, and is there. The page comes from the back-forward cache if it may."""
        history = self.there(lambda: self.ask("Page.getNavigationHistory"))
        entry = history["entries"][history["currentIndex"] - 1]
        self.ask("Page.navigateToHistoryEntry", entryId=entry["id"])
        self.until(f"location.href === {json.dumps(entry['url'])}", f"{entry['url']} again")

    def close(self):
        """Closes the window."""
        self.ask("Page.close")

    def run(self, expression):
        """The value of a JavaScript expression, or of its promise."""
        result = self.ask("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            details = result["exceptionDetails"]
            raise AssertionError(details.get("exception", {}).get("description") or details["text"])
        return result["result"].get("value")

    def insert(self, words):
        """Writes into the field that has the focus."""
        self.ask("Input.insertText", text=words)

    def enter(self):
        """Presses Enter."""
        for kind in ("keyDown", "keyUp"):
            self.ask("Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", text="\r", windowsVirtualKeyCode=13)

    def cookies(self):
        """The cookies of the page: dicts with `name`, `value`, `httpOnly` and `sameSite`."""
        return [{**each, "sameSite": each.get("sameSite", "").lower()} for each in self.ask("Network.getCookies")["cookies"]]

    def freeze(self):
        """Stops the page's scripts and timers, as a browser does with tabs that sleep."""
        self.ask("Page.setWebLifecycleState", state="frozen")

    def wake(self):
        """Lets them go on."""
        self.ask("Page.setWebLifecycleState", state="active")

    def resize(self, width, height):
        """Gives the page this size, in CSS pixels."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def picture(self, path, height, *, dark=False):
        """A screenshot for the book: of a small window, whose size and colours the page has for this moment only."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[scheme])
        self.resize(720, height)
        self.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert self.run("document.documentElement.scrollHeight <= innerHeight"), f"{path}: the page is higher than {height}"
        self.screenshot(path)
        self.ask("Emulation.clearDeviceMetricsOverride")
        self.ask("Emulation.setEmulatedMedia", features=[])

    def screenshot(self, path):
        self.save(path, self.ask("Page.captureScreenshot", format="png")["data"])
