#!/usr/bin/env python3
"""The page of the example `secure`, and its WebSockets over TLS: over HTTP/2 (RFC 8441), and over HTTP/1.1.

Run `scripts/browser`, or this file: it builds and starts the example itself.
"""

import os
import sys

from checks import ROOT, Browser, run
from bridge import Bridge
from echo import Echo

FOLDER = os.path.join(ROOT, "target", "browser", f"certs-{Browser.name}")


class Secure(Echo):
    """The checks, in the order of a conversation."""

    OWN_BROWSERS = True

    def __init__(self, stack, example):
        self.stack, self.example = stack, example
        self.site = f"https://localhost:{example.port}"

    def open(self, site=None, *, http2=True):
        certificate = os.path.join(FOLDER, "cert.pem")
        # The page opens its WebSockets over HTTP/2 because it came over such a connection itself.
        self.begin(self.stack.enter_context(Browser(trusting=certificate, http2=http2)), site or self.site)
        self.page.until("document.querySelector('#state')?.textContent.startsWith('connected')", "the page to connect")
        self.page.until("document.querySelector('#version')?.textContent.includes(' from ')", "the version")

    def shows(self, page, version):
        shown = self.page.run("[...document.querySelectorAll('b')].map(each => each.textContent)")
        assert shown[0] == page and shown[1].startswith(f"{version} from "), shown

    def versions(self):
        """What the server reports of the page's first WebSocket and of three more."""
        return self.run("""
            const versions = [document.querySelector("#version").textContent];
            for (let at = 0; at < 3; at += 1) {
                const socket = new WebSocket(`wss://${location.host}/version`);
                versions.push(await within(new Promise((done, fail) => {
                    socket.onmessage = ({ data }) => done(data);
                    socket.onerror = () => fail(new Error("the connection failed"));
                }), "the version"));
            }
            return versions;
        """)

    def c16_page_and_websockets_come_over_http2(self):
        self.open()
        self.shows("h2", "HTTP/2.0")

    def c16_the_websockets_share_a_connection(self):
        versions = self.versions()
        assert len(versions) == 4 and len(set(versions)) == 1, versions

    def what_is_typed_comes_back(self):
        self.page.type("input", "Grüße")
        self.page.until("document.querySelector('li')?.textContent === 'Grüße'", "the echo")

    def without_http2_they_come_over_http1(self):
        self.open(http2=False)
        self.shows("http/1.1", "HTTP/1.1")

    def then_each_has_its_own_connection(self):
        versions = self.versions()
        assert len(set(versions)) == 4 and all(each.startswith("HTTP/1.1 from ") for each in versions), versions

    def c16_they_come_over_http2_through_a_proxy(self):
        bridge = Bridge(self.example.port, FOLDER, os.path.join(FOLDER, "haproxy.log"))
        self.open(f"https://localhost:{self.stack.enter_context(bridge).tls_port}")
        self.shows("h2", "HTTP/2.0")
        versions = self.versions()
        assert len(set(versions)) == 1, versions

    def a_browser_that_does_not_trust_the_certificate_refuses_it(self):
        browser = self.stack.enter_context(Browser())
        try:
            browser.open(self.site)
        except AssertionError as error:
            assert Browser.distrust in str(error), error
        else:
            raise AssertionError("it opened the page")

    def c16_a_drain_closes_the_websockets(self):
        self.open()
        self.shows("h2", "HTTP/2.0")
        self.example.stop()
        self.page.until("document.querySelector('#state').textContent === 'closed with 1001'", "the close")

    CHECKS = [
        c16_page_and_websockets_come_over_http2,
        c16_the_websockets_share_a_connection,
        what_is_typed_comes_back,
        *Echo.CHECKS,
        without_http2_they_come_over_http1,
        then_each_has_its_own_connection,
        *Echo.CHECKS,
        c16_they_come_over_http2_through_a_proxy,
        *Echo.CHECKS,
        a_browser_that_does_not_trust_the_certificate_refuses_it,
        c16_a_drain_closes_the_websockets,
    ]


if __name__ == "__main__":
    os.environ["WS_CERTS"] = FOLDER
    sys.exit(run("secure", Secure))
