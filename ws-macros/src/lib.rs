//! The attribute macros of ws-core. Depend on `ws-core`, which re-exports them.
//!
//! An item passes through three stages. `item` parses it and keeps function bodies as raw tokens. `options` and
//! `callbacks` check the attribute's arguments and the marked functions, and build a model that cannot be
//! invalid. `expand` turns the model into code. Every stage adds its errors to one list (`errors`), so several
//! mistakes are reported at once; `fallback` provides the code for an item that has errors.

mod callbacks;
mod errors;
mod expand;
mod fallback;
mod item;
mod options;
mod role;
#[cfg(test)]
mod tests;
mod tokens;

use proc_macro::TokenStream;

use self::role::Role;

/// Turns a struct or a module into a WebSocket handler with a route.
///
/// Each connection has its own value of the handler, owned by one task: callbacks take `&mut self` and need no
/// lock. The handler must be `Send` and `'static`.
///
/// Put `#[websocket("/path")]` on a **struct** to register its route, and `#[websocket]` on the struct's **impl**
/// to make its marked methods the route's callbacks. Both attributes are required; the impl may be empty. On a
/// **module**, one attribute does both: see [the module form](#the-module-form).
///
/// Routes are registered when the program is linked; `ws_core::run` serves all of them.
///
/// ```
/// use ws_core::prelude::*;
///
/// #[websocket("/socket/echo", idle_timeout = "5m")]
/// #[derive(Default)]
/// struct Echo;
///
/// #[websocket]
/// impl Echo {
///     #[text]
///     fn received(&mut self, text: &str) -> String {
///         format!("You said: {text}")
///     }
/// }
/// ```
///
/// # Path
///
/// The path is the first argument, a string literal that begins with `/`. A parameter is a whole segment in
/// braces, as in `"/rooms/{room}"`. `{*rest}` captures the rest of the path and must be the last segment. Read
/// parameters with axum's `Path` in `#[init]`, or with `cx.params()` in any other callback.
///
/// Two routes that could match the same path, such as `/a/{x}` and `/a/{y}`, are an error: at compile time if
/// both are in one module, otherwise when the app starts.
///
/// # Options
///
/// Options follow the path in the attribute of the struct or module, as `option = value` or `option(…)`, each at
/// most once. They apply to this route only. If you leave an option out, the app's setting applies; the table
/// shows its default.
///
/// | option | default | meaning |
/// |---|---|---|
/// | `name = "chat"` | none | The route's name for `url_for`. |
/// | `idle_timeout = "60s"` or `"never"` | `"60s"` | Closes the connection with 1001 if the client sends nothing for this long. |
/// | `heartbeat = "25s"` or `"off"` | `"25s"` | Interval between pings, at least `"10ms"` and shorter than `idle_timeout`: the client's pongs keep the connection open. By default at most half of `idle_timeout`. |
/// | `max_message_size = "1MiB"` | `"1MiB"` | Largest message that the client may send, after decompression. A larger message closes the connection with 1009. |
/// | `max_frame_size = "1MiB"` | as large as a message | Largest frame that the client may send, before decompression. A larger frame closes the connection with 1009. |
/// | `max_fragments = 16384` or `"unlimited"` | `16384` | Maximum number of frames in one message. More frames close the connection with 1008. |
/// | `message_timeout = "60s"` or `"never"` | `"60s"` | Time that a message may take from its first byte to its last. A slower message closes the connection with 1008. |
/// | `write_timeout = "10s"` or `"never"` | `"10s"` | Aborts the connection, without a close frame, if the client reads nothing for this long while data waits to be sent. |
/// | `close_timeout = "5s"` | `"5s"` | Aborts the connection if the client does not answer the close frame within this time. It cannot be switched off. |
/// | `subprotocols = ["v2", "v1"]` | none | Supported subprotocols, the preferred one first. A client that offers only others is rejected with 400. |
/// | `mailbox(messages = 256, bytes = "1MiB", overflow = "close")` | as shown | Bounds the queue of messages and infos for the connection. When it is full, `"close"` closes the connection with 1013, `"drop_oldest"` drops the oldest entry, and `"drop_newest"` drops the new entry and reports this to its sender. |
/// | `compress`, `compress(min = "1KiB", level = 6, takeover, window_bits = 15)` or `"off"` | `"off"` | Compresses messages with permessage-deflate if the client supports it; see below. |
/// | `origins = ["https://*.example.com"]` or `"any"` | same origin | Further origins that may connect. Pages of other origins are rejected with 403; clients without an `Origin` header are accepted. |
/// | `crate = path` | `::ws_core` | Path of ws-core, if you renamed the dependency. The attribute of the impl takes this option too. A module resolves the path inside itself. |
///
/// A duration is an integer and `ms`, `s`, `m` or `h`. A size is an integer and `B`, `KiB`, `MiB` or `GiB`.
/// Neither may be zero.
///
/// `mailbox(…)` and `compress(…)` take any of their settings. `compress` needs the feature `compression`:
///
/// | setting | default | meaning |
/// |---|---|---|
/// | `min = "1KiB"` | `"1KiB"` | Smallest message that the server compresses. |
/// | `level = 6` | `6` | Compression level, from 0 (none) to 9 (smallest). |
/// | `takeover`, `takeover = "server"` or `takeover = "client"` | none | Keeps the compression context between messages: on both sides, or only for messages that the server or the client sends. |
/// | `window_bits = 15` | `15` | Base-2 logarithm of the largest compression window in bytes, from 9 to 15. |
///
/// # Callbacks
///
/// Mark methods of the impl as callbacks. Every callback is optional, may be `async`, and may have any name. There
/// is at most one callback for each marker; `#[info]` and `#[broadcast]` may have one for each type.
///
/// | marker | signature | called |
/// |---|---|---|
/// | `#[init]` | `fn(State(db): State<Db>, upgrade: &mut Upgrade<Self>) -> Self` | before the handshake is answered |
/// | `#[open]` | `fn(&mut self, cx: &mut Context<Self>)` | when the connection is open, before any message |
/// | `#[text]` | `fn(&mut self, text: &str, cx: &mut Context<Self>)` | for each text message |
/// | `#[binary]` | `fn(&mut self, bytes: &[u8], cx: &mut Context<Self>)` | for each binary message |
/// | `#[ping]` | `fn(&mut self, bytes: &[u8], cx: &mut Context<Self>)` | for each ping, after the pong was sent |
/// | `#[pong]` | `fn(&mut self, bytes: &[u8], cx: &mut Context<Self>)` | for each pong |
/// | `#[handle]` | `fn(&mut self, message: Message, cx: &mut Context<Self>)` | for each message of these four kinds that has no callback of its own |
/// | `#[info]` | `fn(&mut self, info: T, cx: &mut Context<Self>)` | for each value of type `T` that the program sends to this connection |
/// | `#[broadcast]` | `fn(&mut self, news: &T, cx: &mut Context<Self>)` | for each value of type `T` that the program broadcasts to all connections of this handler |
/// | `#[outgoing]` | `fn(&mut self, message: Message, cx: &mut Context<Self>) -> Option<Message>` | for each message that is sent to this connection through a `Socket` or a topic; the reply is sent instead of the message |
/// | `#[terminate]` | `fn(&mut self, reason: &Terminate, cx: &mut Context<Self>)` | when the connection has ended, exactly once for each successful `#[init]` |
///
/// Messages without a callback are ignored.
///
/// ## Arguments
///
/// `#[init]` takes any number of axum extractors that do not read the body, and `&mut Upgrade<Self>` as its last
/// argument if you need it. Without an `#[init]`, the handler is created with `Default`.
///
/// All other callbacks take `&mut self`. The payload and the context follow in any order. The context is the only
/// other `&mut` argument, and you may leave it out. You may leave out the payload too, except for `#[info]`,
/// `#[broadcast]` and `#[outgoing]`. The type of the payload selects the conversion:
///
/// | marker | payload |
/// |---|---|
/// | `#[text]` | `&str`, `String`, `Text`, `Json<T>`, `IncomingText<'_>`, `Message` |
/// | `#[binary]` | `&[u8]`, `Vec<u8>`, `Bytes`, `IncomingBytes<'_>`, `Message` |
/// | `#[ping]`, `#[pong]` | `&[u8]`, `Vec<u8>`, `Bytes`, `ControlPayload` |
/// | `#[handle]` | `Message`, `Incoming<'_>` |
/// | `#[info]` | any owned type, or `&'static T` |
/// | `#[broadcast]` | a reference to any owned type |
/// | `#[outgoing]` | `Message` |
/// | `#[terminate]` | `&Terminate` |
///
/// If a payload cannot be converted, as with invalid JSON for `Json<T>`, the connection closes with 1007 and the
/// callback is not called.
///
/// ## Return values
///
/// `#[init]` returns the handler, or a `Result` of it. The error is sent as the HTTP response instead of the
/// upgrade.
///
/// All other callbacks return a reply, any type that implements `IntoReply`: nothing, text, bytes, `Json<T>`, a
/// `Message`, a `Close`, a `Reply`, or an `Option`, `Result`, `Vec`, array or tuple of these. Messages that
/// `#[terminate]` returns are discarded. `#[outgoing]` is not called for replies, for messages sent with
/// `cx.send`, or for a close.
///
/// ## Errors, panics and cancellation
///
/// An error that a callback returns closes the connection with 1011 and is passed to `#[terminate]`; if the error
/// is a `Close`, the connection closes with its code and reason. An error of `#[terminate]` is logged. A panic
/// closes the connection with 1011.
///
/// Callbacks of one connection run one at a time. While an `async` callback is pending, messages are still sent
/// and pings are still answered. If the client or the server closes the connection in the meantime, the callback is
/// finished first, within the close timeout. If the connection ends in another way, the callback's future is dropped
/// at its await point. Then `#[terminate]` runs.
///
/// # The module form
///
/// ```
/// use ws_core::prelude::*;
///
/// #[websocket("/socket/seen", idle_timeout = "5m")]
/// mod seen {
///     use ws_core::prelude::*;
///
///     #[derive(Default)]
///     pub struct Seen(u32);
///
///     #[text]
///     fn received(seen: &mut Seen, text: &str) -> String {
///         seen.0 += 1;
///         format!("You said: {text}, after {} others", seen.0 - 1)
///     }
///
///     #[terminate]
///     fn gone(seen: &mut Seen, cx: &mut Context<Seen>, reason: &Terminate) {
///         println!("{} gone after {}: {reason}", cx.id(), seen.0);
///     }
/// }
/// ```
///
/// The type of the callbacks' first `&mut` argument is the handler, here `seen::Seen`. All callbacks must spell it
/// in the same way, and at least one callback other than `#[init]` must take it. Functions take this argument
/// instead of `&mut self`, and the context as their second `&mut` argument. Write the type's name instead of
/// `Self`, as in `Upgrade<Seen>` and in the return type of `#[init]`. Everything else works as in an impl.
///
/// The module needs its items in braces, because an attribute cannot see the file of `mod seen;`. Items without a
/// marker and nested modules are left unchanged.
///
/// # Generic handlers
///
/// A route needs a concrete type, so a generic struct cannot have the attribute. Put `#[websocket]` on
/// `impl<T> Relay<T> { … }` alone, and mount the handler with `App::mount::<Relay<Job>>(path, options)`.
#[proc_macro_attribute]
pub fn websocket(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::attribute(Role::Handler, arguments.into(), item.into()).into_tokens().into()
}

/// Turns a struct or a module into a service: one actor for all connections of its route.
///
/// The connections are the service's members. One task owns the service and runs its callbacks one at a time, so
/// its state needs no lock.
///
/// Put `#[service]` on a **struct** to register its route, and `#[service]` on the struct's **impl** to make its
/// marked methods the service's callbacks. Both attributes are required; the impl may be empty. On a **module**,
/// one attribute does both, as for [`websocket`](macro@websocket): the type of the callbacks' first `&mut`
/// argument is the service, which must be `Send` and `'static`.
///
/// ```
/// use ws_core::prelude::*;
///
/// /// Served at `/websocket/party`.
/// #[service]
/// #[derive(Default)]
/// struct Party {
///     guests: Vec<Member<Self>>,
/// }
///
/// #[service]
/// impl Party {
///     #[join]
///     fn join(&mut self, member: &Member<Self>) {
///         self.guests.push(member.clone());
///     }
///
///     #[incoming]
///     fn received(&mut self, text: &str) {
///         for guest in &self.guests {
///             guest.send(text.to_owned());
///         }
///     }
///
///     #[close]
///     fn gone(&mut self, member: &Member<Self>) {
///         self.guests.retain(|guest| guest != member);
///     }
/// }
/// ```
///
/// # Path
///
/// The route's path is `/websocket/` and the name of the struct or module in snake case. To choose another path,
/// pass it as the first argument: `#[service("/rooms/{room}")]`.
///
/// # Options
///
/// The attribute of the struct or module takes the options of [`websocket`](macro@websocket), which apply to the
/// connection of each member, and one more:
///
/// | option | default | meaning |
/// |---|---|---|
/// | `inbox(messages = 1024, bytes = "4MiB", overflow = "wait")` | as shown | Bounds the queue of messages from all members together. When it is full, `"wait"` stops reading from the sender until the service has caught up, `"close"` closes the sender's connection with 1013, `"drop_oldest"` drops the oldest message, and `"drop_newest"` drops the new message. |
///
/// If the route declares no `subprotocols`, the first one that a client offers is selected.
///
/// Infos and broadcasts from the program have a separate allowance of the same size. A value that does not fit is
/// dropped and reported to its sender; with `"drop_oldest"`, the oldest value is dropped instead.
///
/// # Callbacks
///
/// Mark methods of the impl as callbacks. Every callback is optional, may be `async`, and may have any name. There
/// is at most one callback for each marker; `#[incoming]` may have one for each kind of message, and `#[info]` and
/// `#[broadcast]` one for each type.
///
/// | marker | signature | called |
/// |---|---|---|
/// | `#[init]` | `fn(State(db): State<Db>, app: AppHandle) -> Self` | when the app starts, and again after a panic |
/// | `#[join]` | `fn(&mut self, Path(room): Path<String>, member: &Member<Self>)` | when a client connects, before the handshake is answered |
/// | `#[rejoin]` | `fn(&mut self, member: &Member<Self>)` | after a panic, once for each member that is still connected |
/// | `#[incoming]` | `fn(&mut self, member: &Member<Self>, text: &str)` | for each message that a member sends, except pings and pongs |
/// | `#[broadcast]` | `fn(&mut self, news: &T)` | for each value of type `T` that the program broadcasts to the service |
/// | `#[info]` | `fn(&mut self, info: T)` | for each value of type `T` that the program sends to the service |
/// | `#[timeout]` | `fn(&mut self)` | whenever nothing has happened to the service for the time set with `Control::Timeout` |
/// | `#[close]` | `fn(&mut self, member: &Member<Self>, reason: &Terminate)` | when a member's connection has ended, exactly once for each successful `#[join]` unless `#[rejoin]` fails |
/// | `#[terminate]` | `fn(&mut self, reason: &Terminate)` | when the service ends, exactly once for each successful `#[init]` |
///
/// ## Arguments
///
/// `#[init]` takes `State<T>` and `AppHandle`, in any number and order. Without an `#[init]`, the service is
/// created with `Default`.
///
/// All other callbacks take `&mut self` first. The other arguments follow in any order, and you may leave out any
/// of them except the payload of `#[info]` and `#[broadcast]`. `#[join]` also takes any number of axum extractors
/// that do not read the body; these are owned types, and its only reference is the member.
///
/// The type of the payload of an `#[incoming]` selects the messages:
///
/// | messages | payload |
/// |---|---|
/// | text | `&str`, `String`, `Text`, `Json<T>`, `IncomingText<'_>`, or your own type that implements `FromText` |
/// | binary | `&[u8]`, `Vec<u8>`, `Bytes`, `IncomingBytes<'_>`, or your own type that implements `FromBinary` |
/// | those that no other `#[incoming]` takes | `Message`, `Incoming<'_>`, your own type that implements `FromMessage`, or none |
///
/// Of a type that implements several of these traits, `FromMessage` counts first, then `FromText`. Only types
/// count, and not their names: you may use an alias of any type, and name your own types `Member` or `Message`.
///
/// If a payload cannot be converted, the sender's connection closes with 1007 and the callback is not called.
///
/// ## Return values
///
/// | marker | returns |
/// |---|---|
/// | `#[init]` | the service, or a `Result` of it; an error stops the start of the app |
/// | `#[join]` | a value that is kept with the member (`Member::kept`), or a `Result` of it; the error is sent as the HTTP response instead of the upgrade |
/// | `#[rejoin]` | nothing, or a `Result<(), E>`; an error closes the member's connection with 1011, a `Close` with its own code |
/// | all others | nothing, or a `Control`; that of `#[terminate]` has no effect |
///
/// The type that `#[join]` returns decides whether it is a `Result`, and not its name: an alias of a `Result` can
/// reject a client, and your own struct `JoinResult` is kept. There are two exceptions, and the compiler reports both:
///
/// - A type that is written `Result<Kept, R>` must be the `Result` of the standard library. Return any other type of
///   this name through an alias.
/// - In a generic service, write a `Result` that contains a type parameter as `Result<Kept, R>`, and not as an alias.
///
/// The kept value must be `Send`, `Sync` and `'static`, and at least as public as the service. The error `R` may be
/// private only if you write `Result<Kept, R>`.
///
/// ## Panics
///
/// If a callback panics, `#[terminate]` runs with the panic as its reason, `#[init]` creates the service again, and
/// each member that is still connected goes through `#[rejoin]`. A service restarts at most ten times in ten
/// seconds. After that it stays down: its members' connections close with 1011, and its route answers with 503.
#[proc_macro_attribute]
pub fn service(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::attribute(Role::Service, arguments.into(), item.into()).into_tokens().into()
}
