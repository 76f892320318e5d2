"""Orders fruit from the `book` example in MessagePack and in CBOR: python3 payloads.py 127.0.0.1:8080"""

import sys

import cbor2
import msgpack
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

ADDRESS = sys.argv[1]


def orders(path, dumps, loads):
    """Orders of each size and form, whose answers an encoder that is not ws-core's reads."""
    with connect(f"ws://{ADDRESS}{path}", open_timeout=10, close_timeout=10) as client:
        for fruit in ["fig", "ü", "x" * 200, "y" * 70_000]:
            for count in [0, 1, 200, 70_000, 40_000_000, 0xFFFF_FFFF]:
                client.send(dumps({"fruit": fruit, "unknown": [1.5, None, {"a": b"\x00"}], "count": count}))
                price = loads(client.recv(timeout=10))
                each = 90 if fruit == "fig" else 40
                assert price == {"fruit": fruit, "cents": min(count * each, 0xFFFF_FFFF)}, price


def closed(path, message):
    """Returns the code and the reason of the close that follows `message`."""
    with connect(f"ws://{ADDRESS}{path}", open_timeout=10, close_timeout=10) as client:
        client.send(message)
        try:
            answer = client.recv(timeout=10)
        except ConnectionClosed as end:
            return end.rcvd.code, end.rcvd.reason
        raise AssertionError(f"{path} answered {answer!r}")


# ANCHOR: order
with connect(f"ws://{ADDRESS}/orders/msgpack") as client:
    client.send(msgpack.packb({"fruit": "fig", "count": 2}))
    price = msgpack.unpackb(client.recv())
    assert price == {"fruit": "fig", "cents": 180}
# ANCHOR_END: order
orders("/orders/msgpack", msgpack.packb, msgpack.unpackb)
orders("/orders/cbor", cbor2.dumps, cbor2.loads)
orders("/orders/cbor", lambda value: cbor2.dumps(value, canonical=True), cbor2.loads)
for path, dumps in [("/orders/msgpack", msgpack.packb), ("/orders/cbor", cbor2.dumps)]:
    order = dumps({"fruit": "fig", "count": 2})
    for message in [b"", order[:-1], order + b"\x00", dumps({"fruit": "fig"}), dumps([]), dumps(None)]:
        code, reason = closed(path, message)
        assert code == 1007 and reason.startswith("invalid "), (path, message, code, reason)
    # Nested so deep that reading it in full would overflow a stack.
    deep = {"/orders/msgpack": b"\x91", "/orders/cbor": b"\x81"}[path] * 100_000
    assert closed(path, dumps({"x": 0})[:-1] + deep)[0] == 1007, path
print("ordered fruit")
