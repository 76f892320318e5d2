// As much of a browser as the client needs, with a clock that the test moves.

import { mock } from "node:test";

/** A WebSocket whose other end is the test. */
class FakeSocket {
  static OPEN = 1;
  static all = [];
  readyState = 0;
  sent = [];

  constructor(url) {
    this.url = new URL(url);
    FakeSocket.all.push(this);
  }

  send(data) {
    // A browser discards it while the connection closes.
    if (this.readyState === 1) this.sent.push(JSON.parse(data));
  }

  close(code) {
    if (code !== undefined && code !== 1000 && (code < 3000 || code > 4999)) throw new RangeError(`${code}`);
    this.readyState = Math.max(this.readyState, 2);
  }

  /** The connection opens. */
  accept() {
    this.readyState = 1;
    this.onopen();
  }

  /** The server sends this. */
  receive(message) {
    this.onmessage({ data: typeof message === "string" ? message : JSON.stringify(message) });
  }

  /** The server welcomes the page. */
  welcome(more) {
    this.receive({ type: "ws:welcome", page: "p", epoch: "e", resumed: true, received: 0, ...more });
  }

  /** The connection ends. */
  end(code = 1006, reason = "") {
    this.readyState = 3;
    this.onclose({ code, reason });
  }
}

/** Lets promises and microtasks run. */
export const settled = async () => {
  for (let turn = 0; turn < 20; turn++) await null;
};

/** Moves the clock by so many milliseconds, one timer after the other. */
export async function pass(ms) {
  for (let rest = ms; rest > 0; rest -= 500) {
    mock.timers.tick(Math.min(rest, 500));
    await settled();
  }
}

/** Makes a new browser, and returns its sockets, its window and its document. */
export function browser() {
  mock.restoreAll();
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: 1_000_000_000_000 });
  // The mock has no default for the delay.
  const { setTimeout } = globalThis;
  globalThis.setTimeout = (callback, delay = 0) => setTimeout(callback, delay);
  const document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  const window = Object.assign(new EventTarget(), { document, origin: "http://localhost" });
  FakeSocket.all = [];
  Object.assign(globalThis, {
    self: window,
    location: new URL("http://localhost/a/page.html"),
    WebSocket: FakeSocket,
    reportError: (error) => reported.push(error),
  });
  const reported = [];
  delete globalThis[Symbol.for("ws-core")];
  return { sockets: FakeSocket.all, window, document, reported };
}

/** Waits for the last socket, and opens it. */
export async function accepted() {
  await settled();
  const socket = FakeSocket.all.at(-1);
  socket.accept();
  await settled();
  return socket;
}
