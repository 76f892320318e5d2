import { Connection, type ConnectionEvents } from "./connection.js";
import type { Options } from "./types.js";

/** The events of a connection to a handler of your own. */
export interface MessageEvents extends ConnectionEvents {
  /** The connection is open. */
  open: undefined;
  /** A message arrived: text or binary. */
  message: string | ArrayBuffer;
}

const PING = '{"type":"ws:ping"}';
const PONG = '{"type":"ws:pong"}';

/** A reconnecting connection to a handler of your own, with its messages as they are. */
export class MessageConnection extends Connection<MessageEvents> {
  /** Whether the server answers pings. It says so with a pong at the beginning. */
  #answers = false;

  /** @internal */
  static open(path: string, options: Options): MessageConnection {
    return new MessageConnection(path, options);
  }

  protected constructor(path: string, options: Options) {
    super(
      {
        path,
        query: () => ({ "ws-ping": "1" }),
        ping: () => this.#answers && this.socket.send(PING),
        opened: () => {
          // What it said on the last connection is expected of this one.
          const expected = this.#answers;
          this.#answers = false;
          this.emit("open", undefined);
          return expected;
        },
        received: (data) => {
          if (data === PONG) this.#answers = true;
          else this.emit("message", data);
        },
      },
      options,
    );
  }

  /** Sends a message if the connection is open. Messages are not queued: send again in `open` what the handler needs. */
  send(data: string | BufferSource | Blob): "sent" | "dropped" {
    return this.socket.send(data) ? "sent" : "dropped";
  }
}
