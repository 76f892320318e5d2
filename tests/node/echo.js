// A conversation with the `echo` example: NODE_PATH=… node echo.js ws://127.0.0.1:8080/echo
//
// Once for each offer of permessage-deflate (RFC 7692), and once without any; with OFFERS=2 in the environment, only for the
// first two. With WITHOUT_COMPRESSION=1, what is wanted is an example that agrees on no extension.
"use strict";

const assert = require("node:assert/strict");
const crypto = require("node:crypto");
const { once } = require("node:events");
const WebSocket = require("ws");

const URL = process.argv[2];
const MIB = 1 << 20;
const SIZES = [0, 1, 125, 126, 1023, 1024, 65_535, 65_536, 300_000, MIB];
const PATIENCE = 10_000; // milliseconds
const OFFERS = [
  {},
  // From the first byte on, unlike its default of 1 KiB.
  { threshold: 0 },
  { threshold: 0, clientNoContextTakeover: true, serverNoContextTakeover: true },
  { threshold: 0, clientMaxWindowBits: 9, serverMaxWindowBits: 9 },
  false,
];

/** What `event` brings, if it comes in time. */
const next = (emitter, event) => once(emitter, event, { signal: AbortSignal.timeout(PATIENCE) });

/** Texts and binaries of each size: [message, whether it is small when compressed]. */
function* messages() {
  for (const size of SIZES) {
    yield ["all work and no play; ".repeat(MIB / 16).slice(0, size), size >= 1024];
    yield [crypto.randomBytes(size).toString("base64").slice(0, size), false];
    yield [Buffer.alloc(size, "\0\u0001\u0002\xff", "latin1"), size >= 1024];
    yield [crypto.randomBytes(size), false];
  }
}

async function talk(perMessageDeflate) {
  const client = new WebSocket(URL, { perMessageDeflate, handshakeTimeout: PATIENCE, maxPayload: 2 * MIB });
  const [[response]] = await Promise.all([next(client, "upgrade"), next(client, "open")]);
  const header = response.headers["sec-websocket-extensions"];
  const compressed = perMessageDeflate !== false && !process.env.WITHOUT_COMPRESSION;
  assert.equal(client.extensions, compressed ? "permessage-deflate" : "", `agreed on: ${header}`);

  const echo = async (message) => {
    client.send(message);
    const [data, isBinary] = await next(client, "message");
    assert.equal(isBinary, typeof message !== "string", header);
    // Not by an assertion that would print a megabyte.
    assert.ok(data.equals(Buffer.from(message)), `${message.length} of ${typeof message}: ${header}`);
  };
  for (const [message, shrinks] of messages()) {
    const before = client._socket.bytesRead;
    await echo(message);
    const came = client._socket.bytesRead - before;
    // The frame itself takes up to 10 bytes.
    if (compressed && shrinks) assert.ok(came - 10 < message.length / 4, `${came} bytes for ${message.length}: ${header}`);
  }

  // In fragments, and many at once.
  const text = "one message in three parts, each with its own words; ".repeat(100);
  for (const [part, fin] of [[text, false], ["", false], [text, true]]) client.send(part, { fin });
  assert.equal(String((await next(client, "message"))[0]), text + text);
  const received = [];
  const all = new Promise((done) => {
    client.on("message", (data) => received.push(String(data)) === 100 && done());
  });
  for (let at = 0; at < 100; at += 1) client.send(`${at} ${text.slice(at)}`);
  await Promise.race([all, next(client, "close").then(() => assert.fail("closed"))]);
  received.forEach((words, at) => assert.equal(words, `${at} ${text.slice(at)}`));

  client.ping("still there?");
  assert.equal(String((await next(client, "pong"))[0]), "still there?");
  client.close(4321, "enough");
  const [code, reason] = await next(client, "close");
  assert.deepEqual([code, String(reason)], [4321, "enough"]);
  console.log(`talked with echo: ${header}`);
}

async function main() {
  for (const offer of OFFERS.slice(0, process.env.OFFERS)) await talk(offer);
  console.log("talked with echo to the end");
}

main();
