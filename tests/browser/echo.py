#!/usr/bin/env python3
"""A browser's own WebSocket talks to the echo example.

Run `scripts/browser`, or this file: it builds and starts the example itself. With WITHOUT_COMPRESSION=1 in the
environment, what is wanted is an example that agrees on no extension. A page cannot send pings, nor see them.
"""

import json
import os
import sys

from checks import run

MIB = 1 << 20
SIZES = [0, 1, 125, 126, 1023, 1024, 65_535, 65_536, 300_000, MIB]

# In the page: `ws` is the socket, `echo` sends and says what is wrong with what comes back.
SCRIPT = """
    const within = (promise, what) => Promise.race([promise, new Promise((_, fail) => {
        setTimeout(() => fail(new Error(`waited 9 s for ${what}`)), 9000);
    })]);
    const next = type => within(new Promise((done, fail) => {
        ws.addEventListener(type, done, { once: true });
        ws.addEventListener("error", () => fail(new Error("the connection failed")), { once: true });
    }), `a ${type}`);
    const text = (size, random) => random
        ? Array.from({ length: size }, () => String.fromCharCode(33 + Math.random() * 94)).join("")
        : "Grüße, 世界; ".repeat(size / 16 + 1).slice(0, size);
    const bytes = (size, random) => {
        const made = new Uint8Array(size);
        // It gives 64 KiB at a time.
        if (random) for (let at = 0; at < size; at += 65536) crypto.getRandomValues(made.subarray(at, at + 65536));
        else made.forEach((_, at) => made[at] = at % 4);
        return made;
    };
    const echo = async message => {
        ws.send(message);
        const { data } = await next("message");
        if (typeof message === "string") return data === message;
        if (!(data instanceof ArrayBuffer) || data.byteLength !== message.length) return false;
        const came = new Uint8Array(data);
        return message.every((byte, at) => byte === came[at]);
    };
"""


class Echo:
    """The checks, in the order of a conversation."""

    def __init__(self, browser, example):
        # Not to be found, and of the right origin.
        self.begin(browser, f"http://127.0.0.1:{example.port}")

    def begin(self, browser, site):
        self.page = browser.open(f"{site}/")
        self.url = site.replace("http", "ws", 1) + "/echo"

    def run(self, code):
        return self.page.run(f"(async () => {{ {SCRIPT} {code} }})()")

    def it_connects_and_agrees_on_compression(self):
        self.run(f"""
            window.ws = new WebSocket("{self.url}");
            ws.binaryType = "arraybuffer";
            await next("open");
        """)
        agreed, wanted = self.page.run("ws.extensions"), "" if "WITHOUT_COMPRESSION" in os.environ else "permessage-deflate"
        assert agreed.split(";")[0] == wanted, f"agreed on {agreed!r}"
        print(f"        agreed on {agreed!r}")

    def echoes(self, message):
        for size in SIZES:
            assert self.run(f"return echo({message.replace('SIZE', str(size))})"), f"not what was sent: {size} of {message}"

    def texts_come_back(self):
        self.echoes("text(SIZE, false)")

    def random_texts_come_back(self):
        self.echoes("text(SIZE, true)")

    def binaries_come_back(self):
        self.echoes("bytes(SIZE, false)")

    def random_binaries_come_back(self):
        self.echoes("bytes(SIZE, true)")

    def many_at_once_come_back_in_order(self):
        received = self.run("""
            const received = [];
            const all = new Promise(done => {
                ws.onmessage = ({ data }) => { received.push(data); if (received.length === 100) done(); };
            });
            for (let at = 0; at < 100; at += 1) ws.send(at + text(2000 + at, false));
            await within(all, "a hundred messages");
            ws.onmessage = null;
            return received.every((words, at) => words === at + text(2000 + at, false));
        """)
        assert received, "not what was sent"

    def it_closes_with_code_and_reason(self):
        code, reason, clean = self.run("""
            ws.close(4321, "enough");
            const { code, reason, wasClean } = await next("close");
            return [code, reason, wasClean];
        """)
        assert (code, reason, clean) == (4321, "enough", True), json.dumps([code, reason, clean])

    CHECKS = [
        it_connects_and_agrees_on_compression,
        texts_come_back,
        random_texts_come_back,
        binaries_come_back,
        random_binaries_come_back,
        many_at_once_come_back_in_order,
        it_closes_with_code_and_reason,
    ]


if __name__ == "__main__":
    sys.exit(run("echo", Echo))
