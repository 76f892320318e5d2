//! Page sessions, over raw sockets: how a page attaches and comes back, its events and calls, the session of its browser,
//! messages that are acknowledged, and the routes of the client script.

mod attach;
mod beside;
mod bounds;
mod busy;
mod cuts;
mod draining;
mod endings;
mod history;
mod listings;
mod lives;
mod memory;
mod messages;
mod migration;
mod own;
mod qos;
mod rates;
mod replaced;
mod revoked;
mod script;
mod script_client;
mod sessions;
mod topics;

use std::net::SocketAddr;

use serde_json::{Value, json};
use ws_core::PageId;
use ws_core::prelude::*;
use ws_tests::raw::{CLOSE, HEADERS, PING, PONG, Raw, Response, TEXT};

/// Ids for pages and views: 22 characters of base64url.
const PAGE: &str = "PAGEpagePAGEpagePAGEpQ";
const VIEW: &str = "VIEWviewVIEWviewVIEWvQ";
const OTHER: &str = "OTHERotherOTHERotherOQ";

const KEY: [u8; 32] = [7; 32];

/// An app with the functions of this program, and a key.
fn app() -> App {
    App::discover_in("pages::messages::functions")
        .state(messages::functions::Jobs(40))
        .state(messages::functions::Numbers::default())
        .state(std::sync::Arc::new(ws_tests::gate::Gate::new()))
        .pages(Pages::new().key(KEY))
}

/// The connection of a page, as the client script uses it.
struct Page {
    raw: Raw,
    /// The cookie that the browser has.
    cookie: String,
}

impl Page {
    /// Opens a connection without a page id, and reads the welcome.
    async fn plain(addr: SocketAddr, cookie: &str) -> (Self, Value) {
        let mut page = Self::to(addr, "/websocket", cookie).await.expect("a successful handshake");
        let welcome = page.receive().await;
        (page, welcome)
    }

    /// Opens a connection of a page, without a hello.
    async fn open(addr: SocketAddr, cookie: &str, page: &str, view: &str) -> Self {
        let path = format!("/websocket?page={page}&view={view}");
        Self::to(addr, &path, cookie).await.expect("a successful handshake")
    }

    /// Opens a connection of a page, sends the hello and reads the welcome.
    async fn attach(addr: SocketAddr, cookie: &str, received: u64) -> (Self, Value) {
        let mut page = Self::open(addr, cookie, PAGE, VIEW).await;
        let welcome = page.hello(received).await;
        (page, welcome)
    }

    async fn to(addr: SocketAddr, path: &str, cookie: &str) -> Result<Self, Response> {
        let mut raw = Raw::open(addr).await;
        let response = raw.request("GET", path, &with_cookie(cookie)).await;
        let cookie = set_cookie(&response).unwrap_or_else(|| cookie.to_owned());
        if response.status == 101 { Ok(Self { raw, cookie }) } else { Err(response) }
    }

    async fn hello(&mut self, received: u64) -> Value {
        self.hello_at(received, json!({})).await
    }

    /// Sends the hello of a client that has these positions in topics, and returns the welcome.
    async fn hello_at(&mut self, received: u64, topics: Value) -> Value {
        self.send(json!({"type": "ws:hello", "received": received, "topics": topics})).await;
        self.receive().await
    }

    async fn send(&mut self, message: Value) {
        self.raw.frame(TEXT, message.to_string().as_bytes()).await;
    }

    /// Returns the next message. Answers pings.
    async fn receive(&mut self) -> Value {
        loop {
            let frame = self.raw.read().await.expect("an open connection");
            match frame.opcode {
                TEXT => return serde_json::from_str(frame.text()).expect("JSON"),
                PING => self.raw.frame(PONG, &frame.payload).await,
                _ => panic!("a message, not {frame:?}"),
            }
        }
    }

    /// Returns the code and reason of the close frame, after `skipped` other messages at most.
    async fn closed(&mut self) -> (u16, String) {
        loop {
            let frame = self.raw.read().await.expect("a close frame");
            if frame.opcode == CLOSE {
                let (code, reason) = frame.close();
                return (code, reason.to_owned());
            }
        }
    }
}

fn with_cookie(cookie: &str) -> Vec<(&str, &str)> {
    let mut headers = HEADERS.to_vec();
    if !cookie.is_empty() {
        headers.push(("Cookie", cookie));
    }
    headers
}

/// Returns the pair of name and value that a browser keeps.
fn set_cookie(response: &Response) -> Option<String> {
    Some(response.header("set-cookie")?.split(';').next()?.to_owned())
}

fn page_of(welcome: &Value) -> PageId {
    PageId::parse(welcome["page"].as_str().expect("a page")).expect("an id")
}
