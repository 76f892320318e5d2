import { Emitter } from "./emitter.js";
import { Link, type Upper } from "./link.js";
import type { Closed, Options, State } from "./types.js";

/** The events that every connection has. */
export interface ChannelEvents {
  /** `state` changed. */
  state: State;
  /** The connection is lost or closed. */
  close: Closed;
}

/** What all connections have in common. */
export abstract class Channel<Events extends ChannelEvents> extends Emitter<Events> {
  protected readonly link: Link;

  /** @internal */
  constructor(upper: Omit<Upper, "changed" | "down">, options: Options) {
    super();
    this.link = new Link(
      {
        ...upper,
        changed: () => this.emit("state", this.state as Events["state"]),
        down: (code, reason, retry) => this.lost({ code, reason, retry }),
      },
      options,
    );
  }

  /** The state of the connection. */
  get state(): State {
    return this.link.state;
  }

  /** How many attempts failed in a row. */
  get attempts(): number {
    return this.link.attempts;
  }

  /** Connects anew, at once: also after `close`. */
  reconnect(): void {
    this.link.reconnect();
  }

  /** Closes for good. The code is 1000, or one from 3000 to 4999; the reason has 123 bytes at most. */
  close(code?: number, reason?: string): void {
    this.link.close(code, reason);
  }

  protected emit<Name extends keyof Events & string>(name: Name, detail: Events[Name]): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  protected lost(closed: Closed): void {
    this.emit("close", closed as Events["close"]);
  }
}
