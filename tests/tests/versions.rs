//! Protocol versions: 13, which is RFC 6455, and 8 and 7, which are its drafts.

use ws_core::prelude::*;
use ws_tests::Server;
use ws_tests::raw::{CLOSE, HEADERS, Raw, Response, TEXT};

/// Replies with the version of its connection.
#[websocket("/version")]
struct Speaks(u8);

#[websocket]
impl Speaks {
    #[init]
    fn new(upgrade: &mut Upgrade<Self>) -> Self {
        Self(upgrade.version())
    }

    #[text]
    fn received(&mut self, text: &str, cx: &mut Context<Self>) -> String {
        format!("{text} {} {}", self.0, cx.version())
    }
}

#[websocket("/some", origins = ["https://example.org"])]
#[derive(Default)]
struct Other;

#[websocket]
impl Other {}

#[websocket("/any", origins = "any")]
#[derive(Default)]
struct All;

#[websocket]
impl All {}

async fn shake(server: &Server, path: &str, version: &str, more: &[(&str, &str)]) -> (Raw, Response) {
    let headers: Vec<_> = HEADERS
        .into_iter()
        .map(|(name, value)| (name, if name == "Sec-WebSocket-Version" { version } else { value }))
        .chain(more.iter().copied())
        .collect();
    let mut raw = Raw::open(server.addr).await;
    let response = raw.request("GET", path, &headers).await;
    (raw, response)
}

// RFC 6455 4.2.1: "A |Sec-WebSocket-Version| header field, with a value of 13."
#[tokio::test]
async fn c9_versions_13_8_and_7_are_spoken() {
    let server = Server::start(App::discover_in(module_path!())).await;
    for version in ["13", "8", "7"] {
        let (mut raw, response) = shake(&server, "/version", version, &[]).await;
        assert_eq!(response.status, 101, "{response:?}");
        assert_eq!(response.header("sec-websocket-accept"), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
        raw.frame(TEXT, b"version").await;
        assert_eq!(raw.read().await.unwrap().text(), format!("version {version} {version}"));
        raw.close(1000, "").await;
        assert_eq!(raw.read().await.unwrap().opcode, CLOSE);
    }
}

#[tokio::test]
async fn c9_c15_any_other_version_is_answered_with_the_list() {
    let server = Server::start(App::discover_in(module_path!())).await;
    for version in ["0", "6", "9", "12", "14", "08", "8.0", "", "x"] {
        let (_, response) = shake(&server, "/version", version, &[]).await;
        assert_eq!(response.status, 426, "{version}: {response:?}");
        assert_eq!(response.header("sec-websocket-version"), Some("13, 8, 7"), "{response:?}");
        assert!(response.body.contains("13, 8, 7"), "{response:?}");
    }
    // The rules of version 13 apply to its drafts, too.
    let twice = ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
    for version in ["8", "7"] {
        assert_eq!(shake(&server, "/version", version, &[twice]).await.1.status, 400);
        assert_eq!(
            shake(&server, "/version", version, &[("Sec-WebSocket-Version", "13")]).await.1.status,
            400
        );
    }
    assert_eq!(server.app.stats().rejected(426), 9);
}

#[tokio::test]
async fn c9_versions_8_and_7_send_their_origin_in_a_header_of_their_own() {
    const DRAFT: &str = "Sec-WebSocket-Origin";
    let server = Server::start(App::discover_in(module_path!())).await;
    let status =
        async |path, version, more: &[(&str, &str)]| shake(&server, path, version, more).await.1.status;
    for version in ["8", "7"] {
        for name in [DRAFT, "Origin"] {
            assert_eq!(status("/version", version, &[(name, "http://localhost")]).await, 101);
            assert_eq!(status("/version", version, &[(name, "http://evil.org")]).await, 403);
            assert_eq!(status("/some", version, &[(name, "https://example.org")]).await, 101);
            assert_eq!(status("/any", version, &[(name, "null")]).await, 101);
        }
        let both = [(DRAFT, "http://localhost"), ("Origin", "http://evil.org")];
        assert_eq!(status("/version", version, &both).await, 403);
        assert_eq!(status("/version", version, &[]).await, 101);
    }
    // Version 13 ignores this header: it neither rejects nor allows a page.
    assert_eq!(status("/version", "13", &[(DRAFT, "http://evil.org")]).await, 101);
    let both = [(DRAFT, "http://localhost"), ("Origin", "http://evil.org")];
    assert_eq!(status("/version", "13", &both).await, 403);
}
