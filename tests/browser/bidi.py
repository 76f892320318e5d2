"""Firefox without a screen, and pages in it, over WebDriver BiDi: as little of it as the tests need. The interface is that
of `devtools`."""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from queue import Empty, Queue

from driver import PATIENCE, DrivenPage, Moved
from websockets.sync.client import connect

# It fetches nothing from elsewhere.
PREFERENCES = {
    "app.normandy.enabled": False,
    "browser.aboutConfig.showWarning": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "messaging-system.rsexperimentloader.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.enabled": False,
}

# The errors while a page is on its way to another address.
MOVED = re.compile(r"AbortError|no such frame|Actor .* destroyed|browsing context is no longer", re.IGNORECASE)

ENTER = "\ue006"


class Browser:
    """A Firefox with a profile of its own, for as long as the `with` lasts. With `trusting`, it takes every certificate: it
    knows no trust in one alone.
    """

    name = "firefox"
    distrust = "MOZILLA_PKIX_ERROR_SELF_SIGNED_CERT"  # in the error for a certificate that it does not trust

    def __init__(self, *, trusting=None, http2=True):
        self.preferences = {**PREFERENCES, "network.http.http2.enabled": http2}
        self.capabilities = {} if trusting is None else {"alwaysMatch": {"acceptInsecureCerts": True}}

    def __enter__(self):
        program = shutil.which("firefox-esr") or shutil.which("firefox")
        if program is None:
            raise SystemExit("no firefox: run `scripts/setup`, or `apt-get install firefox-esr` as root")
        self.profile = tempfile.mkdtemp(prefix="ws-firefox-")
        with open(os.path.join(self.profile, "user.js"), "w") as file:
            file.writelines(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in self.preferences.items())
        self.process = subprocess.Popen(
            [program, "--headless", "--no-remote", "--profile", self.profile, "--remote-debugging-port=0", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # a group of its own, so that all of it can be ended
            env={**os.environ, "HOME": self.profile, "TMPDIR": self.profile},  # what it leaves goes with the profile
        )
        self.socket = None
        self.asked = 0
        try:
            self.socket = connect(f"{self._address()}/session", max_size=None, compression=None)
            self.ask("session.new", capabilities=self.capabilities)
        except BaseException:
            self.__exit__()
            raise
        return self

    def _address(self):
        """The URL that Firefox writes to its standard error once it listens."""
        found = Queue()

        def read():
            for line in self.process.stderr:
                if url := re.search(r"listening on (ws://\S+)", line):
                    found.put(url[1])

        threading.Thread(target=read, daemon=True).start()
        try:
            return found.get(timeout=PATIENCE * 3)
        except Empty:
            raise AssertionError("firefox did not listen in time") from None

    def __exit__(self, *_):
        if self.socket is not None:
            self.socket.close()
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait(PATIENCE)
        shutil.rmtree(self.profile, ignore_errors=True)

    def ask(self, method, **params):
        """Gives a command and waits for its answer; events are passed over."""
        self.asked += 1
        self.socket.send(json.dumps({"id": self.asked, "method": method, "params": params}))
        until = time.monotonic() + PATIENCE + 1
        while True:
            answer = json.loads(self.socket.recv(timeout=max(0, until - time.monotonic())))
            if answer.get("id") == self.asked:
                if answer["type"] == "error":
                    words = f"{answer['error']}: {answer['message']}"
                    raise (Moved if MOVED.search(words) else AssertionError)(f"{method}: {words}")
                return answer["result"]

    def open(self, url, *, apart=False):
        """A new page at `url`, in a window of its own. `apart`: with cookies of its own."""
        more = {"userContext": self.ask("browser.createUserContext")["userContext"]} if apart else {}
        page = Page(self, self.ask("browsingContext.create", type="window", **more)["context"])
        page.go(url)
        return page


class Page(DrivenPage):
    """One page of Firefox."""

    def __init__(self, browser, context):
        self.browser, self.context = browser, context
        self.before = None

    def ask(self, method, **params):
        return self.browser.ask(method, context=self.context, **params)

    def go(self, url):
        """Leaves for `url`, and is there."""
        self.before = self.there(lambda: self.run("location.href"))
        self.ask("browsingContext.navigate", url=url, wait="complete")

    def back(self):
        """Goes back to the page before the last `go`, and is there. It comes from the back-forward cache if it may."""
        self.ask("browsingContext.traverseHistory", delta=-1)
        self.until(f"location.href === {json.dumps(self.before)}", f"{self.before} again")

    def close(self):
        """Closes the window."""
        self.ask("browsingContext.close")

    def run(self, expression):
        """The value of a JavaScript expression, or of its promise."""
        target = {"context": self.context}
        options = {"maxDomDepth": 0, "maxObjectDepth": 5}
        result = self.browser.ask(
            "script.evaluate", expression=expression, target=target, awaitPromise=True, serializationOptions=options
        )
        if result["type"] == "exception":
            raise AssertionError(result["exceptionDetails"]["text"])
        return value(result["result"])

    def insert(self, words):
        """Writes into the field that has the focus."""
        assert self.run(f"document.execCommand('insertText', false, {json.dumps(words)})"), "no field has the focus"

    def enter(self):
        """Presses Enter."""
        keys = [{"type": kind, "value": ENTER} for kind in ("keyDown", "keyUp")]
        self.ask("input.performActions", actions=[{"type": "key", "id": "keyboard", "actions": keys}])

    def cookies(self):
        """The cookies of the page: dicts with `name`, `value`, `httpOnly` and `sameSite`."""
        partition = {"type": "context", "context": self.context}
        cookies = self.browser.ask("storage.getCookies", partition=partition)["cookies"]
        return [{**each, "value": each["value"]["value"]} for each in cookies]

    def resize(self, width, height):
        """Gives the page this size, in CSS pixels."""
        self.ask("browsingContext.setViewport", viewport={"width": width, "height": height})

    def picture(self, path, _height, *, dark=False):
        """The pictures of the book are those of Chromium."""

    def screenshot(self, path):
        name, end = os.path.splitext(path)
        self.save(f"{name}-firefox{end}", self.ask("browsingContext.captureScreenshot")["data"])


def value(remote):
    """The value that BiDi describes. Functions, nodes and other objects of the browser are None."""
    match remote["type"]:
        case "string" | "boolean":
            return remote["value"]
        case "number":
            return remote["value"] if isinstance(remote["value"], (int, float)) else float(remote["value"].lower())
        case "array":
            return [value(each) for each in remote.get("value", [])]
        case "object":
            return {key: value(each) for key, each in remote.get("value", []) if isinstance(key, str)}
    return None
