//! Handlers in functions, in macros, and with ws-core under another name.

use ws_core::prelude::*;
use ws_tests::text;

use super::{answer, serve};

/// Has no callbacks: frames are read and ignored.
#[websocket("/empty")]
#[derive(Default)]
struct Empty;

#[websocket]
impl Empty {}

#[tokio::test]
async fn an_empty_impl_is_a_handler() {
    let server = serve(module_path!()).await;
    let mut client = server.connect("/empty").await;
    super::send(&mut client, tokio_websockets::Message::text("ignored")).await;
    super::send(&mut client, tokio_websockets::Message::ping("still there?")).await;
    let pong = ws_tests::next(&mut client).await;
    assert!(pong.is_pong() && **pong.as_payload() == *b"still there?", "{pong:?}");
}

#[tokio::test]
async fn a_handler_may_stand_in_a_function() {
    #[websocket("/local")]
    #[derive(Default)]
    struct Local;

    struct Private(&'static str);

    #[websocket]
    impl Local {
        #[open]
        fn open(&mut self, cx: &mut Context<Self>) {
            cx.socket().info(Private("private"));
        }

        #[info]
        fn notified(&mut self, Private(words): Private) -> &'static str {
            words
        }
    }

    let server = serve(module_path!()).await;
    assert_eq!(text(&mut server.connect("/local").await).await, "private");
    assert_eq!(server.app.url::<Local>(()).unwrap(), "/local");
}

/// ws-core as another crate may re-export it.
mod framework {
    pub(crate) mod sockets {
        pub(crate) use ::ws_core::*;
    }
}

mod renamed {
    use super::framework::sockets::{Context, Upgrade, websocket};

    #[websocket("/renamed", crate = crate::places::framework::sockets, mailbox(overflow = "drop_newest"))]
    struct Renamed;

    #[websocket(crate = crate::places::framework::sockets)]
    impl Renamed {
        #[init]
        fn new(_: axum::extract::RawQuery, upgrade: &mut Upgrade<Self>) -> Self {
            upgrade.info(7);
            Self
        }

        #[text]
        fn received(&mut self, text: &str) -> String {
            text.to_owned()
        }

        #[info]
        fn notified(&mut self, number: i32, cx: &mut Context<Self>) -> String {
            format!("{number} {}", cx.path())
        }
    }
}

#[tokio::test]
async fn ws_core_may_have_another_name() {
    let server = serve(&format!("{}::renamed", module_path!())).await;
    let mut client = server.connect("/renamed").await;
    assert_eq!(text(&mut client).await, "7 /renamed");
    assert_eq!(answer(&mut client, "received").await, "received");
}

/// Handlers from a macro that receives names, paths, types, bodies and whole items.
macro_rules! counters {
    ($($(#[$meta:meta])* $name:ident at $path:literal counts $info:ty { $($body:tt)* })*) => { $(
        $(#[$meta])*
        #[websocket($path)]
        #[derive(Default)]
        struct $name {
            count: usize,
        }

        #[websocket]
        impl $name {
            #[text]
            fn received(&mut self, text: &str, cx: &mut Context<Self>) -> String {
                self.count += text.len();
                cx.socket().info(<$info>::default());
                self.count.to_string()
            }

            #[info]
            fn notified(&mut self, info: $info) -> String {
                format!("{info:?}")
            }

            $($body)*
        }
    )* };
}

macro_rules! handler {
    ($item:item $implementation:item) => {
        #[websocket("/items")]
        #[derive(Default)]
        $item

        #[websocket]
        $implementation
    };
}

mod made {
    use ws_core::prelude::*;

    counters! {
        /// Counts strings.
        Strings at "/strings" counts String {
            #[open]
            fn open(&mut self) -> &'static str {
                "strings"
            }
        }
        Lists at "/lists" counts Vec<Option<u8>> {}
    }

    handler! {
        struct Items;

        impl Items {
            #[text]
            fn received(&mut self, text: &str) -> String {
                text.chars().rev().collect()
            }
        }
    }
}

#[tokio::test]
async fn a_macro_may_write_handlers() {
    let server = serve(&format!("{}::made", module_path!())).await;
    let mut strings = server.connect("/strings").await;
    assert_eq!(text(&mut strings).await, "strings");
    assert_eq!(answer(&mut strings, "four").await, "4");
    assert_eq!(text(&mut strings).await, "\"\"");
    let mut lists = server.connect("/lists").await;
    assert_eq!(answer(&mut lists, "four").await, "4");
    assert_eq!(text(&mut lists).await, "[]");
    assert_eq!(answer(&mut server.connect("/items").await, "abc").await, "cba");
}
