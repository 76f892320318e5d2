#!/usr/bin/env python3
"""Z7: the page of the custom example, whose script opens no connection by itself.

Run `scripts/browser`, or this file: it builds and starts the example itself.
"""

import json
import os
import sys
import time

from checks import ROOT, only, run
from relay import Relay

PICTURES = os.path.join(ROOT, "target", "browser")


class Custom:
    """The checks, in the order of a conversation; each begins where the one before ended."""

    def __init__(self, browser, example):
        self.browser, self.example = browser, example

    def last(self, words):
        self.page.until(f"document.querySelector('#log').innerText.includes({json.dumps(words)})", f"{words!r}")

    def z7_nostream_opens_no_connection(self):
        self.page = self.browser.open(f"http://127.0.0.1:{self.example.port}/")
        self.page.until("document.querySelector('#state').textContent === 'open'", "its own connection")
        assert self.page.run("ws.state") is None
        assert self.page.run("document.documentElement.dataset.ws") is None

    def a_network_fails_without_a_sign(self):
        """The end of this is `a_failed_network_is_noticed`, because it takes 45 s."""
        self.relay = Relay(self.example.port)
        self.quiet = self.browser.open(f"http://127.0.0.1:{self.relay.port}/")
        self.quiet.until("document.querySelector('#state')?.textContent === 'open'", "its connection")
        self.quiet.run("""
            window.heard = [];
            custom.addEventListener("state", () => heard.push(custom.state));
            custom.addEventListener("message", ({ detail }) => heard.push(detail));
            window.sent = [];
            const send = WebSocket.prototype.send;
            WebSocket.prototype.send = function (data) { sent.push(data); send.call(this, data); };
        """)
        self.quiet.run("custom.reconnect()")
        self.quiet.until("heard.includes('Hello!')", "the greeting")
        self.relay.fail()
        self.failed_at = time.monotonic()

    def a_failed_network_is_noticed(self):
        time.sleep(max(0, self.failed_at + 38 - time.monotonic()))
        self.quiet.until("heard.filter(each => each === 'Hello!').length === 2", "the next connection")
        heard = self.quiet.run("heard")
        states = ["waiting", "connecting", "open"]
        assert heard == ["connecting", "open", "Hello!", *states, "Hello!"], heard
        assert self.quiet.run("sent") == ['{"type":"ws:ping"}'], self.quiet.run("sent")
        self.quiet.close()
        self.relay.close()

    def it_greets(self):
        self.last("Hello!")

    def it_answers(self):
        self.page.type("#text", "Grüße")
        self.last("You said: Grüße")
        self.page.screenshot(os.path.join(PICTURES, "custom.png"))

    def it_comes_back(self):
        self.example.stop()
        self.page.until("document.querySelector('#state').textContent === 'waiting'", "the loss")
        assert self.page.run("custom.send('lost')") == "dropped"
        self.example.start()
        self.page.until("document.querySelector('#state').textContent === 'open'", "the connection")
        self.page.type("#text", "again")
        self.last("You said: again")

    @only("chromium")
    def the_back_forward_cache_keeps_it(self):
        self.page.run("addEventListener('pageshow', event => window.shown = event.persisted)")
        self.page.go("about:blank")
        self.page.back()
        self.page.until("window.shown === true", "the page from the cache")
        self.page.until("document.querySelector('#state').textContent === 'open'", "the connection")

    def it_looks_right(self):
        long = "x" * 200
        self.page.type("#text", long)
        self.last(long)
        self.page.fits()

    CHECKS = [
        z7_nostream_opens_no_connection,
        a_network_fails_without_a_sign,
        it_greets,
        it_answers,
        it_comes_back,
        the_back_forward_cache_keeps_it,
        a_failed_network_is_noticed,
        it_looks_right,
    ]


if __name__ == "__main__":
    sys.exit(run("custom", Custom))
