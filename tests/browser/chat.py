#!/usr/bin/env python3
"""Two people in a real browser talk through the chat example.

Run `scripts/browser`, or this file: it builds and starts the example itself. Screenshots go to target/browser/.
"""

import json
import os
import sys

from checks import ROOT, only, run

PICTURES = os.path.join(ROOT, "target", "browser")


class Chat:
    """The checks, in the order of a conversation; each begins where the one before ended."""

    def __init__(self, browser, example):
        self.browser, self.example = browser, example

    def open(self):
        url = f"http://127.0.0.1:{self.example.port}/"
        pages = [self.browser.open(url), self.browser.open(url, apart=True)]  # a browser may have a name twice
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
        self.ada.until("!document.querySelector('#send').hidden", "the field for messages")
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
        self.bob.type("#text", "Fine — και σύ;")
        for page in (self.ada, self.bob):
            self.reads(page, "How are you, Bob?")
            self.reads(page, "Fine — και σύ;")
        own = "[...document.querySelectorAll('.own')].map(each => each.lastChild.textContent)"
        assert self.ada.run(own) == ["How are you, Bob?"], self.ada.run(own)
        assert self.ada.run("document.querySelector('#text').value") == "", "the field is empty again"
        self.ada.picture(os.path.join(PICTURES, "chat.png"), 440)
        self.bob.picture(os.path.join(PICTURES, "chat-dark.png"), 440, dark=True)

    def html_is_text(self):
        attack = "<img src=x onerror=\"document.title='broken'\"><b>bold</b> 🙂"
        self.ada.type("#text", attack)
        self.reads(self.bob, attack)
        assert self.bob.run("document.querySelector('#log img, #log b') === null"), "no element came of it"
        assert self.bob.run("document.title") == "lobby – Chat"

    def empty_and_long_messages_are_errors(self):
        before = self.bob.run("document.querySelector('#log').children.length")
        self.ada.type("#text", "   ")
        self.shows_error(self.ada, "a message must not be empty")
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
        carl = self.browser.open(f"http://127.0.0.1:{self.example.port}/", apart=True)
        carl.until("document.querySelector('#state').textContent === 'connected'", "the page to connect")
        carl.type("#name", "x" * 24)
        self.reads(carl, "short")
        carl.fits()
        carl.close()
        self.notes(self.ada, f"{'x' * 24} left")

    def they_come_back_when_the_server_does(self):
        self.example.stop()
        for page in (self.ada, self.bob):
            self.reads(page, "The connection was lost: the server is shutting down")
            page.until("document.querySelector('#state').textContent.includes('trying again')", "the note of the wait")
        self.ada.type("#text", "anybody?")
        self.shows_error(self.ada, "not connected: your message was not sent")
        self.example.start()
        for page in (self.ada, self.bob):
            self.reads(page, "Here: Ada, Bob")
        self.ada.type("#text", "here again")
        for page in (self.ada, self.bob):
            self.reads(page, "here again")
            self.reads(page, "Messages may be missing here")  # the history is gone with the server
        assert self.messages(self.ada) == self.messages(self.bob), "nothing is lost or doubled"

    @staticmethod
    def messages(page):
        """The texts of the messages in the page's log."""
        return page.run("[...document.querySelectorAll('#log .message')].map(each => each.lastChild.textContent)")

    def leaving_is_seen(self):
        self.bob.go("about:blank")
        self.notes(self.ada, "Bob left")
        self.ada.until("document.querySelector('#people').textContent === 'Here: Ada'", "the list without Bob")

    def others_write_while_a_page_is_away(self):
        for number in range(1, 6):
            self.ada.type("#text", f"number {number}")
            self.reads(self.ada, f"number {number}")

    @only("firefox")
    def going_back_begins_anew(self):
        """Firefox keeps no page that had an open WebSocket when it was left."""
        self.bob.back()
        self.bob.until("document.querySelector('#state')?.textContent === 'connected'", "the page to connect")
        self.bob.type("#name", "Bob")
        self.notes(self.ada, "Bob joined")

    @only("chromium")
    def going_back_joins_again(self):
        self.bob.back()
        self.notes(self.ada, "Bob joined")

    def what_was_missed_arrives_once_and_in_order(self):
        self.reads(self.bob, "number 5")
        self.ada.type("#text", "welcome back")
        self.reads(self.bob, "welcome back")
        self.reads(self.ada, "welcome back")
        wanted = [f"number {number}" for number in range(1, 6)] + ["welcome back"]
        if self.browser.name == "firefox":  # a new page
            assert self.messages(self.bob) == ["here again", *wanted], self.messages(self.bob)
            return
        assert self.messages(self.bob)[-6:] == wanted, self.messages(self.bob)
        assert self.messages(self.bob) == self.messages(self.ada), "nothing is lost or doubled"
        missing = "[...document.querySelectorAll('#log .note')].filter(each => each.textContent.includes('missing')).length"
        assert self.bob.run(missing) == 1, "only after the restart"

    def a_newcomer_sees_the_last_messages(self):
        carl = self.browser.open(f"http://127.0.0.1:{self.example.port}/", apart=True)
        carl.until("document.querySelector('#state')?.textContent === 'connected'", "the page to connect")
        carl.type("#name", "Carl")
        self.reads(carl, "welcome back")
        wanted = ["here again"] + [f"number {number}" for number in range(1, 6)] + ["welcome back"]
        assert self.messages(carl) == wanted, self.messages(carl)
        assert "missing" not in carl.text()
        carl.close()
        self.notes(self.ada, "Carl left")

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
        others_write_while_a_page_is_away,
        going_back_begins_anew,
        going_back_joins_again,
        what_was_missed_arrives_once_and_in_order,
        a_newcomer_sees_the_last_messages,
        closing_the_window_is_seen,
    ]


if __name__ == "__main__":
    sys.exit(run("chat", Chat))
