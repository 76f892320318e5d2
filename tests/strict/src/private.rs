//! Handlers in module form: one in a private module, and one with the names of ws-core's own types.

use ::renamed::websocket;

#[websocket("/strict/module", crate = ::renamed)]
mod module {
    use ::std::default::Default;

    /// Counts the received texts.
    #[derive(Debug, Default)]
    struct Spoken(u32);

    #[text]
    fn received(spoken: &mut Spoken, text: &str) -> ::std::string::String {
        spoken.0 += 1;
        ::std::format!("{text} {}", spoken.0)
    }
}

#[websocket("/strict/module/names/{name}", crate = ::renamed)]
mod names {
    use crate::names::{Context, Message, Option, Reply, Result, State, String};

    /// Shadows ws-core's `Handler`.
    #[derive(Debug)]
    struct Handler {
        count: usize,
    }

    #[init]
    async fn init(upgrade: &mut ::renamed::Upgrade<Handler>) -> Handler {
        let context = upgrade.info(Context);
        let message = upgrade.info(Message);
        ::tracing::debug!(?context, ?message);
        Handler { count: 0 }
    }

    #[info]
    async fn option(handler: &mut Handler, _: Option) {
        handler.count += 1;
    }

    #[info]
    fn result(handler: &mut Handler, _: Result) {
        handler.count += 1;
    }

    #[info]
    async fn context(handler: &mut Handler, _: Context, cx: &mut ::renamed::Context<Handler>) {
        handler.count += 1;
        ::tracing::debug!(path = cx.path());
    }

    #[info]
    fn message(_: Message, handler: &mut Handler) {
        handler.count += 1;
    }

    #[info]
    fn state(handler: &mut Handler, _: State) {
        handler.count += 1;
    }

    #[info]
    fn reply(handler: &mut Handler, _: Reply) {
        handler.count += 1;
    }

    #[info]
    fn string(handler: &mut Handler, _: String) {
        handler.count += 1;
    }

    #[text]
    async fn info(handler: &mut Handler, _: &str) -> ::std::string::String {
        ::std::format!("count {}", handler.count)
    }

    /// Deprecated: calling it from generated code must not warn.
    #[deprecated(note = "nobody asks")]
    #[binary]
    async fn payload(
        handler: &mut Handler,
        bytes: ::renamed::Bytes,
    ) -> ::std::result::Result<(), ::renamed::Close> {
        handler.count += bytes.len();
        ::std::result::Result::Ok(())
    }

    #[terminate]
    fn gone(_: &mut Handler, reason: &::renamed::Terminate) {
        ::tracing::debug!("{reason}");
    }
}
