// The classic script: `<script src="/ws/client.js"></script>` opens the page's connection and makes it `window.ws`.

import { connect, open, type ConnectOptions, type Page } from "./client.js";

const tag = document.currentScript as HTMLScriptElement | null;
// The script lies beside the routes: `/base/ws/client.js` belongs to `/base/websocket`.
const path = tag?.dataset.path ?? (tag ? new URL("../websocket", tag.src).pathname : undefined);

/** Starts the page's connection, if the tag did not: with `nostream` on it, or to give options. */
function start(options: ConnectOptions = {}): Page {
  const page = connect({ path, ...options });
  page.addEventListener("state", () => (document.documentElement.dataset.ws = page.state));
  return Object.assign(page, { open, connect: start });
}

Object.assign(window, { ws: tag?.hasAttribute("nostream") ? { open, connect: start } : start() });
