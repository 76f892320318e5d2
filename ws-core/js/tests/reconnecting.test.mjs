import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { connect, open } from "../build/client.js";
import { accepted, browser, pass, settled } from "./fake-browser.mjs";

/** Opens a connection, and writes its events into `events`. */
function opened(options) {
  const connection = open("/own", options);
  const events = [];
  connection.addEventListener("state", ({ detail }) => events.push(detail));
  connection.addEventListener("open", () => events.push("opened"));
  connection.addEventListener("close", ({ detail: { code, retry } }) => events.push([code, retry !== undefined]));
  return { connection, events };
}

test("a connection that is closed before it connects stays closed", async () => {
  const { sockets } = browser();
  const { connection } = opened();
  connection.close();
  await pass(60_000);
  assert.equal(sockets.length, 0);
  assert.equal(connection.state, "closed");
});

test("a reconnect before the first attempt is the first attempt", async () => {
  browser();
  let asked = 0;
  const { connection } = opened({ query: async () => ({ token: `${++asked}` }) });
  connection.reconnect();
  await accepted();
  assert.equal(asked, 1);
});

for (const during of ["connecting", "open", "waiting"]) {
  test(`close in a listener of ${during} is for good`, async () => {
    const { sockets } = browser();
    const { connection, events } = opened();
    await settled();
    const closes = ({ detail }) => detail === during && connection.close();
    if (during === "open") connection.addEventListener("state", closes);
    sockets[0].accept();
    await settled();
    if (during !== "open") {
      connection.addEventListener("state", closes);
      sockets[0].end();
    }
    await pass(120_000);
    assert.equal(connection.state, "closed");
    assert.deepEqual(sockets.filter((each) => each.readyState < 2), []);
    assert.deepEqual(events.slice(-2), ["closed", [1000, false]], JSON.stringify(events));
  });
}

test("reconnect in a listener of waiting connects once, and stays", async () => {
  const { sockets } = browser();
  const { connection, events } = opened();
  connection.addEventListener("state", ({ detail }) => detail === "waiting" && connection.reconnect());
  (await accepted()).end();
  await accepted();
  await pass(60_000);
  assert.equal(sockets.length, 2);
  assert.deepEqual(events, ["open", "opened", "waiting", [1006, true], "connecting", "open", "opened"]);
});

test("all listeners receive the events in the same order", async () => {
  browser();
  const connection = open("/own");
  connection.addEventListener("state", ({ detail }) => detail === "waiting" && connection.reconnect());
  const seen = [];
  connection.addEventListener("state", ({ detail }) => seen.push(detail));
  (await accepted()).end();
  await accepted();
  assert.deepEqual(seen, ["open", "waiting", "connecting", "open"]);
});

test("a storm of wake-ups asks for one token", async () => {
  const { sockets, window, document } = browser();
  let asked = 0;
  let answer;
  opened({ query: () => new Promise((resolve) => (asked++, (answer = resolve))) });
  await settled();
  for (let count = 0; count < 20; count++) {
    window.dispatchEvent(new Event("online"));
    document.dispatchEvent(new Event("visibilitychange"));
    await pass(50);
  }
  assert.equal(asked, 1);
  answer({ token: "x" });
  await settled();
  assert.equal(sockets.length, 1);
});

test("a connection that cannot be asked ends with a sleep, and not with a tab that was hidden", async () => {
  const { sockets, window, document } = browser();
  const hide = (state) => {
    document.visibilityState = state;
    document.dispatchEvent(new Event("visibilitychange"));
  };
  const sleep = (ms) => {
    const now = Date.now;
    mock.method(Date, "now", () => now() + ms);
  };
  opened();
  for (const [ms, end, connections] of [[0, 0, 1], [60_000, 0, 1], [100_000, 0, 2], [0, 0, 2], [100_000, 5_000, 3]]) {
    await accepted();
    hide("hidden");
    await pass(100_000);
    sleep(ms);
    await pass(end);
    hide("visible");
    await settled();
    assert.equal(sockets.length, connections, `${ms} ${end}`);
  }
  await accepted();
  await pass(100_000);
  window.dispatchEvent(new Event("online"));
  await settled();
  assert.equal(sockets.length, 4, "the network was away");
});

test("an attempt that hangs begins anew when the network is back", async () => {
  const { sockets, window } = browser();
  opened();
  await settled();
  await pass(5_500);
  assert.equal(sockets.length, 1);
  window.dispatchEvent(new Event("online"));
  await settled();
  assert.equal(sockets.length, 2);
  assert.equal(sockets[0].readyState, 2, "the first is closed");
});

test("a page that comes back from the cache connects once", async () => {
  const { sockets, window, document } = browser();
  let asked = 0;
  let answer;
  opened({ query: () => new Promise((resolve) => (asked++, (answer = resolve))) });
  await settled();
  window.dispatchEvent(new Event("pagehide"));
  answer({});
  await pass(60_000);
  assert.equal(sockets.length, 0, "the page is away");
  document.dispatchEvent(new Event("resume"));
  document.dispatchEvent(new Event("visibilitychange"));
  window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
  answer({});
  await settled();
  assert.equal(asked, 2);
  assert.equal(sockets.length, 1);
});

test("a provider that never resolves is a failed attempt", async () => {
  const { sockets } = browser();
  let asked = 0;
  const { connection, events } = opened({ query: () => (++asked === 1 ? new Promise(() => {}) : {}) });
  await pass(19_000);
  assert.deepEqual(events, []);
  await pass(2_500);
  assert.deepEqual(events, ["waiting", [4002, true], "connecting"]);
  assert.equal(sockets.length, 1);
  assert.equal(connection.attempts, 1);
});

test("a provider that closes the connection has the last word", async () => {
  const { sockets } = browser();
  const { connection } = opened({ query: () => connection.close() });
  await pass(60_000);
  assert.equal(connection.state, "closed");
  assert.equal(sockets.length, 0);
});

test("a clock that goes back hides no silence", async () => {
  const { sockets } = browser();
  connect();
  const socket = await accepted();
  socket.welcome();
  const now = Date.now;
  mock.method(Date, "now", () => now() - 3_600_000);
  await pass(60_000);
  assert.deepEqual(socket.sent.at(-1), { type: "ws:ping" });
  assert.ok(sockets.length > 1, "nothing answers the ping");
});

test("a path is relative to the page that opened the connection", async () => {
  const { sockets } = browser();
  open("own");
  (await accepted()).end();
  location.href = "http://localhost/b/c/d.html"; // as `history.pushState` does
  await pass(1_500);
  assert.deepEqual(sockets.map((each) => each.url.pathname), ["/a/own", "/a/own"]);
});

test("a page without an address of its own has an origin", async () => {
  const { sockets } = browser();
  location.href = "about:srcdoc";
  open("/own");
  await settled();
  assert.equal(sockets[0].url.href, "ws://localhost/own?ws-ping=1");
});

test("a page without an origin connects to a URL", async () => {
  const { sockets, window } = browser();
  location.href = "file:///page.html";
  window.origin = "null";
  open("ws://localhost:8080/own");
  await settled();
  assert.equal(sockets[0].url.href, "ws://localhost:8080/own?ws-ping=1");
  assert.throws(() => open("/own"), TypeError);
});

test("a worker has neither a document nor a life cycle", async () => {
  const { sockets, window } = browser();
  delete window.document;
  const { events } = opened();
  (await accepted()).end();
  window.dispatchEvent(new Event("online"));
  await accepted();
  assert.equal(sockets.length, 2);
  assert.equal(events.at(-1), "opened");
});

test("a message that the browser would discard is not sent", async () => {
  browser();
  const { connection } = opened();
  const socket = await accepted();
  assert.equal(connection.send("1"), "sent");
  socket.readyState = 2; // the server's close frame has arrived, and the close event follows
  assert.equal(connection.send("2"), "dropped");
});
