//! The trait of the types that a handler receives as infos.

use super::handler::Handler;

/// A type that handler `H` receives as an info.
///
/// The macro implements it for each type that an `#[info]` callback of `H` takes. [`Socket::info`](crate::Socket::info)
/// with any other type does not compile. By hand:
///
/// ```
/// use axum::response::Response;
/// use http::request::Parts;
/// use ws_core::{Context, Handler, InfoFor, Reply, Socket, Upgrade};
///
/// struct Player;
///
/// struct Hint(String);
/// struct GameOver;
///
/// enum Info {
///     Hint(Hint),
///     GameOver,
/// }
///
/// impl Handler for Player {
///     type Info = Info;
///
///     async fn init(_: &mut Parts, _: &mut Upgrade<Self>) -> Result<Self, Response> {
///         Ok(Self)
///     }
///
///     async fn info(&mut self, info: Info, _: &mut Context<Self>, reply: &mut Reply) {
///         match info {
///             Info::Hint(hint) => reply.push(hint.0),
///             Info::GameOver => reply.push("game over"),
///         }
///     }
/// }
///
/// impl InfoFor<Player> for Hint {
///     fn into_info(self) -> Info {
///         Info::Hint(self)
///     }
/// }
///
/// impl InfoFor<Player> for GameOver {
///     fn into_info(self) -> Info {
///         Info::GameOver
///     }
/// }
///
/// fn hint(player: &Socket<Player>) {
///     player.info(Hint("it is odd".into()));
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{H}` receives no info of type `{Self}`",
    label = "no `#[info]` callback of `{H}` takes this type",
    note = "add a callback to `#[websocket] impl {H}`: `#[info] fn on(&mut self, it: {Self}) {{ … }}`",
    note = "in the module form: `#[info] fn on(state: &mut {H}, it: {Self}) {{ … }}`"
)]
pub trait InfoFor<H: Handler>: Send + 'static {
    /// Converts the value to the handler's own type of infos.
    fn into_info(self) -> H::Info;
}
