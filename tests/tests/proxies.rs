//! Behind proxies: headers that give the client's address or scheme count only if a trusted proxy sends them.

use ws_core::prelude::*;
use ws_tests::Server;
use ws_tests::log::Log;
use ws_tests::raw::{HEADERS, Raw, Response};

/// Sends the address and scheme of its client.
#[websocket("/who")]
struct Who(String);

#[websocket]
impl Who {
    #[init]
    fn new(upgrade: &mut Upgrade<Self>) -> Self {
        let addr = upgrade.peer_addr().map(|addr| addr.to_string()).unwrap_or_default();
        Self(format!("{addr} {:?}", upgrade.scheme()))
    }

    #[open]
    fn open(&mut self, cx: &mut Context<Self>) -> String {
        let addr = cx.peer_addr().map(|addr| addr.to_string()).unwrap_or_default();
        assert!(self.0.starts_with(&addr), "{addr} {}", self.0);
        std::mem::take(&mut self.0)
    }
}

async fn server(trusted: &[&'static str]) -> Server {
    Server::start(App::discover_in(module_path!()).trusted_proxies(trusted.iter().copied())).await
}

async fn shake(server: &Server, more: &[(&str, &str)]) -> (Raw, Response) {
    let mut raw = Raw::open(server.addr).await;
    let response = raw.request("GET", "/who", &[&HEADERS[..], more].concat()).await;
    (raw, response)
}

/// Returns the address and scheme that the server takes for ours, with `own` in place of our real address.
async fn client_of(server: &Server, more: &[(&str, &str)]) -> String {
    let (mut raw, response) = shake(server, more).await;
    assert_eq!(response.status, 101, "{more:?}: {response:?}");
    let own = raw.stream.local_addr().unwrap().to_string();
    raw.read().await.unwrap().text().replace(&own, "own")
}

const XFF: &str = "X-Forwarded-For";
const PROTO: &str = "X-Forwarded-Proto";
const FORWARDED: &str = "Forwarded";

#[tokio::test]
async fn a_trusted_proxy_names_the_client() {
    let server = server(&["127.0.0.0/8", "10.0.0.0/8", "fd00::/8"]).await;
    for (headers, wanted) in [
        (&[(XFF, "192.0.2.1")][..], "192.0.2.1:0 None"),
        (&[(XFF, "192.0.2.1:4711")], "192.0.2.1:4711 None"),
        (&[(XFF, "9.9.9.9"), (XFF, "192.0.2.1, 10.0.0.1")], "192.0.2.1:0 None"),
        (&[(XFF, "2001:db8::1, fd00::5"), (PROTO, "https")], "[2001:db8::1]:0 Some(\"https\")"),
        (
            &[(FORWARDED, "for=9.9.9.9, for=\"[2001:db8::1]:80\";proto=https")],
            "[2001:db8::1]:80 Some(\"https\")",
        ),
        (&[(FORWARDED, "For=192.0.2.1;by=_x;proto=http, for=10.0.0.1")], "192.0.2.1:0 Some(\"http\")"),
        (&[(FORWARDED, "for=192.0.2.1"), (XFF, "192.0.2.1")], "192.0.2.1:0 None"),
        (&[(PROTO, "https")], "own Some(\"https\")"),
        (&[], "own None"),
    ] {
        assert_eq!(client_of(&server, headers).await, wanted, "{headers:?}");
    }
}

#[tokio::test]
async fn nobody_else_is_believed() {
    for trusted in [&[][..], &["10.0.0.0/8", "::1", "128.0.0.0/1"]] {
        let server = server(trusted).await;
        let headers = [(XFF, "192.0.2.1"), (PROTO, "https"), (FORWARDED, "for=9.9.9.9;proto=https")];
        assert_eq!(client_of(&server, &headers).await, "own None");
        assert_eq!(client_of(&server, &[]).await, "own None");
    }
}

#[tokio::test]
async fn an_unreadable_header_leaves_the_proxys_own_address() {
    let (log, _capture) = Log::capture();
    let server = server(&["127.0.0.1"]).await;
    for header in [
        (XFF, "unknown"),
        (XFF, "192.0.2.1, not an address"),
        (FORWARDED, "for=_hidden"),
        (FORWARDED, "for=\"192.0.2.1"),
        (FORWARDED, "for=192.0.2.1;for=192.0.2.2"),
    ] {
        let before = log.lines_with(&["names no valid client address"]).len();
        assert_eq!(client_of(&server, &[header]).await, "own None", "{header:?}");
        assert_eq!(
            log.lines_with(&["DEBUG", "names no valid client address", "127.0.0.1:"]).len(),
            before + 1,
            "{header:?}"
        );
    }
}

#[tokio::test]
async fn a_client_cannot_name_itself_by_the_header_that_its_proxy_does_not_write() {
    let server = server(&["127.0.0.1"]).await;
    let (_, response) = shake(&server, &[(FORWARDED, "for=9.9.9.9"), (XFF, "192.0.2.1")]).await;
    assert_eq!(response.status, 400, "{response:?}");
    assert!(response.body.contains("`Forwarded` and `X-Forwarded-For`"), "{response:?}");
    assert_eq!(
        client_of(&server, &[(FORWARDED, "for=garbage;"), (XFF, "192.0.2.1")]).await,
        "192.0.2.1:0 None"
    );
}

#[tokio::test]
async fn a_page_is_of_the_same_origin_only_by_the_scheme_that_its_client_came_by() {
    let server = server(&["127.0.0.1"]).await;
    for (origin, proto, status) in [
        ("https://localhost", Some("https"), 101),
        ("http://localhost", Some("http"), 101),
        ("http://localhost", Some("https"), 403),
        ("https://localhost", Some("http"), 403),
        // If no header gives the client's scheme, both are allowed.
        ("https://localhost", None, 101),
        ("http://localhost", None, 101),
        ("https://evil.org", Some("https"), 403),
    ] {
        let mut headers = vec![("Origin", origin)];
        headers.extend(proto.map(|proto| (PROTO, proto)));
        let (_, response) = shake(&server, &headers).await;
        assert_eq!(response.status, status, "{headers:?}: {response:?}");
        if let (403, Some(proto)) = (status, proto) {
            assert!(response.body.contains(&format!("({proto}, according to the proxy)")), "{response:?}");
        }
    }
    // Hosts come only from `Host` and `public_url`.
    let elsewhere = [
        ("Origin", "https://example.com"),
        (PROTO, "https"),
        ("X-Forwarded-Host", "example.com"),
        (FORWARDED, "host=example.com"),
    ];
    assert_eq!(shake(&server, &elsewhere).await.1.status, 403);
    // The scheme that a header gives counts only if the peer is trusted.
    let direct = self::server(&[]).await;
    assert_eq!(shake(&direct, &[("Origin", "http://localhost"), (PROTO, "https")]).await.1.status, 101);
}

/// An outer proxy has TLS. The inner one reports either the scheme of its own connection, or that of the outer proxy.
#[tokio::test]
async fn behind_two_proxies_the_scheme_is_the_one_that_the_nearest_reports() {
    let addresses = (XFF, "192.0.2.1, 10.0.0.1");
    let origin = ("Origin", "https://localhost");
    let server = server(&["127.0.0.1", "10.0.0.1"]).await;
    for (proto, status) in [("http", 403), ("https", 101), ("https, http", 101)] {
        let (_, response) = shake(&server, &[addresses, origin, (PROTO, proto)]).await;
        assert_eq!(response.status, status, "{proto}: {response:?}");
    }
    let app = App::discover_in(module_path!()).trusted_proxies(["127.0.0.1"]);
    let server = Server::start(app.public_url("https://localhost")).await;
    let (_, response) = shake(&server, &[addresses, origin, (PROTO, "http")]).await;
    assert_eq!(response.status, 101, "{response:?}");
}

#[test]
fn a_network_that_is_none_stops_the_start() {
    for bad in ["10.0.0.0/33", "proxy.local", "", "10.0.0.1:80"] {
        let app = App::discover_in(module_path!()).trusted_proxies(["::1"]).trusted_proxies([bad]);
        let error = app.try_into_router().unwrap_err().to_string();
        let wanted = format!(
            "trusted_proxies: `{bad}` is not an IP address (such as `10.0.0.7` or `::1`) or a network (such as \
             `10.0.0.0/8` or `fd00::/8`), nor `unix`"
        );
        assert_eq!(error, wanted);
    }
}
