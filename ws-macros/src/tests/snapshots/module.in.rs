/// Counts what it saw.
#[websocket("/socket/{room}", name = "seen", idle_timeout = "5m")]
#[cfg(unix)]
pub(crate) mod seen {
    //! The inner docs of a module.

    use super::*;

    const LIMIT: Limit = Limit { count: 10 };

    /// One connection's.
    pub struct Seen(u32);

    struct Later(u32);

    #[init]
    fn new(Path(room): Path<String>, upgrade: &mut Upgrade<Seen>) -> Seen {
        upgrade.info(Later(1));
        Seen(0)
    }

    #[open]
    async fn open(seen: &mut Seen, cx: &mut Context<Seen>) {
        wait().await;
    }

    /// Docs stay.
    #[text]
    pub(super) async fn received(seen: &mut Seen, cx: &mut Context<Seen>, text: &str) -> String {
        help(seen, text)
    }

    #[binary]
    #[cfg(feature = "binary")]
    fn bytes(bytes: Bytes, seen: &mut Seen) -> Bytes {
        bytes
    }

    #[info]
    fn info(_: &mut Seen, Later(count): Later) -> Option<&'static str> {
        None
    }

    #[terminate]
    fn gone(seen: &mut Seen, reason: &Terminate) {}

    fn help(seen: &mut Seen, text: &str) -> String {
        text.to_owned()
    }

    mod inner {
        #[websocket("/inner")]
        mod nested {}
    }
}
