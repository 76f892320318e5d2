import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "../build/client.js";
import { browser, pass, settled } from "./fake-browser.mjs";

/** Returns a generator of numbers below `n`, the same for each seed (mulberry32). */
function generator(seed) {
  return (n) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}

/** A server with one page session, which reads what the sockets sent. */
class Server {
  received = 0;
  resumes = false;
  /** The data of the events that were handled. */
  handled = [];
  #read = new Map();

  /** Reads at most so many messages of this socket. */
  read(socket, most) {
    const begin = this.#read.get(socket) ?? 0;
    const messages = socket.sent.slice(begin, begin + most);
    this.#read.set(socket, begin + messages.length);
    for (const message of messages) this.#handle(socket, message);
  }

  #handle(socket, { type, seq, id, data }) {
    if (type === "ws:hello") {
      socket.welcome({ resumed: this.resumes, received: this.received });
      this.resumes = true;
    }
    if (type.startsWith("ws:")) return;
    if (seq) {
      assert.ok(seq <= this.received + 1, `event ${seq} followed event ${this.received}`);
      if (seq <= this.received) return;
      this.received = seq;
    }
    this.handled.push(data);
    if (id && data % 3) socket.receive({ type, id, data });
  }
}

async function run(seed) {
  const { sockets, window } = browser();
  const below = generator(seed);
  const page = connect();
  const server = new Server();
  const certain = [];
  const calls = [];
  let made = 0;
  for (let step = 0; step < 150; step++) {
    const socket = sockets.at(-1);
    const lives = socket && socket.readyState === 1;
    switch (below(9)) {
      case 0:
      case 1: {
        const qos = below(2) * 2;
        if (page.send("event", ++made, { qos }) !== "dropped" && qos) certain.push(made);
        break;
      }
      case 2: {
        const [data, qos] = [++made, below(2) * 2];
        calls.push(page.call("call", data, { qos, timeout: 500 + below(20_000) }).then(
          () => ({ data, answered: true }),
          ({ message }) => ({ data, never: /not sent|dropped/.test(message) }),
        ));
        break;
      }
      case 3:
      case 4:
        if (socket?.readyState === 0) socket.accept();
        else if (lives) server.read(socket, below(10));
        break;
      case 5:
        if (lives && server.received) socket.receive({ type: "ws:ack", seq: server.received });
        break;
      case 6:
        if (lives) below(2) ? socket.end() : (socket.readyState = 2);
        else if (socket?.onclose && socket.readyState === 2) socket.end();
        break;
      case 7:
        if (below(3)) break;
        window.dispatchEvent(new Event("pagehide"));
        window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
        break;
      case 8:
        await pass(below(3) * 1_000);
    }
    await settled();
  }
  // The network is good from now on.
  for (let round = 0; round < 60; round++) {
    const socket = sockets.at(-1);
    if (socket?.readyState === 0) socket.accept();
    else if (socket?.readyState === 2) socket.end();
    else if (socket?.readyState === 1) {
      server.read(socket, Infinity);
      if (server.received) socket.receive({ type: "ws:ack", seq: server.received });
    }
    await pass(1_000);
  }
  const results = await Promise.all(calls);
  page.close();
  assert.equal(new Set(server.handled).size, server.handled.length, "nothing is handled twice");
  const order = server.handled.filter((data) => certain.includes(data));
  assert.deepEqual(order, certain, "what is sent exactly once arrives, in order");
  for (const { data, answered, never } of results) {
    if (answered) assert.ok(server.handled.includes(data), `${data}`);
    if (never) assert.ok(!server.handled.includes(data), `${data} was not sent`);
  }
  return { handled: server.handled.length, sockets: sockets.length };
}

test("z9: nothing is lost, doubled or out of order over connections that are cut", async () => {
  let [handled, sockets] = [0, 0];
  for (let seed = 1; seed <= 60; seed++) {
    const result = await run(seed).catch((error) => {
      error.message = `seed ${seed}: ${error.message}`;
      throw error;
    });
    handled += result.handled;
    sockets += result.sockets;
  }
  assert.ok(handled > 500 && sockets > 300, `${handled} events over ${sockets} connections`);
});
