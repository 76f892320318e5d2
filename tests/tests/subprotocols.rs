//! A client that offers subprotocols to a route without any is accepted, and the server logs a warning.

use ws_core::prelude::*;
use ws_tests::Server;
use ws_tests::log::Log;
use ws_tests::raw::{HEADERS, Raw, Response};

#[websocket("/none")]
#[derive(Default)]
struct Declares;

#[websocket]
impl Declares {}

#[websocket("/chosen")]
struct Chooses;

#[websocket]
impl Chooses {
    #[init]
    fn new(upgrade: &mut Upgrade<Self>) -> Self {
        upgrade.set_subprotocol("v1");
        Self
    }
}

#[websocket("/declared", subprotocols = ["v1"])]
#[derive(Default)]
struct Declared;

#[websocket]
impl Declared {}

const OFFER: &str = "Sec-WebSocket-Protocol";

async fn shake(server: &Server, path: &str, more: &[(&str, &str)]) -> Response {
    Raw::open(server.addr).await.request("GET", path, &[&HEADERS[..], more].concat()).await
}

#[tokio::test]
async fn an_offer_that_nobody_answers_is_let_in_and_logged_once_for_each_route() {
    let (log, _capture) = Log::capture();
    let app = App::discover_in(module_path!()).mount::<Declares>("/other", ());
    let server = Server::start(app).await;
    for _ in 0..3 {
        for path in ["/none", "/other"] {
            let response = shake(&server, path, &[(OFFER, "v1, v2")]).await;
            assert_eq!((response.status, response.header(OFFER)), (101, None), "{response:?}");
        }
        for path in ["/chosen", "/declared"] {
            let response = shake(&server, path, &[(OFFER, "v1, v2")]).await;
            assert_eq!((response.status, response.header(OFFER)), (101, Some("v1")), "{response:?}");
        }
        for path in ["/none", "/chosen", "/declared"] {
            assert_eq!(shake(&server, path, &[]).await.status, 101);
        }
        assert_eq!(shake(&server, "/declared", &[(OFFER, "v9")]).await.status, 400);
    }
    let warnings =
        log.lines_with(&["WARN", "browsers fail the connection", "subprotocols = [", "::Declares"]);
    assert_eq!(warnings.len(), 2, "{}", log.text());
    assert!(warnings[0].contains("/none") && warnings[1].contains("/other"), "{warnings:?}");
    assert_eq!(log.lines_with(&["browsers fail"]).len(), 2, "{}", log.text());
}
