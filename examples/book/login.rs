//! Chapter "State and extractors": one extractor for pages and sockets.

use axum::extract::{FromRef, FromRequestParts};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::routing::{get, post};
use axum::{Form, Router};
use axum_extra::extract::SignedCookieJar;
use axum_extra::extract::cookie::{Cookie, Key, SameSite};
use serde::Deserialize;
use ws_core::prelude::*;

// ANCHOR: user
/// The state of the axum routes.
#[derive(Clone)]
pub(crate) struct Site {
    /// Signs the cookies. A real program reads it from its configuration.
    key: Key,
}

impl Default for Site {
    fn default() -> Self {
        Self { key: Key::generate() }
    }
}

impl FromRef<Site> for Key {
    fn from_ref(site: &Site) -> Self {
        site.key.clone()
    }
}

/// A user who has logged in. Without a valid cookie, the request is answered with 401.
struct User(String);

impl FromRequestParts<Site> for User {
    type Rejection = (StatusCode, &'static str);

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Self::Rejection> {
        let cookies = SignedCookieJar::from_headers(&parts.headers, site.key.clone());
        let name = cookies.get("user").ok_or((StatusCode::UNAUTHORIZED, "log in first\n"))?;
        Ok(Self(name.value().to_owned()))
    }
}

#[derive(Deserialize)]
struct Login {
    name: String,
}

/// `POST /login`: a real program checks a password here.
async fn login(cookies: SignedCookieJar, Form(login): Form<Login>) -> (SignedCookieJar, String) {
    let text = format!("welcome, {}\n", login.name);
    let cookie = Cookie::build(("user", login.name)).http_only(true).same_site(SameSite::Lax).path("/");
    (cookies.add(cookie), text)
}

/// `GET /me`
async fn me(User(name): User) -> String {
    format!("you are {name}\n")
}

/// The socket takes the same extractor as the page.
#[websocket("/inbox")]
struct Inbox {
    user: User,
}

#[websocket]
impl Inbox {
    #[init]
    fn enter(user: User) -> Self {
        Self { user }
    }

    #[open]
    fn open(&mut self) -> String {
        format!("no news, {}", self.user.0)
    }
}

/// The pages, which `App::fallback` serves.
pub(crate) fn pages(site: Site) -> Router {
    Router::new().route("/login", post(login)).route("/me", get(me)).with_state(site)
}
// ANCHOR_END: user

// ANCHOR: named
/// Takes guests too, so it reads the cookies itself.
#[websocket("/lobby", state = Site)]
struct Lobby {
    name: String,
}

#[websocket]
impl Lobby {
    #[init]
    fn enter(cookies: SignedCookieJar) -> Self {
        let name = cookies.get("user").map_or("guest".to_owned(), |user| user.value().to_owned());
        Self { name }
    }

    #[open]
    fn open(&mut self) -> String {
        format!("hello, {}", self.name)
    }
}
// ANCHOR_END: named
