import assert from "node:assert/strict";
import { test } from "node:test";
import { PageConnection } from "../build/page-connection.js";

function welcome(user) {
  return { data: JSON.stringify({ type: "ws:welcome", page: "p", resumed: false, received: 0, user }) };
}

/** Connects a page. Returns its connection, and the socket that the server's messages arrive at. */
async function connected(user) {
  const opened = new Promise((resolve) => {
    globalThis.WebSocket = class {
      constructor() {
        globalThis.lastSocket = this;
        resolve(this);
      }
      sent = [];
      send(data) {
        this.sent.push(JSON.parse(data));
      }
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
  socket.onmessage(welcome(user));
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

/** Returns what a page sends to `next` after it was connected as `user`, what it drops, and how its call ends. */
async function queuedBy(user, next) {
  const { connection, socket } = await connected(user);
  const drops = [];
  connection.addEventListener("drop", ({ detail }) => drops.push(detail.data));
  connection.send("sent", 1, { qos: 2 });
  socket.onclose({ code: 4500, reason: "" });
  assert.equal(connection.send("queued", 2), "queued");
  const call = connection.call("queued", 3, { qos: 2 }).then(String, String);
  connection.reconnect();
  await new Promise((resolve) => setTimeout(resolve));
  const again = globalThis.lastSocket;
  again.onopen();
  again.onmessage(welcome(next));
  const sent = again.sent.filter(({ type }) => !type.startsWith("ws:")).map(({ data }) => data);
  const dropped = connection.dropped;
  connection.close();
  return { sent, drops, dropped, call: await call };
}

test("the events of another user are dropped", async () => {
  for (const next of [undefined, "bob"]) {
    const { call, ...others } = await queuedBy("ada", next);
    assert.deepEqual(others, { sent: [], drops: [1, 2, 3], dropped: 3 });
    assert.match(call, /another user/);
  }
});

test("events wait for the same user, and a guest's for the sign-in", async () => {
  for (const [user, next] of [["ada", "ada"], [undefined, "ada"], [undefined, undefined]]) {
    const { sent, dropped } = await queuedBy(user, next);
    assert.deepEqual({ sent, dropped }, { sent: [1, 2, 3], dropped: 0 });
  }
});
