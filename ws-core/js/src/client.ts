import { MessageConnection } from "./message-connection.js";
import { PageConnection } from "./page-connection.js";
import type { Options } from "./types.js";

export type { ConnectionEvents } from "./connection.js";
export { MessageConnection, type MessageEvents } from "./message-connection.js";
export { CallError, PageConnection, type PageEvents } from "./page-connection.js";
export type * from "./types.js";

/** Options of the page's connection. */
export interface ConnectOptions extends Options {
  /** The path or URL of the route. The default is `/websocket`, below the `base_url` of the app that serves this script. */
  path?: string;
  /** @internal The first attempt waits for it. */
  after?: Promise<unknown>;
}

// The module is beside the route, as the classic script is, unless it is part of a bundle.
const home: string | undefined = import.meta.url;
const beside = home && /\/ws\/client\.mjs($|[?#])/.test(home) ? new URL("../websocket", home).pathname : "/websocket";

// The classic script and the module share the page's connection.
const key = Symbol.for("ws-core");
const shared = globalThis as { [key]?: PageConnection };

/** Returns the connection of this page. The first call opens it, and its options count. */
export function connect(options: ConnectOptions = {}): PageConnection {
  if (shared[key] && (options.query || options.protocols)) {
    console.warn("ws: the connection has its options already; load the script with `nostream`");
  }
  return (shared[key] ??= PageConnection.open(options.path ?? beside, options, options.after));
}

/** Opens a connection to a handler of your own. */
export function open(path: string, options: Options = {}): MessageConnection {
  return MessageConnection.open(path, options);
}
