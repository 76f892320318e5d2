// A conversation of the npm package `graphql-ws` with the `graphql` example:
// NODE_PATH=… node graphql.js ws://127.0.0.1:8080/graphql
//
// At the end it prints "restart the server", and waits until the server has been started again on the same port.
"use strict";

const assert = require("node:assert/strict");
const { createClient } = require("graphql-ws");
const WebSocket = require("ws");

const URL = process.argv[2];
const PATIENCE = 10_000; // milliseconds

/** Fails if the promise is not settled in time. */
function within(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`timed out: ${what}`)), PATIENCE);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** A client, and the events that it has had. */
function connect(options = {}) {
  const events = [];
  const log = (name) => (detail) => events.push([name, detail?.code, detail?.reason]);
  const client = createClient({
    url: URL,
    webSocketImpl: WebSocket,
    connectionParams: { token: "ada-token" },
    retryAttempts: 0,
    on: { connected: log("connected"), closed: log("closed") },
    ...options,
  });
  return { client, events };
}

/** The results of an operation, one at a time. */
class Results {
  constructor(client, payload) {
    this.iterator = client.iterate(payload);
  }

  async next() {
    const { value, done } = await within(this.iterator.next(), "the next result");
    assert.equal(done ?? false, false, "another result");
    return value;
  }

  async ends() {
    assert.equal((await within(this.iterator.next(), "the end")).done, true);
  }
}

/** The only result of a query or a mutation. */
async function result(client, query, variables) {
  const results = new Results(client, { query, variables });
  const value = await results.next();
  await results.ends();
  return value;
}

const post = (client, text) => result(client, "mutation Post($text: String!) { post(text: $text) { id } }", { text });

async function queries(client) {
  assert.deepEqual(await result(client, "{ me }"), { data: { me: "Ada" } });
  assert.deepEqual(await post(client, "first"), { data: { post: { id: 1 } } });
  const { data } = await result(client, "query ($last: Int!) { messages(last: $last) { id author text } }", { last: 5 });
  assert.deepEqual(data.messages, [{ id: 1, author: "Ada", text: "first" }]);
}

async function errors(client) {
  // A request that is not valid is an `error` message, which graphql-ws throws.
  await assert.rejects(result(client, "{ nothing }"), (errors) => {
    assert.equal(errors.length, 1);
    assert.match(errors[0].message, /Unknown field "nothing"/);
    assert.deepEqual(errors[0].locations, [{ line: 1, column: 3 }]);
    return true;
  });
  await assert.rejects(result(client, "{ me"), (errors) => errors[0].locations.length === 1);
  // An error of a resolver is part of a result.
  const { data, errors: [error] } = await post(client, "");
  assert.equal(data, null);
  assert.deepEqual([error.message, error.path], ["a message has 1 to 1000 characters", ["post"]]);
  // The connection still works.
  assert.deepEqual(await result(client, "{ me }"), { data: { me: "Ada" } });
}

async function subscriptions(client) {
  const numbers = new Results(client, { query: "subscription { countdown(from: 3, interval: 1) }" });
  for (const countdown of [3, 2, 1]) assert.deepEqual(await numbers.next(), { data: { countdown } });
  await numbers.ends();

  // Two at once and a mutation that reaches both, also the one on another connection.
  const query = "subscription ($after: Int!) { posted(after: $after) { id author text } }";
  const bob = connect({ connectionParams: async () => ({ token: "bob-token" }) });
  const first = new Results(client, { query, variables: { after: 0 } });
  const second = new Results(client, { query, variables: { after: 1 } });
  const other = new Results(bob.client, { query, variables: { after: 1 } });
  assert.deepEqual((await first.next()).data.posted, { id: 1, author: "Ada", text: "first" });
  await post(bob.client, "second");
  for (const results of [first, second, other]) {
    assert.deepEqual((await results.next()).data.posted, { id: 2, author: "Bob", text: "second" });
  }
  // One is completed, and the others go on.
  await within(first.iterator.return(), "the completion");
  await post(client, "third");
  for (const results of [second, other]) assert.equal((await results.next()).data.posted.id, 3);
  await first.ends();
  await second.iterator.return();
  await bob.client.dispose();
}

async function pings() {
  let client;
  const ponged = new Promise((resolve) => {
    const on = { pong: (received) => received && resolve() };
    ({ client } = connect({ lazy: false, keepAlive: 10, on }));
  });
  await within(ponged, "a pong");
  await client.dispose();
}

async function forbidden() {
  for (const connectionParams of [{ token: "wrong" }, {}, undefined]) {
    const { client, events } = connect({ connectionParams });
    await assert.rejects(within(result(client, "{ me }"), "the close"), (close) => {
      assert.deepEqual([close.code, close.reason], [4403, "Forbidden"]);
      return true;
    });
    assert.deepEqual(events, [["closed", 4403, "Forbidden"]]);
    await client.dispose();
  }
}

async function restart() {
  const { client, events } = connect({
    retryAttempts: 100,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 100)),
  });
  const results = new Results(client, { query: "subscription { posted(after: 0) { id text } }" });
  await post(client, "before the restart");
  while ((await results.next()).data.posted.text !== "before the restart");
  const next = results.next();
  const reconnected = new Promise((resolve) => client.on("connected", resolve));
  console.log("restart the server");
  await within(reconnected, "the second connection");
  // The server that comes back has no messages, and the client has subscribed again by itself.
  await post(client, "after the restart");
  assert.deepEqual((await next).data.posted, { id: 1, text: "after the restart" });
  const [first, second, ...others] = events.map(([name, code]) => code ?? name);
  assert.deepEqual([first, second, others.at(-1)], ["connected", 1001, "connected"], "the server was drained");
  await client.dispose();
}

async function main() {
  const { client, events } = connect({ lazy: false });
  await queries(client);
  await errors(client);
  await subscriptions(client);
  await client.dispose();
  assert.equal(events.filter(([name]) => name === "connected").length, 1, "one connection for all");
  await pings();
  await forbidden();
  await restart();
  console.log("talked GraphQL to the end");
}

main();
