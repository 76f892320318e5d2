//! The request that `#[init]` sees and the response that it decides (C1), and the infos and messages that come before
//! the client's first frame (C2).

use std::time::Duration;

use axum::extract::{Path, Query};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde::Deserialize;
use ws_core::Route;
use ws_core::prelude::*;
use ws_tests::notes::Notes;
use ws_tests::raw::{HEADERS, Raw, TEXT, frame, request};
use ws_tests::{Server, text};

/// Sends a handshake with one more header, and returns the raw client and the response.
async fn shake(server: &Server, path: &str, more: (&str, &str)) -> (Raw, ws_tests::raw::Response) {
    let mut raw = Raw::open(server.addr).await;
    let headers: Vec<_> = HEADERS.into_iter().chain([more]).collect();
    let response = raw.request("GET", path, &headers).await;
    (raw, response)
}

mod door {
    use super::*;

    /// The options of a mount.
    pub(super) struct Greeting(pub(super) &'static str);

    #[derive(Deserialize)]
    struct Guest {
        name: String,
    }

    /// Rejects the guest `nobody`, and greets the others with the request that it saw.
    pub(super) struct Door {
        saw: String,
        notes: Notes,
    }

    #[websocket]
    impl Door {
        #[init]
        async fn new(
            method: Method,
            Path(room): Path<String>,
            Query(guest): Query<Guest>,
            headers: HeaderMap,
            State(notes): State<Notes>,
            upgrade: &mut Upgrade<Self>,
        ) -> Result<Self, (StatusCode, [(&'static str, &'static str); 1], String)> {
            tokio::task::yield_now().await;
            if guest.name == "nobody" {
                let body = format!("{} may not come in", guest.name);
                return Err((StatusCode::FORBIDDEN, [("x-door", "shut")], body));
            }
            let greeting = upgrade.options::<Greeting>().map_or("nothing", |greeting| greeting.0);
            assert!(upgrade.options::<Notes>().is_none(), "options are found only by their own type");
            let host = headers["host"].to_str().expect("text");
            upgrade.header(HeaderName::from_static("x-door"), HeaderValue::from_static("open"));
            // Headers of the handshake itself cannot be changed.
            upgrade.header(HeaderName::from_static("upgrade"), HeaderValue::from_static("nothing"));
            Ok(Self { saw: format!("{method} {room} {} {host} {greeting}", guest.name), notes })
        }

        #[open]
        fn open(&mut self) -> String {
            self.notes.add("open");
            self.saw.clone()
        }

        #[terminate]
        fn gone(&mut self) {
            self.notes.add("terminate");
        }
    }
}

async fn a_door(notes: &Notes) -> Server {
    let app = App::new()
        .state(notes.clone())
        .mount::<door::Door>("/doors/{room}", ())
        .mount::<door::Door>("/front/{room}", door::Greeting("good morning"))
        .mount::<door::Door>("/back/{room}", door::Greeting("good night"));
    Server::start(app).await
}

#[tokio::test]
async fn c1_init_sees_the_request_and_the_options_of_its_mount() {
    let notes = Notes::default();
    let server = a_door(&notes).await;
    for (path, greeting) in [("doors", "nothing"), ("front", "good morning"), ("back", "good night")] {
        let mut client = server.connect(&format!("/{path}/h%C3%A4ll?name=Ann+Lee")).await;
        let saw = format!("GET häll Ann Lee {} {greeting}", server.addr);
        assert_eq!(text(&mut client).await, saw);
    }
}

#[tokio::test]
async fn c1_init_sets_headers_of_the_response_but_not_those_of_the_handshake() {
    let server = a_door(&Notes::default()).await;
    let (_raw, response) = shake(&server, "/doors/a?name=b", ("X-More", "1")).await;
    assert_eq!(response.status, 101);
    assert_eq!(response.header("x-door"), Some("open"));
    assert_eq!(response.header("upgrade"), Some("websocket"));
    assert_eq!(response.head.to_lowercase().matches("upgrade:").count(), 1, "{}", response.head);
}

#[tokio::test]
async fn c1_a_rejection_is_any_http_response_and_nothing_is_terminated() {
    let notes = Notes::default();
    let server = a_door(&notes).await;
    let (mut raw, response) = shake(&server, "/doors/a?name=nobody", ("X-More", "1")).await;
    assert_eq!((response.status, response.body.as_str()), (403, "nobody may not come in"));
    assert_eq!(response.header("x-door"), Some("shut"));
    // A rejection by an extractor counts too. The TCP connection still accepts HTTP requests.
    let response = raw.request("GET", "/doors/a", &HEADERS).await;
    assert_eq!(response.status, 400);
    assert!(response.body.contains("name"), "{response:?}");
    drop(raw);
    let stats = server.app.stats();
    assert_eq!((stats.opened, stats.open, stats.rejected(403), stats.rejected(400)), (0, 0, 1, 1));
    assert!(notes.all().is_empty(), "{:?}", notes.all());
    assert!(server.app.sockets::<door::Door>().is_empty());
}

mod subprotocols {
    use super::*;

    #[derive(Default)]
    pub(super) struct Agreed;

    #[websocket]
    impl Agreed {
        #[init]
        fn new(upgrade: &mut Upgrade<Self>) -> Result<Self, String> {
            if upgrade.path() == "/own" {
                assert!(!upgrade.set_subprotocol("not offered"));
                if !upgrade.set_subprotocol("v1") {
                    return Err(format!("not {:?}", upgrade.offered_subprotocols()));
                }
            }
            Ok(Self)
        }

        #[open]
        fn open(&mut self, cx: &mut Context<Self>) -> String {
            format!("{:?}", cx.subprotocol())
        }
    }
}

#[tokio::test]
async fn c1_the_subprotocol_is_the_routes_choice_or_inits() {
    let app = App::new()
        .mount::<subprotocols::Agreed>("/own", ())
        .route(Route::new::<subprotocols::Agreed>("/listed").subprotocols(["v2", "v1"]));
    let server = Server::start(app).await;
    for (path, offer, agreed) in
        [("/listed", "v1, v2", Some("v2")), ("/listed", "v0, v1", Some("v1")), ("/own", "v2, v1", Some("v1"))]
    {
        let (mut raw, response) = shake(&server, path, ("Sec-WebSocket-Protocol", offer)).await;
        assert_eq!(response.header("sec-websocket-protocol"), agreed, "{path} {offer}");
        assert_eq!(raw.read().await.expect("text").text(), format!("{agreed:?}"));
    }
    let (mut raw, response) = shake(&server, "/listed", ("X-More", "none is offered")).await;
    assert_eq!(response.header("sec-websocket-protocol"), None);
    assert_eq!(raw.read().await.expect("text").text(), "None");
    let (_raw, response) = shake(&server, "/listed", ("Sec-WebSocket-Protocol", "v3")).await;
    assert_eq!(response.status, 400);
}

mod first {
    use super::*;

    pub(super) struct First;
    struct Word(&'static str);

    #[websocket]
    impl First {
        #[init]
        fn new(upgrade: &mut Upgrade<Self>) -> Self {
            assert!(upgrade.info(Word("info of init")).is_queued());
            assert!(upgrade.socket().send("message of init").is_queued());
            Self
        }

        #[open]
        async fn open(&mut self, cx: &mut Context<Self>) -> &'static str {
            assert!(cx.socket().info(Word("info of open")).is_queued());
            // This is long enough for the client's frames to arrive.
            tokio::time::sleep(Duration::from_millis(50)).await;
            assert!(cx.socket().info(Word("late info of open")).is_queued());
            "open"
        }

        #[info]
        fn notified(&mut self, Word(words): Word) -> &'static str {
            words
        }

        #[text]
        fn received(&mut self, words: String) -> String {
            words
        }
    }
}

#[tokio::test]
async fn c2_infos_of_init_and_open_come_before_any_frame() {
    let server = Server::start(App::new().mount::<first::First>("/", ())).await;
    let mut raw = Raw::open(server.addr).await;
    let together = [
        request("GET", "/", &HEADERS),
        frame(true, TEXT, b"first frame"),
        frame(true, TEXT, b"second frame"),
    ]
    .concat();
    raw.send(&together).await;
    assert_eq!(raw.response().await.status, 101);
    for words in [
        "open",
        "info of init",
        "message of init",
        "info of open",
        "late info of open",
        "first frame",
        "second frame",
    ] {
        assert_eq!(raw.read().await.expect("text").text(), words);
    }
}
