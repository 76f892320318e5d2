import { Channel, type ChannelEvents } from "./channel.js";
import { type Item, Outbox } from "./outbox.js";
import type { CallOptions, Closed, DroppedEvent, Opened, Options, Place, Qos, Recovery, SendOptions, Sent } from "./types.js";

/** How long an acknowledgement may take before an event is sent again, in milliseconds. */
const AGAIN = 10_000;
/** The most topics whose position is kept. */
const TOPICS = 100;

/** The events of a page's connection. What the server sends arrives at the listeners of `on`. */
export interface PageEvents extends ChannelEvents {
  /** The server knows the page: what waited is sent, and what it sends arrives. */
  open: Opened;
  /** An event that waited made room for a newer one. */
  drop: DroppedEvent;
}

/** The server answered a call with an error. */
export class CallError extends Error {
  /** @param error what the server said: for errors of ws-core an object with `code` and `message` */
  constructor(readonly error: unknown) {
    super((error as { message?: string } | null)?.message ?? JSON.stringify(error));
    this.name = "CallError";
  }
}

/** What the server sends. */
interface Envelope extends Partial<Place> {
  type: string;
  data?: unknown;
  id?: unknown;
  error?: unknown;
  seq?: number;
  qos?: Qos;
}

interface Welcome {
  page: string;
  resumed: boolean;
  received: number;
  topics?: Record<string, Recovery>;
}

interface Call {
  settle(error?: unknown, value?: unknown): void;
  qos: Qos;
  sent: boolean;
}

type Listener = (data: any, place?: Place) => void;

/** 128 random bits. */
function identity(): string {
  const bytes = String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16)));
  return btoa(bytes).replace(/\+/g, "-").replace(/\//g, "_").slice(0, 22);
}

/** The connection of this page. */
export class Page extends Channel<PageEvents> {
  /** The id of this page view. The server has the last word. */
  page = identity();
  /** How many events made room for newer ones. */
  dropped = 0;
  #view = identity();
  #ready = false;
  #outbox = new Outbox((item) => this.#drop(item));
  #listeners = new Map<string, Set<Listener>>();
  #calls = new Map<number, Call>();
  #call = 0;
  #received = 0;
  #acknowledging = false;
  #again?: ReturnType<typeof setTimeout>;
  #positions = new Map<string, string>();

  /** @internal */
  constructor(path: string, options: Options) {
    super(
      {
        path,
        query: () => ({ page: this.page, view: this.#view }),
        ask: () => this.#tell({ type: "ws:ping" }),
        up: () => {
          this.#tell({ type: "ws:hello", received: this.#received, topics: Object.fromEntries(this.#positions) });
        },
        message: (data) => {
          if (typeof data === "string") this.#receive(JSON.parse(data));
        },
        gone: () => {
          this.#ready = false;
          clearTimeout(this.#again);
          this.#again = undefined;
          this.#settle((call) => call.sent && !call.qos);
        },
      },
      options,
    );
  }

  /**
   * Calls the function with the data of each event of this type; `"*"` is for those that no other function takes. Returns a
   * function that ends this.
   */
  on<Data = any>(type: string, listener: (data: Data, place?: Place) => void): () => void {
    const all = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, all.add(listener));
    return () => void all.delete(listener);
  }

  /** Sends an event to the server. It waits while there is no connection. */
  send(type: string, data?: unknown, { qos = 0 }: SendOptions = {}): Sent {
    return this.#send(type, data, qos);
  }

  /**
   * Sends an event and returns the server's answer to it. Fails with a `CallError` if the answer is an error, and with an
   * `Error` if none comes.
   */
  call<Answer = any>(type: string, data?: unknown, { qos = 0, timeout = 30_000 }: CallOptions = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const id = ++this.#call;
      const late = setTimeout(() => call.settle(new Error(`no answer to "${type}" within ${timeout} ms`)), timeout);
      const call: Call = {
        qos,
        sent: false,
        settle: (error, value) => {
          clearTimeout(late);
          this.#calls.delete(id);
          if (error) reject(error);
          else resolve(value as Answer);
        },
      };
      this.#calls.set(id, call);
      const sent = this.#send(type, data, qos, id);
      if (sent === "dropped") call.settle(new Error(`"${type}" was dropped`));
    });
  }

  /** Where this page stands in a topic, for a server that is asked to go on from there. */
  position(topic: string): string | undefined {
    return this.#positions.get(topic);
  }

  protected override lost(closed: Closed): void {
    if (closed.retry === undefined) this.#settle(() => true);
    super.lost(closed);
  }

  /** Ends the calls whose answer cannot come. */
  #settle(which: (call: Call) => boolean): void {
    for (const call of [...this.#calls.values()]) if (which(call)) call.settle(new Error("the connection was lost"));
  }

  #send(type: string, data: unknown, qos: Qos, id?: number): Sent {
    if (type.startsWith("ws:")) throw new TypeError(`"${type}": types that begin with "ws:" are reserved`);
    const item: Item = { type, data, qos, id, size: 0 };
    item.size = JSON.stringify(item).length;
    if (this.state === "closed") return "dropped";
    if (!this.#ready) return this.#outbox.push(item);
    if (qos && this.#outbox.push(item) === "dropped") return "dropped";
    return this.#put(item) ? "sent" : "queued";
  }

  /** Sends an event now. */
  #put({ type, data, id, qos, seq }: Item): boolean {
    const call = this.#calls.get(id!);
    if (call) call.sent = true;
    if (seq && !this.#again) this.#again = setTimeout(() => this.#flush(), AGAIN);
    return this.#tell(qos ? { type, id, qos, seq, data } : { type, id, data });
  }

  #tell(value: object): boolean {
    return this.link.send(JSON.stringify(value));
  }

  /** Sends what waits for the connection or for its acknowledgement. */
  #flush(): void {
    clearTimeout(this.#again);
    this.#again = undefined;
    for (const item of this.#outbox.flush()) this.#put(item);
  }

  #drop({ type, data, id }: Item): void {
    this.dropped++;
    this.#calls.get(id!)?.settle(new Error(`"${type}" was dropped: too many events wait`));
    this.emit("drop", { type, data });
  }

  #receive(event: Envelope): void {
    switch (event.type) {
      case "ws:welcome":
        return this.#welcome(event as unknown as Welcome);
      case "ws:ack":
        clearTimeout(this.#again);
        this.#again = undefined;
        this.#outbox.acknowledge(event.seq!);
        if (this.#outbox.items.length) this.#again = setTimeout(() => this.#flush(), AGAIN);
        return;
      case "ws:pong":
        return;
    }
    if (event.seq && !this.#fresh(event.seq, event.qos!)) return;
    const call = this.#calls.get(event.id as number);
    if (call) {
      if (event.type === "error") call.settle(new CallError(event.error));
      else call.settle(undefined, event.data);
      return;
    }
    this.#deliver(event);
  }

  #welcome({ page, resumed, received, topics = {} }: Welcome): void {
    this.page = page;
    if (resumed) {
      this.#outbox.acknowledge(received);
    } else {
      this.#received = 0;
      this.#outbox.renumber();
    }
    this.#ready = true;
    this.#flush();
    this.emit("open", { resumed, topics });
  }

  /** Whether an event with a number is to be delivered; it is acknowledged in any case. */
  #fresh(seq: number, qos: Qos): boolean {
    if (seq > this.#received + 1) {
      this.link.fail(`event ${seq} came after ${this.#received}`);
      return false;
    }
    if (!this.#acknowledging) {
      this.#acknowledging = true;
      setTimeout(() => {
        this.#acknowledging = false;
        this.#tell({ type: "ws:ack", seq: this.#received });
      });
    }
    const seen = seq <= this.#received;
    if (!seen) this.#received = seq;
    return !seen || qos === 1;
  }

  #deliver({ type, data, topic, position }: Envelope): void {
    if (topic && position) {
      this.#positions.delete(topic);
      this.#positions.set(topic, position);
      if (this.#positions.size > TOPICS) this.#positions.delete(this.#positions.keys().next().value!);
    }
    const found = this.#listeners.get(type);
    const listeners = found?.size ? found : this.#listeners.get("*");
    for (const listener of listeners ?? []) {
      try {
        listener(data, topic === undefined ? undefined : { topic, position });
      } catch (error) {
        reportError(error);
      }
    }
  }
}
