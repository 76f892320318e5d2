//! The listings of the book's chapter on page sessions.

use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect};
use axum::routing::{get, post};
use serde_json::json;
use ws_core::prelude::*;
use ws_core::{Delivery, PageId, Qos, TopicError};
use ws_tests::raw::Raw;
use ws_tests::{Server, until};

use crate::{Page, page_of, set_cookie};

// ANCHOR: functions
/// The prices of the shop.
#[derive(Clone)]
struct Prices {
    seat: u32,
}

#[derive(serde::Deserialize)]
struct Booking {
    seats: u32,
}

#[derive(serde::Serialize)]
struct Booked {
    total: u32,
}

#[derive(serde::Serialize)]
#[serde(rename_all = "snake_case")]
enum BookingError {
    SoldOut,
}

/// `await ws.call("book", { seats: 2 })` returns `{ total: 60 }`, or throws `"sold_out"`.
#[message]
async fn book(
    booking: Booking,
    page: PageSession,
    State(prices): State<Prices>,
) -> Result<Booked, BookingError> {
    if booking.seats > free_seats().await {
        return Err(BookingError::SoldOut);
    }
    // It goes on after the answer, and reaches the page after a reconnect too.
    tokio::spawn(async move {
        for percent in (0..=100).step_by(50) {
            page.send_event("printing", &percent);
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    });
    Ok(Booked { total: booking.seats * prices.seat })
}
// ANCHOR_END: functions

/// The answer of a database.
async fn free_seats() -> u32 {
    tokio::task::yield_now().await;
    10
}

// ANCHOR: sending
fn cancelled(app: &AppHandle, page: PageId, user: &str) {
    // One page, if its page session lives.
    if let Some(page) = app.page(page) {
        let delivery = page.with_qos(Qos::ExactlyOnce).send_event("cancelled", "the show");
        if delivery == Delivery::Dropped {
            println!("too many messages wait for {}", page.id());
        }
    }
    // All pages of a user, in all browsers.
    let counts = app.user(user).send_event("cancelled", "the show");
    println!("{} pages of {user} are informed", counts.queued);
}
// ANCHOR_END: sending

// ANCHOR: login
async fn index(session: BrowserSession) -> impl IntoResponse {
    let user = session.user().unwrap_or("stranger");
    let page = Html(format!("<script src=\"/ws/client.js\"></script><p>Hello, {user}.</p>"));
    (session, page)
}

async fn login(session: BrowserSession) -> impl IntoResponse {
    // After a look at the password.
    (session.sign_in("ada"), Redirect::to("/"))
}

async fn logout(session: BrowserSession) -> impl IntoResponse {
    (session.sign_out(), Redirect::to("/"))
}
// ANCHOR_END: login

// ANCHOR: presence
/// The users that have a page open.
#[websocket("/people")]
struct People;

#[websocket]
impl People {
    #[init]
    fn enter(page: PageSession, upgrade: &mut Upgrade<Self>) -> Result<Self, StatusCode> {
        let user = page.user().ok_or(StatusCode::UNAUTHORIZED)?;
        upgrade.track("people", user, &()).map_err(|_| StatusCode::BAD_REQUEST)?;
        Ok(Self)
    }

    /// Begins with all people that are there.
    #[open]
    fn open(&mut self, cx: &mut Context<Self>) -> Result<Json<PresenceDiff>, TopicError> {
        let mut all = PresenceDiff::default();
        all.joined = cx.watch_diffs("people")?;
        Ok(Json(all))
    }

    #[info]
    fn changed(&mut self, diff: PresenceDiff) -> Json<PresenceDiff> {
        Json(diff)
    }
}
// ANCHOR_END: presence

fn key_from_configuration() -> Vec<u8> {
    vec![1; 32]
}

fn shop() -> App {
    let app = App::discover_in(module_path!());
    // ANCHOR: app
    let http =
        Router::new().route("/", get(index)).route("/login", post(login)).route("/logout", post(logout));
    let app = app.state(Prices { seat: 30 }).pages(Pages::new().key(key_from_configuration())).fallback(http);
    // ANCHOR_END: app
    app
}

// ANCHOR: own
/// A handler of its own for editors, which belong to pages too.
struct Editor {
    page: PageSession,
}

#[websocket]
impl Editor {
    #[init]
    fn init(page: PageSession) -> Self {
        Self { page }
    }

    #[text]
    fn typed(&mut self, text: &str) {
        self.page.send_event("saved", &text.len());
    }
}
// ANCHOR_END: own

// ANCHOR: topics
#[message]
fn enter(room: &str, page: &PageSession) -> bool {
    page.subscribe(&format!("chat/{room}"))
}

#[message]
fn say(words: &str, app: &AppHandle) -> Result<(), serde_json::Error> {
    app.hub().publish_event("chat/red", "said", words)?;
    Ok(())
}
// ANCHOR_END: topics

#[tokio::test]
async fn a_page_books_and_is_informed() {
    let server = Server::start(shop()).await;
    let (mut page, welcome) = Page::plain(server.addr, "").await;
    page.send(json!({"type": "book", "id": 1, "data": {"seats": 2}})).await;
    let mut messages = Vec::new();
    for _ in 0..4 {
        messages.push(page.receive().await);
    }
    assert!(messages.contains(&json!({"type": "book", "id": 1, "data": {"total": 60}})), "{messages:?}");
    assert!(messages.contains(&json!({"type": "printing", "data": 100})), "{messages:?}");
    page.send(json!({"type": "book", "id": 2, "data": {"seats": 20}})).await;
    assert_eq!(page.receive().await, json!({"type": "error", "id": 2, "error": "sold_out"}));
    cancelled(&server.app, page_of(&welcome), "ada");
    assert_eq!(page.receive().await, json!({"seq": 1, "qos": 2, "type": "cancelled", "data": "the show"}));
}

#[tokio::test]
async fn users_sign_in_and_out() {
    let server = Server::start(shop()).await;
    let post = [("Host", "localhost"), ("Content-Length", "0")];
    let response = Raw::open(server.addr).await.request("POST", "/login", &post).await;
    assert_eq!((response.status, response.header("location")), (303, Some("/")));
    let cookie = set_cookie(&response).unwrap();
    let home = [("Host", "localhost"), ("Cookie", &*cookie)];
    let response = Raw::open(server.addr).await.request("GET", "/", &home).await;
    assert!(response.body.contains("Hello, ada."), "{}", response.body);
    let (_page, _) = Page::plain(server.addr, &cookie).await;
    until(|| server.app.user("ada").pages().len() == 1).await;
    let out = [("Host", "localhost"), ("Content-Length", "0"), ("Cookie", &*cookie)];
    Raw::open(server.addr).await.request("POST", "/logout", &out).await;
    assert!(server.app.user("ada").is_empty());
}

#[tokio::test]
async fn a_handler_and_a_topic_reach_pages() {
    let server = Server::start(shop().mount::<Editor>("/editor", ())).await;
    let mut editor = Page::to(server.addr, "/editor", "").await.ok().unwrap();
    editor.raw.frame(ws_tests::raw::TEXT, b"four").await;
    assert_eq!(editor.receive().await, json!({"type": "saved", "data": 4}));
    let (mut page, _) = Page::plain(server.addr, "").await;
    page.send(json!({"type": "enter", "id": 1, "data": "red"})).await;
    assert_eq!(page.receive().await["data"], true);
    page.send(json!({"type": "say", "data": "hi"})).await;
    assert_eq!(page.receive().await, json!({"type": "said", "data": "hi", "topic": "chat/red"}));
}

#[tokio::test]
async fn the_people_are_known_while_a_page_is_open() {
    let server = Server::start(shop()).await;
    assert_eq!(Page::to(server.addr, "/people", "").await.err().unwrap().status, 401);
    let post = [("Host", "localhost"), ("Content-Length", "0")];
    let response = Raw::open(server.addr).await.request("POST", "/login", &post).await;
    let cookie = set_cookie(&response).unwrap();
    let mut page = Page::to(server.addr, "/people", &cookie).await.ok().unwrap();
    let ada = json!({"id": "ada", "meta": null, "connections": 1});
    assert_eq!(page.receive().await, json!({"joined": [ada], "left": []}));
    let out = [("Host", "localhost"), ("Content-Length", "0"), ("Cookie", &*cookie)];
    Raw::open(server.addr).await.request("POST", "/logout", &out).await;
    until(|| server.app.hub().present("people").is_empty()).await;
}
