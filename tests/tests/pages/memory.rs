//! The memory of an idle page session: the figures of the book's chapter on page sessions.

use tokio::runtime::Runtime;
use ws_core::prelude::*;
use ws_tests::{Server, until};

use crate::{KEY, Page};

/// As many as leave little of the maps empty.
const PAGES: usize = 1700;
/// The most bytes of a page session with the one of its browser, and the most that its connection has besides.
const MOST: i64 = 530;

#[derive(Default)]
struct Plain;

#[websocket]
impl Plain {
    /// Answers with as much as a welcome has, so that the client keeps as much for it.
    #[text]
    fn received(&mut self) -> String {
        serde_json::json!({"type": "ws:welcome", "filler": "x".repeat(120)}).to_string()
    }
}

/// Returns the bytes that each of many connections holds, and those that are held when they have ended. Client and server
/// share this thread.
fn held(runtime: &Runtime, server: &Server, pages: bool) -> (i64, i64) {
    let mut clients = Vec::with_capacity(PAGES);
    let open = async {
        for number in 0..PAGES {
            let path = format!("/websocket?page=PAGE{number:017}Q&view=VIEW{number:017}Q");
            let mut page =
                Page::to(server.addr, if pages { &path } else { "/plain" }, "").await.ok().unwrap();
            page.cookie = String::new();
            page.hello(0).await;
            clients.push(page);
        }
    };
    let connected = allocation_counter::measure(|| runtime.block_on(open)).bytes_current;
    let close = async {
        clients.clear();
        until(|| server.app.stats().open == 0).await;
    };
    let ended = connected + allocation_counter::measure(|| runtime.block_on(close)).bytes_current;
    let each = i64::try_from(PAGES).unwrap();
    (connected / each, ended / each)
}

#[test]
fn an_idle_page_session_takes_half_a_kilobyte_and_its_connection_as_much() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let pages = Pages::new().key(KEY);
    let app = App::new().pages(pages).mount::<Plain>("/plain", ());
    let server = runtime.block_on(Server::start(app));
    held(&runtime, &server, false); // the server keeps some memory for later connections
    let (plain, gone) = held(&runtime, &server, false);
    let (attached, detached) = held(&runtime, &server, true);
    let (page, connection) = (detached - gone, (attached - plain) - (detached - gone));
    println!("{page} bytes for a page session, and {connection} more for its connection");
    assert!(page <= MOST && connection <= MOST, "{page} and {connection}");
}
