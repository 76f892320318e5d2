"""A stretch of network between the browser and an example, which can fail without a sign."""

import selectors
import socket
import threading


class Relay:
    """Listens on a port of its own, and passes bytes on to another port, both ways."""

    def __init__(self, port):
        self.target = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.lock = threading.Lock()
        self.alive = set()  # the pairs of sockets that bytes pass through
        self.kept = []  # the sockets of those that have failed, which must not be closed
        self.next_fails = False  # the next WebSocket fails when its handshake is over
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
                far = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                return
            pair = (near, far)
            with self.lock:
                self.alive.add(pair)
            threading.Thread(target=self._pass, args=(pair,), daemon=True).start()

    def _pass(self, pair):
        ways = selectors.DefaultSelector()
        for here, there in (pair, pair[::-1]):
            ways.register(here, selectors.EVENT_READ, there)
        while True:
            for key, _ in ways.select():
                data = b""
                try:
                    data = key.fileobj.recv(1 << 16)
                except OSError:
                    pass
                with self.lock:
                    if pair not in self.alive:
                        if not data:
                            return
                        continue  # lost on the way
                    if not data:
                        self.alive.discard(pair)
                if not data:
                    for end in pair:
                        end.close()
                    return
                if self.next_fails and data.startswith(b"HTTP/1.1 101"):
                    with self.lock:
                        self.next_fails = False
                        self.alive.discard(pair)
                        self.kept.append(pair)
                    data = data[: data.index(b"\r\n\r\n") + 4]  # the server writes it in one piece
                key.data.sendall(data)

    def fail(self):
        """Loses all that the connections of now still carry, without closing them. Later connections work."""
        with self.lock:
            self.kept.extend(self.alive)
            self.alive.clear()

    def fail_after_next_handshake(self):
        """Loses all that the next WebSocket carries after its handshake."""
        self.next_fails = True

    def close(self):
        self.listener.close()
        with self.lock:
            pairs = [*self.alive, *self.kept]
        for end in (end for pair in pairs for end in pair):
            end.close()
