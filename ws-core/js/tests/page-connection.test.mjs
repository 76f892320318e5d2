import assert from "node:assert/strict";
import { test } from "node:test";
import { PageConnection } from "../build/page-connection.js";

/** Connects a page. Returns its connection, and the socket that the server's messages arrive at. */
async function connected() {
  const opened = new Promise((resolve) => {
    globalThis.WebSocket = class {
      constructor() {
        resolve(this);
      }
      send() {}
      close() {}
    };
  });
  globalThis.window = new EventTarget();
  globalThis.document = new EventTarget();
  globalThis.location = { href: "http://localhost/" };
  const connection = new PageConnection("/websocket", {});
  const socket = await opened;
  await Promise.resolve(); // the listeners are set when the constructor has returned
  socket.onopen();
  socket.onmessage({ data: '{"type":"ws:welcome","page":"p","resumed":false,"received":0}' });
  return { connection, socket };
}

test("messages that are no events are a warning, and the next event arrives", async (context) => {
  const { connection, socket } = await connected();
  const warn = context.mock.method(console, "warn", () => {});
  const events = [];
  connection.on("*", (data) => events.push(data));
  const others = ["hello", '{"a":1}', "null", "[1]", new ArrayBuffer(2)];
  for (const data of others) socket.onmessage({ data });
  assert.deepEqual(warn.mock.calls.map(({ arguments: [, data] }) => data), others);
  assert.match(warn.mock.calls[0].arguments[0], /publish_event/);
  assert.deepEqual(events, []);
  socket.onmessage({ data: '{"type":"said","data":"hi","topic":"room"}' });
  assert.deepEqual(events, ["hi"]);
  connection.close();
});
