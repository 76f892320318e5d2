//! The testing kit with plain HTTP beside the sockets, from an axum router, and its failures.

use axum::extract::{Path, Query};
use axum::http::header::{ACCEPT, SET_COOKIE};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use axum_extra::extract::SignedCookieJar;
use axum_extra::extract::cookie::Key;
use ws_core::prelude::*;
use ws_core::testing::{self, Error};

// ANCHOR: login
/// Greets a user who has logged in.
#[websocket("/inbox")]
struct Inbox {
    user: String,
}

#[websocket]
impl Inbox {
    #[init]
    fn enter(cookies: SignedCookieJar) -> Result<Self, StatusCode> {
        let user = cookies.get("user").ok_or(StatusCode::UNAUTHORIZED)?;
        Ok(Self { user: user.value().to_owned() })
    }

    #[open]
    fn open(&mut self) -> String {
        format!("no news, {}", self.user)
    }
}

async fn login(
    cookies: SignedCookieJar,
    Form(form): Form<Vec<(String, String)>>,
) -> (SignedCookieJar, &'static str) {
    let name = form.into_iter().find_map(|(field, value)| (field == "name").then_some(value));
    (cookies.add(("user", name.unwrap_or_default())), "welcome")
}

fn site() -> App {
    let key = Key::generate();
    let pages = Router::new().route("/login", post(login)).with_state(key.clone());
    testing::app!().state(key).fallback(pages)
}

#[tokio::test]
async fn a_user_logs_in_and_then_connects() -> testing::Result {
    let app = testing::start(site())?;
    assert_eq!(app.request("/inbox").rejection().await?.status, 401);

    let ada = app.session();
    let response = ada.post("/login").form([("name", "Ada & Bob = ä")]).send().await?;
    assert_eq!((response.status, &*response.text()), (200, "welcome"));
    let mut client = ada.connect("/inbox").await?;
    assert_eq!(client.text().await?, "no news, Ada & Bob = ä");

    // The app itself, and another session, have no cookies.
    assert_eq!(app.request("/inbox").rejection().await?.status, 401);
    assert_eq!(app.session().request("/inbox").rejection().await?.status, 401);
    Ok(())
}
// ANCHOR_END: login

/// Sets a cookie in the response to each handshake, and rejects every second one.
#[websocket("/visits")]
struct Visits(String);

#[websocket]
impl Visits {
    #[init]
    fn enter(headers: HeaderMap, upgrade: &mut Upgrade<Self>) -> Result<Self, Response> {
        match headers.get("cookie").map(|cookie| cookie.to_str().unwrap_or_default()) {
            None => {
                upgrade.header(SET_COOKIE, "visits=1".parse().expect("a header"));
                Ok(Self("first".to_owned()))
            }
            Some("visits=1") => Err(([(SET_COOKIE, "visits=2")], "not today").into_response()),
            Some(visits) => Ok(Self(visits.to_owned())),
        }
    }

    #[open]
    fn open(&mut self) -> String {
        self.0.clone()
    }
}

#[tokio::test]
async fn a_session_keeps_the_cookies_of_handshakes_too() -> testing::Result {
    let session = testing::start(site())?.session();
    assert_eq!(session.connect("/visits").await?.text().await?, "first");
    let rejected = session.request("/visits").rejection().await?;
    assert_eq!(rejected.body, "not today");
    assert_eq!(session.connect("/visits").await?.text().await?, "visits=2");
    // A header of the test replaces the session's.
    let mut own = session.request("/visits").header("cookie", "visits=7").connect().await?;
    assert_eq!(own.text().await?, "visits=7");
    Ok(())
}

// ANCHOR: router
/// The whole program as an axum app.
fn router() -> Router {
    let sockets = site().into_router();
    Router::new().route("/health", get(async || "ok")).nest("/live", sockets)
}

#[tokio::test]
async fn an_axum_app_is_tested_as_it_is() -> testing::Result {
    let app = testing::start(router())?;
    assert_eq!(app.get("/health").send().await?.text(), "ok");
    assert_eq!(app.connect("/live/visits").await?.text().await?, "first");
    Ok(())
}
// ANCHOR_END: router

#[tokio::test]
async fn a_client_connects_to_a_router_in_one_line() -> testing::Result {
    assert_eq!(testing::connect(router(), "/live/visits").await?.text().await?, "first");
    Ok(())
}

#[test]
#[should_panic(expected = "call `App::handle` before `App::into_router`")]
fn a_router_has_no_handle() {
    let _ = testing::start(Router::new()).unwrap().handle();
}

#[tokio::test]
async fn requests_have_a_method_headers_and_a_body() -> testing::Result {
    let accept = async |headers: HeaderMap| headers[ACCEPT].to_str().unwrap_or_default().to_owned();
    let sum = async |Json(numbers): Json<Vec<u32>>| Json(numbers.iter().sum::<u32>());
    let delete = async |Path(id): Path<u32>, Query(query): Query<Vec<(String, String)>>| {
        (StatusCode::GONE, format!("{id} {query:?}"))
    };
    let pages = Router::new()
        .route("/accept", get(accept))
        .route("/sum", post(sum))
        .route("/echo", post(async |body: String| body))
        .route("/items/{id}", axum::routing::delete(delete));
    let app = testing::start(testing::app!().state(Key::generate()).fallback(pages))?;
    assert_eq!(app.get("/accept").header(ACCEPT, "text/html").send().await?.text(), "text/html");
    let response = app.post("/sum").json(&[1, 2, 3]).send().await?;
    assert_eq!(response.json::<u32>()?, 6);
    assert_eq!(response.headers["content-type"], "application/json");
    assert_eq!(app.post("/echo").body(vec![b'a'; 1 << 20]).send().await?.body.len(), 1 << 20);
    let response = app.method(Method::DELETE, "/items/7?soft=1").send().await?;
    assert_eq!(format!("{response:?}"), r#"410 Gone: 7 [("soft", "1")]"#);
    // A handler's path takes only handshakes.
    assert_eq!(app.get("/inbox").send().await?.status, 426);
    assert_eq!(app.get("/nowhere").send().await?.status, 404);
    // The checks of a server of ours apply.
    assert_eq!(app.get("/accept").header("host", "a b").send().await?.status, 400);
    Ok(())
}

#[tokio::test]
async fn a_path_without_a_slash_is_corrected() -> testing::Result {
    let app = testing::start(site())?;
    for (path, corrected) in [("visits", "/visits"), ("", "/"), ("ws://localhost/visits?a=b", "/visits?a=b")]
    {
        let wanted = format!("the path {path:?} does not start with `/`; write {corrected:?}");
        assert_eq!(testing::connect(site(), path).await.unwrap_err().to_string(), wanted);
        assert_eq!(app.request(path).rejection().await.unwrap_err().to_string(), wanted);
        let error = app.get(path).send().await.unwrap_err();
        assert!(matches!(&error, Error::Path { .. }) && error.to_string() == wanted, "{error}");
    }
    assert!(matches!(app.get("/a b").send().await, Err(Error::Request(_))));
    Ok(())
}

#[tokio::test]
async fn a_failure_names_its_line() {
    const LINE: u32 = line!() + 3;
    async fn test() -> testing::Result {
        let mut client = testing::connect(site(), "/visits").await?;
        client.binary().await?;
        Ok(())
    }
    let failure = format!("{:?}", test().await.unwrap_err());
    let wanted =
        format!("waited for a binary message, but received Text(\"first\")\n  at {}:{LINE}:9", file!());
    assert_eq!(failure, wanted);
}

#[tokio::test]
async fn a_failure_keeps_the_line_at_which_it_began() {
    const LINE: u32 = line!() + 2;
    fn helper() -> testing::Result<u8> {
        Ok("seven".parse()?)
    }
    async fn test() -> testing::Result {
        helper()?;
        tokio::task::yield_now().await;
        Err("not reached")?
    }
    let failure = test().await.unwrap_err();
    let wanted = format!("invalid digit found in string\n  at {}:{LINE}:", file!());
    assert!(failure.to_string().starts_with(&wanted), "{failure}");
    assert!(failure.error().is::<std::num::ParseIntError>());
}

/// Sends one message of each kind, then closes.
#[websocket("/kinds")]
#[derive(Default)]
struct Kinds;

#[websocket]
impl Kinds {
    #[open]
    fn open(&mut self) -> Vec<Message> {
        let control = |payload: &'static str| ws_core::ControlPayload::new(payload).expect("a short payload");
        vec![
            Message::Ping(control("ping")),
            "text".into(),
            Message::Pong(control("pong")),
            vec![1].into(),
            Close::new(CloseCode::NORMAL, "done").into(),
        ]
    }
}

#[tokio::test]
async fn next_returns_messages_of_every_kind() -> testing::Result {
    let mut client = testing::connect(site(), "/kinds").await?;
    let mut received = Vec::new();
    let end = loop {
        match client.next().await {
            Ok(message) => received.push(format!("{message:?}")),
            Err(error) => break error,
        }
    };
    assert_eq!(received, [r#"Ping(b"ping")"#, r#"Text("text")"#, r#"Pong(b"pong")"#, r#"Binary(b"\x01")"#]);
    assert!(matches!(end, Error::Closed { close: Some((1000, _)), .. }), "{end}");
    Ok(())
}

#[tokio::test]
async fn a_close_that_another_wait_met_is_still_seen_by_closed() -> testing::Result {
    let done = Some((1000, "done".to_owned()));
    let mut client = testing::connect(site(), "/kinds").await?;
    assert_eq!(client.text().await?, "text");
    assert_eq!(client.binary().await?, [1][..]);
    assert!(matches!(client.json::<u8>().await, Err(Error::Closed { .. })));
    assert_eq!(client.closed().await?, done);
    assert!(matches!(client.text().await, Err(Error::Closed { .. })));
    assert_eq!(client.recv().await?, None);
    assert_eq!(client.closed().await?, done);
    Ok(())
}
