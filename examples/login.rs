//! A page to sign in and out, with the session in a cookie, and a handler for users who are signed in.
//!
//! ```sh
//! cargo run --example login        # and open http://127.0.0.1:8080/ in two windows; sign in as ada, with `lovelace`
//! ```
//!
//! Signing in or out in one window closes the connections of both, and they come back with the new session.
//! `WS_KEY` sets the key that signs the cookies, `WS_ADDR` the address to listen on, `RUST_LOG` the log level.

use axum::Router;
use axum::extract::Form;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{Html, Redirect};
use axum::routing::{get, post};
use serde::Deserialize;
use tracing_subscriber::EnvFilter;
use ws_core::prelude::*;

/// The users. A real program has hashes of passwords, in a database.
const USERS: [(&str, &str); 2] = [("ada", "lovelace"), ("grace", "hopper")];

// ANCHOR: account
/// The account of a user: rejects everybody else. The connection has a page session, so that it closes when the user signs
/// out, wherever that happens.
#[websocket("/account")]
struct Account {
    user: String,
}

#[websocket]
impl Account {
    #[init]
    fn new(session: BrowserSession, _page: PageSession) -> Result<Self, StatusCode> {
        let user = session.user().ok_or(StatusCode::UNAUTHORIZED)?.to_owned();
        Ok(Self { user })
    }

    #[open]
    fn open(&mut self) -> String {
        format!("{} has {} letters", self.user, self.user.len())
    }
}
// ANCHOR_END: account

// ANCHOR: events
/// Answers `ws.call("who_am_i")`.
#[message]
fn who_am_i(page: &PageSession) -> Option<String> {
    page.user().map(ToOwned::to_owned)
}
// ANCHOR_END: events

// ANCHOR: login
#[derive(Deserialize)]
struct Login {
    name: String,
    password: String,
}

async fn login(session: BrowserSession, Form(form): Form<Login>) -> (BrowserSession, Redirect) {
    if USERS.contains(&(&form.name, &form.password)) {
        (session.sign_in(form.name), Redirect::to("/"))
    } else {
        (session, Redirect::to("/?wrong"))
    }
}

async fn logout(session: BrowserSession) -> (BrowserSession, Redirect) {
    (session.sign_out(), Redirect::to("/"))
}
// ANCHOR_END: login

fn main() -> ws_core::Result {
    let level = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(level).init();
    let addr = std::env::var("WS_ADDR").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    // ANCHOR: app
    let pages = match std::env::var("WS_KEY") {
        Ok(key) => Pages::new().key(key),
        Err(_) => Pages::new().random_key(), // for development: users are signed out when it restarts
    };
    let site = Router::new()
        .route("/", get(async || Html(include_str!("login/index.html"))))
        .route("/style.css", get(async || ([(CONTENT_TYPE, "text/css")], include_str!("style.css"))))
        .route("/login", post(login))
        .route("/logout", post(logout));
    let app = App::discover().pages(pages).fallback(site);
    // ANCHOR_END: app
    println!("{}", app.routes());
    println!("look: http://{addr}/");
    app.run(addr)
}
