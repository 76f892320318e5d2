import { Page } from "./page.js";
import { Plain } from "./plain.js";
import type { Options } from "./types.js";

export { CallError, Page, type PageEvents } from "./page.js";
export { Plain, type PlainEvents } from "./plain.js";
export type { ChannelEvents } from "./channel.js";
export type * from "./types.js";

/** Options of the page's connection. */
export interface ConnectOptions extends Options {
  /** The path of the route, or its URL. The default is `/websocket`. */
  path?: string;
}

/** The page's connection, which the classic script and the module share. */
const key = Symbol.for("ws-core");
const shared = globalThis as { [key]?: Page };

/** Returns the connection of this page, and opens it at the first call: there is one at most. */
export function connect({ path = "/websocket", ...options }: ConnectOptions = {}): Page {
  return (shared[key] ??= new Page(path, options));
}

/** Opens a connection to a handler of yours. */
export function open(path: string, options: Options = {}): Plain {
  return new Plain(path, options);
}
