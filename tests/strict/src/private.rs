//! Handlers in module form: one in a private module, and one with the names of ws-core's own types.

use ::renamed::websocket;

#[websocket("/strict/module", crate = ::renamed)]
mod module {
    use ::std::default::Default;

    /// Counts the received texts.
    #[derive(Debug, Default)]
    struct Spoken(u32);

    #[text]
    fn said(spoken: &mut Spoken, text: &str) -> ::std::string::String {
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
        told: usize,
    }

    #[init]
    async fn init(upgrade: &mut ::renamed::Upgrade<Handler>) -> Handler {
        let context = upgrade.info(Context);
        let message = upgrade.info(Message);
        ::tracing::debug!(?context, ?message);
        Handler { told: 0 }
    }

    #[info]
    async fn option(handler: &mut Handler, _: Option) {
        handler.told += 1;
    }

    #[info]
    fn result(handler: &mut Handler, _: Result) {
        handler.told += 1;
    }

    #[info]
    async fn context(handler: &mut Handler, _: Context, cx: &mut ::renamed::Context<Handler>) {
        handler.told += 1;
        ::tracing::debug!(path = cx.path());
    }

    #[info]
    fn message(_: Message, handler: &mut Handler) {
        handler.told += 1;
    }

    #[info]
    fn state(handler: &mut Handler, _: State) {
        handler.told += 1;
    }

    #[info]
    fn reply(handler: &mut Handler, _: Reply) {
        handler.told += 1;
    }

    #[info]
    fn string(handler: &mut Handler, _: String) {
        handler.told += 1;
    }

    #[text]
    async fn info(handler: &mut Handler, _: &str) -> ::std::string::String {
        ::std::format!("told {}", handler.told)
    }

    /// Deprecated: calling it from generated code must not warn.
    #[deprecated(note = "nobody asks")]
    #[binary]
    async fn payload(
        handler: &mut Handler,
        bytes: ::renamed::Bytes,
    ) -> ::std::result::Result<(), ::renamed::Close> {
        handler.told += bytes.len();
        ::std::result::Result::Ok(())
    }

    #[terminate]
    fn gone(_: &mut Handler, reason: &::renamed::Terminate) {
        ::tracing::debug!("{reason}");
    }
}
