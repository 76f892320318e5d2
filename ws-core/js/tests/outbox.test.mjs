import assert from "node:assert/strict";
import { test } from "node:test";
import { Outbox } from "../build/outbox.js";

const item = (type, qos = 0, size = 10) => ({ type, data: null, qos, size });
const types = (box) => box.items.map((each) => each.type);

test("the oldest that is sent at most once makes room", () => {
  const dropped = [];
  const box = new Outbox((each) => dropped.push(each.type));
  box.push(item("kept", 1));
  for (let n = 0; n < 100; n++) assert.equal(box.push(item(`${n}`)), "queued");
  assert.deepEqual(dropped, ["0"]);
  assert.equal(box.items.length, 100);
  assert.equal(box.items[0].type, "kept");
});

test("what must arrive is refused rather than dropped later", () => {
  const box = new Outbox(() => assert.fail("nothing makes room"));
  for (let n = 0; n < 100; n++) assert.equal(box.push(item(`${n}`, 2)), "queued");
  assert.equal(box.push(item("more", 2)), "dropped");
  assert.equal(box.push(item("more")), "dropped");
  box.acknowledge(1);
  assert.equal(box.push(item("more", 2)), "queued");
  assert.equal(box.items.at(-1).seq, 101, "what was refused took no number");
});

test("the bound counts characters too", () => {
  const dropped = [];
  const box = new Outbox((each) => dropped.push(each.type));
  box.push(item("a", 0, 600_000));
  box.push(item("b", 0, 400_000));
  assert.equal(box.push(item("c", 0, 500_000)), "queued");
  assert.deepEqual(dropped, ["a"]);
  assert.equal(box.push(item("d", 0, 2_000_000)), "dropped");
  assert.deepEqual(types(box), ["b", "c"]);
});

test("a flush keeps what waits for its acknowledgement", () => {
  const box = new Outbox(() => {});
  for (const [type, qos] of [["a", 0], ["b", 1], ["c", 0], ["d", 2]]) box.push(item(type, qos));
  assert.deepEqual(box.flush().map((each) => each.type), ["a", "b", "c", "d"]);
  assert.deepEqual(types(box), ["b", "d"]);
  assert.deepEqual(box.flush().map((each) => each.type), ["b", "d"], "and sends it again");
  box.acknowledge(1);
  assert.deepEqual(types(box), ["d"]);
});

test("numbers begin anew with a server that knows nothing", () => {
  const box = new Outbox(() => {});
  for (const type of ["a", "b", "c"]) box.push(item(type, 2));
  box.acknowledge(1);
  box.renumber();
  assert.deepEqual(box.items.map((each) => each.seq), [1, 2]);
  box.push(item("d", 2));
  assert.equal(box.items.at(-1).seq, 3);
});
