#!/usr/bin/env python3
"""The client script in pages of all kinds, in a real browser, with the page example.

Run `scripts/browser`, or this file: it builds and starts the example itself.
"""

import pathlib
import sys
import threading
import time

from checks import run
from driver import PATIENCE
from pages import Site

OPEN = "window.ws?.state === 'open'"
SCRIPT = pathlib.Path(__file__).parents[2] / "ws-core/js/dist/client.js"
TAG = "<script src='/ws/client.js'></script>"
# Round trips, within which a connection would open.
ROUND_TRIPS = "(async () => { for (let count = 0; count < 5; count++) await fetch('/style.css', { cache: 'no-store' }); })()"


class Script:
    """The checks. Each has a page of its own."""

    def __init__(self, browser, example):
        self.browser, self.example = browser, example
        self.pages = {}
        self.site = Site(example.port, self.pages)

    def open(self, path, *, within=OPEN):
        page = self.browser.open(f"http://127.0.0.1:{self.site.port}{path}")
        self.wait(page, within)
        return page

    @staticmethod
    def wait(page, condition):
        """Waits for a condition that no change of the page goes with."""
        until = time.monotonic() + PATIENCE
        while not page.there(lambda: page.run(f"!!({condition})")):
            assert time.monotonic() < until, f"waited {PATIENCE} s for {condition}"
            time.sleep(0.02)

    def opens(self, name, body, path="/websocket"):
        """A page with this body connects, at this path."""
        self.pages[f"/{name}"] = body
        self.site.upgrades.clear()
        page = self.open(f"/{name}")
        assert [each.split("?")[0] for each in self.site.upgrades] == [path], self.site.upgrades
        page.close()

    def it_opens_however_it_is_loaded(self):
        self.opens("plain", TAG)
        self.opens("defer", "<script defer src='/ws/client.js'></script>")
        self.opens("async", "<script async src='/ws/client.js'></script>")
        self.opens("inline", f"<script>{SCRIPT.read_text()}</script>")
        for event in ("DOMContentLoaded", "load"):
            for more in ("{}", "{ defer: true, async: false }"):
                self.opens("added", f"""<script>addEventListener("{event}", () => setTimeout(() => {{
                    const tag = document.createElement("script");
                    document.body.append(Object.assign(tag, {{ src: "/ws/client.js" }}, {more}));
                }}))</script>""")

    def it_finds_its_route_below_a_prefix(self):
        self.opens("prefix", TAG.replace("/ws", "/base/ws"), "/base/websocket")
        module = "<script type=module>import { connect } from '/base/ws/client.mjs'; window.ws = connect();</script>"
        self.opens("module", module, "/base/websocket")
        self.opens("versioned", module.replace(".mjs", ".mjs?v=2#x"), "/base/websocket")

    def the_base_of_a_page_does_not_count(self):
        self.opens("base", f"<base href='https://elsewhere.invalid/x/'>{TAG.replace('/ws', f'http://127.0.0.1:{self.site.port}/ws')}")

    def a_strict_policy_allows_it(self):
        policy = "default-src 'none'; script-src 'nonce-abc'; connect-src 'self'"
        body = TAG.replace("<script", "<script nonce=abc")
        self.opens("policy", ({"Content-Security-Policy": policy}, body))

    def nostream_opens_nothing(self):
        for name, tag in {
            "nostream": TAG.replace("<script", "<script nostream"),
            "nostream-defer": TAG.replace("<script", "<script nostream defer"),
            "nostream-late": """<script>
                const tag = Object.assign(document.createElement("script"), { src: "/ws/client.js" });
                tag.toggleAttribute("nostream");
                document.head.append(tag);
            </script>""",
            "module-only": "<script type=module>import * as client from '/ws/client.mjs'; window.ws = client;</script>",
        }.items():
            self.pages[f"/{name}"] = tag
            self.site.upgrades.clear()
            page = self.open(f"/{name}", within="window.ws")
            page.run(ROUND_TRIPS)
            assert self.site.upgrades == [], (name, self.site.upgrades)
            assert page.run("[typeof ws.open, typeof ws.connect, ws.state]") == ["function", "function", None]
            page.close()

    def nostream_leaves_a_connection_alone(self):
        nostream = TAG.replace("<script", "<script nostream")
        self.opens("both", f"{TAG}{nostream}<script>ws.on('time', () => {{}});</script>")

    def a_frame_without_an_address_connects(self):
        self.pages["/frame"] = f"""<iframe srcdoc="{TAG}"></iframe>"""
        self.open("/frame", within="frames[0]?.ws?.state === 'open'").close()

    def a_worker_connects(self):
        page = self.browser.open(f"http://127.0.0.1:{self.site.port}/style.css")
        answer = page.run("""new Promise(done => {
            const code = `import { connect } from "${location.origin}/ws/client.mjs";
                const ws = connect();
                ws.addEventListener("open", async () => postMessage(await ws.call("start", { seconds: 1 })));`;
            const worker = new Worker(URL.createObjectURL(new Blob([code], { type: "text/javascript" })), { type: "module" });
            worker.onmessage = ({ data }) => done(data);
            worker.onerror = ({ message }) => done(message);
        })""")
        assert answer == {"steps": 20}, answer
        page.close()

    def scripts_that_follow_miss_nothing(self):
        """The connection waits for them, and they add their listeners first."""
        follows = "window.heard = []; ws.addEventListener('open', () => heard.push('open'));"
        for name, tag, script in [
            ("slow", TAG, f"<script>{follows}</script>"),
            ("slow-defer", TAG.replace("<script", "<script defer"), "<script defer src='/slow.js'></script>"),
            ("slow-module", TAG, "<script type=module src='/slow.js'></script>"),
        ]:
            rest = threading.Event()
            late = [rest, follows] if "/slow.js" in script else [follows]
            self.pages["/slow.js"] = ({"Content-Type": "text/javascript"}, late)
            parts = [tag, script] if "/slow.js" in script else [tag, rest, script]
            self.pages[f"/{name}"] = ["<!doctype html><body>", *parts]
            self.site.upgrades.clear()
            page = self.begin(name)
            self.wait(page, "window.ws")
            page.run(ROUND_TRIPS)
            early = list(self.site.upgrades)
            rest.set()
            self.wait(page, OPEN)
            assert early == [], (name, early)
            self.wait(page, "heard.length === 1")
            page.close()

    def a_page_that_is_stopped_connects(self):
        """A part of it never arrives, so its user stops it."""
        rest = threading.Event()
        self.pages["/slow.js"] = ({"Content-Type": "text/javascript"}, [rest])
        for name, attribute in [("stopped", ""), ("stopped-defer", "defer")]:
            self.pages[f"/{name}"] = f"<!doctype html><body>{TAG}<script {attribute} src='/slow.js'></script>"
            page = self.begin(name)
            self.wait(page, "window.ws")
            page.run("window.stop()")
            self.wait(page, OPEN)
            page.close()
        rest.set()

    def begin(self, name):
        """A page that is still loading."""
        page = self.browser.open("about:blank")
        page.run(f"void setTimeout(() => location.href = 'http://127.0.0.1:{self.site.port}/{name}')")
        return page

    def a_handshake_that_is_late_does_not_end_the_page(self):
        """The page gives an attempt up, and the server gets it after the next one."""
        self.pages["/late"] = TAG
        page = self.open("/late")
        self.site.held = late = threading.Event()
        begun = len(self.site.upgrades)
        page.run("""{
            window.codes = [];
            ws.addEventListener("close", ({ detail }) => codes.push(detail.code));
            ws.reconnect();
        }""")
        page.run(ROUND_TRIPS)
        assert len(self.site.upgrades) == begun + 1, "the first attempt is under way"
        page.run("ws.reconnect()")
        self.wait(page, OPEN)
        late.set()
        self.wait(page, "codes.length")
        assert page.run("codes") == [4409]
        self.wait(page, OPEN)
        assert page.run("ws.call('watch_time')") is None
        page.close()

    def connect_adds_its_listener_once(self):
        self.pages["/again"] = TAG
        page = self.open("/again")
        page.run("""{
            window.added = 0;
            const add = ws.addEventListener;
            ws.addEventListener = function (...all) { added++; add.apply(this, all); };
        }""")
        page.run("void [ws.connect(), ws.connect()]")
        assert page.run("added") == 0
        page.close()

    def each_tab_has_a_page_of_its_own(self):
        self.pages["/tab"] = TAG
        pages = [self.open("/tab") for _ in range(3)]
        assert len({page.run("ws.page") for page in pages}) == 3
        for page in pages:
            page.close()

    CHECKS = [
        it_opens_however_it_is_loaded,
        it_finds_its_route_below_a_prefix,
        the_base_of_a_page_does_not_count,
        a_strict_policy_allows_it,
        nostream_opens_nothing,
        nostream_leaves_a_connection_alone,
        a_frame_without_an_address_connects,
        a_worker_connects,
        scripts_that_follow_miss_nothing,
        a_page_that_is_stopped_connects,
        a_handshake_that_is_late_does_not_end_the_page,
        connect_adds_its_listener_once,
        each_tab_has_a_page_of_its_own,
    ]


if __name__ == "__main__":
    sys.exit(run("page", Script))
