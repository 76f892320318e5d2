//! Chapter "Routes and linking".

use ws_core::UrlError;
use ws_core::prelude::*;

// ANCHOR: url
/// Builds the URLs of other rooms.
#[websocket("/rooms/{room}", name = "room")]
#[derive(Default)]
struct Room;

#[websocket]
impl Room {
    #[open]
    fn open(&mut self, cx: &mut Context<Self>) -> String {
        format!("you are in {}", cx.params().get("room").unwrap_or("no room"))
    }

    /// By the handler's type.
    #[text]
    fn way_to(&mut self, room: &str, cx: &mut Context<Self>) -> Result<String, UrlError> {
        cx.app().url::<Self>([("room", room)])
    }

    /// By the route's name.
    #[binary]
    fn way_by_name(&mut self, cx: &mut Context<Self>) -> Result<String, UrlError> {
        cx.app().url_for("room", [("room", "lobby")])
    }
}
// ANCHOR_END: url

// ANCHOR: options
/// Options of a route: any type of yours.
pub(crate) struct Greeting(pub(crate) &'static str);

/// Mounted by hand, once for each language.
pub(crate) struct Greeter {
    words: &'static str,
}

#[websocket]
impl Greeter {
    #[init]
    fn new(upgrade: &mut Upgrade<Self>) -> Self {
        Self { words: upgrade.options::<Greeting>().map_or("hello", |greeting| greeting.0) }
    }

    #[open]
    fn open(&mut self) -> &'static str {
        self.words
    }
}
// ANCHOR_END: options
