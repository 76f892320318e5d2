//! Attributes on handlers and callbacks: `#[cfg]`, docs, lints and others.

#![allow(clippy::non_minimal_cfg, reason = "the plainest predicates that hold and do not hold")]

use tokio_websockets::Message as Sent;
use ws_core::prelude::*;
use ws_tests::text;

use super::{answer, send, serve};

/// `cfg(all())` always holds, and `cfg(any())` never does. Code under the latter would not even compile.
#[websocket("/cfg")]
struct Cfgs {
    made_by: &'static str,
}

struct Tick;

#[websocket]
impl Cfgs {
    #[cfg(any())]
    #[init]
    fn never(_: NoSuchExtractor) -> Self {
        Self { made_by: no_such_function() }
    }

    #[cfg(all())]
    #[init]
    fn always(upgrade: &mut Upgrade<Self>) -> Self {
        upgrade.info(Tick);
        Self { made_by: "always" }
    }

    #[cfg(all())]
    #[open]
    fn open(&mut self) -> &'static str {
        self.made_by
    }

    #[cfg(any())]
    #[text]
    fn never_text(&mut self, text: NoSuchText) -> NoSuchReply {
        text
    }

    #[text]
    #[cfg(all())]
    fn text(&mut self, text: &str) -> String {
        format!("text {text}")
    }

    #[cfg(any())]
    #[binary]
    fn never_binary(&mut self, bytes: NoSuchBytes) {}

    /// Receives binary messages, because their own callback is compiled out.
    #[cfg(all())]
    #[cfg(not(any()))]
    #[handle]
    fn rest(&mut self, message: Message) -> String {
        format!("rest of {}", message.len())
    }

    #[cfg(any())]
    #[info]
    fn never_info(&mut self, info: NoSuchInfo) {}

    #[cfg(all())]
    #[info]
    fn tick(&mut self, _: Tick) -> &'static str {
        "tick"
    }

    #[cfg(any())]
    #[terminate]
    fn never_terminate(&mut self, reason: NoSuchReason) {}

    #[cfg(any())]
    fn no_callback(&self) -> NoSuchType {}
}

#[cfg(any())]
#[websocket("/never")]
struct Never;

#[cfg(any())]
#[websocket]
impl Never {}

/// Has a `#[cfg]`, and an `#[init]` that another `#[cfg]` compiles out.
#[cfg(all())]
#[websocket("/cfg/default")]
#[derive(Default)]
struct ByDefault(u8);

#[cfg(all())]
#[websocket]
impl ByDefault {
    #[cfg(any())]
    #[init]
    fn never() -> Self {
        Self(9)
    }

    #[open]
    fn open(&mut self) -> String {
        self.0.to_string()
    }
}

#[tokio::test]
async fn callbacks_exist_as_cfg_decides() {
    let server = serve(module_path!()).await;
    let mut client = server.connect("/cfg").await;
    assert_eq!(text(&mut client).await, "always");
    assert_eq!(text(&mut client).await, "tick");
    assert_eq!(answer(&mut client, "hi").await, "text hi");
    send(&mut client, Sent::binary(vec![1, 2])).await;
    assert_eq!(text(&mut client).await, "rest of 2");
    assert_eq!(text(&mut server.connect("/cfg/default").await).await, "0");
    let routes = App::discover_in(module_path!()).routes();
    assert!(routes.paths().all(|path| path != "/never"), "{routes}");
}

/// Other attributes, docs on everything, and items that are not callbacks.
#[doc = "Two lines"]
#[doc = "of docs."]
#[allow(dead_code)]
#[websocket("/others")]
#[derive(Default, Debug, Clone, PartialEq)]
#[must_use]
struct Others {
    /// A field with docs.
    #[doc(hidden)]
    count: usize,
}

/// Docs on the impl.
#[websocket]
#[allow(clippy::unused_self)]
#[rustfmt::skip]
impl Others {
    /// A constant.
    const STEP: usize = 2;

    /// A callback.
    ///
    /// With a paragraph, `code` and a list:
    /// - one
    #[doc(alias = "incoming")]
    #[inline(never)]
    #[cfg_attr(all(), allow(unused_variables, unused_mut))]
    #[must_use]
    #[text]
    #[expect(clippy::needless_return)]
    pub(crate) fn received(&mut self, mut text: &str) -> String {
        #![allow(unused_assignments)]
        let answer = format!("{} {}", Self::step(&self.clone()), self.count + Self::STEP);
        text = "";
        return answer;
    }

    /// Generic, and not a callback.
    #[must_use]
    fn step<T>(of: &T) -> usize where T: std::fmt::Debug {
        format!("{of:?}").len()
    }
}

#[tokio::test]
async fn other_attributes_and_members_stay_as_they_are() {
    let server = serve(module_path!()).await;
    let mut client = server.connect("/others").await;
    assert_eq!(answer(&mut client, "hi").await, format!("{} 2", "Others { count: 0 }".len()));
}
