/** The state of a connection. In `waiting` it is lost, and the next attempt is scheduled. */
export type State = "connecting" | "open" | "waiting" | "closed";

/** A value, or a function that returns it or a promise of it. The function is called before each attempt. */
export type Provider<T> = T | (() => T | Promise<T>);

/** Options of a connection. */
export interface Options {
  /** Query parameters of the URL, such as a token. Use a function for values that expire. The page's own connection has `page` and `view`. */
  query?: Provider<Record<string, string>>;
  /** The subprotocols to offer. */
  protocols?: Provider<string[]>;
}

/** The delivery guarantee of an event if the connection is cut: at most once (0), at least once (1), exactly once (2). */
export type Qos = 0 | 1 | 2;

/** Options of `send`. */
export interface SendOptions {
  /** The default is 0. */
  qos?: Qos;
}

/** Options of `call`. */
export interface CallOptions extends SendOptions {
  /** How long to wait for the answer, in milliseconds. The default is 30,000. */
  timeout?: number;
}

/**
 * The result of `send`: the message was passed to the browser's WebSocket, it is queued until the connection is open, or
 * it was dropped because the queue is full or the connection is closed for good.
 */
export type Sent = "sent" | "queued" | "dropped";

/** The topic of an event. */
export interface TopicPosition {
  topic: string;
  /** The position of the event, if the topic has a history. */
  position?: string;
}

/** The result of a reconnect for one topic. */
export interface Recovery {
  /** `true` if all missed events follow. If `false`, load the state anew. */
  recovered: boolean;
  /** If `recovered` is `false`: the position after the events that were missed, if the topic has a history. */
  position?: string;
}

/** The detail of a page's `open` event. */
export interface OpenDetail {
  /**
   * `true` if the server still had this page's session. If `false`, for example after a restart of the server, its
   * subscriptions are gone.
   */
  resumed: boolean;
  topics: Record<string, Recovery>;
}

/** The detail of the `close` event. */
export interface CloseDetail {
  code: number;
  reason: string;
  /** The delay before the next attempt, in milliseconds, or `undefined` if there is none. */
  retry?: number;
}

/** The detail of the `drop` event. */
export interface DropDetail {
  type: string;
  data: unknown;
}
