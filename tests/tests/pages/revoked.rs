//! Sessions that are signed out while a handshake is under way, or by it, and cookies beside that of the session.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::extract::FromRequestParts;
use axum::routing::post;
use http::StatusCode;
use http::request::Parts;
use ws_core::prelude::*;
use ws_tests::gate::Gate;
use ws_tests::raw::{Raw, Response, TEXT};
use ws_tests::{Server, until};

use crate::{KEY, Page, app, set_cookie, with_cookie};

async fn login(session: BrowserSession) -> (BrowserSession, ()) {
    (session.sign_in("ada"), ())
}

async fn logout(session: BrowserSession) -> (BrowserSession, ()) {
    (session.sign_out(), ())
}

fn site() -> Router {
    Router::new().route("/login", post(login)).route("/logout", post(logout))
}

async fn request(server: &Server, path: &str, cookie: &str) -> Response {
    let headers = [("Host", "localhost"), ("Content-Length", "0"), ("Cookie", cookie)];
    Raw::open(server.addr).await.request("POST", path, &headers).await
}

static GATE: LazyLock<Gate> = LazyLock::new(Gate::new);
static WAITS: AtomicBool = AtomicBool::new(false);

/// An extractor that takes its time, such as a query to a database.
struct Slow;

impl<S: Sync> FromRequestParts<S> for Slow {
    type Rejection = StatusCode;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        WAITS.store(true, Ordering::Relaxed);
        GATE.passed().await;
        Ok(Self)
    }
}

struct SlowToAttach;

#[websocket]
impl SlowToAttach {
    #[init]
    fn init(_: Slow, _page: PageSession) -> Self {
        Self
    }
}

/// The session was valid when the handshake began.
#[tokio::test]
async fn z8_a_session_that_is_signed_out_during_the_handshake_attaches_to_no_page() {
    let app = App::new().mount::<SlowToAttach>("/slow", ());
    let server = Server::start(app.pages(Pages::new().key(KEY)).fallback(site())).await;
    let ada = set_cookie(&request(&server, "/login", "").await).unwrap();
    let mut raw = Raw::open(server.addr).await;
    raw.send(&ws_tests::raw::request("GET", "/slow", &with_cookie(&ada))).await;
    until(|| WAITS.load(Ordering::Relaxed)).await;
    request(&server, "/logout", &ada).await;
    GATE.open();
    assert_eq!(raw.response().await.status, 401);
    assert!(server.app.user("ada").is_empty());
    assert_eq!(server.app.stats().pages, 0);
}

/// Signs its browser in.
struct SignsIn;

#[websocket]
impl SignsIn {
    #[init]
    fn init(_page: PageSession, session: BrowserSession) -> Self {
        let _ = session.sign_in("ada");
        Self
    }
}

/// Answers with the session of its browser.
struct SignedIn;

#[websocket]
impl SignedIn {
    #[init]
    fn init(session: BrowserSession) -> Self {
        let _ = session.sign_in("ada");
        Self
    }

    #[text]
    fn asked(&mut self, _: &str, cx: &mut Context<Self>) -> String {
        format!("{:?}", cx.session_id())
    }
}

struct SignsOut;

#[websocket]
impl SignsOut {
    #[init]
    fn init(session: BrowserSession) -> Result<Self, StatusCode> {
        let _ = session.sign_out();
        Err(StatusCode::FORBIDDEN)
    }
}

async fn with_init() -> Server {
    let app = app()
        .mount::<SignsIn>("/page", ())
        .mount::<SignedIn>("/signs-in", ())
        .mount::<SignsOut>("/signs-out", ())
        .fallback(site());
    Server::start(app).await
}

#[tokio::test]
async fn a_sign_in_by_the_handshake_ends_the_page_of_the_session_before() {
    let server = with_init().await;
    let known = set_cookie(&request(&server, "/login", "").await).unwrap();
    for cookie in ["", &known] {
        let mut page = Page::to(server.addr, "/page", cookie).await.ok().unwrap();
        assert_eq!(page.closed().await, (4500, "the session changed; retry=0".into()), "{cookie}");
    }
    assert_eq!(server.app.stats().pages, 0);
}

#[tokio::test]
async fn b4_the_session_id_after_a_sign_in_by_the_handshake_is_the_new_one() {
    let server = with_init().await;
    let known = set_cookie(&request(&server, "/login", "").await).unwrap();
    for cookie in ["", &known] {
        let mut page = Page::to(server.addr, "/signs-in", cookie).await.ok().unwrap();
        page.raw.frame(TEXT, b"?").await;
        let said = page.raw.read().await.unwrap().text().to_owned();
        let (other, _) = Page::plain(server.addr, &page.cookie).await;
        assert_eq!(other.cookie, page.cookie);
        let wanted = server.app.user("ada").pages().last().unwrap().session_id();
        assert_eq!(said, format!("{:?}", Some(wanted)), "{cookie}");
    }
}

/// It takes no page session, so the connection attaches after `#[init]`.
#[tokio::test]
async fn a_sign_in_by_the_handler_of_the_scripts_page_is_that_of_its_page() {
    let app = App::new().mount::<SignedIn>("/websocket", ()).fallback(site());
    let server = Server::start(app.pages(Pages::new().key(KEY))).await;
    let known = set_cookie(&request(&server, "/login", "").await).unwrap();
    for cookie in ["", &known] {
        let (page, welcome) = Page::attach(server.addr, cookie, 0).await;
        assert_ne!(page.cookie, cookie);
        let session = server.app.page(crate::page_of(&welcome)).unwrap();
        assert_eq!(session.user(), Some("ada"));
        let (_same, _) = Page::attach(server.addr, &page.cookie, 0).await;
        assert!(session.has_ended(), "the second sign-in ends it");
    }
}

/// The session of before is revoked all the same.
#[tokio::test]
async fn a_sign_in_by_a_handshake_that_gets_no_page_sets_the_cookie() {
    let app = App::new().mount::<SignedIn>("/websocket", ()).fallback(site());
    let server = Server::start(app.pages(Pages::new().key(KEY).max_pages(1))).await;
    let (_page, _) = Page::attach(server.addr, "", 0).await;
    let path = format!("/websocket?page={}&view={}", crate::OTHER, crate::VIEW);
    let full = Page::to(server.addr, &path, "").await.err().unwrap();
    assert_eq!((full.status, set_cookie(&full).is_some()), (503, true));
}

#[tokio::test]
async fn a_rejected_handshake_sets_the_cookie_too() {
    let server = with_init().await;
    let known = set_cookie(&request(&server, "/login", "").await).unwrap();
    let rejected = Page::to(server.addr, "/signs-out", &known).await.err().unwrap();
    assert_eq!(rejected.status, 403);
    let signed_out = set_cookie(&rejected).expect("a cookie");
    let (page, _) = Page::plain(server.addr, &signed_out).await;
    assert_eq!(page.cookie, signed_out, "it is valid");
}

/// A script may set a cookie with any text, and the browser sends it as UTF-8.
#[tokio::test]
async fn a_cookie_that_is_no_ascii_does_not_hide_that_of_the_session() {
    let server = with_init().await;
    let known = set_cookie(&request(&server, "/login", "").await).unwrap();
    let (page, welcome) = Page::plain(server.addr, &format!("name=Zoë; {known}")).await;
    assert_eq!(page.cookie, format!("name=Zoë; {known}"), "no new one");
    assert_eq!(server.app.user("ada").pages()[0].id(), crate::page_of(&welcome));
}
