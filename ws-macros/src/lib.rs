//! The attribute macros of ws-core. Depend on `ws-core`, which re-exports them.
//!
//! The way of an item through this crate: `item` reads it (bodies of functions stay raw tokens),
//! `options` and `callbacks` turn what was read into a model that cannot be invalid, `expand` writes
//! that model out. Errors are gathered beside it (`errors`), so that several mistakes are reported in one
//! go.

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

/// Makes a struct a routed WebSocket handler, one value of it for each connection.
///
/// On a **struct** it takes the path and registers the route; on the struct's **impl** it dispatches to the
/// marked callbacks. Both are needed; the impl may be empty. On a **module** it does both, and the functions of
/// the module are the callbacks: see [the module form](#the-module-form).
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
///     fn said(&mut self, text: &str) -> String {
///         format!("You said: {text}")
///     }
/// }
/// ```
///
/// # Path
///
/// `"/rooms/{room}"`: a parameter is a whole segment in braces; `{*rest}`, as the last segment, takes all
/// that is left.
///
/// # Options of the struct, or of the module
///
/// | option | meaning |
/// |---|---|
/// | `name = "chat"` | the name by which `url_for` finds the route |
/// | `idle_timeout = "60s"` or `"never"` | a client that is silent for so long is disconnected |
/// | `heartbeat = "25s"` or `"off"` | how often a silent client is pinged |
/// | `max_message_size = "1MiB"` | a larger message ends the connection |
/// | `max_frame_size = "1MiB"` | a larger frame ends the connection; left out: as large as a message may be |
/// | `max_fragments = 16384` or `"unlimited"` | a message that comes in more frames ends the connection |
/// | `message_timeout = "60s"` or `"never"` | a message that has begun and is not whole by then ends the connection |
/// | `write_timeout = "10s"` or `"never"` | a client that takes nothing for so long, while something is to be sent, is cut |
/// | `close_timeout = "5s"` | a client that does not answer the close frame for so long is cut |
/// | `subprotocols = ["v2", "v1"]` | what the handler speaks, the preferred one first |
/// | `mailbox(messages = 256, bytes = "1MiB", overflow = "close")` | what may wait for the connection, and what happens when that is full: `close`, `drop_oldest`, `drop_newest` |
/// | `compress`, `compress(min = "1KiB", level = 6, takeover, window_bits = 15)` or `"off"` | messages are compressed where the client offers it; `takeover = "server"` or `"client"` lets one side alone refer to its earlier messages |
/// | `origins = ["https://*.example.com"]` or `"any"` | the web pages that may connect beside those of the same origin |
/// | `crate = path` | where ws-core is found, if not at `::ws_core`; the impl takes this one too, and a module looks the path up inside itself |
///
/// Durations are an integer and `ms`, `s`, `m` or `h`; sizes an integer and `B`, `KiB`, `MiB` or `GiB`.
///
/// # Callbacks of the impl
///
/// Each is marked, may be `async`, and may be left out. All but `init` take `&mut self`; the payload and
/// the context (the only other `&mut` argument, whatever its type is called) come in any order, and each
/// may be left out where it is not needed.
///
/// | marker | when | payload |
/// |---|---|---|
/// | `#[init]` | before the handshake is answered; no `self`: takes axum extractors, last `upgrade: &mut Upgrade<Self>`; absent: `Default` | |
/// | `#[open]` | the connection is open | none |
/// | `#[text]` `#[binary]` `#[ping]` `#[pong]` | such a frame came | what is in it |
/// | `#[handle]` | a frame came that has no callback of its own | the message |
/// | `#[info]` | the program sent this type to the connection; one callback for each type | the info, required |
/// | `#[broadcast]` | the program broadcast this type to all of this handler's connections; one callback for each type | `&` of what was broadcast, required |
/// | `#[outgoing]` | a message sent through a `Socket` or to a topic is about to go out; what it returns goes out instead | the `Message`, required |
/// | `#[terminate]` | the connection has ended, whatever ended it | `&Terminate` |
///
/// What a callback returns is its reply (`IntoReply`).
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
///     fn said(seen: &mut Seen, text: &str) -> String {
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
/// The type of the callbacks' first `&mut` argument is the handler, `seen::Seen` here; it is the same in all of
/// them, and written in the same way. Where a method takes `&mut self`, a function takes that argument; the
/// second `&mut` argument is the context, and where an impl says `Self` (`Upgrade<Self>`, what `#[init]` returns),
/// a module names the type. One callback at least must take the state. Everything else is as in an impl.
///
/// The module must have its items in braces, since an attribute does not see into the file of `mod seen;`. Items
/// without a marker, and nested modules, stay as they are.
///
/// # Generic handlers
///
/// A route needs one concrete type, so a generic struct carries no macro: write `#[websocket] impl<T>
/// Relay<T> …` alone and mount it by hand, `App::mount::<Relay<Job>>(path, options)`.
#[proc_macro_attribute]
pub fn websocket(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::attribute(Role::Handler, arguments.into(), item.into()).into_tokens().into()
}

/// Makes a struct a service: one actor for all its connections, which are its members.
///
/// On a **struct** it registers the route, at `/websocket/` and the struct's name in snake case unless a path is given;
/// on the struct's **impl** it dispatches to the marked callbacks. Both are needed; the impl may be empty. On a
/// **module** it does both, as [`websocket`](macro@websocket) does: the state is the type of the callbacks' first `&mut`
/// argument, and the path is named after the module.
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
///     fn said(&mut self, text: &str) {
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
/// # Options of the struct, or of the module
///
/// Those of [`websocket`](macro@websocket), which say what holds for each member's connection, and
///
/// | option | meaning |
/// |---|---|
/// | `inbox(messages = 1024, bytes = "4MiB", overflow = "wait")` | what may wait for the service, of all its members together, and what happens when that is full: `wait` (reading from them stops until it has caught up), `close`, `drop_oldest`, `drop_newest` |
///
/// # Callbacks of the impl
///
/// Each is marked, may be `async`, and may be left out. All but `init` take `&mut self`; the member, `&Member<Self>`, is
/// known by that name, stands where it likes, and may be left out where it is not needed.
///
/// | marker | when | takes |
/// |---|---|---|
/// | `#[init]` | the app starts, and after a panic; no `self`; absent: `Default` | `State<T>`, `AppHandle` |
/// | `#[join]` | a client connects | axum extractors, the member |
/// | `#[rejoin]` | the service was made anew, once for each member that lives | the member |
/// | `#[incoming]` | a member sent something; one callback each for text (`&str`, `String`, `Text`, `Json<T>`), binary (`&[u8]`, `Vec<u8>`, `Bytes`) and what has none (`Message`) | the member, the payload |
/// | `#[broadcast]` | the program broadcast this type to the service; one callback for each type | what was broadcast, as `&T`, required |
/// | `#[info]` | the program sent this type to the service; one callback for each type | the info, required |
/// | `#[timeout]` | nothing happened for as long as `Control::Timeout` said | |
/// | `#[close]` | a member's connection has ended | the member, `&Terminate` |
/// | `#[terminate]` | the service ends | `&Terminate` |
///
/// `#[init]` returns the service, or a `Result` whose error stops the start. `#[join]` returns what is kept with the
/// member, or a `Result` of it whose error is the HTTP answer instead of the upgrade; a type whose name ends in `Result`
/// is taken for one. What is kept must be as public as the service. `#[rejoin]` returns nothing, or a `Result` whose
/// error closes the connection with 1011, a `Close` with its own code. All others return nothing, or a `Control`.
#[proc_macro_attribute]
pub fn service(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::attribute(Role::Service, arguments.into(), item.into()).into_tokens().into()
}
