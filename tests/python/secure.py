"""A conversation with the `secure` example: python3 secure.py wss://localhost:8443/echo target/secure/cert.pem"""

import ssl
import sys
import urllib.request

from websockets.sync.client import connect

URL, CERTIFICATE = sys.argv[1:3]
PAGE = URL.replace("wss://", "https://").replace("/echo", "/")


def trusting(version=None):
    context = ssl.create_default_context(cafile=CERTIFICATE)
    if version is not None:
        context.minimum_version = context.maximum_version = version
    return context


def talk(context):
    with connect(URL, ssl=context, max_size=None) as client:
        for size in [0, 1, 125, 126, 16_383, 16_384, 65_536, 1 << 20]:
            client.send(b"\x07" * size)
            assert client.recv(timeout=10) == b"\x07" * size, size
            client.send("ä" * size)
            assert client.recv(timeout=10) == "ä" * size, size
        version = client.socket.version()
    assert (client.close_code, client.protocol.close_rcvd_then_sent) == (1000, False)
    return version


versions = [talk(trusting(version)) for version in (None, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)]
assert versions == ["TLSv1.3", "TLSv1.2", "TLSv1.3"], versions
with urllib.request.urlopen(PAGE, context=trusting(), timeout=10) as page:
    assert "Echo over TLS" in page.read().decode()
try:
    connect(URL, ssl=ssl.create_default_context())
except ssl.SSLCertVerificationError:
    pass
else:
    raise AssertionError("a certificate that nobody trusts was trusted")
print("talked with secure to the end")
