import { Connection, type ConnectionEvents } from "./connection.js";
import type { Options } from "./types.js";

/** The events of a connection to a handler of your own. */
export interface MessageEvents extends ConnectionEvents {
  /** The connection is open. */
  open: undefined;
  /** A message arrived: text or binary. */
  message: string | ArrayBuffer;
}

/** A reconnecting connection to a handler of your own, with its messages as they are. */
export class MessageConnection extends Connection<MessageEvents> {
  /** @internal */
  static open(path: string, options: Options): MessageConnection {
    return new MessageConnection(path, options);
  }

  protected constructor(path: string, options: Options) {
    super(
      {
        path,
        opened: () => this.emit("open", undefined),
        received: (data) => this.emit("message", data),
      },
      options,
    );
  }

  /** Sends a message if the connection is open. Messages are not queued: send again in `open` what the handler needs. */
  send(data: string | ArrayBuffer | ArrayBufferView<ArrayBuffer> | Blob): "sent" | "dropped" {
    return this.socket.send(data) ? "sent" : "dropped";
  }
}
