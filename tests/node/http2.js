// Talks to the `secure` example over HTTP/2: NODE_EXTRA_CA_CERTS=… NODE_PATH=… node http2.js https://localhost:8443
//
// Node's own module `http2` opens streams (RFC 8441), and `ws` speaks WebSocket on them.
"use strict";

const assert = require("node:assert/strict");
const crypto = require("node:crypto");
const { once } = require("node:events");
const http2 = require("node:http2");
const WebSocket = require("ws");

const URL = process.argv[2];
const PATIENCE = 10_000; // milliseconds
const SIZES = [0, 1, 125, 126, 1023, 1024, 65_535, 65_536, 300_000, 1 << 20];

/** What `event` brings, if it comes in time. */
const next = (emitter, event) => once(emitter, event, { signal: AbortSignal.timeout(PATIENCE) });

/** Opens a stream for a WebSocket. Returns the stream and the headers of the response. */
async function open(session, path, headers = {}) {
  const stream = session.request({
    ":method": "CONNECT",
    ":protocol": "websocket",
    ":path": path,
    "sec-websocket-version": "13",
    ...headers,
  });
  const [response] = await next(stream, "response");
  return [stream, response];
}

/** A client of `ws` on a stream of HTTP/2, which it cannot open itself. */
async function connect(session, path) {
  const [stream, response] = await open(session, path);
  assert.equal(response[":status"], 200);
  // What it expects of a socket.
  stream.setNoDelay = () => {};
  const client = new WebSocket(null, undefined, { closeTimeout: PATIENCE });
  client._isServer = false; // so that it masks
  const opened = next(client, "open");
  client.setSocket(stream, Buffer.alloc(0), { maxPayload: 2 << 20, allowSynchronousEvents: true });
  await opened;
  return client;
}

async function echo(client, message) {
  client.send(message);
  const [data, isBinary] = await next(client, "message");
  assert.equal(isBinary, typeof message !== "string");
  // Not by an assertion that would print a megabyte.
  assert.ok(data.equals(Buffer.from(message)), `${message.length} of ${typeof message}`);
}

async function main() {
  const session = http2.connect(URL);
  await next(session, "remoteSettings");
  assert.equal(session.remoteSettings.enableConnectProtocol, true);

  const clients = [];
  for (let at = 0; at < 3; at += 1) clients.push(await connect(session, "/echo"));
  for (const size of SIZES) {
    for (const client of clients) {
      await echo(client, "all work and no play; ".repeat(size / 16 + 1).slice(0, size));
      await echo(client, crypto.randomBytes(size));
    }
  }
  for (const client of clients) {
    client.ping("still there?");
    assert.equal(String((await next(client, "pong"))[0]), "still there?");
    client.close(4321, "enough");
    const [code, reason] = await next(client, "close");
    assert.deepEqual([code, String(reason)], [4321, "enough"]);
  }

  const [, response] = await open(session, "/echo", { origin: "https://evil.example" });
  assert.equal(response[":status"], 403);
  const page = session.request({ ":path": "/" });
  const [headers] = await next(page, "response");
  assert.equal(headers[":status"], 200);
  session.destroy();
  console.log("talked over HTTP/2 to the end");
}

main();
