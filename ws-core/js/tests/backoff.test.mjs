import assert from "node:assert/strict";
import { test } from "node:test";
import { backoff, nextDelay, shouldReconnect, retryDelay } from "../build/backoff.js";

test("z10: the delay is the square of the failures, up to 30 seconds", () => {
  const longest = [1, 2, 3, 4, 5, 6, 100].map((failures) => backoff(failures, () => 0) / 1000);
  assert.deepEqual(longest, [1, 4, 9, 16, 25, 30, 30]);
  const shortest = backoff(2, () => 0.999_999) / 1000;
  assert.ok(shortest >= 2 && shortest < 2.001, `${shortest}`);
});

test("some codes are final", () => {
  for (const code of [1000, 1003, 1008, 3000, 3003, 4400, 4409, 4499]) assert.equal(shouldReconnect(code), false, `${code}`);
  for (const code of [1001, 1002, 1005, 1006, 1011, 1012, 1013, 3008, 4002, 4500]) assert.equal(shouldReconnect(code), true, `${code}`);
});

test("a close reason can set the delay", () => {
  assert.equal(retryDelay("the server restarts; retry=2.5"), 2500);
  assert.equal(retryDelay("retry=0"), 0);
  for (const reason of ["", "retry=", "retry=x", "noretry=5x", "retry=-1"]) assert.equal(retryDelay(reason), undefined, reason);
});

test("a server that asks for short delays again and again gets the backoff", () => {
  const delays = [1, 2, 3, 4, 5, 6].map((failures) => nextDelay(failures, 0, () => 0));
  assert.deepEqual(delays, [0, 0, 0, 1000, 4000, 9000]);
  assert.equal(nextDelay(9, 60_000, () => 0), 60_000);
  assert.equal(nextDelay(2, undefined, () => 0), 4000);
});
