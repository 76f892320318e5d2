"""Compressed messages with the `echo` example, as each side may ask for them:
python3 compression.py ws://127.0.0.1:8080/echo"""

import random
import sys

from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory as Deflate
from websockets.sync.client import connect

url = sys.argv[1]
random.seed(1)
words = [f"word{n}" for n in range(50)]
text = " ".join(random.choices(words, k=40_000))
noise = random.randbytes(100_000)

OFFERS = [
    Deflate(),
    Deflate(server_no_context_takeover=True, client_no_context_takeover=True),
    *[Deflate(server_max_window_bits=bits, client_max_window_bits=bits) for bits in range(9, 16)],
    Deflate(client_max_window_bits=None),
    # What cannot be met is declined.
    Deflate(server_max_window_bits=8),
]

for offer in OFFERS:
    with connect(url, open_timeout=5, close_timeout=5, max_size=None, compression=None, extensions=[offer]) as client:
        agreed = [extension.name for extension in client.protocol.extensions]
        expected = [] if offer.server_max_window_bits == 8 else ["permessage-deflate"]
        assert agreed == expected, f"{agreed}, not {expected}"
        for said in ["", "short", text[:2_000], text, text, b"", noise, noise[:1_500] * 9]:
            client.send(said)
            heard = client.recv(timeout=10)
            assert heard == said, f"{len(said)} bytes came back as {len(heard)}"
        client.send([text[:5_000], "", text[5_000:9_000]])
        assert client.recv(timeout=10) == text[:9_000], "a message in fragments"
        client.close()
        assert client.protocol.close_code == 1000, client.protocol.close_code

print(f"{len(OFFERS)} offers, echoed")
