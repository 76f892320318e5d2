//! The limits of an app as a whole, each reached from outside and counted.

mod address_rates;
mod addresses;
mod book;
mod callbacks;
mod connections;
mod half_open;
mod keep_alive;
mod rates;
mod storm;
mod uploads;
mod waits;

use ws_core::prelude::*;
use ws_tests::Server;
use ws_tests::raw::{HEADERS, Raw, Response, TEXT};

/// Echoes.
#[derive(Default)]
struct Echo;

#[websocket]
impl Echo {
    #[text]
    fn received(&mut self, text: Text) -> Text {
        text
    }
}

async fn echoes(client: &mut Raw) {
    client.frame(TEXT, b"here").await;
    assert_eq!(client.read().await.expect("an echo").text(), "here");
}

/// Performs a handshake, and returns the connection and the response.
async fn shake(server: &Server, path: &str, more: &[(&str, &str)]) -> (Raw, Response) {
    let mut raw = Raw::open(server.addr).await;
    let response = raw.request("GET", path, &[&HEADERS[..], more].concat()).await;
    (raw, response)
}

/// Asserts that a handshake was rejected because `limit` was reached, with the right status, header and body.
fn assert_full(response: &Response, limit: &str) {
    assert_eq!(response.status, 503, "{response:?}");
    assert_eq!(response.header("retry-after"), Some("5"), "{response:?}");
    assert!(response.body.contains(&format!("`{limit}`")), "{response:?}");
}
