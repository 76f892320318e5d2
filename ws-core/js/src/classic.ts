// The classic script. `<script src="/ws/client.js"></script>` opens the page's connection and stores it in `window.ws`.
// With the attribute `nostream`, `window.ws` has only `connect` and `open`.

import { connect, open, type ConnectOptions, type PageConnection } from "./client.js";

const tag = document.currentScript as HTMLScriptElement | null;
// The script is beside the route: `/base/ws/client.js` belongs to `/base/websocket`. An inline script has no address.
const path = tag?.src ? new URL("../websocket", tag.src).pathname : undefined;

// The page's other scripts add their listeners before the connection opens, also those that load slowly.
const deferred = document.readyState === "interactive" && tag?.defer && !tag.async;
const after = new Promise<unknown>((done) => {
  if (document.readyState !== "loading" && !deferred) return done(0);
  addEventListener("DOMContentLoaded", done);
  // For a script that is added after that, and for a page whose user stops it before.
  document.addEventListener("readystatechange", () => document.readyState === "complete" && done(0));
});

const global = window as { ws?: unknown };

function start(options?: ConnectOptions): PageConnection {
  const page = connect({ path, ...options });
  if (global.ws === page) return page;
  const showState = () => (document.documentElement.dataset.ws = page.state);
  page.addEventListener("state", showState);
  showState();
  global.ws = page;
  return Object.assign(page, { open, connect: start });
}

// A connection that another tag opened stays where it is.
if (tag?.hasAttribute("nostream") && !(Symbol.for("ws-core") in globalThis)) global.ws = { open, connect: start };
else start({ after });
