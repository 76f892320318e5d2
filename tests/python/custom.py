"""A conversation with the `custom` example: python3 custom.py ws://127.0.0.1:8080/socket/custom"""

import sys
import time

from websockets.sync.client import connect

url = sys.argv[1]
begun = time.monotonic()


def expect(client, words, earliest, latest):
    """The next message is `words`, so many seconds after the beginning."""
    received = client.recv(timeout=10)
    after = time.monotonic() - begun
    assert received == words, f"{received!r}, not {words!r}"
    assert earliest <= after <= latest, f"{words!r} came after {after:.2f} s"


# It offers permessage-deflate, as it does by default.
with connect(url, open_timeout=5, close_timeout=5, max_size=None) as client:
    client.send("before the greeting")
    expect(client, "You said: before the greeting", 0, 5)
    expect(client, "Hello!", 0.99, 6)
    for words in ["Grüße, 世界", "", "x" * 200_000]:
        client.send(words)
        expect(client, f"You said: {words}", 0.99, 6)
    # What has no callback is ignored.
    client.send(b"\x00\x01")
    # In fragments, as a list is sent.
    client.send(["one ", "message ", "in four ", "parts"])
    expect(client, "You said: one message in four parts", 0.99, 6)
    assert client.ping("still there?").wait(5), "no pong"
    expect(client, "Hello again!", 5.99, 12)
    expect(client, "Hello again!", 10.99, 18)
    client.close(4321, "enough")
    assert client.protocol.close_code == 4321, client.protocol.close_code

print("talked with custom")
