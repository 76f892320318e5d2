#!/usr/bin/env python3
"""Z7, Z10: a page with the connection of `/ws/client.js`, in a real browser, with the page example.

Run `scripts/browser`, or this file: it builds and starts the example itself. Screenshots go to target/browser/.
"""

import json
import os
import signal
import sys
import time

from checks import ROOT, only, run
from relay import Relay

PICTURES = os.path.join(ROOT, "target", "browser")
OPEN = "window.ws?.state === 'open'"


class Page:
    """The checks, in the order of a conversation; each begins where the one before ended."""

    def __init__(self, browser, example):
        self.browser, self.example = browser, example

    def open(self, *, within=OPEN):
        page = self.browser.open(self.url())
        page.until(within, "the page to connect")
        return page

    def url(self):
        return f"http://127.0.0.1:{self.example.port}/"

    def shows(self, selector, words):
        text = f"document.querySelector({json.dumps(selector)})?.textContent"
        self.page.until(f"{text}.includes({json.dumps(words)})", f"{words!r} in {selector}")

    def z7_the_connection_opens_with_the_page(self):
        self.page = self.open()
        self.shows("#state", "connected")

    def a_network_fails_without_a_sign(self):
        """The end of this is `a_failed_network_is_noticed`, because it takes 45 s."""
        self.relay = Relay(self.example.port)
        self.quiet = self.quiet_page(self.relay.port)
        self.relay.fail()
        self.failed_at = time.monotonic()

    def quiet_page(self, port):
        """A page that receives nothing, with its states in `states`, and the types of its messages in `sent`."""
        page = self.browser.open(f"http://127.0.0.1:{port}/ws/client.mjs")  # any page of this origin without a script
        page.run("""import('/ws/client.mjs').then(({ connect }) => {
            window.ws = connect();
            window.states = [];
            ws.addEventListener('state', () => document.body.dataset.ws = states.push(ws.state));
            ws.addEventListener('open', () => document.body.dataset.welcome = states.length);
            window.sent = [];
            const send = WebSocket.prototype.send;
            WebSocket.prototype.send = function (data) { sent.push(JSON.parse(data).type); send.call(this, data); };
        })""")
        page.until("document.body.dataset.welcome", "the connection")
        return page

    def a_network_that_fails_before_the_welcome_is_noticed(self):
        relay = Relay(self.example.port)
        page = self.browser.open(f"http://127.0.0.1:{relay.port}/ws/client.mjs")
        relay.fail_after_next_handshake()
        page.run("""import('/ws/client.mjs?again').then(({ connect }) => {
            window.ws = connect();
            window.closes = [];
            ws.addEventListener('state', () => document.body.dataset.ws = ws.state);
            ws.addEventListener('close', ({ detail }) => document.body.dataset.closes = closes.push(detail.reason));
        })""")
        time.sleep(5)  # half of the time that the script waits for the answer
        page.until("closes?.length === 1", "the loss to be seen")
        assert page.run("closes") == ["the server did not answer"], page.run("closes")
        page.until(OPEN, "the connection")
        assert page.run("ws.call('nothing').catch(error => error.error.code)") == "unknown_type"
        page.close()
        relay.close()

    def the_server_pushes_the_time(self):
        self.shows("#time", "UTC")
        now = self.page.run("document.querySelector('#time').textContent")
        self.page.until(f"document.querySelector('#time').textContent !== {json.dumps(now)}", "the next second")

    def a_job_reports_to_the_page_that_started_it(self):
        other = self.open()
        other.run("window.seen = 0; ws.on('progress', () => seen++); ws.on('done', () => seen++)")
        self.page.run("document.querySelector('#start').click()")
        self.shows("#percent", "% done")
        self.shows("#job", "Done after 3 s.")
        assert self.page.run("document.querySelector('#progress').value") == 100
        assert other.run("seen") == 0, "another page saw it"
        other.close()

    def errors_are_answers(self):
        failed = self.page.run("ws.call('start', { seconds: 99 }).catch(error => [error.name, error.error])")
        assert failed == ["CallError", "a job takes 1 to 60 seconds"], failed
        code = self.page.run("ws.call('nothing').catch(error => error.error.code)")
        assert code == "unknown_type", code
        code = self.page.run("ws.call('start', { seconds: 'x' }).catch(error => error.error.code)")
        assert code == "bad_payload", code

    @only("chromium")
    def a_sleeping_tab_reconnects_within_seconds_of_its_wake_up(self):
        """The network fails while the tab sleeps, and nothing closes the connection."""
        relay = Relay(self.example.port)
        page = self.quiet_page(relay.port)
        page.freeze()
        relay.fail()
        time.sleep(6)
        page.wake()
        begun = time.monotonic()
        page.until("states.length > 1", "the loss to be seen")
        page.until(OPEN, "the connection")
        assert time.monotonic() - begun < 6
        assert page.run("sent.slice(0, 2)") == ["ws:hello", "ws:ping"], page.run("sent")
        page.close()
        relay.close()

    @only("firefox")
    def a_page_without_a_connection_comes_back_from_the_cache(self):
        """Firefox keeps no page that had an open WebSocket when it was left."""
        page = self.open()
        self.example.stop()
        page.until("ws.state === 'waiting'", "the loss")
        page.run("shown = undefined; addEventListener('pageshow', event => shown = event.persisted)")
        page.go("about:blank")
        self.example.start()
        page.back()
        page.until("shown === true", "the page from the cache")
        page.until(OPEN, "the connection")
        page.close()

    @only("firefox")
    def a_page_that_was_left_is_loaded_anew(self):
        self.page.run("before = true")
        self.page.go("about:blank")
        self.page.back()
        self.page.until(OPEN, "the page to connect")
        assert self.page.run("window.before") is None

    @only("chromium")
    def it_is_in_the_back_forward_cache_and_comes_back(self):
        self.page.run("window.shown = undefined; addEventListener('pageshow', event => shown = event.persisted)")
        self.page.go("about:blank")
        self.page.back()
        self.page.until("shown === true", "the page from the cache")
        self.page.until(OPEN, "the connection")
        assert self.page.run("ws.call('start', { seconds: 0 }).catch(error => error.name)") == "CallError"

    @only("chromium")
    def a_job_is_seen_through_a_lost_connection(self):
        """What was sent at most once is gone, and the end, which was sent exactly once, arrives."""
        self.page.run("window.ends = 0; ws.on('done', () => ends++)")
        self.page.run("document.querySelector('#start').click()")
        self.shows("#percent", "% done")
        self.page.go("about:blank")
        time.sleep(4)
        self.page.back()
        self.shows("#job", "Done after 3 s.")
        assert self.page.run("ends") == 1

    def an_answer_that_is_missing_after_a_wake_up_reconnects(self):
        # Silence, as after a sleep: the server does not run.
        self.example.process.send_signal(signal.SIGSTOP)
        try:
            time.sleep(5.5)
            # Again and again, because a busy browser may receive the last message late.
            self.page.run("void (window.waking = setInterval(() => dispatchEvent(new Event('online')), 100))")
            begun = time.monotonic()
            self.page.until("ws.state !== 'open'", "the loss to be seen")
            assert time.monotonic() - begun < 6
            self.page.run("clearInterval(waking)")
        finally:
            self.example.process.send_signal(signal.SIGCONT)
        self.page.until(OPEN, "the connection")

    def a_living_connection_survives_a_wake_up(self):
        """A page that receives nothing asks the server whether the connection lives."""
        quiet = self.quiet_page(self.example.port)
        time.sleep(5.5)
        quiet.run("dispatchEvent(new Event('online'))")
        time.sleep(3.5)  # more than the time that the script waits for the answer
        assert quiet.run("states") == ["open"], quiet.run("states")
        assert quiet.run("sent") == ["ws:hello", "ws:ping"], quiet.run("sent")
        quiet.close()

    @only("chromium")
    def a_topic_with_history_recovers(self):
        ended = "[...document.querySelectorAll('#ended li')].map(each => each.textContent)"
        other = self.open()
        before = self.page.run(ended)
        self.same(other, before)  # a new page begins with the last ones
        self.page.run("ws.addEventListener('open', ({ detail }) => window.topics = detail.topics)")
        self.page.go("about:blank")
        for seconds in (1, 2):
            other.run(f"new Promise(done => {{ ws.on('done', done); ws.call('start', {{ seconds: {seconds} }}); }})")
            other.until(f"document.querySelector('#ended').textContent.includes('job of {seconds} s')", "the job")
        self.page.back()
        self.same(self.page, other.run(ended))
        assert self.page.run("topics.jobs") == {"recovered": True}, self.page.run("topics")
        assert self.page.run("topics.time") == {"recovered": False}, "it has no history"
        self.page.run("document.querySelector('#start').click()")
        self.shows("#percent", "50 % done")
        self.page.picture(os.path.join(PICTURES, "page.png"), 530)
        self.page.until("document.querySelectorAll('#ended li').length === 5", "what follows")
        self.same(self.page, other.run(ended))
        other.close()

    @staticmethod
    def same(page, ended):
        read = "[...document.querySelectorAll('#ended li')].map(each => each.textContent)"
        page.until(f"JSON.stringify({read}) === {json.dumps(json.dumps(ended, separators=(',', ':')))}", f"{ended}")

    def a_failed_network_is_noticed(self):
        time.sleep(max(0, self.failed_at + 38 - time.monotonic()))
        self.quiet.until("states.length > 1", "the loss to be seen")
        self.quiet.until(OPEN, "the connection")
        assert self.quiet.run("sent.slice(0, 2)") == ["ws:hello", "ws:ping"], self.quiet.run("sent")
        self.quiet.close()
        self.relay.close()

    def z10_it_survives_a_restart_of_the_server(self):
        self.page.run("window.opened = undefined; ws.addEventListener('open', event => opened = event.detail.resumed)")
        self.example.stop()
        self.shows("#state", "trying again in")
        assert self.page.run("ws.send('watch_time')") == "queued"
        self.page.screenshot(os.path.join(PICTURES, "page-lost.png"))
        self.example.start()
        self.page.until(OPEN, "the connection")
        self.page.until("opened === false", "a server that knows nothing of the page")
        now = self.page.run("document.querySelector('#time').textContent")
        self.page.until(f"document.querySelector('#time').textContent !== {json.dumps(now)}", "the next second")

    def z10_an_active_page_comes_back_at_once(self):
        self.example.stop()
        self.page.until("ws.attempts >= 3", "some attempts")
        self.example.start()
        self.page.until("ws.state === 'waiting'", "the wait")
        begun = time.monotonic()
        self.page.run("document.dispatchEvent(new Event('visibilitychange'))")
        self.page.until(OPEN, "the connection")
        assert time.monotonic() - begun < 2, "it did not come back at once"

    def a_second_script_shares_the_connection(self):
        shared = self.page.run("import('/ws/client.mjs').then(({ connect }) => connect() === window.ws)")
        assert shared, "a second connection"

    def a_token_is_asked_for_at_every_attempt(self):
        self.page.run("""
            window.asked = 0;
            import('/ws/client.mjs').then(({ open }) => {
                window.own = open('/websocket', { query: async () => ({ token: `${++asked}` }) });
                own.addEventListener('state', () => document.body.dataset.own = own.state);
            })
        """)
        self.page.until("window.own?.state === 'open'", "a connection of one's own")
        self.page.run("own.reconnect()")
        self.page.until("asked === 2 && own.state === 'open'", "the second attempt")
        self.page.run("own.close()")
        assert self.page.run("own.state") == "closed"

    def an_answer_that_is_late_is_no_event(self):
        self.page.run("window.late = []; for (const type of ['error', 'start']) ws.on(type, data => late.push(data))")
        late = self.page.run("ws.call('start', { seconds: 99 }, { timeout: 0 }).catch(error => error.message)")
        assert late == '"start" has no answer within 0 ms', late
        self.page.run("ws.call('watch_time')")
        assert self.page.run("late") == [], self.page.run("late")
        assert self.page.run("ws.call('watch_time', null, { timeout: Infinity })") is None

    def the_error_of_an_event_is_an_event(self):
        self.page.run("window.failed = undefined; ws.on('error', ({ code }) => document.body.dataset.failed = failed = code)")
        self.page.run("ws.send('nothing')")
        self.page.until("failed === 'unknown_type'", "the error")

    def a_code_that_is_not_allowed_changes_nothing(self):
        for code in (1001, 2999, 5000):
            error = self.page.run(f"(() => {{ try {{ ws.close({code}); }} catch (error) {{ return error.name; }} }})()")
            assert error == "InvalidAccessError", error
        assert self.page.run("ws.state") == "open"
        assert self.page.run("ws.call('watch_time')") is None

    def a_call_that_is_not_sent_in_time_is_never_sent(self):
        self.example.stop()
        self.page.until("ws.state === 'waiting'", "the loss")
        qos = "{ timeout: 100, qos: 2 }"
        self.page.run(f"void (window.withdrawn = ws.call('start', {{ seconds: 1 }}, {qos}).catch(error => error.message))")
        self.page.run("void (window.kept = ws.call('start', { seconds: 99 }, { qos: 2 }).catch(error => error.error))")
        assert self.page.run("withdrawn") == '"start" was not sent within 100 ms'
        self.example.start()
        self.page.run("window.done = 0; ws.on('done', () => done++)")
        assert self.page.run("kept") == "a job takes 1 to 60 seconds"
        self.page.until(OPEN, "the connection")
        time.sleep(1.5)
        assert self.page.run("done") == 0, "the job has run"

    def it_never_has_two_connections(self):
        """Whatever happens to the page, in whatever order."""
        most = self.page.run("""(async () => {
            const own = [], Real = WebSocket;
            let most = 0;
            const living = () => own.filter(each => each.readyState < 2).length;
            window.WebSocket = class extends Real {
                constructor(...all) { super(...all); own.push(this); most = Math.max(most, living()); }
            };
            const event = (target, name, more) => () => target.dispatchEvent(Object.assign(new Event(name), more));
            const happenings = [
                () => ws.reconnect(), () => ws.close(), () => ws.connect(),
                event(window, "pagehide"), event(window, "pageshow", { persisted: true }), event(window, "online"),
                event(document, "visibilitychange"), event(document, "resume"),
            ];
            ws.reconnect();
            for (let count = 0; count < 400; count++) {
                happenings[Math.floor(Math.random() * happenings.length)]();
                await new Promise(done => setTimeout(done, Math.random() * 12));
            }
            ws.reconnect();
            while (ws.state !== "open") await new Promise(done => setTimeout(done, 20));
            most = Math.max(most, living());
            window.WebSocket = Real;
            return [most, living(), own.length > 10];
        })()""")
        assert most == [1, 1, True], most
        assert self.page.run("ws.call('watch_time')") is None

    def options_that_come_too_late_are_a_warning(self):
        self.page.run("window.warned = []; console.warn = words => warned.push(words)")
        self.page.run("ws.connect({ query: { token: 'x' } })")
        assert "nostream" in self.page.run("warned")[0]

    def a_button_keeps_the_focus_of_the_keyboard(self):
        self.page.run("document.querySelector('#start').focus()")
        self.page.enter()
        self.page.enter()  # while the job runs
        self.shows("#job", "Started: 20 steps.")
        self.shows("#job", "Done after 3 s.")
        assert self.page.run("document.activeElement.id") == "start"

    def it_looks_right(self):
        self.page.fits()

    CHECKS = [
        z7_the_connection_opens_with_the_page,
        a_network_fails_without_a_sign,
        a_network_that_fails_before_the_welcome_is_noticed,
        the_server_pushes_the_time,
        a_job_reports_to_the_page_that_started_it,
        errors_are_answers,
        a_sleeping_tab_reconnects_within_seconds_of_its_wake_up,
        it_is_in_the_back_forward_cache_and_comes_back,
        a_page_that_was_left_is_loaded_anew,
        a_job_is_seen_through_a_lost_connection,
        an_answer_that_is_missing_after_a_wake_up_reconnects,
        a_living_connection_survives_a_wake_up,
        a_topic_with_history_recovers,
        a_failed_network_is_noticed,
        a_page_without_a_connection_comes_back_from_the_cache,
        z10_it_survives_a_restart_of_the_server,
        z10_an_active_page_comes_back_at_once,
        a_second_script_shares_the_connection,
        a_token_is_asked_for_at_every_attempt,
        an_answer_that_is_late_is_no_event,
        the_error_of_an_event_is_an_event,
        a_code_that_is_not_allowed_changes_nothing,
        a_call_that_is_not_sent_in_time_is_never_sent,
        it_never_has_two_connections,
        options_that_come_too_late_are_a_warning,
        a_button_keeps_the_focus_of_the_keyboard,
        it_looks_right,
    ]


if __name__ == "__main__":
    sys.exit(run("page", Page))
