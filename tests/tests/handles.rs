//! Handles that carry what their connection is, timers that `#[init]` sets, and URLs of a nested app.

use std::time::{Duration, SystemTime};

use axum::Router;
use tokio::time::Instant;
use ws_core::prelude::*;
use ws_core::testing;
use ws_tests::raw::{HEADERS, Raw};
use ws_tests::{Server, until};

struct Word(&'static str);

/// Sets timers before it opens.
struct Early {
    cancelled: Timer,
}

#[websocket]
impl Early {
    #[init]
    async fn new(upgrade: &mut Upgrade<Self>) -> Self {
        upgrade.notify_after(Duration::from_secs(30), Word("late"));
        upgrade.notify_after(Duration::from_secs(1), Word("during init"));
        let cancelled = upgrade.notify_after(Duration::from_secs(15), Word("never"));
        tokio::time::sleep(Duration::from_secs(10)).await;
        Self { cancelled }
    }

    #[open]
    fn open(&mut self, cx: &mut Context<Self>) -> &'static str {
        assert!(cx.cancel(self.cancelled));
        cx.notify_after(Duration::from_secs(5), Word("of open"));
        "open"
    }

    #[info]
    fn word(&mut self, Word(word): Word) -> &'static str {
        word
    }
}

#[tokio::test(start_paused = true)]
async fn timers_of_init_are_delivered_after_the_upgrade() {
    let started = Instant::now();
    let mut client = testing::connect(App::new().mount::<Early>("/", ()), "/").await.unwrap();
    for (word, seconds) in [("open", 10), ("during init", 10), ("of open", 15), ("late", 30)] {
        assert_eq!(client.text().await.unwrap(), word);
        assert_eq!(started.elapsed().as_secs(), seconds, "{word}");
    }
}

/// Sets one timer more than a connection may have.
struct Greedy;

#[websocket]
impl Greedy {
    #[init]
    fn new(upgrade: &mut Upgrade<Self>) -> Self {
        for _ in 0..=65_536 {
            upgrade.notify_after(Duration::from_secs(3600), Word("never"));
        }
        Self
    }

    #[info]
    fn word(&mut self, Word(word): Word) -> &'static str {
        word
    }
}

#[tokio::test]
async fn too_many_timers_of_init_close_with_1013() {
    let mut client = testing::connect(App::new().mount::<Greedy>("/", ()), "/").await.unwrap();
    assert_eq!(client.closed().await.unwrap().map(|(code, _)| code), Some(1013));
}

/// Reports what it knows of itself.
#[derive(Default)]
struct Known;

#[websocket]
impl Known {
    #[open]
    fn open(&mut self, cx: &mut Context<Self>) -> String {
        let age = SystemTime::now().duration_since(cx.opened_at()).unwrap_or_default();
        assert!(age < Duration::from_secs(60), "{age:?}");
        format!("{:?} {} {}", cx.scheme(), cx.version(), cx.is_compressed())
    }
}

#[tokio::test]
async fn a_handle_carries_what_its_connection_is() {
    let app = App::new()
        .route(ws_core::Route::new::<Known>("/{room}").subprotocols(["v1"]))
        .trusted_proxies(["127.0.0.1"])
        .compress(ws_core::Compression::new());
    let before = SystemTime::now() - Duration::from_millis(1);
    let server = Server::start(app).await;
    let mut client = Raw::open(server.addr).await;
    let more = [
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-For", "192.0.2.7"),
        ("Sec-WebSocket-Protocol", "v1"),
        ("Sec-WebSocket-Extensions", "permessage-deflate"),
    ];
    assert_eq!(client.request("GET", "/hall", &[&HEADERS[..], &more].concat()).await.status, 101);
    client.read().await.expect("a report");
    until(|| !server.app.sockets::<Known>().is_empty()).await;
    let socket = server.app.sockets::<Known>().remove(0);
    assert_eq!((socket.path(), socket.params().get("room")), ("/hall", Some("hall")));
    assert_eq!((socket.scheme(), socket.version(), socket.is_compressed()), (Some("https"), 13, true));
    assert_eq!(socket.peer_addr().map(|addr| addr.ip().to_string()).as_deref(), Some("192.0.2.7"));
    assert_eq!(socket.subprotocol(), Some("v1"));
    assert!(before <= socket.opened_at() && socket.opened_at() <= SystemTime::now());
}

#[tokio::test]
async fn urls_of_a_nested_app_work() {
    let app = App::new()
        .route(ws_core::Route::new::<Known>("/rooms/{room}").name("room"))
        .base_url("/ws")
        .nested_at("/api/v1/");
    let handle = app.handle();
    assert_eq!(app.routes().paths().collect::<Vec<_>>(), ["/ws/rooms/{room}"]);
    let router = Router::new().nest("/api/v1", app.into_router());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async { axum::serve(listener, router).await });
    let url = handle.url::<Known>([("room", "a b")]).unwrap();
    assert_eq!(url, "/api/v1/ws/rooms/a%20b");
    assert_eq!(handle.url_for("room", [("room", "a b")]).unwrap(), url);
    Raw::connect(addr, &url).await.read().await.expect("a report");
}

#[test]
fn a_prefix_that_is_no_path_stops_the_start() {
    let app = |prefix: &str| App::new().mount::<Known>("/", ()).nested_at(prefix);
    let error = |prefix| app(prefix).try_into_router().unwrap_err().to_string();
    assert!(
        error("api").contains("nested_at `api`: a path must start with `/`; write `/api`"),
        "{}",
        error("api")
    );
    assert!(error("/{tenant}").contains("nested_at `/{tenant}` must not contain parameters"));
}
