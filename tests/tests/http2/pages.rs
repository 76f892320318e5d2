//! Page sessions over HTTP/2: the cookie of the session, also in several fields (RFC 9113 8.2.3), and a page that comes back.

use serde_json::{Value, json};
use ws_core::PageId;
use ws_core::prelude::*;
use ws_tests::raw::TEXT;
use ws_tests::until;

use super::support::{Connection, Tunnel, handshake, serve};

const PAGE: &str = "PAGEpagePAGEpagePAGEpQ";

async fn receive(tunnel: &mut Tunnel) -> Value {
    serde_json::from_str(tunnel.read().await.expect("a message").text()).expect("JSON")
}

async fn attach(client: &mut Connection, cookies: &[&str]) -> (Tunnel, Value) {
    let mut request = handshake(&format!("/websocket?page={PAGE}&view={PAGE}"));
    for cookie in cookies {
        request = request.header("cookie", *cookie);
    }
    let mut tunnel = client.tunnel(request).await;
    tunnel.frame(TEXT, json!({"type": "ws:hello", "received": 0}).to_string().as_bytes()).await;
    let welcome = receive(&mut tunnel).await;
    (tunnel, welcome)
}

#[tokio::test]
async fn z8_a_page_comes_back_over_http2() {
    let server = serve(App::new().pages(Pages::new().random_key())).await;
    let mut client = Connection::open(server.addr).await;
    let (mut tunnel, welcome) = attach(&mut client, &["theme=dark"]).await;
    assert_eq!(welcome["resumed"], false);
    let cookie = tunnel.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let session = server.app.page(PageId::parse(PAGE).unwrap()).expect("the page session");
    tunnel.end();
    until(|| !session.is_connected()).await;
    session.send_event("n", &1);
    let (mut tunnel, welcome) = attach(&mut client, &["theme=dark", &cookie, "other=1"]).await;
    assert_eq!(welcome["resumed"], true);
    assert!(!tunnel.headers.contains_key("set-cookie"));
    assert_eq!(receive(&mut tunnel).await, json!({"type": "n", "data": 1}));
    // A newer stream of the same connection replaces it.
    let (_newer, welcome) = attach(&mut client, &[&cookie]).await;
    assert_eq!(welcome["resumed"], true);
    assert_eq!(tunnel.read().await.expect("a close frame").close().0, 4409);
}
