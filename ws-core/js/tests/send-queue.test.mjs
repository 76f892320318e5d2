import assert from "node:assert/strict";
import { test } from "node:test";
import { SendQueue } from "../build/send-queue.js";

const event = (type, qos = 0, size = 10) => ({ type, data: null, json: "x".repeat(size), qos });
const types = (box) => box.events.map((each) => each.type);

test("the oldest event with QoS 0 is dropped", () => {
  const dropped = [];
  const box = new SendQueue((each) => dropped.push(each.type));
  box.push(event("kept", 1));
  for (let n = 0; n < 100; n++) assert.equal(box.push(event(`${n}`)), true);
  assert.deepEqual(dropped, ["0"]);
  assert.equal(box.events.length, 100);
  assert.equal(box.events[0].type, "kept");
});

test("an event is refused if only events with QoS 1 and 2 are queued", () => {
  const box = new SendQueue(() => assert.fail("an event was dropped"));
  for (let n = 0; n < 100; n++) assert.equal(box.push(event(`${n}`, 2)), true);
  assert.equal(box.push(event("more", 2)), false);
  assert.equal(box.push(event("more")), false);
  box.acknowledge(1);
  assert.equal(box.push(event("more", 2)), true);
  assert.equal(box.events.at(-1).seq, 101, "the refused event took no number");
});

test("the size is bounded too", () => {
  const dropped = [];
  const box = new SendQueue((each) => dropped.push(each.type));
  box.push(event("a", 0, 600_000));
  box.push(event("b", 0, 400_000));
  assert.equal(box.push(event("c", 0, 500_000)), true);
  assert.deepEqual(dropped, ["a"]);
  assert.equal(box.push(event("d", 0, 2_000_000)), false);
  assert.deepEqual(types(box), ["b", "c"]);
});

test("nothing is dropped for an event that does not fit all the same", () => {
  const box = new SendQueue(() => assert.fail("an event was dropped"));
  box.push(event("kept", 1, 600_000));
  box.push(event("a"));
  for (const qos of [0, 2]) assert.equal(box.push(event("large", qos, 600_000)), false);
  assert.deepEqual(types(box), ["kept", "a"]);
});

test("a flush keeps events with QoS 1 and 2", () => {
  const box = new SendQueue(() => {});
  for (const [type, qos] of [["a", 0], ["b", 1], ["c", 0], ["d", 2]]) box.push(event(type, qos));
  assert.deepEqual(box.flush().map((each) => each.type), ["a", "b", "c", "d"]);
  assert.deepEqual(types(box), ["b", "d"]);
  assert.deepEqual(box.flush().map((each) => each.type), ["b", "d"], "and sends them again");
  box.acknowledge(1);
  assert.deepEqual(types(box), ["d"]);
});

test("renumber starts behind a number", () => {
  const box = new SendQueue(() => {});
  for (const type of ["a", "b", "c"]) box.push(event(type, 2));
  box.acknowledge(1);
  box.renumber(5);
  assert.deepEqual(box.events.map((each) => each.seq), [6, 7]);
  box.renumber(0);
  assert.deepEqual(box.events.map((each) => each.seq), [1, 2]);
  box.push(event("d", 2));
  assert.equal(box.events.at(-1).seq, 3);
});

test("an event that is withdrawn leaves no gap", () => {
  const box = new SendQueue(() => {});
  box.push({ ...event("sent", 2), id: 1 });
  for (const [type, qos, id] of [["a", 2, 2], ["b", 0, 3], ["c", 1, 4], ["d", 2, 5]]) {
    box.push({ ...event(type, qos), id });
  }
  box.withdraw(2);
  box.withdraw(3);
  box.withdraw(9);
  assert.deepEqual(box.events.map((each) => [each.type, each.seq]), [["sent", 1], ["c", 2], ["d", 3]]);
  box.push(event("e", 2));
  assert.equal(box.events.at(-1).seq, 4);
});
