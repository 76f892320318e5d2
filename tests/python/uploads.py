"""Uploads to the `book` example in parts: python3 uploads.py 127.0.0.1:8080"""

import os
import sys
import tempfile

from websockets.sync.client import connect

ADDRESS = sys.argv[1]
PATH = tempfile.mkstemp()[1]
with open(PATH, "wb") as file:
    file.write(os.urandom(3_000_000))


# ANCHOR: upload
def parts(file):
    while part := file.read(256 * 1024):
        yield part


with connect(f"ws://{ADDRESS}/upload") as client, open(PATH, "rb") as file:
    client.send(parts(file))
    print(client.recv())
    # ANCHOR_END: upload
    client.send("delete")
    assert client.recv() == "deleted"

with connect(f"ws://{ADDRESS}/sum") as client:
    client.send(f"{number}\n" for number in range(10_001))
    assert client.recv() == "50005000"

os.remove(PATH)
