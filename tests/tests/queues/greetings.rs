//! Greetings: messages that are sent to a connection before its upgrade is complete.

use ws_core::prelude::*;
use ws_core::{Overflow, Route};
use ws_tests::Server;
use ws_tests::raw::Raw;

use super::expect_text;

const GREETINGS: usize = 400;

/// Greets from `#[join]`, and then from its own `#[info]`.
#[derive(Default)]
struct Lobby;

#[service]
impl Lobby {
    #[join]
    fn join(&mut self, member: &Member<Self>) {
        for n in 0..GREETINGS {
            member.send(n.to_string());
        }
    }
}

/// Greets from `#[init]`, with messages of a size that the query names.
struct Host;

#[websocket]
impl Host {
    #[init]
    fn greet(axum::extract::Path(size): axum::extract::Path<usize>, upgrade: &mut Upgrade<Self>) -> Self {
        let socket = upgrade.socket();
        for n in 0..GREETINGS {
            socket.send(format!("{n:0size$}"));
        }
        upgrade.subscribe("news");
        Self
    }

    #[open]
    fn open(&mut self, cx: &mut Context<Self>) {
        // The greeting still waits, and takes no room from what comes later.
        cx.app().hub().publish("news", "news");
    }
}

/// The greeting does not count in the mailbox, whatever its limits are.
fn apps() -> [App; 3] {
    let app = || App::new().route(Route::service::<Lobby>("/lobby")).mount::<Host>("/{size}", ());
    [app(), app().mailbox_messages(3), app().mailbox_messages(3).mailbox_overflow(Overflow::DropOldest)]
}

#[tokio::test]
async fn a_service_greets_each_member_from_its_join() {
    for app in apps() {
        let server = Server::start(app).await;
        let mut client = Raw::connect(server.addr, "/lobby").await;
        for n in 0..GREETINGS {
            expect_text(&mut client, &n.to_string()).await;
        }
        assert_eq!(server.app.stats().dropped, 0);
    }
}

#[tokio::test]
async fn a_handler_greets_its_client_from_its_init() {
    // 6 MB are more than a mailbox of 1 MiB holds.
    for size in [3, 16_000] {
        for app in apps() {
            let server = Server::start(app).await;
            let mut client = Raw::connect(server.addr, &format!("/{size}")).await;
            for n in 0..GREETINGS {
                expect_text(&mut client, &format!("{n:0size$}")).await;
            }
            expect_text(&mut client, "news").await;
            assert_eq!(server.app.stats().dropped, 0);
        }
    }
}

#[tokio::test]
async fn a_greeting_of_more_than_16_mib_is_1013() {
    let server = Server::start(App::new().mount::<Host>("/{size}", ())).await;
    let mut client = Raw::connect(server.addr, "/60000").await;
    assert_eq!(client.read().await.expect("a close").close().0, 1013);
}
