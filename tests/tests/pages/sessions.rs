//! B4, Z8: the session of a browser: its cookie, sign-in and sign-out, and its id in handlers and services.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::RawQuery;
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use cookie::{CookieJar, Key};
use serde_json::json;
use ws_core::prelude::*;
use ws_core::{PageId, SessionId};
use ws_tests::raw::{HEADERS, Raw, Response};
use ws_tests::{Server, jump};

use crate::{KEY, PAGE, Page, app, page_of, set_cookie, with_cookie};

async fn whoami(session: BrowserSession) -> impl IntoResponse {
    let text = format!("{} {}", session.id(), session.user().unwrap_or("nobody"));
    (session, text)
}

async fn login(session: BrowserSession, RawQuery(name): RawQuery) -> impl IntoResponse {
    (session.sign_in(name.as_deref().unwrap_or("ada")), Redirect::to("/"))
}

async fn logout(session: BrowserSession) -> impl IntoResponse {
    (session.sign_out(), Redirect::to("/"))
}

fn with_login() -> App {
    let pages = Router::new()
        .route("/whoami", get(whoami))
        .route("/login", post(login))
        .route("/logout", post(logout))
        .route("/ended", get(ended));
    app().fallback(pages)
}

async fn request(server: &Server, method: &str, path: &str, cookie: &str) -> Response {
    let mut headers = vec![("Host", "localhost"), ("Content-Length", "0")];
    if !cookie.is_empty() {
        headers.push(("Cookie", cookie));
    }
    Raw::open(server.addr).await.request(method, path, &headers).await
}

#[tokio::test]
async fn a_session_begins_with_the_first_request_and_stays() {
    let server = Server::start(with_login()).await;
    let first = request(&server, "GET", "/whoami", "").await;
    let cookie = set_cookie(&first).expect("a cookie");
    let second = request(&server, "GET", "/whoami", &cookie).await;
    assert_eq!(second.body, first.body);
    assert_eq!(set_cookie(&second), None, "it is young");
    let header = first.header("set-cookie").unwrap();
    assert!(header.starts_with("ws_session="), "{header}");
    assert!(header.ends_with("; HttpOnly; SameSite=Lax; Path=/; Max-Age=2592000"), "{header}");
    // One that nobody has signed is none.
    let forged = request(&server, "GET", "/whoami", &cookie.replace('=', "=A")).await;
    assert_ne!(forged.body, first.body);
    assert!(set_cookie(&forged).is_some());
    let page = Page::to(server.addr, "/websocket", &cookie).await.ok().unwrap();
    assert_eq!(page.cookie, cookie, "the handshake has it too");
}

/// Returns a cookie of Ada's session that was issued 16 days ago. It is valid for 30.
fn old_cookie() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let issued = now - 16 * 24 * 60 * 60;
    let mut jar = CookieJar::new();
    jar.signed_mut(&Key::derive_from(&KEY)).add(("ws_session", format!("{PAGE}.{issued}.YWRh")));
    jar.get("ws_session").unwrap().to_string()
}

#[tokio::test]
async fn an_old_cookie_is_renewed_by_each_kind_of_response() {
    let server = Server::start(with_login()).await;
    let old = old_cookie();
    let said = format!("{PAGE} ada");
    let response = request(&server, "GET", "/whoami", &old).await;
    assert_eq!(response.body, said);
    let script = request(&server, "GET", "/ws/client.js", &old).await;
    let page = Page::to(server.addr, "/websocket", &old).await.ok().unwrap();
    for renewed in [set_cookie(&response), set_cookie(&script), Some(page.cookie)] {
        let renewed = renewed.expect("a cookie");
        assert_ne!(renewed, old);
        let again = request(&server, "GET", "/whoami", &renewed).await;
        assert_eq!((&again.body, again.header("set-cookie")), (&said, None));
    }
}

/// As when the user signs out in another tab meanwhile.
async fn ended(session: BrowserSession, other: BrowserSession) -> BrowserSession {
    drop(other.sign_out());
    session
}

#[tokio::test]
async fn an_old_cookie_of_a_session_that_has_ended_is_not_renewed() {
    let server = Server::start(with_login()).await;
    let response = request(&server, "GET", "/ended", &old_cookie()).await;
    assert_eq!((response.status, response.header("set-cookie")), (200, None));
}

#[tokio::test]
async fn sessions_survive_a_restart_with_the_same_key() {
    let before = Server::start(with_login()).await;
    let signed_in = set_cookie(&request(&before, "POST", "/login", "").await).unwrap();
    let said = request(&before, "GET", "/whoami", &signed_in).await.body;
    assert!(said.ends_with(" ada"), "{said}");
    let after = Server::start(with_login()).await;
    assert_eq!(request(&after, "GET", "/whoami", &signed_in).await.body, said);
    let other =
        Server::start(App::new().pages(Pages::new()).fallback(Router::new().route("/whoami", get(whoami))))
            .await;
    assert!(request(&other, "GET", "/whoami", &signed_in).await.body.ends_with(" nobody"));
}

/// The book states this.
#[tokio::test]
async fn a_sign_out_is_unknown_to_other_servers() {
    let (one, other) = (Server::start(with_login()).await, Server::start(with_login()).await);
    let signed_in = set_cookie(&request(&one, "POST", "/login", "").await).unwrap();
    request(&one, "POST", "/logout", &signed_in).await;
    for (server, user) in [(&one, "nobody"), (&other, "ada")] {
        let said = request(server, "GET", "/whoami", &signed_in).await.body;
        assert!(said.ends_with(user), "{said}");
    }
}

#[tokio::test]
async fn z8_sign_in_and_sign_out_change_the_session_and_close_its_pages() {
    let server = Server::start(with_login()).await;
    let (mut page, _) = Page::attach(server.addr, "", 0).await;
    let anonymous = page.cookie.clone();
    let signed_in = set_cookie(&request(&server, "POST", "/login", &anonymous).await).unwrap();
    assert_eq!(page.closed().await, (4500, "the session changed; retry=0".into()));
    // The cookie from before is of no use, and nothing replaces the new one.
    let refused = Page::to(server.addr, "/websocket", &anonymous).await.err().unwrap();
    assert_eq!((refused.status, refused.header("set-cookie")), (401, None));
    let stale = request(&server, "GET", "/whoami", &anonymous).await;
    assert!(stale.body.ends_with(" nobody") && stale.header("set-cookie").is_none());

    let (mut page, welcome) = Page::attach(server.addr, &signed_in, 0).await;
    assert_eq!(welcome["resumed"], false, "another session is another page");
    let ada = server.app.user("ada");
    assert_eq!((ada.pages().len(), ada.pages()[0].user()), (1, Some("ada")));
    assert_eq!(ada.send_event("hello", &"ada").queued, 1);
    assert_eq!(page.receive().await, json!({"type": "hello", "data": "ada"}));

    let signed_out = set_cookie(&request(&server, "POST", "/logout", &signed_in).await).unwrap();
    assert_eq!(page.closed().await.0, 4500);
    assert!(server.app.user("ada").is_empty());
    assert!(request(&server, "GET", "/whoami", &signed_out).await.body.ends_with(" nobody"));
    let stolen = request(&server, "GET", "/whoami", &signed_in).await;
    assert!(stolen.body.ends_with(" nobody"), "the old cookie is revoked");
    // A browser that missed the response gets a new session after a while.
    jump(std::time::Duration::from_secs(61)).await;
    let late = request(&server, "GET", "/whoami", &signed_in).await;
    assert!(late.body.ends_with(" nobody") && late.header("set-cookie").is_some());
}

#[tokio::test]
async fn over_https_the_cookie_is_secure_and_of_this_host() {
    let server = Server::start(with_login().trusted_proxies(["127.0.0.1"])).await;
    let https = [("Host", "localhost"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-For", "10.9.8.7")];
    let response = Raw::open(server.addr).await.request("GET", "/whoami", &https).await;
    let header = response.header("set-cookie").unwrap();
    assert!(header.starts_with("__Host-ws_session=") && header.contains("; Secure"), "{header}");
    let server = Server::start(with_login().public_url("https://example.com")).await;
    let header = request(&server, "GET", "/whoami", "").await.header("set-cookie").unwrap().to_owned();
    assert!(header.starts_with("__Host-ws_session="), "{header}");
}

#[tokio::test]
async fn an_app_without_pages_explains_it() {
    #[derive(Default)]
    struct Other;

    #[websocket]
    impl Other {}

    let app = App::new().mount::<Other>("/other", ()).fallback(Router::new().route("/whoami", get(whoami)));
    let server = Server::start(app).await;
    let response = request(&server, "GET", "/whoami", "").await;
    assert_eq!(response.status, 500);
    assert!(response.body.contains("write `App::pages(Pages::new())`"), "{}", response.body);
}

#[tokio::test]
async fn a_request_that_opens_no_websocket_has_no_page() {
    let id = async |page: PageSession| page.id().to_string();
    let app = App::new().pages(Pages::new().key(KEY)).fallback(Router::new().route("/id", get(id)));
    let response = request(&Server::start(app).await, "GET", "/id", "").await;
    assert_eq!(response.status, 500);
    assert!(response.body.contains("take a `BrowserSession` here"), "{}", response.body);
}

/// Answers with the session of its browser.
struct Handled;

#[websocket]
impl Handled {
    #[init]
    fn init(_: Option<HasSession>) -> Self {
        Self
    }

    #[text]
    fn asked(&mut self, _: &str, cx: &mut Context<Self>) -> String {
        format!("{:?}", cx.session_id())
    }
}

/// Begins a session only if the query asks for it.
struct HasSession;

impl<S: Sync> axum::extract::OptionalFromRequestParts<S> for HasSession {
    type Rejection = axum::response::Response;

    async fn from_request_parts(
        parts: &mut http::request::Parts,
        state: &S,
    ) -> Result<Option<Self>, Self::Rejection> {
        use axum::extract::FromRequestParts;
        if parts.uri.query() != Some("begin") {
            return Ok(None);
        }
        let read = BrowserSession::from_request_parts(parts, state).await;
        read.map(|_| Some(Self)).map_err(IntoResponse::into_response)
    }
}

#[derive(Default)]
struct Served;

#[service]
impl Served {
    #[incoming]
    fn asked(&mut self, _: &str, member: &Member<Self>) {
        member.send(format!("{:?}", member.session_id()));
    }
}

#[tokio::test]
async fn b4_the_session_id_is_known_to_handlers_and_services() {
    let app = app().mount::<Handled>("/handled", ()).mount_service::<Served>("/served");
    let server = Server::start(app).await;
    let (page, welcome) = Page::plain(server.addr, "").await;
    let id: PageId = page_of(&welcome);
    let session: SessionId = server.app.page(id).unwrap().session_id();
    for path in ["/handled", "/served"] {
        for (cookie, wanted) in [(&*page.cookie, format!("{:?}", Some(session))), ("", "None".into())] {
            let mut raw = Raw::open(server.addr).await;
            let response = raw.request("GET", path, &with_cookie(cookie)).await;
            assert_eq!((response.status, response.header("set-cookie")), (101, None));
            raw.frame(ws_tests::raw::TEXT, b"?").await;
            assert_eq!(raw.read().await.unwrap().text(), wanted, "{path}");
        }
    }
    let mut raw = Raw::open(server.addr).await;
    let response = raw.request("GET", "/handled?begin", &HEADERS).await;
    let cookie = set_cookie(&response).expect("`#[init]` has begun a session");
    raw.frame(ws_tests::raw::TEXT, b"?").await;
    let begun = raw.read().await.unwrap().text().to_owned();
    assert!(begun.starts_with("Some(SessionId("), "{begun}");
    assert_eq!(Page::plain(server.addr, &cookie).await.0.cookie, cookie);
}

/// Signs in with a name of so many bytes.
async fn long_name(session: BrowserSession, RawQuery(bytes): RawQuery) -> Result<impl IntoResponse, String> {
    let name = "x".repeat(bytes.unwrap().parse().unwrap());
    let signing_in = tokio::spawn(async move { session.sign_in(name) });
    let session = signing_in.await.map_err(|panicked| {
        let why = panicked.into_panic().downcast::<String>();
        *why.expect("a text")
    })?;
    let user = session.user().unwrap_or_default().len();
    Ok((session, user.to_string()))
}

/// Cut names could be those of other users.
#[tokio::test]
async fn a_name_that_is_too_long_signs_nobody_in() {
    let server = Server::start(app().fallback(Router::new().route("/login", post(long_name)))).await;
    assert_eq!(request(&server, "POST", "/login?256", "").await.body, "256");
    let refused = request(&server, "POST", "/login?257", "").await;
    assert_eq!(refused.body, "the name of a user has at most 256 bytes, not 257");
    assert_eq!(set_cookie(&refused), None);
}

/// The script tells by it whether the events that it has queued are those of this user.
#[tokio::test]
async fn a_welcome_has_a_mark_of_the_user() {
    let server = Server::start(with_login()).await;
    let (page, welcome) = Page::attach(server.addr, "", 0).await;
    assert_eq!(welcome.get("user"), None);
    let mut marks = Vec::new();
    for name in ["/login?ada", "/login?bob", "/login?ada"] {
        let signed_in =
            set_cookie(&request(&server, "POST", name, &page.cookie).await).expect("a new session");
        let (_, welcome) = Page::attach(server.addr, &signed_in, 0).await;
        marks.push(welcome["user"].as_str().expect("a mark").to_owned());
    }
    assert_eq!(marks[0], marks[2]);
    assert_ne!(marks[0], marks[1]);
    assert!(!marks[0].contains("ada"), "{marks:?}");
}
