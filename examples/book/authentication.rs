//! Chapter "Authentication for browsers".

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::{self, Query};
use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde::Deserialize;
use ws_core::Expiry;
use ws_core::prelude::*;

// ANCHOR: verify
/// A user whose token is valid, until a certain time.
struct User {
    name: String,
    /// Seconds since 1970, as in the claim `exp` of a JSON Web Token.
    exp: u64,
}

/// Checks a token. Yours has a signature, which this example leaves out: `ada.1999999999`.
fn verify(token: &str) -> Option<User> {
    let (name, exp) = token.split_once('.')?;
    let user = User { name: name.to_owned(), exp: exp.parse().ok()? };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    (user.exp > now.as_secs()).then_some(user)
}
// ANCHOR_END: verify

// ANCHOR: cookie
/// Belongs to the user who is logged in, by the site's session cookie.
#[websocket("/account")]
struct Account {
    name: String,
}

/// Returns the value of a cookie.
fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|cookies| cookies.split("; "))
        .find_map(|cookie| cookie.strip_prefix(name)?.strip_prefix('='))
}

#[websocket]
impl Account {
    #[init]
    fn enter(headers: HeaderMap, upgrade: &mut Upgrade<Self>) -> Result<Self, StatusCode> {
        let user = cookie(&headers, "session").and_then(verify).ok_or(StatusCode::UNAUTHORIZED)?;
        upgrade.expires_at(Expiry::unix(user.exp));
        Ok(Self { name: user.name })
    }

    #[text]
    fn received(&mut self, words: &str) -> String {
        format!("{} says {words}", self.name)
    }
}
// ANCHOR_END: cookie

// ANCHOR: ticket
/// The tickets that were not used yet. Each is valid once, for 10 s.
#[derive(Clone, Default)]
pub(crate) struct Tickets(Arc<Mutex<HashMap<String, (User, Instant)>>>);

impl Tickets {
    fn issue(&self, user: User) -> String {
        let ticket = format!("{:032x}", rand::random::<u128>());
        let mut tickets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tickets.retain(|_, (_, issued)| issued.elapsed() < Duration::from_secs(10));
        tickets.insert(ticket.clone(), (user, Instant::now()));
        ticket
    }

    fn redeem(&self, ticket: &str) -> Option<User> {
        let (user, issued) = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(ticket)?;
        (issued.elapsed() < Duration::from_secs(10)).then_some(user)
    }
}

/// `POST /ticket`: takes the credentials of your HTTP API.
async fn issue(
    extract::State(tickets): extract::State<Tickets>,
    headers: HeaderMap,
) -> Result<String, StatusCode> {
    let header = headers.get(AUTHORIZATION).and_then(|header| header.to_str().ok());
    let token = header.and_then(|header| header.strip_prefix("Bearer "));
    let user = token.and_then(verify).ok_or(StatusCode::UNAUTHORIZED)?;
    Ok(tickets.issue(user))
}

/// The routes beside the sockets, which `App::fallback` serves.
pub(crate) fn pages(tickets: Tickets) -> Router {
    Router::new().route("/ticket", post(issue)).with_state(tickets)
}
// ANCHOR_END: ticket

// ANCHOR: query
#[derive(Deserialize)]
struct Ticket {
    ticket: String,
}

/// Takes a ticket in its URL, as in `/seat?ticket=…`.
#[websocket("/seat")]
struct Seat {
    name: String,
}

#[websocket]
impl Seat {
    #[init]
    fn enter(
        State(tickets): State<Tickets>,
        Query(Ticket { ticket }): Query<Ticket>,
        upgrade: &mut Upgrade<Self>,
    ) -> Result<Self, StatusCode> {
        let user = tickets.redeem(&ticket).ok_or(StatusCode::UNAUTHORIZED)?;
        upgrade.expires_at(Expiry::unix(user.exp));
        Ok(Self { name: user.name })
    }

    #[open]
    fn open(&mut self) -> String {
        format!("welcome, {}", self.name)
    }
}
// ANCHOR_END: query

// ANCHOR: subprotocol
/// Takes a token as its second subprotocol: `new WebSocket(url, ["orders", "token." + token])`.
#[websocket("/deliveries")]
struct Deliveries {
    name: String,
}

#[websocket]
impl Deliveries {
    #[init]
    fn enter(upgrade: &mut Upgrade<Self>) -> Result<Self, StatusCode> {
        let token = upgrade.offered_subprotocols().iter().find_map(|offer| offer.strip_prefix("token."));
        let user = token.and_then(verify).ok_or(StatusCode::UNAUTHORIZED)?;
        upgrade.expires_at(Expiry::unix(user.exp));
        // The answer names the protocol, and never the token.
        upgrade.set_subprotocol("orders");
        Ok(Self { name: user.name })
    }

    #[open]
    fn open(&mut self) -> String {
        format!("the deliveries of {}", self.name)
    }
}
// ANCHOR_END: subprotocol

// ANCHOR: message
/// Takes its token as the first message, within 10 s, and later tokens in the same way.
#[websocket("/desk")]
struct Desk {
    user: Option<String>,
}

#[websocket]
impl Desk {
    #[init]
    fn open(upgrade: &mut Upgrade<Self>) -> Self {
        upgrade.expires_after(Duration::from_secs(10));
        upgrade.close_expired_with(CloseCode::UNAUTHORIZED, "send a token");
        upgrade.notify_expiring(Duration::from_secs(5));
        Self { user: None }
    }

    /// 5 s before the end, the client is asked for a token.
    #[info]
    fn expiring(&mut self, soon: Expiring) -> String {
        format!("token? {} s left", soon.left().as_secs() + 1)
    }

    #[text]
    fn received(&mut self, words: &str, cx: &mut Context<Self>) -> Result<String, Close> {
        if let Some(token) = words.strip_prefix("token ") {
            let user = verify(token).ok_or(Close::new(CloseCode::UNAUTHORIZED, "the token is not valid"))?;
            if self.user.as_ref().is_some_and(|name| *name != user.name) {
                return Err(Close::new(CloseCode::POLICY, "this connection belongs to somebody else"));
            }
            cx.renew(Expiry::unix(user.exp));
            self.user = Some(user.name);
            return Ok("thanks".to_owned());
        }
        match &self.user {
            Some(name) => Ok(format!("{name} says {words}")),
            None => Err(Close::new(CloseCode::UNAUTHORIZED, "send a token first")),
        }
    }
}
// ANCHOR_END: message

// ANCHOR: service
/// Everybody stays as long as a token allows it, and those who have paid for it do not need a new one.
#[service("/lounge")]
#[derive(Default)]
struct Lounge;

struct Guest {
    has_paid: bool,
}

#[service]
impl Lounge {
    #[join]
    fn enter(
        &mut self,
        member: &Member<Self>,
        Query(Ticket { ticket }): Query<Ticket>,
    ) -> Result<Guest, StatusCode> {
        let user = verify(&ticket).ok_or(StatusCode::UNAUTHORIZED)?;
        member.renew(Expiry::unix(user.exp));
        member.close_expired_with(CloseCode::UNAUTHORIZED, "come back with a token");
        member.notify_expiring(Duration::from_secs(30));
        Ok(Guest { has_paid: user.name == "ada" })
    }

    #[info]
    fn expiring(&mut self, soon: MemberExpiring<Self>) {
        let member = soon.member();
        if member.kept().has_paid {
            member.renew(Duration::from_secs(3600));
            member.send("stay as long as you like");
        } else {
            member.send("send a new token");
        }
    }

    #[incoming]
    fn token(&mut self, member: &Member<Self>, token: &str) -> Result<(), Close> {
        let user = verify(token).ok_or(Close::new(CloseCode::UNAUTHORIZED, "the token is not valid"))?;
        member.renew(Expiry::unix(user.exp));
        member.send("thanks");
        Ok(())
    }
}
// ANCHOR_END: service
