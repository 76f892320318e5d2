import { nextDelay, retryDelay, shouldReconnect } from "./backoff.js";
import type { Options, Provider, State } from "./types.js";

/** The time limit of an attempt, in milliseconds. */
const CONNECT_TIMEOUT = 20_000;
/** A connection that lives this long resets the backoff, in milliseconds. */
const STABLE_AFTER = 5_000;
/** The interval of the clock that notices a sleeping computer, in milliseconds. */
const CLOCK_INTERVAL = 5_000;
/** A jump of the clock by more than this is a sleep, in milliseconds. */
const SLEEP_THRESHOLD = 15_000;
/** A connection that is silent for this long is asked whether it lives, in milliseconds. */
const PING_AFTER = 30_000;
/** The time limit of the answer to that ping or to a hello, and to a ping after a sleep, in milliseconds. */
const PONG_TIMEOUT = 10_000;
const WAKE_PONG_TIMEOUT = 3_000;
/** After this long without the network, the server has closed the connection, in milliseconds. */
const SERVER_TIMEOUT = 90_000;
/** Close codes of our own, because browsers accept only 1000 and 3000 to 4999. */
const PAGE_LEFT = 4001;
const CONNECTION_LOST = 4002;

/** The owner of a `ReconnectingSocket`. */
export interface SocketOwner {
  /** The path or URL of the route, without a query. */
  path: string;
  /** The first attempt waits for it. */
  after?: Promise<unknown>;
  /** Returns query parameters in addition to those of the options. */
  query?(): Record<string, string>;
  /** Sends a message that the server answers at once. Returns `false` if it was not sent. */
  ping?(): boolean;
  stateChanged(): void;
  /** Returns `true` if the server sends a message now, so that its absence is a loss. */
  opened(): boolean;
  received(data: string | ArrayBuffer): void;
  /** Returns whether to reconnect after a close with this code, although it is a final one. */
  returnsAfter?(code: number): boolean;
  /** Called when a connection that was open is not any more. */
  disconnected?(): void;
  /** `retry` is the delay before the next attempt, in milliseconds. */
  closed(code: number, reason: string, retry?: number): void;
}

async function resolve<T>(value: Provider<T> | undefined): Promise<T | undefined> {
  return typeof value === "function" ? (value as () => T | Promise<T>)() : value;
}

/** A WebSocket that reconnects. */
export class ReconnectingSocket {
  state: State = "connecting";
  /** The number of failed attempts in a row. */
  attempts = 0;
  #socket?: WebSocket;
  /** The number of the current attempt. Callbacks of earlier attempts compare it and do nothing. */
  #attempt = 0;
  #timer?: ReturnType<typeof setTimeout>;
  #pongTimer?: ReturnType<typeof setTimeout>;
  /** The time of the last message, or of the begin of the attempt; 0 if there is neither. */
  #lastSign = 0;
  /** How long the network may have been away since then, for example in a sleep of the computer, in milliseconds. */
  #away = 0;
  readonly #url: URL;
  /** Removes the listeners and the clock. */
  #watching?: AbortController;

  constructor(
    readonly owner: SocketOwner,
    readonly options: Options,
  ) {
    // Not at each attempt, because scripts change the page's address. That of an `iframe` with `srcdoc` is no base, and
    // that of a file has no origin either.
    const base = /^http/.test(location.href) ? location.href : self.origin;
    this.#url = new URL(owner.path, base === "null" ? undefined : base);
    this.#url.protocol = this.#url.protocol.replace("http", "ws");
    // The caller adds its listeners first, and may close the connection or reconnect.
    Promise.resolve(owner.after).then(() => {
      if (!this.#attempt) this.#connect();
    });
  }

  /** Whether `send` sends. It does not while the connection closes, although the `close` event follows only then. */
  get ready(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Sends a message, or returns `false` if the connection is not open. */
  send(data: string | BufferSource | Blob): boolean {
    if (!this.ready) return false;
    this.#socket!.send(data);
    return true;
  }

  /** Closes the connection, if any, and connects at once. */
  reconnect(): void {
    this.attempts = 0;
    this.#drop(PAGE_LEFT, "the client reconnects");
    this.#connect();
  }

  /** Closes the connection for good. Only `reconnect` opens it again. */
  close(code = 1000, reason = ""): void {
    if (this.state === "closed") return;
    // A code or reason that is not allowed throws, and changes nothing.
    this.#socket?.close(code, reason);
    this.#drop(code, reason, "closed");
    this.owner.closed(code, reason);
  }

  /** Closes the connection and schedules the next attempt. */
  fail(reason: string): void {
    this.#lost(CONNECTION_LOST, reason);
  }

  #setState(state: State): void {
    if (this.state === state) return;
    const previous = this.state;
    this.state = state;
    if (state === "closed") {
      this.#watching?.abort();
      this.#watching = undefined;
    }
    if (previous === "open") this.owner.disconnected?.();
    this.owner.stateChanged();
  }

  /** Closes the current socket and ignores its further events. */
  #drop(code: number, reason: string, next: State = "connecting"): void {
    this.#attempt++;
    clearTimeout(this.#timer);
    clearTimeout(this.#pongTimer);
    this.#pongTimer = undefined;
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close(code, reason);
    this.#setState(next);
  }

  async #connect(): Promise<void> {
    this.#watch();
    clearTimeout(this.#timer);
    this.#signed();
    const attempt = ++this.#attempt;
    this.#setState("connecting");
    this.#timer = setTimeout(() => this.fail("the attempt timed out"), CONNECT_TIMEOUT);
    try {
      const [query, protocols] = await Promise.all([resolve(this.options.query), resolve(this.options.protocols)]);
      if (attempt !== this.#attempt) return;
      const url = new URL(this.#url);
      const own = this.owner.query?.() ?? {};
      for (const [name, value] of Object.entries({ ...query, ...own })) {
        if (query && name in own && name in query) throw new TypeError(`the query has "${name}", which the script sets`);
        url.searchParams.set(name, value);
      }
      this.#attach(new WebSocket(url, protocols ?? []), attempt);
    } catch (error) {
      console.error("ws:", error);
      if (attempt === this.#attempt) this.fail(String(error));
    }
  }

  #attach(socket: WebSocket, attempt: number): void {
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      if (attempt !== this.#attempt) return;
      clearTimeout(this.#timer);
      this.#resetWhenStable();
      this.#signed();
      this.#setState("open");
      if (this.owner.opened() && attempt === this.#attempt) this.#expectAnswer("the server did not answer", PONG_TIMEOUT);
    };
    socket.onmessage = (event) => {
      if (attempt !== this.#attempt) return;
      this.#signed();
      clearTimeout(this.#pongTimer);
      this.#pongTimer = undefined;
      this.owner.received(event.data);
    };
    socket.onclose = (event) => {
      if (attempt === this.#attempt) this.#lost(event.code, event.reason);
    };
  }

  /** Not at once: a server may accept each connection and close it right away, or never answer. */
  #resetWhenStable(): void {
    this.#timer = setTimeout(() => {
      if (this.#pongTimer) this.#resetWhenStable();
      else this.attempts = 0;
    }, STABLE_AFTER);
  }

  #lost(code: number, reason: string): void {
    if (!shouldReconnect(code) && !this.owner.returnsAfter?.(code)) {
      this.#drop(CONNECTION_LOST, "", "closed");
      return this.owner.closed(code, reason);
    }
    this.#drop(CONNECTION_LOST, "", "waiting");
    const delay = nextDelay(++this.attempts, retryDelay(reason));
    this.#timer = setTimeout(() => this.#connect(), delay);
    this.owner.closed(code, reason, delay);
  }

  /** Listens to the page's life cycle and watches the clock. */
  #watch(): void {
    if (this.#watching) return;
    this.#watching = new AbortController();
    const { signal } = this.#watching;
    const on = (target: EventTarget, name: string, listener: (event: Event) => unknown) => {
      target.addEventListener(name, listener, { signal });
    };
    // Browsers keep no page with an open WebSocket in their back-forward cache.
    on(self, "pagehide", () => {
      this.#drop(PAGE_LEFT, "the page is left");
      this.#lastSign = 0;
    });
    on(self, "pageshow", (event) => {
      if ((event as PageTransitionEvent).persisted) wake();
    });
    on(self, "online", () => {
      this.#away = this.#silence();
      wake();
    });
    // A worker has no document.
    const page = self.document as Document | undefined;
    const visible = () => page?.visibilityState !== "hidden";
    let previous = Date.now();
    /** Returns how long the computer has slept, or the page was frozen. The clock may also go back. */
    const sleep = () => {
      const slept = Math.abs(Date.now() - previous - CLOCK_INTERVAL);
      previous = Date.now();
      this.#away = Math.max(this.#away, slept);
      return slept;
    };
    const wake = () => {
      sleep();
      this.#wake();
    };
    if (page) {
      on(page, "visibilitychange", () => visible() && wake());
      on(page, "resume", wake);
    }
    const clock = setInterval(() => {
      if (sleep() > SLEEP_THRESHOLD && visible()) this.#wake();
      else if (this.state === "open" && this.#silence() > PING_AFTER) this.#ping(PONG_TIMEOUT);
    }, CLOCK_INTERVAL);
    signal.onabort = () => clearInterval(clock);
  }

  #signed(): void {
    this.#lastSign = Date.now();
    this.#away = 0;
  }

  #silence(): number {
    return Math.abs(Date.now() - this.#lastSign);
  }

  /** Called when the page becomes active, the network is back, or the computer wakes up. Several of these come together. */
  #wake(): void {
    if (this.state !== "waiting" && this.#silence() <= CLOCK_INTERVAL) return;
    // A server that answers no pings may be silent for long.
    if (this.state === "open" && (this.#ping(WAKE_PONG_TIMEOUT) || this.#away <= SERVER_TIMEOUT)) return;
    this.reconnect();
  }

  /** Asks the server whether the connection lives, unless it was asked. Returns `false` if it cannot be asked. */
  #ping(timeout: number): boolean {
    if (!this.#pongTimer) {
      if (!this.owner.ping?.()) return false;
      this.#expectAnswer("no answer to a ping", timeout);
    }
    return true;
  }

  /** Any message is an answer. */
  #expectAnswer(otherwise: string, timeout: number): void {
    clearTimeout(this.#pongTimer);
    this.#pongTimer = setTimeout(() => this.fail(otherwise), timeout);
  }
}
