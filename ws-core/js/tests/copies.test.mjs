import assert from "node:assert/strict";
import { test } from "node:test";
import { accepted, browser } from "./fake-browser.mjs";

test("copies of the script share the connection and its errors", async () => {
  browser();
  const [first, second] = [await import("../dist/client.mjs"), await import("../dist/client.mjs?copy")];
  assert.notEqual(first.CallError, second.CallError);
  const page = first.connect();
  assert.equal(second.connect(), page);
  const socket = await accepted();
  socket.welcome({ resumed: false });
  const failed = page.call("a").catch((error) => error);
  socket.receive({ type: "error", id: 1, error: { code: "full", message: "no room" } });
  const error = await failed;
  for (const { CallError } of [first, second]) {
    assert.ok(error instanceof CallError);
    for (const other of [new Error("lost"), null, undefined, "text"]) assert.ok(!(other instanceof CallError), `${other}`);
  }
  page.close();
});
