import assert from "node:assert/strict";
import { test } from "node:test";

test("a server may import the module, and cannot connect", async () => {
  const { connect, open } = await import("../dist/client.mjs");
  assert.throws(() => connect(), ReferenceError);
  assert.throws(() => open("/own"), ReferenceError);
});
