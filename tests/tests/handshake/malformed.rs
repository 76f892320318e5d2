//! Requests that HTTP or RFC 6455 4 requires a server to refuse.

use axum::Router;
use axum::routing::get;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use ws_tests::raw::{self, HEADERS, Raw, TEXT};
use ws_tests::{Server, within};

use super::{ask, server, with};

// RFC 6455 4.2.1: "A |Host| header field containing the server's authority."
#[tokio::test]
async fn a_request_without_host_or_with_two_or_an_invalid_one_is_400() {
    let app = super::app().fallback(Router::new().route("/page", get(|| async { "a page" })));
    let server = Server::start(app).await;
    // RFC 9112 3.2 asks for a 400 to any such request, a plain one included.
    for path in ["/echo", "/page", "/nothing"] {
        for (more, words) in [
            (&[][..], "no `Host`"),
            (&[("Host", "localhost"), ("Host", "localhost")], "more than one `Host`"),
            (&[("Host", "localhost"), ("host", "other")], "more than one `Host`"),
            (&[("Host", "local host")], "`Host: local host`"),
            (&[("Host", "user@localhost")], "`Host: user@localhost`"),
            (&[("Host", "http://localhost")], "`Host: http://localhost`"),
            (&[("Host", "localhost:http")], "`Host: localhost:http`"),
            (&[("Host", "localhost:65536")], "`Host: localhost:65536`"),
            (&[("Host", "localhost, localhost")], "`Host: localhost, localhost`"),
            (&[("Host", "[::1")], "`Host: [::1`"),
        ] {
            let (_, response) = ask(&server, path, &with("Host", more)).await;
            assert_eq!(response.status, 400, "{path} {more:?}: {response:?}");
            assert!(response.body.contains(words), "{path} {more:?}: {response:?}");
        }
    }
    assert_eq!(server.app.stats().rejected(400), 30);
    for host in ["localhost:", "LOCALHOST:8080", "127.0.0.1", "[::1]:80", "my_host", "a%20b"] {
        let (_, response) = ask(&server, "/echo", &with("Host", &[("Host", host)])).await;
        assert_eq!(response.status, 101, "{host}: {response:?}");
    }
    // RFC 6455 4.1 asks for a host; HTTP allows an empty one.
    let (_, response) = ask(&server, "/echo", &with("Host", &[("Host", "")])).await;
    assert_eq!(response.status, 400, "{response:?}");
    let (_, response) = ask(&server, "/page", &[("Host", "")]).await;
    assert_eq!(response.status, 200, "{response:?}");
}

#[tokio::test]
async fn an_axum_app_refuses_handshakes_without_a_host_too() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let serving = tokio::spawn(async { axum::serve(listener, super::app().into_router()).await });
    for more in [&[][..], &[("Host", "a"), ("Host", "a")], &[("Host", "a b")], &[("Host", "")]] {
        let response = Raw::open(addr).await.request("GET", "/echo", &with("Host", more)).await;
        assert_eq!(response.status, 400, "{more:?}: {response:?}");
    }
    serving.abort();
}

#[tokio::test]
async fn http_1_0_needs_no_host() {
    let app = super::app().fallback(Router::new().route("/page", get(|| async { "a page" })));
    let server = Server::start(app).await;
    let mut raw = Raw::open(server.addr).await;
    raw.send(b"GET /page HTTP/1.0\r\n\r\n").await;
    assert_eq!(raw.response().await.status, 200);
}

// RFC 6455 4.2.1: "a 'Request-URI' [RFC2616] that should be interpreted as a /resource name/ defined in Section 3 (or an
// absolute HTTP/HTTPS URI containing the /resource name/)."
#[tokio::test]
async fn the_host_of_an_absolute_target_replaces_the_header() {
    let server = server().await;
    for (target, origin, status) in [
        ("http://example.com/echo", "http://example.com", 101),
        ("http://example.com/echo", "http://localhost", 403),
        ("/echo", "http://localhost", 101),
        ("http://user@example.com/echo", "http://example.com", 400),
    ] {
        let (_, response) = ask(&server, target, &with("", &[("Origin", origin)])).await;
        assert_eq!(response.status, status, "{target} {origin}: {response:?}");
    }
}

#[tokio::test]
async fn a_handshake_with_a_body_is_400_and_its_body_is_never_read_as_frames() {
    let server = server().await;
    let hello = raw::frame(true, TEXT, b"hello");
    let length = hello.len().to_string();
    let chunked = [format!("{:x}\r\n", hello.len()).as_bytes(), &hello, b"\r\n0\r\n\r\n"].concat();
    for (header, body) in [
        (("Content-Length", length.as_str()), &hello),
        (("Content-Length", "1"), &vec![b'x']),
        (("Transfer-Encoding", "chunked"), &chunked),
        (("Transfer-Encoding", "chunked"), &b"0\r\n\r\n".to_vec()),
    ] {
        let head = raw::request("GET", "/echo", &with("", &[header]));
        for together in [true, false] {
            let mut raw = Raw::open(server.addr).await;
            if together {
                raw.send(&[&head[..], body].concat()).await;
            } else {
                raw.send(&head).await;
            }
            let response = raw.response().await;
            assert_eq!(response.status, 400, "{header:?}: {response:?}");
            assert!(response.body.contains("must not have a body"), "{response:?}");
        }
    }
    for header in [("Content-Length", "0"), ("Content-Length", "00")] {
        let mut raw = Raw::open(server.addr).await;
        raw.send(&[raw::request("GET", "/echo", &with("", &[header])), hello.clone()].concat()).await;
        assert_eq!(raw.response().await.status, 101, "{header:?}");
        assert_eq!(raw.read().await.unwrap().text(), "hello");
    }
}

#[tokio::test]
async fn a_version_that_is_given_twice_is_400() {
    let server = server().await;
    let name = "Sec-WebSocket-Version";
    for more in [&[(name, "13"), (name, "13")][..], &[(name, "13"), (name, "12")], &[(name, "13, 13")]] {
        let (_, response) = ask(&server, "/echo", &with(name, more)).await;
        assert_eq!(response.status, 400, "{more:?}: {response:?}");
        assert!(response.body.contains("exactly one `Sec-WebSocket-Version`"), "{response:?}");
    }
}

// RFC 6455 4.2.1: "including but not limited to any violations of the ABNF grammar specified for the components of the
// handshake, the server MUST stop processing the client's handshake and return an HTTP response with an appropriate
// error code"
#[tokio::test]
async fn an_offer_of_subprotocols_is_not_empty_and_has_no_duplicates() {
    let server = server().await;
    let name = "Sec-WebSocket-Protocol";
    for (more, words) in [
        (&[(name, "")][..], "empty"),
        (&[(name, " , ,")], "empty"),
        (&[(name, "v1, v2, v1")], "`v1` twice"),
        (&[(name, "v1"), (name, "v1")], "`v1` twice"),
    ] {
        for path in ["/echo", "/versions"] {
            let (_, response) = ask(&server, path, &with("", more)).await;
            assert_eq!(response.status, 400, "{more:?}: {response:?}");
            assert!(response.body.contains(words), "{more:?}: {response:?}");
        }
    }
}

/// A client with prior knowledge of HTTP/2 begins with this (RFC 9113 3.4).
#[tokio::test]
async fn the_preface_of_http_2_is_answered() {
    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    let server = server().await;
    for cut in [0, 3, 17, 23, PREFACE.len()] {
        let mut raw = Raw::open(server.addr).await;
        raw.send(&PREFACE[..cut]).await;
        // The server may have answered, and closed, after the first part.
        let _ = raw.stream.try_write(&PREFACE[cut..]);
        let mut answer = [0; 12];
        within(raw.stream.read_exact(&mut answer)).await.expect("an answer");
        assert_eq!(&answer, b"HTTP/1.1 400");
    }
}

#[tokio::test]
async fn heads_up_to_64_kib_pass_and_larger_ones_are_431() {
    const LARGEST: usize = 64 << 10;
    let server = server().await;
    let bare = raw::request("GET", "/echo", &with("", &[("X", "")])).len();
    for (size, status) in
        [(LARGEST - 1, 101), (LARGEST, 101), (LARGEST + 1, 431), (100_000, 431), (300_000, 431)]
    {
        let mut raw = Raw::open(server.addr).await;
        let head = raw::request("GET", "/echo", &with("", &[("X", &"x".repeat(size - bare))]));
        assert_eq!(head.len(), size);
        // The server may close before it has read everything.
        let (mut reading, mut writing) = raw.stream.split();
        let mut answer = [0; 12];
        let (_, read) = within(async {
            tokio::join!(
                tokio::io::AsyncWriteExt::write_all(&mut writing, &head),
                reading.read_exact(&mut answer)
            )
        })
        .await;
        read.expect("an answer");
        assert_eq!(String::from_utf8_lossy(&answer), format!("HTTP/1.1 {status}"), "{size}");
    }
}

#[tokio::test]
async fn more_than_a_hundred_headers_are_431() {
    let server = server().await;
    for (more, status) in [(95, 101), (96, 431)] {
        let headers: Vec<_> = HEADERS.into_iter().chain((0..more).map(|_| ("X", "x"))).collect();
        let (_, response) = ask(&server, "/echo", &headers).await;
        assert_eq!(response.status, status, "{}", headers.len());
    }
}
