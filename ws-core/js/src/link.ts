import { backoff, comesBack, retryAfter } from "./backoff.js";
import type { Options, Provided, State } from "./types.js";

/** How long an attempt may take, in milliseconds. */
const PATIENCE = 20_000;
/** How long a connection lives before its loss counts as the first, in milliseconds. */
const STEADY = 5_000;
/** How often the clock is looked at, in milliseconds: a jump means that the computer was asleep. */
const TICK = 5_000;
/** How long a sleep is not noticed by the server, in milliseconds. */
const NAP = 15_000;
/** How long the answer to a question after a sleep may take, in milliseconds. */
const ANSWER = 3_000;
/** The close codes of our own: browsers allow 1000 and 3000 to 4999. */
const LEFT = 4001;
const LOST = 4002;

/** What lies above a link. */
export interface Upper {
  /** The address of the next attempt: path, or URL, without a query. */
  path: string;
  /** Parameters for the query, beside those of the options. */
  query?(): Record<string, string>;
  /** Asks the server whether the connection lives; `false` if there is no such question. */
  ask?(): boolean;
  changed(): void;
  up(): void;
  message(data: string | ArrayBuffer): void;
  /** What was open is not any more. */
  gone(): void;
  /** `retry` is the wait until the next attempt, in milliseconds. */
  down(code: number, reason: string, retry?: number): void;
}

async function provided<T>(value: Provided<T> | undefined): Promise<T | undefined> {
  return typeof value === "function" ? (value as () => T | Promise<T>)() : value;
}

/** One WebSocket that comes back when it was lost. */
export class Link {
  state: State = "connecting";
  /** Failures in a row. */
  attempts = 0;
  #socket?: WebSocket;
  /** Counts attempts, so that what comes late from an earlier one is known. */
  #turn = 0;
  #timer?: ReturnType<typeof setTimeout>;
  #question?: ReturnType<typeof setTimeout>;
  #last = 0;
  /** Whether the page is in the back-forward cache, or on its way there. */
  #away = false;
  /** Ends what watches the page and the clock. */
  #unwatch?: AbortController;

  constructor(
    readonly upper: Upper,
    readonly options: Options,
  ) {
    // The caller adds its listeners first.
    queueMicrotask(() => this.#connect());
  }

  /** Sends, if the connection is open. */
  send(data: string | ArrayBuffer | ArrayBufferView<ArrayBuffer> | Blob): boolean {
    if (this.state !== "open") return false;
    this.#socket!.send(data);
    return true;
  }

  /** Connects anew, at once. */
  reconnect(): void {
    this.attempts = 0;
    this.#away = false;
    this.#cut(LEFT, "the client reconnects");
    this.#connect();
  }

  /** Closes for good. Only `reconnect` opens again. */
  close(code = 1000, reason = ""): void {
    if (this.state === "closed") return;
    this.#cut(code, reason, "closed");
    this.upper.down(code, reason);
  }

  /** The connection is of no use any more: the server sent what it must not, or nothing. */
  fail(reason: string): void {
    this.#lost(LOST, reason);
  }

  #become(state: State): void {
    if (this.state === state) return;
    const was = this.state;
    this.state = state;
    if (state === "closed") {
      this.#unwatch?.abort();
      this.#unwatch = undefined;
    }
    if (was === "open") this.upper.gone();
    this.upper.changed();
  }

  /** Lets go of the socket, whose events then reach nobody. */
  #cut(code: number, reason: string, next: State = "connecting"): void {
    this.#turn++;
    clearTimeout(this.#timer);
    clearTimeout(this.#question);
    this.#question = undefined;
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close(code, reason);
    this.#become(next);
  }

  async #connect(): Promise<void> {
    if (this.#away || this.#socket) return;
    this.#watch();
    clearTimeout(this.#timer);
    const turn = ++this.#turn;
    this.#become("connecting");
    this.#timer = setTimeout(() => turn === this.#turn && this.fail("no answer"), PATIENCE);
    try {
      const [query, protocols] = await Promise.all([provided(this.options.query), provided(this.options.protocols)]);
      if (turn !== this.#turn) return;
      const url = new URL(this.upper.path, location.href);
      url.protocol = url.protocol.replace("http", "ws");
      for (const [name, value] of Object.entries({ ...this.upper.query?.(), ...query })) {
        url.searchParams.set(name, value);
      }
      this.#attach(new WebSocket(url, protocols ?? []), turn);
    } catch (error) {
      console.error("ws:", error);
      if (turn === this.#turn) this.fail(String(error));
    }
  }

  #attach(socket: WebSocket, turn: number): void {
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    const current = (then: () => void) => () => {
      if (turn === this.#turn) then();
    };
    socket.onopen = current(() => {
      clearTimeout(this.#timer);
      // A server that accepts and closes at once is not asked each second.
      this.#timer = setTimeout(() => (this.attempts = 0), STEADY);
      this.#last = Date.now();
      this.#become("open");
      this.upper.up();
    });
    socket.onmessage = (event) => {
      if (turn !== this.#turn) return;
      this.#last = Date.now();
      clearTimeout(this.#question);
      this.#question = undefined;
      this.upper.message(event.data);
    };
    socket.onclose = (event) => {
      if (turn === this.#turn) this.#lost(event.code, event.reason);
    };
  }

  /** The attempt or the connection is over. */
  #lost(code: number, reason: string): void {
    const again = comesBack(code);
    this.#cut(LOST, "", again ? "waiting" : "closed");
    if (!again) return this.upper.down(code, reason);
    this.attempts++;
    const wait = retryAfter(reason) ?? backoff(this.attempts);
    this.#timer = setTimeout(() => this.#connect(), wait);
    this.upper.down(code, reason, wait);
  }

  /** Looks at what happens to the page, and at the clock. */
  #watch(): void {
    if (this.#unwatch) return;
    this.#unwatch = new AbortController();
    const { signal } = this.#unwatch;
    const on = (target: EventTarget, name: string, then: (event: Event) => void) => {
      target.addEventListener(name, then, { signal });
    };
    // A page with an open WebSocket is not kept in the back-forward cache.
    on(window, "pagehide", () => {
      this.#away = true;
      this.#cut(LEFT, "the page is left");
    });
    on(window, "pageshow", (event) => {
      if ((event as PageTransitionEvent).persisted) this.#wake();
    });
    on(window, "online", () => this.#wake());
    on(document, "visibilitychange", () => {
      if (document.visibilityState === "visible") this.#wake();
    });
    on(document, "resume", () => this.#wake());
    let before = Date.now();
    const clock = setInterval(() => {
      const slept = Date.now() - before - TICK;
      before = Date.now();
      if (slept > NAP && document.visibilityState === "visible") this.#wake();
    }, TICK);
    signal.onabort = () => clearInterval(clock);
  }

  /** The page is active again, the network is back, or the computer woke up. */
  #wake(): void {
    this.#away = false;
    if (this.state === "closed") return;
    if (!this.#socket) {
      this.attempts = 0;
      this.#connect();
    } else if (this.state === "open" && !this.#question && Date.now() - this.#last > TICK) {
      const asked = this.upper.ask?.();
      // A server of which nothing came for so long has given up, as its pings show.
      if (asked) this.#question = setTimeout(() => this.fail("no answer"), ANSWER);
      else if (Date.now() - this.#last > NAP * 6) this.reconnect();
    }
  }
}
