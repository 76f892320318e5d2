/** The methods of an `EventTarget` whose events have types: `Events` maps the name of an event to the type of its detail. */
export interface TypedTarget<Events> {
	addEventListener<Name extends keyof Events & string>(name: Name, listener: (event: CustomEvent<Events[Name]>) => void, options?: boolean | AddEventListenerOptions): void;
	removeEventListener<Name extends keyof Events & string>(name: Name, listener: (event: CustomEvent<Events[Name]>) => void, options?: boolean | EventListenerOptions): void;
	dispatchEvent(event: Event): boolean;
}
declare const Emitter: new <Events>() => TypedTarget<Events>;
/** The states of a connection. In `waiting` it is lost, and a new attempt is to come. */
export type State = "connecting" | "open" | "waiting" | "closed";
/** What a value in JSON can be. */
export type Json = null | boolean | number | string | readonly Json[] | {
	readonly [key: string]: Json;
};
/** A value, or a promise of it, or a function that returns either. The function is called at every attempt. */
export type Provided<T> = T | (() => T | Promise<T>);
/** Options of a connection. */
export interface Options {
	/**
	 * Parameters for the query of the URL, such as a token. Give a function if they can get old: it is called at every
	 * attempt.
	 */
	query?: Provided<Record<string, string>>;
	/** The subprotocols to offer. A function is called at every attempt. */
	protocols?: Provided<string[]>;
}
/** How often an event arrives if the connection is cut: at most once (0), at least once (1), exactly once (2). */
export type Qos = 0 | 1 | 2;
/** Options of an event. */
export interface SendOptions {
	/** The default is 0. */
	qos?: Qos;
}
/** Options of a call. */
export interface CallOptions extends SendOptions {
	/** How long to wait for the answer, in milliseconds. The default is 30,000. */
	timeout?: number;
}
/**
 * What became of a message: it is on its way, or waits for the connection, or was dropped because too many messages
 * wait already or because the connection is closed for good.
 */
export type Sent = "sent" | "queued" | "dropped";
/** Where a message of a topic stands in it. */
export interface Place {
	topic: string;
	/** Only if the topic keeps a history. */
	position?: string;
}
/** What a reconnect brought back of a topic. */
export interface Recovery {
	/** Whether all that was missed follows. If not, load the state anew. */
	recovered: boolean;
}
/** The detail of the event `open` of a page. */
export interface Opened {
	/**
	 * Whether the server knew this page. If not, for example after a restart of the server, its subscriptions are gone: ask
	 * for them again.
	 */
	resumed: boolean;
	topics: Record<string, Recovery>;
}
/** The detail of the event `close`. */
export interface Closed {
	code: number;
	reason: string;
	/** When the next attempt comes, in milliseconds; `undefined` if there is none. */
	retry?: number;
}
/** The detail of the event `drop`. */
export interface DroppedEvent {
	type: string;
	data: unknown;
}
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
declare class Link {
	#private;
	readonly upper: Upper;
	readonly options: Options;
	state: State;
	/** Failures in a row. */
	attempts: number;
	constructor(upper: Upper, options: Options);
	/** Sends, if the connection is open. */
	send(data: string | ArrayBuffer | ArrayBufferView<ArrayBuffer> | Blob): boolean;
	/** Connects anew, at once. */
	reconnect(): void;
	/** Closes for good. Only `reconnect` opens again. */
	close(code?: number, reason?: string): void;
	/** The connection is of no use any more: the server sent what it must not, or nothing. */
	fail(reason: string): void;
}
/** The events that every connection has. */
export interface ChannelEvents {
	/** `state` changed. */
	state: State;
	/** The connection is lost or closed. */
	close: Closed;
}
declare abstract class Channel<Events extends ChannelEvents> extends Emitter<Events> {
	protected readonly link: Link;
	/** The state of the connection. */
	get state(): State;
	/** How many attempts failed in a row. */
	get attempts(): number;
	/** Connects anew, at once: also after `close`. */
	reconnect(): void;
	/** Closes for good. The code is 1000, or one from 3000 to 4999; the reason has 123 bytes at most. */
	close(code?: number, reason?: string): void;
	protected emit<Name extends keyof Events & string>(name: Name, detail: Events[Name]): void;
	protected lost(closed: Closed): void;
}
/** The events of a page's connection. What the server sends arrives at the listeners of `on`. */
export interface PageEvents extends ChannelEvents {
	/** The server knows the page: what waited is sent, and what it sends arrives. */
	open: Opened;
	/** An event that waited made room for a newer one. */
	drop: DroppedEvent;
}
/** The server answered a call with an error. */
export declare class CallError extends Error {
	readonly error: unknown;
	/** @param error what the server said: for errors of ws-core an object with `code` and `message` */
	constructor(error: unknown);
}
/** The connection of this page. */
export declare class Page extends Channel<PageEvents> {
	#private;
	/** The id of this page view. The server has the last word. */
	page: string;
	/** How many events made room for newer ones. */
	dropped: number;
	/**
	 * Calls the function with the data of each event of this type; `"*"` is for those that no other function takes. Returns a
	 * function that ends this.
	 */
	on<Data = any>(type: string, listener: (data: Data, place?: Place) => void): () => void;
	/** Sends an event to the server. It waits while there is no connection. */
	send(type: string, data?: unknown, { qos }?: SendOptions): Sent;
	/**
	 * Sends an event and returns the server's answer to it. Fails with a `CallError` if the answer is an error, and with an
	 * `Error` if none comes.
	 */
	call<Answer = any>(type: string, data?: unknown, { qos, timeout }?: CallOptions): Promise<Answer>;
	/** Where this page stands in a topic, for a server that is asked to go on from there. */
	position(topic: string): string | undefined;
	protected lost(closed: Closed): void;
}
/** The events of a connection to a handler of yours. */
export interface PlainEvents extends ChannelEvents {
	/** The connection is open. */
	open: undefined;
	/** A message came: text, or bytes. */
	message: string | ArrayBuffer;
}
/** A connection to a handler of yours, with messages of its own form. It comes back when it was lost. */
export declare class Plain extends Channel<PlainEvents> {
	/** Sends, if the connection is open. Nothing waits: what a handler wants to hear after a reconnect, only you know. */
	send(data: string | ArrayBuffer | ArrayBufferView<ArrayBuffer> | Blob): "sent" | "dropped";
}
/** Options of the page's connection. */
export interface ConnectOptions extends Options {
	/** The path of the route, or its URL. The default is `/websocket`. */
	path?: string;
}
/** Returns the connection of this page, and opens it at the first call: there is one at most. */
export declare function connect({ path, ...options }?: ConnectOptions): Page;
/** Opens a connection to a handler of yours. */
declare function open$1(path: string, options?: Options): Plain;

export {
	open$1 as open,
};

export {};
