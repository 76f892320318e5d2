"""A server for the Rust client: python3 server.py PORT"""

import sys
from http import HTTPStatus

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve


def process_request(connection, request):
    if request.path == "/nowhere":
        return connection.respond(HTTPStatus.NOT_FOUND, "nothing here\n")
    return None


def converse(connection):
    print(f"path {connection.request.path}, token {connection.request.headers.get('x-token')}", flush=True)
    try:
        answer(connection)
    except ConnectionClosed:
        pass
    print(f"closed with {connection.close_code} {connection.close_reason}", flush=True)


def answer(connection):
    for message in connection:
        if message == "ping":
            assert connection.ping("from Python").wait(10), "the pong comes in time"
            connection.send("ponged")
        elif message == "fragments":
            connection.send(["frag", "", "ments"])
        elif message == "close":
            connection.close(4000, "enough")
        else:
            connection.send(message)


PORT = int(sys.argv[1])
try:
    server = serve(
        converse,
        "127.0.0.1",
        PORT,
        subprotocols=["v1"],
        select_subprotocol=lambda connection, offered: "v1" if "v1" in offered else None,
        process_request=process_request,
    )
except OSError:
    sys.exit("another program uses this address")
with server:
    print(f"listening on 127.0.0.1:{PORT}", flush=True)
    server.serve_forever()
