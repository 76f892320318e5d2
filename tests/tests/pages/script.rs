//! The routes that serve the client script.

use ws_core::prelude::*;
use ws_tests::Server;
use ws_tests::raw::{Raw, Response};

use crate::app;

async fn get(server: &Server, method: &str, path: &str, more: &[(&str, &str)]) -> Response {
    let headers = [&[("Host", "localhost")][..], more].concat();
    let mut raw = Raw::open(server.addr).await;
    if method == "HEAD" {
        raw.send(&ws_tests::raw::request("HEAD", path, &headers)).await;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(tokio::io::AsyncReadExt::read_u8(&mut raw.stream).await.unwrap());
        }
        let head = String::from_utf8(head).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        return Response { status, head, body: String::new() };
    }
    raw.request(method, path, &headers).await
}

#[tokio::test]
async fn the_script_is_revalidated_and_begins_a_session() {
    let server = Server::start(app()).await;
    let response = get(&server, "GET", "/ws/client.js", &[]).await;
    assert_eq!(response.status, 200);
    assert_eq!(response.header("content-type"), Some("text/javascript; charset=utf-8"));
    assert_eq!(response.header("cache-control"), Some("private, no-cache"));
    assert_eq!(response.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(response.body, include_str!("../../../ws-core/js/dist/client.js"));
    assert!(response.header("set-cookie").unwrap().starts_with("ws_session="));
    let tag = response.header("etag").unwrap();
    for known in [tag.to_owned(), format!("\"x\", W/{tag}"), "*".into()] {
        let again = get(&server, "GET", "/ws/client.js", &[("If-None-Match", &known)]).await;
        assert_eq!((again.status, &*again.body, again.header("etag")), (304, "", Some(tag)), "{known}");
    }
    let other = get(&server, "GET", "/ws/client.js", &[("If-None-Match", "\"other\"")]).await;
    assert_eq!(other.status, 200);
    let head = get(&server, "HEAD", "/ws/client.js", &[]).await;
    assert_eq!((head.status, head.header("etag")), (200, Some(tag)));
    assert_eq!(head.header("content-length"), response.header("content-length"));
    assert_eq!(get(&server, "POST", "/ws/client.js", &[]).await.status, 405);
}

#[tokio::test]
async fn the_script_with_a_hash_never_changes_and_is_for_every_cache() {
    let server = Server::start(app().base_url("/api")).await;
    let path = server.app.script_url();
    assert!(path.starts_with("/api/ws/client-"), "{path}");
    let response = get(&server, "GET", &path, &[]).await;
    assert_eq!(response.status, 200);
    assert_eq!(response.header("cache-control"), Some("public, max-age=31536000, immutable"));
    assert_eq!(response.header("set-cookie"), None, "many share it");
    assert_eq!(response.body, include_str!("../../../ws-core/js/dist/client.js"));
    assert_eq!(get(&server, "GET", "/api/ws/client-other.js", &[]).await.status, 404);
}

#[tokio::test]
async fn the_module_and_its_types_are_served() {
    let server = Server::start(app()).await;
    let module = get(&server, "GET", "/ws/client.mjs", &[]).await;
    assert_eq!(module.body, include_str!("../../../ws-core/js/dist/client.mjs"));
    assert_eq!(module.header("content-type"), Some("text/javascript; charset=utf-8"));
    let types = get(&server, "GET", "/ws/client.d.ts", &[]).await;
    assert_eq!(types.body, include_str!("../../../ws-core/js/dist/client.d.ts"));
    assert_eq!(types.header("content-type"), Some("text/plain; charset=utf-8"));
}

#[derive(Default)]
struct Greedy;

#[websocket]
impl Greedy {}

#[test]
fn a_handler_at_a_path_of_the_script_stops_the_start() {
    let app = app().mount::<Greedy>("/ws/client.js", ());
    let error = app.try_into_router().unwrap_err().to_string();
    assert!(error.contains("`/ws/client.js` is the path of the client script"), "{error}");
}
