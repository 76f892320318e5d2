"""HAProxy as a bridge to WebSockets over HTTP/2 (RFC 8441)."""

import os
import shutil
import socket
import subprocess
from functools import partial
from pathlib import Path

from example import PATIENCE, ROOT


class Bridge:
    """A HAProxy in front of the example `secure` on `target`, for as long as the `with` lasts. It listens on its own `port`
    without TLS, and on `tls_port` with the certificate of the example, which is in `folder`.
    """

    def __init__(self, target, folder, log):
        self.program = shutil.which("haproxy", path=os.environ.get("PATH", "") + ":/usr/sbin")
        if self.program is None:
            raise SystemExit("no haproxy: run `scripts/setup`, or `apt-get install haproxy` as root")
        self.target, self.folder, self.log = target, Path(folder), log

    def __enter__(self):
        both = (self.folder / "cert.pem").read_text() + (self.folder / "key.pem").read_text()
        (self.folder / "both.pem").write_text(both)
        # It inherits the listeners, so no other program can take the ports.
        listen = partial(socket.create_server, ("127.0.0.1", 0), backlog=128)
        with listen() as plain, listen() as tls, open(self.log, "w") as log:
            self.port, self.tls_port = plain.getsockname()[1], tls.getsockname()[1]
            self.process = subprocess.Popen(
                [self.program, "-f", os.path.join(ROOT, "tests", "haproxy", "bridge.cfg")],
                env={
                    **os.environ,
                    "BRIDGE_PLAIN": str(plain.fileno()),
                    "BRIDGE_TLS": str(tls.fileno()),
                    "BRIDGE_TARGET": str(self.target),
                    "BRIDGE_FOLDER": str(self.folder),
                },
                pass_fds=[plain.fileno(), tls.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        return self

    def version(self):
        """The version of HTTP that carries a WebSocket to the server, as the server reports it."""
        handshake = (
            "GET /version HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        received = b""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as client:
            client.sendall(handshake.encode())
            while b" from " not in received:
                data = client.recv(4096)
                assert data, f"the bridge closed the connection after {received!r}"
                received += data
        # After the head of the response: the header of a short frame, and its text.
        return received.partition(b"\r\n\r\n")[2][2:].decode().partition(" from ")[0]

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait(PATIENCE)
