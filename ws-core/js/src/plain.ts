import { Channel, type ChannelEvents } from "./channel.js";
import type { Options } from "./types.js";

/** The events of a connection to a handler of yours. */
export interface PlainEvents extends ChannelEvents {
  /** The connection is open. */
  open: undefined;
  /** A message came: text, or bytes. */
  message: string | ArrayBuffer;
}

/** A connection to a handler of yours, with messages of its own form. It comes back when it was lost. */
export class Plain extends Channel<PlainEvents> {
  /** @internal */
  constructor(path: string, options: Options) {
    super(
      {
        path,
        up: () => this.emit("open", undefined),
        message: (data) => this.emit("message", data),
        gone: () => {},
      },
      options,
    );
  }

  /** Sends, if the connection is open. Nothing waits: what a handler wants to hear after a reconnect, only you know. */
  send(data: string | ArrayBuffer | ArrayBufferView<ArrayBuffer> | Blob): "sent" | "dropped" {
    return this.link.send(data) ? "sent" : "dropped";
  }
}
