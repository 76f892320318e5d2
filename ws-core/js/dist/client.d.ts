interface TypedEventTarget<Events> {
	addEventListener<Name extends keyof Events & string>(name: Name, listener: (event: CustomEvent<Events[Name]>) => void, options?: boolean | AddEventListenerOptions): void;
	removeEventListener<Name extends keyof Events & string>(name: Name, listener: (event: CustomEvent<Events[Name]>) => void, options?: boolean | EventListenerOptions): void;
	dispatchEvent(event: Event): boolean;
}
declare const TypedEvents: new <Events>() => TypedEventTarget<Events>;
/** The state of a connection. In `waiting` it is lost, and the next attempt is scheduled. */
export type State = "connecting" | "open" | "waiting" | "closed";
/** A value, or a function that returns it or a promise of it. The function is called before each attempt. */
export type Provider<T> = T | (() => T | Promise<T>);
/** Options of a connection. */
export interface Options {
	/** Query parameters of the URL, such as a token. Use a function for values that expire. The page's own connection has `page` and `view`. */
	query?: Provider<Record<string, string>>;
	/** The subprotocols to offer. */
	protocols?: Provider<string[]>;
}
/** The delivery guarantee of an event if the connection is cut: at most once (0), at least once (1), exactly once (2). */
export type Qos = 0 | 1 | 2;
/** Options of `send`. */
export interface SendOptions {
	/** The default is 0. */
	qos?: Qos;
}
/** Options of `call`. */
export interface CallOptions extends SendOptions {
	/** How long to wait for the answer, in milliseconds. The default is 30,000. */
	timeout?: number;
}
/**
 * The result of `send`: the message was passed to the browser's WebSocket, it is queued until the connection is open, or
 * it was dropped because the queue is full or the connection is closed for good.
 */
export type Sent = "sent" | "queued" | "dropped";
/** The topic of an event. */
export interface TopicPosition {
	topic: string;
	/** The position of the event, if the topic has a history. */
	position?: string;
}
/** The result of a reconnect for one topic. */
export interface Recovery {
	/** `true` if all missed events follow. If `false`, load the state anew. */
	recovered: boolean;
	/** If `recovered` is `false`: the position after the events that were missed, if the topic has a history. */
	position?: string;
}
/** The detail of a page's `open` event. */
export interface OpenDetail {
	/**
	 * `true` if the server still had this page's session. If `false`, for example after a restart of the server, its
	 * subscriptions are gone.
	 */
	resumed: boolean;
	topics: Record<string, Recovery>;
}
/** The detail of the `close` event. */
export interface CloseDetail {
	code: number;
	reason: string;
	/** The delay before the next attempt, in milliseconds, or `undefined` if there is none. */
	retry?: number;
}
/** The detail of the `drop` event. */
export interface DropDetail {
	type: string;
	data: unknown;
}
/** The events of every connection. */
export interface ConnectionEvents {
	/** `state` changed. */
	state: State;
	/** The connection was lost or closed, or an attempt failed. */
	close: CloseDetail;
}
declare abstract class Connection<Events extends ConnectionEvents> extends TypedEvents<Events> {
	/** The state of the connection. */
	get state(): State;
	/** The number of failed attempts in a row. */
	get attempts(): number;
	/** Closes the connection, if it is open, and connects at once. This also works after `close`. */
	reconnect(): void;
	/** Closes the connection for good. The code is 1000 or 3000 to 4999, and the reason has at most 123 bytes of UTF-8. */
	close(code?: number, reason?: string): void;
}
/** The events of a connection to a handler of your own. */
export interface MessageEvents extends ConnectionEvents {
	/** The connection is open. */
	open: undefined;
	/** A message arrived: text or binary. */
	message: string | ArrayBuffer;
}
/** A reconnecting connection to a handler of your own, with its messages as they are. */
export declare class MessageConnection extends Connection<MessageEvents> {
	#private;
	protected constructor(path: string, options: Options);
	/** Sends a message if the connection is open. Messages are not queued: send again in `open` what the handler needs. */
	send(data: string | BufferSource | Blob): "sent" | "dropped";
}
/** The events of a page's connection. The server's events go to the listeners of `on` instead. */
export interface PageEvents extends ConnectionEvents {
	/** The server has attached this connection to the page's session. */
	open: OpenDetail;
	/** A queued event was dropped: to make room for a newer one, or because another user is signed in. */
	drop: DropDetail;
}
/** The error of a call that the server answered with an error. */
export declare class CallError extends Error {
	readonly error: unknown;
	/** @param error the server's error; errors of ws-core itself are objects with `code` and `message` */
	constructor(error: unknown);
}
/** The connection of this page. */
export declare class PageConnection extends Connection<PageEvents> {
	#private;
	/** The id of this page view. The server replaces it if another page has it. */
	page: string;
	/** The number of queued events that were dropped. */
	dropped: number;
	protected constructor(path: string, options: Options, after?: Promise<unknown>);
	/**
	 * Calls `listener` with the data of each event of this type, until you call the returned function. The type `"*"` receives
	 * the events for which there is no other listener, and `"error"` the errors of events that `send` sent.
	 */
	on<Data = any>(type: string, listener: (data: Data, at?: TopicPosition) => void): () => void;
	/** Sends an event to the server, or queues it until the connection is open. */
	send(type: string, data?: unknown, { qos }?: SendOptions): Sent;
	/**
	 * Sends an event and returns the server's answer. The promise rejects with a `CallError` if the answer is an error, and
	 * with an `Error` if the event was dropped or no answer can arrive any more. An event that is still queued at the timeout
	 * is never sent.
	 */
	call<Answer = any>(type: string, data?: unknown, { qos, timeout }?: CallOptions): Promise<Answer>;
	/**
	 * Returns the position of the last event of a topic with a history, or that at which the subscription began. The 100 topics
	 * with the latest events have one.
	 */
	position(topic: string): string | undefined;
}
/** Options of the page's connection. */
export interface ConnectOptions extends Options {
	/** The path or URL of the route. The default is `/websocket`, below the `base_url` of the app that serves this script. */
	path?: string;
}
/** Returns the connection of this page. The first call opens it, and its options count. */
export declare function connect(options?: ConnectOptions): PageConnection;
/** Opens a connection to a handler of your own. */
declare function open$1(path: string, options?: Options): MessageConnection;

export {
	open$1 as open,
};

export {};
