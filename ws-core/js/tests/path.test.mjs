import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";

const folder = mkdtempSync(join(tmpdir(), "ws-core-"));
after(() => rmSync(folder, { recursive: true }));

/** Returns the path of the connection that `connect()` opens, when the module is at `place` of a site. */
async function pathAt(place) {
  const file = join(folder, place);
  mkdirSync(join(file, ".."), { recursive: true });
  copyFileSync(new URL("../dist/client.mjs", import.meta.url), file);
  const opened = new Promise((resolve) => {
    globalThis.WebSocket = class {
      constructor(url) {
        resolve(url.pathname);
      }
      close() {}
    };
  });
  globalThis.self = new EventTarget();
  globalThis.location = { href: "http://localhost/a/page.html" };
  delete globalThis[Symbol.for("ws-core")];
  const { connect } = await import(pathToFileURL(file).href);
  const connection = connect();
  const path = await opened;
  connection.close();
  return path.replace(folder, "");
}

test("the module finds the route below its base url", async () => {
  assert.equal(await pathAt("base/ws/client.mjs"), "/base/websocket");
  assert.equal(await pathAt("ws/client.mjs"), "/websocket");
});

test("in a bundle, the route is at the root", async () => {
  assert.equal(await pathAt("assets/bundle.mjs"), "/websocket");
});
