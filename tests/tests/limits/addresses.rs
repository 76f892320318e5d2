//! The limit on connections per address, for clients that connect directly or through a proxy.

use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket};
use ws_core::prelude::*;
use ws_tests::raw::{HEADERS, Raw};
use ws_tests::{Server, until, within};

use super::{Echo, assert_full, echoes, shake};

const LIMIT: &str = "max_connections_per_address";

fn app() -> App {
    App::new().mount::<Echo>("/", ()).max_connections_per_address(2)
}

/// Connects from another loopback address of this machine.
pub(super) async fn open_from(local: &str, server: &Server) -> Raw {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(format!("{local}:0").parse().unwrap()).unwrap();
    Raw { stream: within(socket.connect(server.addr)).await.unwrap() }
}

#[tokio::test]
async fn one_address_does_not_take_the_places_of_others() {
    let server = Server::start(app()).await;
    let mut ours = Vec::new();
    for _ in 0..2 {
        let (raw, response) = shake(&server, "/", &[]).await;
        assert_eq!(response.status, 101);
        ours.push(raw);
    }
    assert_full(&shake(&server, "/", &[]).await.1, LIMIT);
    // Headers of an untrusted client change nothing.
    assert_full(&shake(&server, "/", &[("X-Forwarded-For", "192.0.2.1")]).await.1, LIMIT);
    let mut other = open_from("127.0.0.2", &server).await;
    assert_eq!(other.request("GET", "/", &HEADERS).await.status, 101);
    echoes(&mut other).await;
    ours.pop();
    until(|| server.app.stats().open == 2).await;
    assert_eq!(shake(&server, "/", &[]).await.1.status, 101);
    let stats = server.app.stats();
    assert_eq!((stats.limited(LIMIT), stats.rejected(503), stats.limited("max_connections")), (2, 2, 0));
}

#[tokio::test]
async fn behind_a_trusted_proxy_each_client_counts_for_itself() {
    let server = Server::start(app().trusted_proxies(["127.0.0.1"])).await;
    let mut open = Vec::new();
    for client in ["192.0.2.1", "192.0.2.2", "2001:db8::1, 127.0.0.1", "[2001:db8:0:1::1]:4711"] {
        for _ in 0..2 {
            let (raw, response) = shake(&server, "/", &[("X-Forwarded-For", client)]).await;
            assert_eq!(response.status, 101, "{client}");
            open.push(raw);
        }
        assert_full(&shake(&server, "/", &[("X-Forwarded-For", client)]).await.1, LIMIT);
    }
    // An address in the same /64 network.
    assert_full(&shake(&server, "/", &[("Forwarded", "for=\"[2001:db8::abcd:1]\"")]).await.1, LIMIT);
    assert_eq!(server.app.stats().limited(LIMIT), 5);
}

#[tokio::test]
async fn a_proxys_own_address_is_not_limited() {
    let server = Server::start(app().trusted_proxies(["127.0.0.0/8"])).await;
    let mut open = Vec::new();
    for header in [("X-Forwarded-For", "unknown"), ("X-Forwarded-For", "127.0.0.7"), ("X-Other", "")] {
        for _ in 0..3 {
            let (raw, response) = shake(&server, "/", &[header]).await;
            assert_eq!(response.status, 101, "{header:?}");
            open.push(raw);
        }
    }
    assert_eq!(server.app.stats().limited(LIMIT), 0);
}

#[tokio::test]
async fn in_an_axum_app_without_client_addresses_none_is_limited() {
    for (with_peers, let_in) in [(false, 4), (true, 2)] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let router = app().max_connections(4).into_router();
        let serving = tokio::spawn(async move {
            if with_peers {
                axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>()).await
            } else {
                axum::serve(listener, router).await
            }
        });
        let mut open = Vec::new();
        for at in 0..6 {
            let mut raw = Raw::open(addr).await;
            let response = raw.request("GET", "/", &HEADERS).await;
            assert_eq!(response.status == 101, at < let_in, "{response:?}");
            open.push(raw);
        }
        serving.abort();
    }
}
