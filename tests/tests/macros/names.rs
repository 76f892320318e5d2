//! Names: raw identifiers, glob imports, and names that generated code might use.

use ws_core::prelude::*;
use ws_tests::{Server, text};

use super::{answer, serve};

mod raw_identifiers {
    use ws_core::prelude::*;

    #[websocket("/raw/{type}", name = "type")]
    #[derive(Default)]
    pub(super) struct r#Loop {
        r#in: usize,
    }

    pub(super) struct r#Match(pub(super) &'static str);

    #[websocket]
    impl r#Loop {
        #[open]
        fn r#fn(&mut self, r#mut: &mut Context<Self>) -> Option<String> {
            r#mut.params().get("type").map(str::to_owned)
        }

        #[text]
        fn r#type(&mut self, r#str: &str) -> String {
            self.r#in += r#str.len();
            self.r#in.to_string()
        }

        #[info]
        async fn r#match(&mut self, r#match: r#Match) -> &'static str {
            r#match.0
        }

        #[terminate]
        fn r#loop(&mut self) {}
    }
}

#[tokio::test]
async fn names_may_be_raw_identifiers() {
    use self::raw_identifiers::{Loop, Match};

    let server = serve(&format!("{}::raw_identifiers", module_path!())).await;
    let mut client = server.connect("/raw/struct").await;
    assert_eq!(text(&mut client).await, "struct");
    assert_eq!(answer(&mut client, "four").await, "4");
    server.app.sockets::<Loop>()[0].info(Match("matched"));
    assert_eq!(text(&mut client).await, "matched");
    assert_eq!(server.app.url::<Loop>([("type", "x")]).unwrap(), "/raw/x");
}

/// Everything of tracing and axum beside the prelude. No name of ws-core conflicts with one of theirs.
mod globs {
    use axum::extract::*;
    use axum::*;
    use tracing::*;
    use ws_core::prelude::*;

    pub(super) fn page() -> Router {
        Router::new().route("/page", routing::get(async || "a page"))
    }

    #[websocket("/globs/{room}")]
    struct Globs {
        room: String,
    }

    #[websocket]
    impl Globs {
        #[init]
        #[instrument(skip_all)]
        fn new(Path(room): Path<String>) -> Self {
            info!("new in {room}");
            Self { room }
        }

        #[text]
        #[instrument(skip_all)]
        fn text(&mut self, text: &str, cx: &mut Context<Self>) -> &'static str {
            info!(room = self.room, "received {text}");
            cx.socket().info(Level::WARN);
            "received"
        }

        #[info]
        fn info(&mut self, level: Level) -> Result<String, Close> {
            if level < Level::INFO { Ok(level.to_string()) } else { Err(Close::normal()) }
        }
    }
}

#[tokio::test]
async fn glob_imports_do_not_meet_the_markers() {
    let app = App::discover_in(&format!("{}::globs", module_path!()));
    let server = Server::start(app.fallback(globs::page())).await;
    let mut client = server.connect("/globs/a").await;
    assert_eq!(answer(&mut client, "hi").await, "received");
    assert_eq!(text(&mut client).await, "WARN");
}

/// The user's own items, with names that generated code might use.
mod shadows {
    use ws_core::prelude::*;

    pub(super) struct Infos(pub(super) u8);
    pub(super) struct ShadowsInfo(pub(super) u8);
    type Handler = u8;

    #[websocket("/shadows")]
    #[derive(Default)]
    pub(super) struct Shadows {
        reply: Handler,
    }

    #[websocket]
    impl Shadows {
        #[info]
        fn info(&mut self, info: Infos) -> String {
            self.reply = info.0;
            format!("infos {}", self.reply)
        }

        #[info]
        fn message(&mut self, message: ShadowsInfo) -> String {
            format!("info {}", message.0)
        }

        #[open]
        fn init(&mut self, result: &mut Context<Self>) -> String {
            format!("init {} {}", self.reply, result.version())
        }

        #[text]
        fn terminate(&mut self, payload: &str) -> String {
            format!("terminate {payload}")
        }
    }
}

#[tokio::test]
async fn users_names_may_be_those_that_we_would_take() {
    use self::shadows::{Infos, Shadows, ShadowsInfo};

    let server = serve(&format!("{}::shadows", module_path!())).await;
    let mut client = server.connect("/shadows").await;
    assert_eq!(text(&mut client).await, "init 0 13");
    let socket = &server.app.sockets::<Shadows>()[0];
    socket.info(Infos(1));
    socket.info(ShadowsInfo(2));
    assert_eq!(text(&mut client).await, "infos 1");
    assert_eq!(text(&mut client).await, "info 2");
    assert_eq!(answer(&mut client, "x").await, "terminate x");
}

/// The user's own types with names of the standard library and of ws-core.
mod same_names {
    use ws_core::prelude::{Context as Cx, IntoReply, Reply, Terminate as End, Upgrade as Up, websocket};

    /// A reply that borrows, which `std`'s `Option<&str>` cannot.
    struct Option<T>(T);

    impl IntoReply for Option<&str> {
        fn into_reply(self, reply: &mut Reply) {
            self.0.to_uppercase().into_reply(reply);
        }
    }

    trait Future {
        const WORDS: &str;
    }

    struct Now;

    impl Future for Now {
        const WORDS: &str = "now";
    }

    fn reply<F: Future>() -> impl IntoReply {
        F::WORDS
    }

    #[websocket("/names/same")]
    struct SameNames {
        last: String,
    }

    #[websocket]
    impl SameNames {
        #[init]
        fn new(up: &mut Up<Self>) -> Self {
            Self { last: up.path().to_owned() }
        }

        #[text]
        fn received(&mut self, text: &str) -> Option<&str> {
            let last = std::mem::replace(&mut self.last, text.to_owned());
            self.last.insert_str(0, &last);
            Option(&self.last)
        }

        #[binary]
        fn bytes(&mut self, _: &mut Cx<Self>) -> impl IntoReply + use<> {
            reply::<Now>()
        }

        #[terminate]
        fn gone(&mut self, _: &End) {}
    }
}

#[tokio::test]
async fn users_names_may_be_those_of_std_and_ours() {
    let server = serve(&format!("{}::same_names", module_path!())).await;
    let mut client = server.connect("/names/same").await;
    assert_eq!(answer(&mut client, "a").await, "/NAMES/SAMEA");
}
