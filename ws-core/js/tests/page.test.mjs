import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { CallError, connect, open } from "../build/client.js";
import { accepted, browser, pass, settled } from "./fake-browser.mjs";

/** Opens the page's connection, and returns it with its first socket. */
async function welcomed() {
  const fake = browser();
  const page = connect();
  const socket = await accepted();
  socket.welcome({ resumed: false });
  await settled();
  return { ...fake, page, socket };
}

/** The events that were sent on this socket. */
const events = (socket) => socket.sent.filter(({ type }) => !type.startsWith("ws:"));

test("an event is sent as it was when it was queued", async () => {
  browser();
  const page = connect();
  const item = { count: 1 };
  assert.equal(page.send("item", item), "queued");
  assert.equal(page.send("item", item, { qos: 2 }), "queued");
  item.count = 2;
  item.more = 3n;
  const socket = await accepted();
  let opened = 0;
  page.addEventListener("open", () => opened++);
  socket.welcome({ resumed: false });
  await settled();
  assert.deepEqual(events(socket), [
    { type: "item", data: { count: 1 } },
    { type: "item", qos: 2, seq: 1, data: { count: 1 } },
  ]);
  assert.equal(opened, 1);
  await pass(10_000);
  assert.deepEqual(events(socket).at(-1), { type: "item", qos: 2, seq: 1, data: { count: 1 } }, "and again");
});

test("data that is no JSON throws, and rejects a call", async () => {
  const { page, socket } = await welcomed();
  assert.throws(() => page.send("big", 1n), TypeError);
  await assert.rejects(page.call("big", 1n), TypeError);
  page.send("nothing", undefined);
  page.send("function", () => {});
  page.send("null", null);
  assert.deepEqual(events(socket), [{ type: "nothing" }, { type: "function" }, { type: "null", data: null }]);
});

test("the position of a topic is that of its last event, or the one at which the subscription began", async () => {
  const { page, socket } = await welcomed();
  const subscribed = (position) => socket.receive({ type: "ws:subscribed", topic: "jobs", position });
  const ended = (position) => socket.receive({ type: "ended", topic: "jobs", position });
  subscribed("a1-9");
  assert.equal(page.position("jobs"), "a1-9");
  ended("a1-10");
  subscribed("a1-9");
  assert.equal(page.position("jobs"), "a1-10", "it is behind the event");
  subscribed("a1-11");
  assert.equal(page.position("jobs"), "a1-11");
  subscribed("b2-0");
  assert.equal(page.position("jobs"), "b2-0", "another history");
  socket.end();
  await pass(1_500);
  const next = await accepted();
  assert.deepEqual(next.sent[0].topics, { jobs: "b2-0" });
  next.welcome({ resumed: true, topics: { jobs: { recovered: false, position: "b2-7" } } });
  await settled();
  assert.equal(page.position("jobs"), "b2-7");
});

test("an event is queued while the connection closes", async () => {
  const { page, socket } = await welcomed();
  socket.readyState = 2; // the server's close frame has arrived, and the close event follows
  assert.equal(page.send("a"), "queued");
  assert.equal(page.send("b", 1, { qos: 1 }), "queued");
  const answer = page.call("c");
  await pass(11_000); // past the time of the repetition
  socket.end();
  await pass(1_500);
  const next = await accepted();
  next.welcome();
  assert.deepEqual(events(next).map(({ type }) => type), ["a", "b", "c"]);
  next.receive({ type: "c", id: 1, data: 7 });
  assert.equal(await answer, 7);
});

test("calls whose answers are lost with the page session reject", async () => {
  const { page, socket } = await welcomed();
  const answers = ["lost", "kept"].map((type) => page.call(type, null, { qos: 2, timeout: Infinity }).catch(({ message }) => message));
  socket.receive({ type: "ws:ack", seq: 1 });
  socket.end();
  await pass(1_500);
  const next = await accepted();
  next.welcome({ resumed: false });
  assert.equal(await answers[0], "the connection was lost");
  assert.deepEqual(events(next), [{ type: "kept", id: 2, qos: 2, seq: 1, data: null }]);
  next.receive({ type: "kept", id: 2, data: 1 });
  assert.equal(await answers[1], 1);
});

test("the first welcome that arrives is that of a new page session", async () => {
  browser();
  const page = connect();
  const resumed = [];
  page.addEventListener("open", ({ detail }) => resumed.push(detail.resumed));
  // The server has begun the page session, and its welcome is lost.
  (await accepted()).end();
  for (let count = 0; count < 2; count++) {
    await pass(4_500);
    const socket = await accepted();
    socket.welcome();
    await settled();
    socket.end();
  }
  assert.deepEqual(resumed, [false, true]);
});

test("a page that comes back to a server, after another one, goes on with its numbers", async () => {
  const { page, socket } = await welcomed();
  const seen = [];
  page.on("*", (data) => seen.push(data));
  const numbers = (from) => events(from).map(({ data, seq }) => [data, seq]);
  page.send("event", "a", { qos: 2 });
  socket.receive({ type: "ws:ack", seq: 1 });
  socket.receive({ type: "one", data: 1, seq: 1, qos: 2 });
  page.reconnect();
  const other = await accepted();
  other.welcome({ epoch: "other", resumed: false });
  page.send("event", "b", { qos: 2 });
  other.receive({ type: "one", data: 2, seq: 1, qos: 2 });
  page.reconnect();
  const back = await accepted();
  assert.equal(back.sent[0].received, 1);
  back.welcome({ resumed: false, received: 1 });
  page.send("event", "c", { qos: 2 });
  for (const seq of [2, 2, 3]) back.receive({ type: "one", data: seq + 1, seq, qos: 2 });
  await pass(500);
  assert.deepEqual([numbers(socket), numbers(other), numbers(back)], [[["a", 1]], [["b", 1]], [["b", 2], ["c", 3]]]);
  assert.deepEqual(seen, [1, 2, 3, 4]);
  assert.deepEqual([back.sent.at(-1), page.state], [{ type: "ws:ack", seq: 3 }, "open"]);
});

test("no number is acknowledged to a page session that may be another", async () => {
  const { page, socket } = await welcomed();
  page.on("a", () => page.reconnect());
  socket.receive({ type: "a", seq: 1, qos: 2 });
  const next = await accepted();
  await pass(500);
  assert.deepEqual(next.sent.map(({ type }) => type), ["ws:hello"]);
  next.welcome({ resumed: false, epoch: "other" });
  next.receive({ type: "b", seq: 1, qos: 2 });
  await pass(500);
  assert.deepEqual(next.sent.at(-1), { type: "ws:ack", seq: 1 });
});

test("messages of the protocol that are unknown are ignored", async () => {
  const { page, socket, reported } = await welcomed();
  const seen = [];
  page.on("*", (data) => seen.push(data));
  socket.receive({ type: "ws:later", data: 1 });
  socket.receive({ type: "unknown", data: 2 });
  assert.deepEqual(seen, [2]);
  assert.deepEqual(reported, []);
});

test("a listener is called until it is removed, whatever others do", async () => {
  const { page, socket } = await welcomed();
  const seen = [];
  const same = (data) => seen.push(`same ${data}`);
  const [first, second] = [page.on("a", same), page.on("a", same)];
  first();
  first();
  socket.receive({ type: "a", data: 1 });
  assert.deepEqual(seen.splice(0), ["same 1"]);
  second();
  const removes = page.on("a", () => removed());
  const removed = page.on("a", () => seen.push("removed"));
  page.on("a", function again() {
    seen.push("again");
    page.on("a", again);
  });
  socket.receive({ type: "a" });
  assert.deepEqual(seen.splice(0), ["again"], "one that is removed or added meanwhile");
  removes();
  socket.receive({ type: "a" });
  assert.deepEqual(seen.splice(0), ["again", "again"]);
});

test("a listener that throws does not keep others from the event", async () => {
  const { page, socket, reported } = await welcomed();
  const seen = [];
  page.on("a", () => { throw new Error("its own"); });
  page.on("a", (data) => seen.push(data));
  socket.receive({ type: "a", data: 1, seq: 1, qos: 2 });
  socket.receive({ type: "a", data: 1, seq: 1, qos: 2 });
  await pass(500);
  assert.deepEqual(seen, [1]);
  assert.deepEqual(reported.map(({ message }) => message), ["its own"]);
  assert.deepEqual(socket.sent.at(-1), { type: "ws:ack", seq: 1 });
});

test("an event that is sent for each one that is dropped does not hang the page", async () => {
  browser();
  const page = connect();
  let drops = 0;
  page.addEventListener("drop", () => ++drops < 1000 && page.send("dropped one"));
  for (let count = 0; count < 101; count++) page.send("a");
  await settled();
  assert.equal(drops, 0, "each in a task of its own");
  await pass(10);
  assert.ok(drops > 0 && drops < 20, `${drops}`);
  page.close();
});

test("a page whose older attempt arrives late comes back", async () => {
  const { page, socket, sockets } = await welcomed();
  // The server attached the connection that this page gave up after the one that it has.
  socket.end(4409, "replaced by a newer connection");
  await pass(1_500);
  assert.equal(sockets.length, 2);
  assert.equal(page.state, "connecting");
});

test("a query has no parameter of the script's", async (t) => {
  const { sockets } = browser();
  const logged = t.mock.method(console, "error", () => {});
  const page = connect({ query: { page: "home" } });
  const reasons = [];
  page.addEventListener("close", ({ detail }) => reasons.push(detail.reason));
  await settled();
  assert.equal(sockets.length, 0);
  assert.deepEqual(reasons, ['TypeError: the query has "page", which the script sets']);
  assert.equal(logged.mock.callCount(), 1);
});

test("a connection that is not read in time settles its calls", async () => {
  const { page, socket } = await welcomed();
  const answer = page.call("a").catch(({ message }) => message);
  page.reconnect();
  assert.equal(await answer, "the connection was lost");
  const last = page.call("b", null, { qos: 2 }).catch(({ message }) => message);
  page.close();
  assert.equal(await last, "the connection was lost");
  assert.equal(await page.call("c").catch(({ message }) => message), '"c" was dropped');
  assert.equal(socket.readyState, 2);
});

test("the message of a call's error is its text", () => {
  const message = (error) => new CallError(error).message;
  assert.equal(message("no room"), "no room");
  assert.equal(message({ code: "full", message: "no room" }), "no room");
  for (const [error, text] of [[7, "7"], [null, "null"], [{ message: 1 }, '{"message":1}']]) assert.equal(message(error), text);
});

test("messages that are no events are a warning, and the next event arrives", async () => {
  const { page, socket } = await welcomed();
  const warn = mock.method(console, "warn", () => {});
  const received = [];
  page.on("*", (data) => received.push(data));
  const others = ["hello", '{"a":1}', "null", "[1]", new ArrayBuffer(2)];
  for (const data of others) socket.onmessage({ data });
  assert.deepEqual(warn.mock.calls.map(({ arguments: [, data] }) => data), others);
  assert.match(warn.mock.calls[0].arguments[0], /publish_event/);
  assert.deepEqual(received, []);
  socket.receive({ type: "said", data: "hi", topic: "room" });
  assert.deepEqual(received, ["hi"]);
});

/** Returns what a page sends to `next` after it was connected as `user`, what it drops, and how its call ends. */
async function queuedBy(user, next) {
  browser();
  const page = connect();
  (await accepted()).welcome({ resumed: false, user });
  const drops = [];
  page.addEventListener("drop", ({ detail }) => drops.push(detail.data));
  page.send("sent", 1, { qos: 2 });
  page.reconnect();
  page.send("queued", 2);
  const call = page.call("queued", 3, { qos: 2 }).catch(({ message }) => message);
  const socket = await accepted();
  socket.welcome({ resumed: false, user: next });
  await pass(500);
  return { sent: events(socket).map(({ data }) => data), drops, dropped: page.dropped, call };
}

test("the events of another user are dropped", async () => {
  for (const next of [undefined, "bob"]) {
    const { call, ...others } = await queuedBy("ada", next);
    assert.deepEqual(others, { sent: [], drops: [1, 2, 3], dropped: 3 });
    assert.equal(await call, '"queued" was dropped because another user is signed in');
  }
});

test("events wait for the same user, and a guest's for the sign-in", async () => {
  for (const [user, next] of [["ada", "ada"], [undefined, "ada"], [undefined, undefined]]) {
    const { sent, dropped } = await queuedBy(user, next);
    assert.deepEqual({ sent, dropped }, { sent: [1, 2, 3], dropped: 0 });
  }
});

test("a connection whose server never answers the hello is lost", async () => {
  const { page } = await welcomed();
  const closes = [];
  page.addEventListener("close", ({ detail }) => closes.push(detail.reason));
  page.reconnect();
  await accepted();
  await pass(9_500);
  assert.deepEqual([page.state, page.attempts], ["open", 0]);
  await pass(1_000);
  assert.deepEqual([page.state, page.attempts, closes], ["waiting", 1, ["the server did not answer"]]);
  // It does not count as stable either, so the delay grows.
  await pass(2_000);
  await accepted();
  await pass(10_500);
  assert.deepEqual([page.state, page.attempts], ["waiting", 2]);
});

test("a connection of ws.open sends pings once the server has said that it answers them", async () => {
  browser();
  const own = open("/own");
  const received = [];
  own.addEventListener("message", ({ detail }) => received.push(detail));
  const silent = await accepted();
  assert.equal(silent.url.search, "?ws-ping=1");
  await pass(60_000);
  assert.deepEqual([silent.sent, own.state], [[], "open"], "a server that says nothing is left in peace");
  own.reconnect();
  const socket = await accepted();
  socket.receive({ type: "ws:pong" });
  await pass(36_000);
  assert.deepEqual(socket.sent, [{ type: "ws:ping" }]);
  socket.receive({ type: "ws:pong" });
  await pass(20_000);
  assert.deepEqual([own.state, received], ["open", []]);
  await pass(30_000);
  assert.notEqual(own.state, "open", "no answer");
  // What the server said is expected of the next connection.
  const next = await accepted();
  await pass(10_500);
  assert.deepEqual([next.sent, own.state], [[], "waiting"]);
});
