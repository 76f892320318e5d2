//! Replies that borrow. The macro gives the references of these callbacks a lifetime that the user did not write.

use ::renamed::{Context, websocket};
use ::std::borrow::Cow;
use ::std::default::Default;
use ::std::option::Option;
use ::std::string::String;
use ::std::vec::Vec;

/// Echoes what it borrows.
#[websocket("/strict/borrowed", crate = ::renamed)]
#[derive(Debug, Default)]
pub struct Lender {
    last: String,
}

#[websocket(crate = ::renamed)]
impl Lender {
    #[open]
    fn up(&mut self, cx: &mut Context<Self>) -> &str {
        cx.path()
    }

    #[text]
    async fn text(&mut self, text: &str) -> Cow<'_, str> {
        Cow::Borrowed(text)
    }

    #[binary]
    async fn bytes(&mut self, bytes: &[u8], _: &mut Context<Self>) -> Option<&[u8]> {
        Option::Some(bytes)
    }

    #[handle]
    fn rest(&mut self, _: ::renamed::Incoming<'_>) -> Vec<&str> {
        ::std::vec![&*self.last]
    }
}

/// The same in a module.
#[websocket("/strict/borrowed/module", crate = ::renamed)]
pub mod module {
    use ::std::default::Default;
    use ::std::string::String;

    /// The last text.
    #[derive(Debug, Default)]
    pub struct Last {
        last: String,
    }

    #[text]
    fn text(state: &mut Last, text: &str) -> &str {
        state.last.push_str(text);
        text
    }

    #[binary]
    async fn bytes(state: &mut Last, _: &[u8]) -> &str {
        &state.last
    }
}
