#!/usr/bin/env python3
"""The page of the custom example, whose script opens no connection by itself.

Run `scripts/browser`, or this file: it builds and starts the example itself.
"""

import json
import os
import sys

from checks import ROOT, only, run

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
        it_greets,
        it_answers,
        it_comes_back,
        the_back_forward_cache_keeps_it,
        it_looks_right,
    ]


if __name__ == "__main__":
    sys.exit(run("custom", Custom))
