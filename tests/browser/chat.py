#!/usr/bin/env python3
"""Two people in a real browser talk through the chat example.

Run `scripts/browser`, or this file: it builds and starts the example itself. Screenshots go to target/browser/.
"""

import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
import traceback

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "target", "python"))
try:
    from devtools import PATIENCE, Browser
except ModuleNotFoundError as missing:
    sys.exit(f"{missing}: run `scripts/setup` first, or `pip install --target target/python websockets`")

WHOLE = 60  # seconds for all of it, once the example is built
PICTURES = os.path.join(ROOT, "target", "browser")


class Example:
    """The chat as a process: started on a port of the system's choice, or again on the one it had."""

    def __init__(self, program):
        self.program = program
        self.port = 0
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [self.program],
            env={**os.environ, "WS_ADDR": f"127.0.0.1:{self.port}", "RUST_LOG": "info"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        ports = queue.Queue()
        threading.Thread(target=self._read, args=(self.process.stdout, ports), daemon=True).start()
        self.port = ports.get(timeout=PATIENCE)
        assert self.port, f"the example ended with {self.process.wait(PATIENCE)} before it listened"

    @staticmethod
    def _read(output, ports):
        for line in output:
            if found := re.search(r"listening on http://127\.0\.0\.1:(\d+)", line):
                ports.put(int(found[1]))
        ports.put(0)

    def stop(self):
        """Asks it to go down, as a deployment would."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            try:
                code = self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                raise AssertionError("the example did not go down in time") from None
            finally:
                self.process = None
            assert code == 0, f"the example ended with {code}"


class Chat:
    """The checks, in the order of a conversation; each begins where the one before ended."""

    def __init__(self, browser, example):
        self.browser, self.example = browser, example

    def open(self):
        url = f"http://127.0.0.1:{self.example.port}/"
        pages = [self.browser.open(url), self.browser.open(url)]
        for page in pages:
            page.until("document.querySelector('#state')?.textContent === 'connected'", "the page to connect")
        self.ada, self.bob = pages

    @staticmethod
    def reads(page, words):
        page.until(f"document.body.innerText.includes({json.dumps(words)})", f"{words!r}")

    @staticmethod
    def notes(page, words):
        """The last thing in the page's log is this note."""
        last = "document.querySelector('#log').lastChild"
        page.until(f"{last}?.className === 'note' && {last}.textContent === {json.dumps(words)}", f"the note {words!r}")

    @staticmethod
    def shows_error(page, words):
        page.until(f"document.querySelector('#error').textContent === {json.dumps(words)}", f"the error {words!r}")

    def first_joins(self):
        self.ada.type("#name", "Ada")
        self.notes(self.ada, "Ada, you are in")
        self.ada.until("!document.querySelector('#say').hidden", "the field for messages")
        assert self.ada.run("document.activeElement.id") == "text", "the field for messages is ready for typing"

    def empty_name_is_an_error(self):
        self.bob.type("#name", "  ")
        self.shows_error(self.bob, "please give a name")

    def long_name_is_an_error(self):
        self.bob.type("#name", "B" * 25)
        self.shows_error(self.bob, "a name has 24 characters at most")

    def taken_name_is_an_error(self):
        self.bob.type("#name", "ada")
        self.shows_error(self.bob, "somebody here has this name already")
        assert self.bob.run("document.querySelector('#name').getAttribute('aria-invalid')") == "true"
        self.bob.screenshot(os.path.join(PICTURES, "name-taken.png"))

    def second_joins_and_the_first_sees_it(self):
        self.bob.type("#name", "Bob")
        self.notes(self.bob, "Bob, you are in")
        self.notes(self.ada, "Bob joined")
        for page in (self.ada, self.bob):
            self.reads(page, "Here: Ada, Bob")
        assert self.bob.run("document.querySelector('#error').textContent") == "", "the error is gone"

    def they_see_each_others_messages(self):
        self.ada.type("#text", "How are you, Bob?")
        self.bob.type("#text", "Fine — και σύ; 🙂")
        for page in (self.ada, self.bob):
            self.reads(page, "How are you, Bob?")
            self.reads(page, "Fine — και σύ; 🙂")
        own = "[...document.querySelectorAll('.own')].map(each => each.lastChild.textContent)"
        assert self.ada.run(own) == ["How are you, Bob?"], self.ada.run(own)
        assert self.ada.run("document.querySelector('#text').value") == "", "the field is empty again"

    def html_is_text(self):
        attack = "<img src=x onerror=\"document.title='broken'\"><b>bold</b>"
        self.ada.type("#text", attack)
        self.reads(self.bob, attack)
        assert self.bob.run("document.querySelector('#log img, #log b') === null"), "no element came of it"
        assert self.bob.run("document.title") == "lobby – Chat"

    def empty_and_long_messages_are_errors(self):
        before = self.bob.run("document.querySelector('#log').children.length")
        self.ada.type("#text", "   ")
        self.shows_error(self.ada, "there is nothing to say in an empty message")
        self.ada.type("#text", "x" * 1001)
        self.shows_error(self.ada, "a message has 1000 characters at most")
        assert self.ada.run("document.querySelector('#text').value.length") == 1001, "what was written is kept"
        self.ada.type("#text", "short")
        self.reads(self.bob, "short")
        assert self.bob.run("document.querySelector('#log').children.length") == before + 1
        assert self.ada.run("document.querySelector('#error').textContent") == "", "the error is gone"

    def it_looks_right(self):
        for name, page in (("ada", self.ada), ("bob", self.bob)):
            page.screenshot(os.path.join(PICTURES, f"{name}.png"))
        assert self.ada.run("document.documentElement.scrollWidth <= innerWidth"), "nothing hangs over the edge"

    def they_come_back_when_the_server_does(self):
        self.example.stop()
        for page in (self.ada, self.bob):
            self.reads(page, "The connection was lost: the server is going down")
            page.until("document.querySelector('#state').textContent.includes('trying again')", "the note of the wait")
        self.ada.type("#text", "anybody?")
        self.shows_error(self.ada, "not connected: your message was not sent")
        self.example.start()
        for page in (self.ada, self.bob):
            self.reads(page, "Here: Ada, Bob")
        self.ada.type("#text", "here again")
        self.reads(self.bob, "here again")

    def leaving_is_seen(self):
        self.bob.go("about:blank")
        self.notes(self.ada, "Bob left")
        self.ada.until("document.querySelector('#people').textContent === 'Here: Ada'", "the list without Bob")

    def going_back_joins_again(self):
        self.bob.run("history.back()")
        self.notes(self.ada, "Bob joined")

    def closing_the_window_is_seen(self):
        self.bob.close()
        self.notes(self.ada, "Bob left")

    CHECKS = [
        open,
        first_joins,
        empty_name_is_an_error,
        long_name_is_an_error,
        taken_name_is_an_error,
        second_joins_and_the_first_sees_it,
        they_see_each_others_messages,
        html_is_text,
        empty_and_long_messages_are_errors,
        it_looks_right,
        they_come_back_when_the_server_does,
        leaving_is_seen,
        going_back_joins_again,
        closing_the_window_is_seen,
    ]


def build():
    """Builds the example; where cargo put it."""
    command = ["cargo", "build", "--locked", "-p", "ws-examples", "--example", "chat", "--message-format=json"]
    output = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    made = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    return next(each["executable"] for each in made if each.get("executable"))


def late(*_):
    raise TimeoutError(f"not done within {WHOLE} s")


def main():
    example = Example(build())
    signal.signal(signal.SIGALRM, late)
    signal.alarm(WHOLE)
    passed = failed = 0
    try:
        example.start()
        with Browser() as browser:
            chat = Chat(browser, example)
            for check in Chat.CHECKS:
                name, begun = check.__name__.replace("_", " "), time.monotonic()
                try:
                    check(chat)
                except Exception:
                    failed += 1
                    print(f"FAILED  {name}\n{traceback.format_exc()}")
                    break  # the rest would begin in the wrong place
                passed += 1
                print(f"passed  {name} ({time.monotonic() - begun:.1f} s)")
        example.stop()
    except Exception:
        failed += 1
        traceback.print_exc(file=sys.stdout)
    finally:
        signal.alarm(0)
        if example.process is not None:
            example.process.kill()
    left = len(Chat.CHECKS) - passed - failed
    print(f"{passed} passed, {failed} failed" + (f", {left} not reached" if failed else ""))
    return 1 if failed or passed < len(Chat.CHECKS) else 0


if __name__ == "__main__":
    sys.exit(main())
