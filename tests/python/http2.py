"""Talks to the `secure` example over HTTP/2: python3 http2.py https://localhost:8443 target/secure/cert.pem

`httpx` requests the page. `h2` and `wsproto` open WebSockets (RFC 8441): several on one connection, with and without
compression.
"""

import random
import socket
import ssl
import sys
from urllib.parse import urlsplit

import httpx
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, ResponseReceived, StreamEnded, StreamReset
from wsproto import ConnectionType
from wsproto.connection import Connection
from wsproto.events import BytesMessage, CloseConnection, Message, Ping, Pong, TextMessage
from wsproto.extensions import PerMessageDeflate

URL, CERTIFICATE = sys.argv[1:3]
PATIENCE = 10  # seconds
SIZES = [0, 1, 125, 126, 1023, 1024, 65_535, 65_536, 300_000, 1 << 20]


class Http2:
    """A connection of HTTP/2, over TLS."""

    def __init__(self):
        context = ssl.create_default_context(cafile=CERTIFICATE)
        context.set_alpn_protocols(["h2"])
        parts = urlsplit(URL)
        plain = socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE)
        self.socket = context.wrap_socket(plain, server_hostname=parts.hostname)
        assert self.socket.selected_alpn_protocol() == "h2"
        self.authority = parts.netloc
        self.streams = {}
        self.state = H2Connection(H2Configuration(client_side=True, header_encoding="utf-8"))
        self.state.initiate_connection()
        self.flush()
        while not self.state.remote_settings.enable_connect_protocol:
            self.receive()

    def flush(self):
        self.socket.sendall(self.state.data_to_send())

    def receive(self):
        data = self.socket.recv(1 << 16)
        assert data, "the server closed the connection"
        for event in self.state.receive_data(data):
            if isinstance(event, DataReceived):
                self.state.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            stream = self.streams.get(getattr(event, "stream_id", None))
            if stream is not None:
                stream.handle(event)
        self.flush()


class WebSocket:
    """A WebSocket on a stream of the connection."""

    def __init__(self, connection, path, *, compress=False, headers=()):
        self.connection, self.events, self.status, self.ended = connection, [], None, None
        self.stream = connection.state.get_next_available_stream_id()
        connection.streams[self.stream] = self
        deflate = PerMessageDeflate()
        offer = [("sec-websocket-extensions", f"{deflate.name}; {deflate.offer()}")] if compress else []
        connection.state.send_headers(
            self.stream,
            [
                (":method", "CONNECT"),
                (":protocol", "websocket"),
                (":scheme", "https"),
                (":path", path),
                (":authority", connection.authority),
                ("sec-websocket-version", "13"),
                *offer,
                *headers,
            ],
        )
        connection.flush()
        while self.status is None:
            connection.receive()
        if self.status == "200":
            agreed = self.headers.get("sec-websocket-extensions")
            assert (agreed is not None) == compress, agreed
            if compress:
                deflate.finalize(agreed)
            self.frames = Connection(ConnectionType.CLIENT, [deflate] if compress else None)

    def handle(self, event):
        if isinstance(event, ResponseReceived):
            self.headers = dict(event.headers)
            self.status = self.headers[":status"]
        elif isinstance(event, DataReceived) and event.data and self.status == "200":
            self.frames.receive_data(event.data)
            self.events.extend(self.frames.events())
        elif isinstance(event, (StreamEnded, StreamReset)):
            self.ended = event

    def send(self, message):
        data = self.frames.send(message)
        while data:
            window = min(
                self.connection.state.local_flow_control_window(self.stream),
                self.connection.state.max_outbound_frame_size,
            )
            if window == 0:
                self.connection.receive()
                continue
            self.connection.state.send_data(self.stream, data[:window])
            data = data[window:]
            self.connection.flush()

    def event(self):
        while not self.events:
            assert self.ended is None, self.ended
            self.connection.receive()
        return self.events.pop(0)

    def message(self):
        """A whole message, of the parts that have arrived."""
        parts = [self.event()]
        while not parts[-1].message_finished:
            parts.append(self.event())
        return parts[0].data[:0].join(part.data for part in parts)

    def echo(self, message):
        self.send(TextMessage(message) if isinstance(message, str) else BytesMessage(message))
        echoed = self.message()
        assert type(echoed) in (str, bytes, bytearray) and echoed == message, f"not what was sent: {len(message)}"

    def close(self, code, reason):
        self.send(CloseConnection(code, reason))
        close = self.event()
        assert isinstance(close, CloseConnection) and (close.code, close.reason) == (code, reason), close
        while self.ended is None:
            self.connection.receive()
        assert isinstance(self.ended, StreamEnded), self.ended


with httpx.Client(http2=True, verify=ssl.create_default_context(cafile=CERTIFICATE), timeout=PATIENCE) as client:
    page = client.get(URL + "/")
    assert (page.status_code, page.http_version) == (200, "HTTP/2"), page
    assert "Echo over TLS" in page.text
    assert client.get(URL + "/echo").status_code == 400

connection = Http2()
versions = [WebSocket(connection, "/version").message() for _ in range(3)]
assert versions[0].startswith("HTTP/2.0 from ") and len(set(versions)) == 1, versions
echoes = [WebSocket(connection, "/echo", compress=compress) for compress in (False, True, False)]
dice = random.Random(8441)
for size in SIZES:
    for echo in echoes:
        echo.echo("Grüße, 世界; "[: size or 1] * (size // 12))
        echo.echo(dice.randbytes(size))
for echo in echoes:
    # In parts, with a ping between them.
    echo.send(TextMessage("one message ", message_finished=False))
    echo.send(Ping(b"still there?"))
    echo.send(TextMessage("in two parts"))
    pong = echo.event()
    assert isinstance(pong, Pong) and pong.payload == b"still there?", pong
    assert echo.message() == "one message in two parts"
    echo.close(4321, "enough")

# Rejections are responses, and the connection goes on.
assert WebSocket(connection, "/echo", headers=[("origin", "https://evil.example")]).status == "403"
assert WebSocket(connection, "/nothing").status == "404"
assert WebSocket(connection, "/version").message() == versions[0]
print("talked over HTTP/2 to the end")
