"""A site around an example: pages of the test's own, and the example below a path prefix."""

import re
import socket
import threading

from relay import Relay


class Site(Relay):
    """Listens on a port of its own. It has `pages`: paths with a body, or with `(headers, body)`. A body is a string, or a list
    of strings, and of events that are awaited before what follows. All other requests go to the example, without the
    prefix `/base`.
    """

    def __init__(self, port, pages):
        self.pages = pages
        self.upgrades = []  # the targets of the handshakes
        self.held = None  # awaited before the next handshake is passed on
        super().__init__(port)

    def _accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near):
        head = b""
        while b"\r\n\r\n" not in head:
            data = near.recv(1 << 16)
            if not data:
                return near.close()
            head += data
        path = head.split(b" ", 2)[1].decode()
        if path in self.pages:
            return self._answer(near, self.pages[path])
        head = head.replace(b" /base/", b" /", 1)
        if b"upgrade: websocket" in head.lower():
            self.upgrades.append(path)
            held, self.held = self.held, None
            if held is not None:
                return self._hold(near, head, held)
        else:
            head = re.sub(rb"(?i)\r\nconnection: [^\r]*", b"\r\nConnection: close", head, count=1)
        far = socket.create_connection(("127.0.0.1", self.target))
        far.sendall(head)
        with self.lock:
            self.alive.add((near, far))
        self._pass((near, far))

    def _hold(self, near, head, held):
        """A handshake in the queue of a proxy, which passes it on although the browser has gone."""
        held.wait()
        with socket.create_connection(("127.0.0.1", self.target)) as far:
            far.sendall(head)
            far.recv(1 << 16)
        near.close()

    @staticmethod
    def _answer(near, page):
        headers, body = page if isinstance(page, tuple) else ({}, page)
        headers = {"Content-Type": "text/html; charset=utf-8", "Connection": "close", **headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        try:
            near.sendall(f"HTTP/1.1 200 OK\r\n{lines}\r\n".encode())
            for part in [body] if isinstance(body, str) else body:
                if isinstance(part, threading.Event):
                    part.wait()
                else:
                    near.sendall(part.encode())
        except OSError:
            pass  # the browser went away
        near.close()
