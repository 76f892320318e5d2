//! Z3: a route whose handler is picked by the request.

use futures_util::SinkExt;
use http::HeaderValue;
use tokio_websockets::{ClientBuilder, Message};
use ws_core::prelude::*;
use ws_core::{Route, RouteRequest};
use ws_tests::raw::{HEADERS, Raw};
use ws_tests::{Client, Server, closed, text, within};

// ANCHOR: alternative
/// Sends and receives plain text.
#[derive(Default)]
struct ChatV1;

#[websocket]
impl ChatV1 {
    #[text]
    fn say(&mut self, text: &str) -> String {
        format!("v1: {text}")
    }
}

/// Sends and receives JSON.
#[derive(Default)]
struct ChatV2;

#[websocket]
impl ChatV2 {
    #[text]
    fn say(&mut self, Json(text): Json<String>) -> Json<[String; 2]> {
        Json(["v2".to_owned(), text])
    }
}

fn chat() -> Route {
    Route::new::<ChatV2>("/chat/{room}")
        .subprotocols(["chat.v2", "chat.v1"])
        .alternative::<ChatV1>(|request| request.subprotocol() == Some("chat.v1"))
}
// ANCHOR_END: alternative

async fn connect(server: &Server, path: &str, offer: &'static str) -> Client {
    let url = format!("ws://{}{path}", server.addr);
    let builder = ClientBuilder::new().uri(&url).unwrap();
    let offer = HeaderValue::from_static(offer);
    let builder = builder.add_header(http::header::SEC_WEBSOCKET_PROTOCOL, offer).unwrap();
    within(builder.connect()).await.expect("a successful handshake").0
}

#[tokio::test]
async fn z3_the_subprotocol_picks_the_version_of_the_handler() {
    let app = App::new().route(chat());
    let handle = app.handle();
    let server = Server::start(app).await;
    let mut old = connect(&server, "/chat/red", "chat.v1").await;
    let mut new = connect(&server, "/chat/red", "chat.v1, chat.v2").await;
    within(old.send(Message::text("hi"))).await.unwrap();
    within(new.send(Message::text("\"hi\""))).await.unwrap();
    assert_eq!(text(&mut old).await, "v1: hi");
    assert_eq!(text(&mut new).await, r#"["v2","hi"]"#);
    let old = handle.sockets::<ChatV1>();
    let new = handle.sockets::<ChatV2>();
    assert_eq!((old.len(), new.len()), (1, 1), "each is found by its type");
    assert_eq!((old[0].subprotocol(), new[0].subprotocol()), (Some("chat.v1"), Some("chat.v2")));
    assert_eq!(handle.url::<ChatV1>([("room", "a")]).as_deref(), Ok("/chat/a"));
    assert_eq!(handle.url::<ChatV2>([("room", "a")]).as_deref(), Ok("/chat/a"));
}

#[tokio::test]
async fn z3_the_first_alternative_that_fits_is_picked_by_anything_in_the_request() {
    fn from(request: &RouteRequest<'_>, agent: &str) -> bool {
        request.headers().get("user-agent").is_some_and(|value| value == agent)
    }
    let route = Route::new::<ChatV2>("/chat/{room}")
        .alternative::<ChatV1>(|request| request.params().get("room") == Some("old"))
        .alternative::<ChatV1>(|request| request.uri().query() == Some("v=1") || from(request, "robot"))
        .alternative::<Limited>(|_| true);
    let server = Server::start(App::new().state(Limit(7)).route(route)).await;
    let app = server.app.clone();
    let mut clients = Vec::new();
    for (path, agent) in
        [("/chat/old", "x"), ("/chat/red?v=1", "x"), ("/chat/red", "robot"), ("/chat/red", "x")]
    {
        let mut raw = Raw::open(server.addr).await;
        let headers = [&HEADERS[..], &[("User-Agent", agent)]].concat();
        assert_eq!(raw.request("GET", path, &headers).await.status, 101);
        clients.push(raw);
    }
    assert_eq!(app.sockets::<ChatV1>().len(), 3);
    assert_eq!((app.sockets::<ChatV2>().len(), app.sockets::<Limited>().len()), (0, 1));
}

#[derive(Clone)]
struct Limit(u16);

/// Closes with the code of the app's state.
struct Limited(u16);

#[websocket]
impl Limited {
    #[init]
    fn init(State(Limit(limit)): State<Limit>) -> Self {
        Self(limit)
    }

    #[open]
    fn open(&mut self) -> Result<(), Close> {
        if self.0 == 7 { Ok(()) } else { Err(Close::new(CloseCode::from_static(4000 + 8), "limited")) }
    }
}

#[test]
fn a_state_that_an_alternative_lacks_stops_the_start() {
    let route = Route::new::<ChatV2>("/chat").alternative::<Limited>(|_| true);
    let error = App::new().route(route).try_into_router().unwrap_err().to_string();
    assert!(
        error.starts_with("missing state:\n  - `#[init]` of `routes::alternatives::Limited` ("),
        "{error}"
    );
}

#[tokio::test]
async fn the_limits_of_the_route_apply_to_its_alternatives() {
    let route = Route::new::<ChatV2>("/chat").max_message_size(10).alternative::<ChatV1>(|_| true);
    let server = Server::start(App::new().route(route)).await;
    let mut client = server.connect("/chat").await;
    within(client.send(Message::text("more than ten bytes"))).await.unwrap();
    assert_eq!(closed(&mut client).await.0, 1009);
}

#[tokio::test]
async fn a_choice_that_panics_is_500() {
    let route = Route::new::<ChatV2>("/chat").alternative::<ChatV1>(|_| panic!("no choice"));
    let server = Server::start(App::new().route(route)).await;
    let response = Raw::open(server.addr).await.request("GET", "/chat", &HEADERS).await;
    assert_eq!(response.status, 500);
}
