import { Connection, type ConnectionEvents } from "./connection.js";
import { type QueuedEvent, SendQueue } from "./send-queue.js";
import type {
  CallOptions,
  CloseDetail,
  DropDetail,
  OpenDetail,
  Options,
  Qos,
  Recovery,
  SendOptions,
  Sent,
  TopicPosition,
} from "./types.js";

/** Unacknowledged events are sent again after this time, in milliseconds. */
const RESEND_AFTER = 10_000;
/** The longest time that browsers can wait for, in milliseconds. */
const MAX_TIMEOUT = 2 ** 31 - 1;
/** The maximum number of topics whose position is kept. */
const MAX_TOPICS = 100;
/** The server closes a connection with this code when the page has a newer one. */
const REPLACED = 4409;

/** The events of a page's connection. The server's events go to the listeners of `on` instead. */
export interface PageEvents extends ConnectionEvents {
  /** The server has attached this connection to the page's session. */
  open: OpenDetail;
  /** A queued event was dropped: to make room for a newer one, or because another user is signed in. */
  drop: DropDetail;
}

/** The error of a call that the server answered with an error. */
export class CallError extends Error {
  /** @param error the server's error; errors of ws-core itself are objects with `code` and `message` */
  constructor(readonly error: unknown) {
    const text = typeof error === "string" ? error : (error as { message?: unknown } | null)?.message;
    super(typeof text === "string" ? text : JSON.stringify(error));
    this.name = "CallError";
  }

  /** @internal The page's connection may be that of another copy of this script, which has a class of its own. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return (value as Error | null)?.name === "CallError";
  }
}

/** A message of the server. */
interface Envelope extends Partial<TopicPosition> {
  type: string;
  data?: unknown;
  id?: unknown;
  error?: unknown;
  seq?: number;
  qos?: Qos;
}

interface Welcome {
  page: string;
  epoch: string;
  resumed: boolean;
  received: number;
  /** A mark of the user, if one is signed in. */
  user?: string;
  topics?: Record<string, Recovery>;
}

interface PendingCall {
  settle(error?: unknown, answer?: unknown): void;
  qos: Qos;
  sent: boolean;
}

type Listener = (data: any, at?: TopicPosition) => void;

/** Returns 128 random bits in base64url. */
function randomId(): string {
  const bytes = String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16)));
  return btoa(bytes).replace(/\+/g, "-").replace(/\//g, "_").slice(0, 22);
}

/** Returns the message, or `undefined` if it is not in the format of the server's pages. */
function parse(data: string | ArrayBuffer): Envelope | undefined {
  try {
    const message = JSON.parse(data as string);
    if (typeof message?.type === "string") return message;
  } catch {
    // It is not JSON.
  }
}

/** The connection of this page. */
export class PageConnection extends Connection<PageEvents> {
  /** The id of this page view. The server replaces it if another page has it. */
  page = randomId();
  /** The number of queued events that were dropped. */
  dropped = 0;
  readonly #view = randomId();
  /** Whether the welcome has arrived on the current connection. */
  #attached = false;
  /** The mark of the user whose events are queued. */
  #user?: string;
  readonly #queue = new SendQueue((event) => this.#dropQueued(event, "the queue is full"));
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #calls = new Map<number, PendingCall>();
  #lastCall = 0;
  /** The epoch of the page session that the sequence numbers belong to. */
  #epoch?: string;
  /** The highest sequence number of the server that was delivered, if there is one in this page session. */
  #received?: number;
  #ackScheduled = false;
  #resendTimer?: ReturnType<typeof setTimeout>;
  /** The last position in each topic, the topic that was silent for longest first. */
  readonly #positions = new Map<string, string>();

  /** @internal */
  static open(path: string, options: Options, after?: Promise<unknown>): PageConnection {
    return new PageConnection(path, options, after);
  }

  protected constructor(path: string, options: Options, after?: Promise<unknown>) {
    super(
      {
        path,
        after,
        query: () => ({ page: this.page, view: this.#view }),
        ping: () => this.#transmit({ type: "ws:ping" }),
        // The server answers with its welcome.
        opened: () => {
          const topics = Object.fromEntries(this.#positions);
          return this.#transmit({ type: "ws:hello", epoch: this.#epoch, received: this.#received ?? 0, topics });
        },
        received: (data) => {
          const message = parse(data);
          if (message) this.#receive(message);
          else console.warn("ws: this is no event, so no listener gets it; publish with `publish_event`:", data);
        },
        // An attempt that this page gave up was late, since no other page has the same `view`.
        returnsAfter: (code) => code === REPLACED,
        disconnected: () => {
          this.#attached = false;
          this.#stopResending();
          this.#failCalls((call) => call.sent && !call.qos);
        },
      },
      options,
    );
  }

  /**
   * Calls `listener` with the data of each event of this type, until you call the returned function. The type `"*"` receives
   * the events for which there is no other listener, and `"error"` the errors of events that `send` sent.
   */
  on<Data = any>(type: string, listener: (data: Data, at?: TopicPosition) => void): () => void {
    const listeners = this.#listeners.get(type) ?? new Set();
    // A function of its own, because a listener may be added twice.
    const added: Listener = (data, at) => listener(data, at);
    this.#listeners.set(type, listeners.add(added));
    return () => {
      if (listeners.delete(added) && !listeners.size) this.#listeners.delete(type);
    };
  }

  /** Sends an event to the server, or queues it until the connection is open. */
  send(type: string, data?: unknown, { qos = 0 }: SendOptions = {}): Sent {
    return this.#send(type, data, qos);
  }

  /**
   * Sends an event and returns the server's answer. The promise rejects with a `CallError` if the answer is an error, and
   * with an `Error` if the event was dropped or no answer can arrive any more. An event that is still queued at the timeout
   * is never sent.
   */
  call<Answer = any>(type: string, data?: unknown, { qos = 0, timeout = 30_000 }: CallOptions = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const id = ++this.#lastCall;
      const late = () => {
        call.settle(new Error(`"${type}" ${call.sent ? "has no answer" : "was not sent"} within ${timeout} ms`));
      };
      const timer = setTimeout(late, Math.min(timeout, MAX_TIMEOUT));
      const call: PendingCall = {
        qos,
        sent: false,
        settle: (error, answer) => {
          clearTimeout(timer);
          this.#calls.delete(id);
          if (error && !call.sent) this.#queue.withdraw(id);
          if (error) reject(error);
          else resolve(answer as Answer);
        },
      };
      this.#calls.set(id, call);
      try {
        if (this.#send(type, data, qos, id) === "dropped") call.settle(new Error(`"${type}" was dropped`));
      } catch (error) {
        call.settle(error);
      }
    });
  }

  /**
   * Returns the position of the last event of a topic with a history, or that at which the subscription began. The 100 topics
   * with the latest events have one.
   */
  position(topic: string): string | undefined {
    return this.#positions.get(topic);
  }

  /** @internal */
  protected override closed(detail: CloseDetail): void {
    if (detail.retry === undefined) this.#failCalls(() => true);
    super.closed(detail);
  }

  #failCalls(which: (call: PendingCall, id: number) => boolean): void {
    for (const [id, call] of [...this.#calls]) if (which(call, id)) call.settle(new Error("the connection was lost"));
  }

  #send(type: string, data: unknown, qos: Qos, id?: number): Sent {
    if (type.startsWith("ws:")) throw new TypeError(`"${type}": types that begin with "ws:" are reserved`);
    if (this.state === "closed") return "dropped";
    const event: QueuedEvent = { type, data, json: JSON.stringify(data), qos, id };
    const attached = this.#attached && this.socket.ready;
    if ((!attached || qos) && !this.#queue.push(event)) return "dropped";
    if (!attached) return "queued";
    this.#transmitEvent(event);
    return "sent";
  }

  #transmitEvent({ type, json, id, qos, seq }: QueuedEvent): void {
    const call = this.#calls.get(id!);
    if (call) call.sent = true;
    if (qos) this.#resendTimer ??= setTimeout(() => this.#flush(), RESEND_AFTER);
    this.#transmit({ type, id, qos: qos || undefined, seq }, json);
  }

  #transmit(message: object, data?: string): boolean {
    const text = JSON.stringify(message);
    return this.socket.send(data === undefined ? text : `${text.slice(0, -1)},"data":${data}}`);
  }

  #flush(): void {
    this.#stopResending();
    if (!this.socket.ready) return;
    for (const event of this.#queue.flush()) this.#transmitEvent(event);
  }

  #stopResending(): void {
    clearTimeout(this.#resendTimer);
    this.#resendTimer = undefined;
  }

  #dropQueued({ type, data, id }: QueuedEvent, why: string): void {
    this.dropped++;
    this.#calls.get(id!)?.settle(new Error(`"${type}" was dropped because ${why}`));
    // In a task of its own, so that a listener that sends an event for each one that is dropped does not hang the page.
    setTimeout(() => this.emit("drop", { type, data }));
  }

  #receive(message: Envelope): void {
    switch (message.type) {
      case "ws:welcome":
        return this.#attach(message as unknown as Welcome);
      case "ws:ack":
        this.#queue.acknowledge(message.seq!);
        this.#stopResending();
        if (this.#queue.events.length) this.#resendTimer = setTimeout(() => this.#flush(), RESEND_AFTER);
        return;
      case "ws:subscribed":
        return this.#begin(message.topic!, message.position!);
    }
    // The answer to a ping, and messages of a later server.
    if (/^ws:/.test(message.type)) return;
    if (message.seq && !this.#isNew(message.seq, message.qos!)) return;
    if (message.id === undefined) return this.#deliver(message);
    // The call may be over.
    const call = this.#calls.get(message.id as number);
    if (message.type === "error") call?.settle(new CallError(message.error));
    else call?.settle(undefined, message.data);
  }

  #attach({ page, epoch, resumed: known, received, user, topics = {} }: Welcome): void {
    this.page = page;
    // A connection that was lost before its welcome may have begun the page session, but nothing has happened in it.
    const resumed = known && this.#epoch !== undefined;
    this.#epoch = epoch;
    // Another user must not do what this one has asked for.
    if (this.#user && this.#user !== user) {
      for (const event of this.#queue.clear()) this.#dropQueued(event, "another user is signed in");
    }
    this.#user = user;
    if (resumed) {
      this.#queue.acknowledge(received);
    } else {
      // A server to which this page comes back, after another one, goes on with its numbers.
      this.#received = undefined;
      this.#queue.renumber(received);
      // The answers to events that the server has acknowledged are lost with the page session.
      const queued = new Set(this.#queue.events.map(({ id }) => id));
      this.#failCalls((_, id) => !queued.has(id));
    }
    for (const [topic, { position }] of Object.entries(topics)) {
      if (position) this.#begin(topic, position);
    }
    this.#attached = true;
    this.#flush();
    this.emit("open", { resumed, topics });
  }

  /** Keeps the position at which a subscription begins. It may arrive behind the first events. */
  #begin(topic: string, position: string): void {
    const [epoch, offset] = position.split("-");
    const [known, last] = this.#positions.get(topic)?.split("-") ?? [];
    if (known !== epoch || Number(offset) > Number(last)) this.#keepPosition(topic, position);
  }

  #keepPosition(topic: string, position: string): void {
    this.#positions.delete(topic);
    this.#positions.set(topic, position);
    if (this.#positions.size > MAX_TOPICS) this.#positions.delete(this.#positions.keys().next().value!);
  }

  /** Acknowledges an event with QoS 1 or 2. Returns whether to deliver it. */
  #isNew(seq: number, qos: Qos): boolean {
    this.#received ??= seq - 1;
    if (seq > this.#received + 1) {
      this.socket.fail(`event ${seq} followed event ${this.#received}`);
      return false;
    }
    if (!this.#ackScheduled) {
      this.#ackScheduled = true;
      setTimeout(() => {
        this.#ackScheduled = false;
        // On a new connection, the hello has the number, and another page session begins anew.
        if (this.#attached && this.#received) this.#transmit({ type: "ws:ack", seq: this.#received });
      });
    }
    const seen = seq <= this.#received;
    if (!seen) this.#received = seq;
    return !seen || qos === 1;
  }

  #deliver({ type, error, data = error, topic, position }: Envelope): void {
    if (topic && position) this.#keepPosition(topic, position);
    const listeners = this.#listeners.get(type) ?? this.#listeners.get("*");
    for (const listener of [...(listeners ?? [])]) {
      if (!listeners!.has(listener)) continue; // another one removed it
      try {
        listener(data, topic === undefined ? undefined : { topic, position });
      } catch (error) {
        reportError(error);
      }
    }
  }
}
