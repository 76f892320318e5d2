"""A conversation with the `echo` example: python3 echo.py ws://127.0.0.1:8080/echo

Once for each offer of permessage-deflate (RFC 7692), and once without any; with WITHOUT_COMPRESSION=1 in the
environment, what is wanted is an example that agrees on no extension.
"""

import os
import random
import socket
import sys
from urllib.parse import urlsplit

from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory, PerMessageDeflate
from websockets.sync.client import connect

URL = sys.argv[1]
MIB = 1 << 20
SIZES = [0, 1, 125, 126, 1023, 1024, 65_535, 65_536, 300_000, MIB]
# RFC 7692 7.1.1.1: "It is RECOMMENDED that a server supports the 'server_no_context_takeover' extension parameter in an
# extension negotiation offer."
# RFC 7692 7.1.1.2: "A client MAY include the 'client_no_context_takeover' extension parameter in an extension
# negotiation offer."
# RFC 7692 7.1.2.2: "A client MAY include the 'client_max_window_bits' extension parameter in an extension negotiation
# offer. This parameter has no value or a decimal integer value"
# RFC 7692 7.2.1: "An endpoint MUST NOT use an LZ77 sliding window longer than 32,768 bytes to compress messages to
# send."
# RFC 7692 7.2.1: "If the 'agreed parameters' contain the 'server_max_window_bits' extension parameter with a value of
# w, the server MUST NOT use an LZ77 sliding window longer than the w-th power of 2 bytes"
OFFERS = [
    ClientPerMessageDeflateFactory(),
    ClientPerMessageDeflateFactory(server_no_context_takeover=True, client_no_context_takeover=True),
    ClientPerMessageDeflateFactory(server_max_window_bits=9, client_max_window_bits=9),
    ClientPerMessageDeflateFactory(server_max_window_bits=12, client_max_window_bits=None),
    None,
]


class Counting(socket.socket):
    """Counts what passes."""

    sent = received = 0

    def sendall(self, data, *flags):
        self.sent += len(data)
        super().sendall(data, *flags)

    def recv(self, *arguments):
        data = super().recv(*arguments)
        self.received += len(data)
        return data


def dial():
    wire = Counting(socket.AF_INET, socket.SOCK_STREAM)
    wire.settimeout(10)
    wire.connect((urlsplit(URL).hostname, urlsplit(URL).port))
    return wire


def messages():
    """Texts and binaries of each size, as (message, what it says if it is small when compressed)."""
    dice = random.Random(7692)
    words = "Grüße, 世界; " * (MIB // 16)
    for size in SIZES:
        # A text of exactly so many bytes, whatever is cut off at its end.
        even = words.encode()[:size].decode(errors="ignore")
        yield even + "." * (size - len(even.encode())), size >= 1024
        # RFC 7692 7.2.2: "the server MUST use a 32,768-byte LZ77 sliding window to decompress received messages."
        yield "".join(dice.choices("αβγδ0123456789abcdefghijklmnopqrstuvwxyz", k=size)), False
        yield (b"\x00\x01\x02\xff" * MIB)[:size], size >= 1024
        yield dice.randbytes(size), False


def talk(offer):
    wire = dial()
    extensions = None if offer is None else [offer]
    with connect(
        URL, sock=wire, compression=None, extensions=extensions, open_timeout=10, close_timeout=10, max_size=None
    ) as client:
        agreed = client.protocol.extensions
        compressed = offer is not None and "WITHOUT_COMPRESSION" not in os.environ
        header = client.response.headers.get("Sec-WebSocket-Extensions")
        assert [type(each) for each in agreed] == [PerMessageDeflate] * compressed, f"{offer}: {header!r}"

        for message, shrinks in messages():
            before = wire.received
            client.send(message)
            echoed = client.recv(timeout=10)
            assert type(echoed) is type(message) and echoed == message, f"{len(message)} of {type(message)}: {header!r}"
            if compressed and shrinks:
                # The frame itself takes up to 10 bytes.
                came = wire.received - before
                assert came - 10 < len(message) / 4, f"{came} bytes for {len(message)}: {header!r}"

        # In fragments, the ping between them.
        text = "one message in three parts, each with its own words; " * 100
        client.send([text, "", text[::-1]])
        assert client.recv(timeout=10) == text + text[::-1]
        assert client.ping(b"x" * 125).wait(10), "no pong"
        client.close(4321, "enough")
        assert (client.protocol.close_code, client.protocol.close_reason) == (4321, "enough"), client.protocol.close_exc
        # Its own would be what it says of itself: that the server's came is another matter.
        assert client.protocol.close_rcvd is not None and client.protocol.close_rcvd.code == 4321, "the echo of the close"
    print(f"talked with echo: {header}")


for offer in OFFERS:
    talk(offer)
print("talked with echo to the end")
