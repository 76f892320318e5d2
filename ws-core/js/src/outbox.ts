import type { Qos, Sent } from "./types.js";

/** An event on its way to the server. */
export interface Item {
  type: string;
  data: unknown;
  id?: number;
  qos: Qos;
  /** Its number among the events with a QoS of 1 or 2. */
  seq?: number;
  /** The bytes or so that it takes. */
  size: number;
}

/** The most events that wait, and the most characters of them. */
const MOST = 100;
const LARGEST = 1 << 20;

/** What waits for the connection, in order, and what waits for its acknowledgement. */
export class Outbox {
  readonly items: Item[] = [];
  #size = 0;
  #seq = 0;

  /** `dropped` is called for an event that was queued and made room for a newer one. */
  constructor(readonly dropped: (item: Item) => void) {}

  /** Puts an event at the end: `"dropped"` if there is no room. Of what is sent at most once, the oldest makes room. */
  push(item: Item): Exclude<Sent, "sent"> {
    if (item.size > LARGEST) return "dropped";
    while (this.items.length >= MOST || this.#size + item.size > LARGEST) {
      const oldest = this.items.find((each) => !each.qos);
      if (!oldest) return "dropped";
      this.#remove(oldest);
      this.dropped(oldest);
    }
    if (item.qos) item.seq = ++this.#seq;
    this.items.push(item);
    this.#size += item.size;
    return "queued";
  }

  /** Numbers of up to `seq` arrived. */
  acknowledge(seq: number): void {
    for (const item of this.items.filter((each) => each.seq! <= seq)) this.#remove(item);
  }

  /** The server begins to count anew. */
  renumber(): void {
    this.#seq = 0;
    for (const item of this.items) if (item.qos) item.seq = ++this.#seq;
  }

  /** Takes what is sent at most once; returns it with all that is to be acknowledged, in order. */
  flush(): Item[] {
    const all = [...this.items];
    for (const item of all) if (!item.qos) this.#remove(item);
    return all;
  }

  #remove(item: Item): void {
    this.items.splice(this.items.indexOf(item), 1);
    this.#size -= item.size;
  }
}
