#!/usr/bin/env python3
"""Two windows of one browser sign in and out with the login example.

Run `scripts/browser`, or this file: it builds and starts the example itself. Screenshots go to target/browser/.
"""

import http.client
import json
import os
import sys

from checks import ROOT, run

PICTURES = os.path.join(ROOT, "target", "browser")


class Login:
    """The checks, in the order of a conversation; each begins where the one before ended."""

    def __init__(self, browser, example):
        self.browser, self.example = browser, example

    @staticmethod
    def reads(page, words):
        page.until(f"document.body.innerText.includes({json.dumps(words)})", f"{words!r}")

    def sign_in(self, page, name, password):
        page.run(f"document.querySelector('[name=name]').value = {json.dumps(name)}")
        page.type("[name=password]", password)

    def two_guests(self):
        url = f"http://127.0.0.1:{self.example.port}/"
        self.one = self.browser.open(url)
        self.reads(self.one, "Who are you?")
        self.two = self.browser.open(url)
        self.reads(self.two, "Who are you?")
        assert self.one.run("account === undefined"), "the handler would reject it again and again"
        self.one.fits()

    def a_guest_is_rejected_by_the_handler(self):
        closed = self.one.run("""new Promise(done => {
            const own = ws.open("/account");
            own.addEventListener("close", ({ detail }) => { done(detail.code); own.close(); });
        })""")
        assert closed == 1006, closed

    def a_wrong_password_is_an_error(self):
        self.sign_in(self.one, "ada", "turing")
        self.reads(self.one, "That is not the password of this user.")

    def signing_in_reaches_both_windows(self):
        self.sign_in(self.one, "ada", "lovelace")
        for page in (self.one, self.two):
            self.reads(page, "Hello, ada")
            self.reads(page, "ada has 3 letters")
        self.two.fits()
        self.one.picture(os.path.join(PICTURES, "login.png"), 240)

    def the_cookie_is_not_for_scripts(self):
        assert self.one.run("document.cookie") == ""

    def a_cookie_that_was_changed_is_a_guest(self):
        cookie = next(each for each in self.one.cookies() if "ws" in each["name"])
        assert cookie["httpOnly"] and cookie["sameSite"] == "lax", cookie
        self.cookie = f"{cookie['name']}={cookie['value']}"
        assert self.account(self.cookie) == 101
        assert self.account(self.cookie[:-2] + ("AA" if self.cookie[-2:] != "AA" else "BB")) == 401

    def account(self, cookie):
        """The status of a handshake."""
        headers = {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            "Cookie": cookie,
        }
        connection = http.client.HTTPConnection("127.0.0.1", self.example.port, timeout=10)
        connection.request("GET", "/account", headers=headers)
        status = connection.getresponse().status
        connection.close()
        return status

    def signing_out_reaches_both_windows(self):
        self.one.run("window.codes = []; account.addEventListener('close', ({ detail }) => codes.push(detail.code))")
        self.two.run("document.querySelector('#user form').requestSubmit()")
        for page in (self.one, self.two):
            self.reads(page, "Who are you?")
        assert self.one.run("codes[0]") == 4500, "the server closes the connection of the account too"
        assert self.one.run("[account === undefined, document.querySelector('#account').textContent]") == [True, "…"]

    def the_old_cookie_is_of_no_use(self):
        assert self.account(self.cookie) == 401

    CHECKS = [
        two_guests,
        a_guest_is_rejected_by_the_handler,
        a_wrong_password_is_an_error,
        signing_in_reaches_both_windows,
        the_cookie_is_not_for_scripts,
        a_cookie_that_was_changed_is_a_guest,
        signing_out_reaches_both_windows,
        the_old_cookie_is_of_no_use,
    ]


if __name__ == "__main__":
    sys.exit(run("login", Login))
