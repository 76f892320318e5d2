// The classic script. `<script src="/ws/client.js"></script>` opens the page's connection and stores it in `window.ws`.
// With the attribute `nostream`, `window.ws` has only `connect` and `open`.

import { connect, open, type ConnectOptions, type PageConnection } from "./client.js";

const tag = document.currentScript as HTMLScriptElement | null;
// The script is beside the route: `/base/ws/client.js` belongs to `/base/websocket`.
const path = tag ? new URL(tag.dataset.path ?? "../websocket", tag.src).pathname : undefined;

// The page's other scripts add their listeners before the connection opens, also those that load slowly.
const loads = document.readyState === "loading" || (tag?.defer && !tag.async);
const ready = loads ? new Promise((done) => addEventListener("DOMContentLoaded", done)) : undefined;

function start(options?: ConnectOptions): PageConnection {
  const page = connect({ path, ...options });
  if ((window as { ws?: unknown }).ws === page) return page;
  const showState = () => (document.documentElement.dataset.ws = page.state);
  page.addEventListener("state", showState);
  showState();
  (window as { ws?: unknown }).ws = page;
  return Object.assign(page, { open, connect: start });
}

if (tag?.hasAttribute("nostream")) (window as { ws?: unknown }).ws = { open, connect: start };
else start({ ready });
