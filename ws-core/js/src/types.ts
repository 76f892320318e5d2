/** The states of a connection. In `waiting` it is lost, and a new attempt is to come. */
export type State = "connecting" | "open" | "waiting" | "closed";

/** What a value in JSON can be. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A value, or a promise of it, or a function that returns either. The function is called at every attempt. */
export type Provided<T> = T | (() => T | Promise<T>);

/** Options of a connection. */
export interface Options {
  /**
   * Parameters for the query of the URL, such as a token. Give a function if they can get old: it is called at every
   * attempt.
   */
  query?: Provided<Record<string, string>>;
  /** The subprotocols to offer. A function is called at every attempt. */
  protocols?: Provided<string[]>;
}

/** How often an event arrives if the connection is cut: at most once (0), at least once (1), exactly once (2). */
export type Qos = 0 | 1 | 2;

/** Options of an event. */
export interface SendOptions {
  /** The default is 0. */
  qos?: Qos;
}

/** Options of a call. */
export interface CallOptions extends SendOptions {
  /** How long to wait for the answer, in milliseconds. The default is 30,000. */
  timeout?: number;
}

/**
 * What became of a message: it is on its way, or waits for the connection, or was dropped because too many messages
 * wait already or because the connection is closed for good.
 */
export type Sent = "sent" | "queued" | "dropped";

/** Where a message of a topic stands in it. */
export interface Place {
  topic: string;
  /** Only if the topic keeps a history. */
  position?: string;
}

/** What a reconnect brought back of a topic. */
export interface Recovery {
  /** Whether all that was missed follows. If not, load the state anew. */
  recovered: boolean;
}

/** The detail of the event `open` of a page. */
export interface Opened {
  /**
   * Whether the server knew this page. If not, for example after a restart of the server, its subscriptions are gone: ask
   * for them again.
   */
  resumed: boolean;
  topics: Record<string, Recovery>;
}

/** The detail of the event `close`. */
export interface Closed {
  code: number;
  reason: string;
  /** When the next attempt comes, in milliseconds; `undefined` if there is none. */
  retry?: number;
}

/** The detail of the event `drop`. */
export interface DroppedEvent {
  type: string;
  data: unknown;
}
