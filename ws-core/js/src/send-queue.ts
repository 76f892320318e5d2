import type { Qos } from "./types.js";

/** An event to send to the server. */
export interface QueuedEvent {
  type: string;
  data: unknown;
  /** The JSON of the data at the time of `send`. */
  json?: string;
  /** The id of a call. */
  id?: number;
  qos: Qos;
  /** The sequence number of an event with QoS 1 or 2. */
  seq?: number;
}

/** The maximum number of queued events. */
const MAX_EVENTS = 100;
/** The maximum of their sizes together, in characters. */
const MAX_SIZE = 1 << 20;

/** Returns the size of an event, in characters: its type, its data, and about as much as the rest of the JSON takes. */
const sizeOf = ({ type, json = "" }: QueuedEvent) => type.length + json.length + 50;

/** The events that wait for a connection or for their acknowledgement, in order. */
export class SendQueue {
  readonly events: QueuedEvent[] = [];
  #size = 0;
  #seq = 0;

  /** `dropped` is called for each queued event that is dropped to make room for a newer one. */
  constructor(readonly dropped: (event: QueuedEvent) => void) {}

  /**
   * Appends an event and numbers it if its QoS is 1 or 2. If the queue is full, the oldest events with QoS 0 are dropped.
   * Returns `false`, and drops none, if there is no room even then.
   */
  push(event: QueuedEvent): boolean {
    const size = sizeOf(event);
    const kept = this.events.filter((queued) => queued.qos);
    if (kept.length >= MAX_EVENTS || kept.reduce((sum, queued) => sum + sizeOf(queued), size) > MAX_SIZE) return false;
    while (this.events.length >= MAX_EVENTS || this.#size + size > MAX_SIZE) {
      const oldest = this.events.find((queued) => !queued.qos)!;
      this.#remove(oldest);
      this.dropped(oldest);
    }
    if (event.qos) event.seq = ++this.#seq;
    this.events.push(event);
    this.#size += size;
    return true;
  }

  /** Removes the events whose sequence number is at most `seq`. */
  acknowledge(seq: number): void {
    for (const event of this.events.filter((queued) => queued.seq! <= seq)) this.#remove(event);
  }

  /** Removes the event of a call that was never sent, and numbers those behind it, which were not sent either, anew. */
  withdraw(id: number): void {
    const at = this.events.findIndex((queued) => queued.id === id);
    const event = this.events[at];
    if (!event) return;
    this.#remove(event);
    if (!event.qos) return;
    this.#seq--;
    for (const later of this.events.slice(at)) if (later.qos) later.seq!--;
  }

  /** Removes and returns all events. */
  clear(): QueuedEvent[] {
    this.#size = 0;
    return this.events.splice(0);
  }

  /** Numbers the events anew, after this number. */
  renumber(after: number): void {
    this.#seq = after;
    for (const event of this.events) if (event.qos) event.seq = ++this.#seq;
  }

  /** Returns all events to send, and removes those with QoS 0, which are not acknowledged. */
  flush(): QueuedEvent[] {
    const all = [...this.events];
    for (const event of all) if (!event.qos) this.#remove(event);
    return all;
  }

  #remove(event: QueuedEvent): void {
    this.events.splice(this.events.indexOf(event), 1);
    this.#size -= sizeOf(event);
  }
}
