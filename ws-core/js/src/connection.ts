import { ReconnectingSocket, type SocketOwner } from "./reconnecting-socket.js";
import { TypedEvents } from "./typed-events.js";
import type { CloseDetail, Options, State } from "./types.js";

/** The events of every connection. */
export interface ConnectionEvents {
  /** `state` changed. */
  state: State;
  /** The connection was lost or closed, or an attempt failed. */
  close: CloseDetail;
}

/** The part that all connections have in common. */
export abstract class Connection<Events extends ConnectionEvents> extends TypedEvents<Events> {
  /** @internal */
  protected readonly socket: ReconnectingSocket;

  /** @internal */
  constructor(owner: Omit<SocketOwner, "stateChanged" | "closed">, options: Options) {
    super();
    this.socket = new ReconnectingSocket(
      {
        ...owner,
        stateChanged: () => this.emit("state", this.state as Events["state"]),
        closed: (code, reason, retry) => this.closed({ code, reason, retry }),
      },
      options,
    );
  }

  /** The state of the connection. */
  get state(): State {
    return this.socket.state;
  }

  /** The number of failed attempts in a row. */
  get attempts(): number {
    return this.socket.attempts;
  }

  /** Closes the connection, if it is open, and connects at once. This also works after `close`. */
  reconnect(): void {
    this.socket.reconnect();
  }

  /** Closes the connection for good. The code is 1000 or 3000 to 4999, and the reason has at most 123 bytes of UTF-8. */
  close(code?: number, reason?: string): void {
    this.socket.close(code, reason);
  }

  /** @internal Dispatches an event as soon as nothing else runs: so a listener may close or reconnect, and events keep their order. */
  protected emit<Name extends keyof Events & string>(name: Name, detail: Events[Name]): void {
    queueMicrotask(() => this.dispatchEvent(new CustomEvent(name, { detail })));
  }

  /** @internal */
  protected closed(detail: CloseDetail): void {
    this.emit("close", detail as Events["close"]);
  }
}
