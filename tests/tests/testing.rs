//! The testing kit, used as an application would use it: in memory and on a paused clock.

use std::time::Duration;

use axum::extract::Query;
use axum::http::header::SEC_WEBSOCKET_KEY;
use axum::http::{HeaderMap, StatusCode};
use futures_util::{SinkExt, StreamExt};
use tokio::time::Instant;
use tokio_websockets::ClientBuilder;
use ws_core::IncompleteMessage;
use ws_core::prelude::*;
use ws_core::testing::{self, Error};
use ws_tests::{until, within};

const SECOND: Duration = Duration::from_secs(1);

/// Allows for the millisecond resolution of tokio's clock.
fn assert_about(passed: Duration, wanted: Duration) {
    assert!(passed >= wanted && passed < wanted + SECOND / 100, "{passed:?}, not {wanted:?}");
}

// ANCHOR: custom
#[websocket("/socket/custom", subprotocols = ["v2", "v1"])]
#[derive(Default)]
struct Custom;

struct Greet(&'static str);

#[websocket]
impl Custom {
    #[open]
    fn open(&mut self, cx: &mut Context<Self>) {
        cx.notify_after(SECOND, Greet("Hello!"));
    }

    #[text]
    async fn received(&mut self, text: &str) -> Result<String, Close> {
        match text {
            "bye" => Err(Close::new(CloseCode::from_static(4000), "bye then")),
            text => Ok(format!("You said: {text}")),
        }
    }

    #[binary]
    fn bytes(&mut self, bytes: Bytes) -> Bytes {
        bytes
    }

    #[info]
    fn greet(&mut self, Greet(words): Greet, cx: &mut Context<Self>) -> &'static str {
        cx.notify_after(5 * SECOND, Greet("Hello again!"));
        words
    }
}
// ANCHOR_END: custom

// ANCHOR: parts
#[websocket("/socket/progress", max_message_size = "1GiB")]
#[derive(Default)]
struct Progress;

#[websocket]
impl Progress {
    #[binary]
    async fn upload(
        &mut self,
        mut body: MessageStream,
        cx: &mut Context<Self>,
    ) -> Result<&'static str, IncompleteMessage> {
        while let Some(part) = body.next().await {
            part?;
            cx.send(format!("{} bytes", body.received()));
        }
        Ok("done")
    }
}

#[tokio::test]
async fn the_progress_is_sent_before_the_end() -> testing::Result {
    let mut client = testing::connect(testing::app!(), "/socket/progress").await?;
    client.send_part(vec![1; 1000]).await?;
    assert_eq!(client.text().await?, "1000 bytes");
    client.send_last_part(vec![2; 500]).await?;
    assert_eq!(client.text().await?, "1500 bytes");
    assert_eq!(client.text().await?, "done");
    Ok(())
}
// ANCHOR_END: parts

// ANCHOR: first
#[tokio::test]
async fn a_handler_is_tested_in_three_lines() -> testing::Result {
    let mut client = testing::connect(testing::app!(), "/socket/custom").await?;
    client.send("hi").await?;
    assert_eq!(client.text().await?, "You said: hi");
    Ok(())
}
// ANCHOR_END: first

// ANCHOR: timers
#[tokio::test(start_paused = true)]
async fn timers_come_in_no_time_and_exactly() -> testing::Result {
    let started = Instant::now();
    let mut client = testing::connect(testing::app!(), "/socket/custom").await?;
    for (words, after) in [("Hello!", 1), ("Hello again!", 6), ("Hello again!", 11)] {
        assert_eq!(client.text().await?, words);
        assert_about(started.elapsed(), after * SECOND);
    }
    Ok(())
}
// ANCHOR_END: timers

// ANCHOR: heartbeat
#[derive(Default)]
struct Quiet;

#[websocket]
impl Quiet {}

#[tokio::test(start_paused = true)]
async fn z11_the_heartbeat_is_every_25_s() -> testing::Result {
    let started = Instant::now();
    let mut client = testing::connect(App::new().mount::<Quiet>("/quiet", ()), "/quiet").await?;
    for beat in 1..=4 {
        client.recv_ping().await?;
        assert_about(started.elapsed(), 25 * beat * SECOND);
    }
    Ok(())
}
// ANCHOR_END: heartbeat

// ANCHOR: stop
#[tokio::test(start_paused = true)]
async fn c11_a_client_that_does_not_read_times_out_after_60_s() -> testing::Result {
    let app = testing::start(App::new().mount::<Quiet>("/quiet", ()))?;
    let mut client = app.connect("/quiet").await?;
    tokio::time::sleep(10 * SECOND).await;
    client.send("still here").await?;
    client.stop_reading();
    tokio::time::sleep(Duration::from_millis(59_990)).await;
    assert_eq!(app.handle().stats().ended("timeout"), 0);
    tokio::time::sleep(SECOND / 50).await;
    assert_eq!(app.handle().stats().ended("timeout"), 1);
    client.resume_reading();
    assert_eq!(client.closed().await?, Some((1001, "idle timeout".into())));
    Ok(())
}
// ANCHOR_END: stop

#[test]
fn the_readme_shows_the_same_three_lines() {
    let tested = include_str!("testing.rs");
    let shown =
        include_str!("../../README.md").split("```").find(|block| block.starts_with("rust\nlet mut client"));
    for line in shown.expect("a test in the README").lines().skip(1) {
        assert!(tested.contains(&format!("    {line}\n")), "{line}");
    }
}

// ANCHOR: tcp
#[tokio::test]
async fn the_same_over_tcp() -> testing::Result {
    let server = testing::app!().bind("127.0.0.1:0").await?;
    let uri = format!("ws://{}/socket/custom", server.local_addr().expect("a TCP address"));
    tokio::spawn(server.serve_until(std::future::pending()));
    let (mut client, _) = within(ClientBuilder::new().uri(&uri)?.connect()).await?;
    within(client.send(tokio_websockets::Message::text("hi"))).await?;
    let answer = within(client.next()).await.ok_or("an answer")??;
    assert_eq!(answer.as_text(), Some("You said: hi"));
    Ok(())
}
// ANCHOR_END: tcp

// ANCHOR: close
#[tokio::test]
async fn close_code_and_reason() -> testing::Result {
    let mut client = testing::connect(testing::app!(), "/socket/custom").await?;
    client.send("bye").await?;
    assert_eq!(client.closed().await?, Some((4000, "bye then".into())));
    Ok(())
}
// ANCHOR_END: close

// ANCHOR: door
/// Greets each guest with the query and token of the handshake.
#[websocket("/door")]
struct Door {
    guest: String,
}

#[websocket]
impl Door {
    #[init]
    fn enter(
        Query(asked): Query<Vec<(String, String)>>,
        headers: HeaderMap,
    ) -> Result<Self, (StatusCode, String)> {
        let Some(token) = headers.get("authorization") else {
            return Err((StatusCode::UNAUTHORIZED, "a token, please".to_owned()));
        };
        Ok(Self { guest: format!("{asked:?} with {token:?}") })
    }

    #[open]
    fn open(&mut self) -> String {
        self.guest.clone()
    }
}
// ANCHOR_END: door

// ANCHOR: handshake
#[tokio::test]
async fn a_handshake_with_query_headers_and_subprotocols() -> testing::Result {
    let app = testing::start(testing::app!().public_url("https://example.com"))?;
    let request = app.request("/door?table=7").header("authorization", "Bearer abc");
    let mut client = request.origin("https://example.com").connect().await?;
    assert_eq!(client.text().await?, r#"[("table", "7")] with "Bearer abc""#);
    let client = app.request("/socket/custom").subprotocols(&["v1", "v2"]).connect().await?;
    assert_eq!(client.subprotocol(), Some("v2"));
    assert_eq!(client.headers()["sec-websocket-protocol"], "v2");
    assert_eq!(app.connect("/socket/custom").await?.subprotocol(), None);
    Ok(())
}
// ANCHOR_END: handshake

// ANCHOR: refused
#[tokio::test]
async fn a_rejected_handshake() -> testing::Result {
    let app = testing::start(testing::app!())?;
    let refused = app.request("/door").rejection().await?;
    assert_eq!((refused.status, &*refused.body), (401, "a token, please"));
    let refused = app.request("/door").origin("https://evil.example").rejection().await?;
    assert_eq!(refused.status, 403);
    let refused = app.request("/socket/custom").without(SEC_WEBSOCKET_KEY).rejection().await?;
    assert_eq!(refused.status, 400);
    let unknown = app.connect("/nowhere").await.unwrap_err();
    assert_eq!(
        unknown.to_string(),
        "the server rejected the handshake: 404 Not Found: no route matches /nowhere"
    );
    assert!(matches!(app.request("/socket/custom").rejection().await, Err(Error::Upgraded)));
    Ok(())
}
// ANCHOR_END: refused

// ANCHOR: room
/// Forwards each text to all other connections.
#[websocket("/room")]
#[derive(Default)]
struct Room;

#[websocket]
impl Room {
    #[text]
    fn received(&mut self, text: Text, cx: &mut Context<Self>) {
        for other in cx.app().sockets::<Self>().into_iter().filter(|socket| *socket != cx.socket()) {
            other.send(text.clone());
        }
    }
}
// ANCHOR_END: room

// ANCHOR: two
#[tokio::test(start_paused = true)]
async fn two_clients_receive_each_others_messages() -> testing::Result {
    let app = testing::start(testing::app!())?;
    let mut ada = app.connect("/room").await?;
    let mut bob = app.connect("/room").await?;
    ada.send("hello, Bob").await?;
    assert_eq!(bob.text().await?, "hello, Bob");
    bob.send("hello, Ada").await?;
    assert_eq!(ada.text().await?, "hello, Ada");
    bob.expect_no_message(SECOND).await?;
    drop(ada);
    until(|| app.handle().stats().ended("lost") == 1).await;
    assert_eq!(app.handle().stats().open, 1);
    Ok(())
}
// ANCHOR_END: two

// ANCHOR: full
#[tokio::test]
async fn a_client_that_is_too_slow_is_closed() -> testing::Result {
    let app = testing::start(testing::app!().mailbox_messages(16))?;
    let mut slow = app.connect("/room").await?;
    slow.stop_reading();
    let ada = app.connect("/room").await?;
    for _ in 0..200 {
        ada.send("a kilobyte".repeat(100)).await?;
    }
    until(|| app.handle().stats().ended("overflow") == 1).await;
    Ok(())
}
// ANCHOR_END: full

// ANCHOR: crate
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_mod_tests_speaks_for_the_module_around_it() -> testing::Result {
        testing::connect(testing::app!(), "/socket/custom").await?;
        Ok(())
    }

    mod elsewhere {
        use super::*;

        #[tokio::test]
        async fn an_app_may_be_of_another_module() -> testing::Result {
            // This module has no handler, and neither do the modules below it.
            let nobody = testing::connect(testing::app!(), "/socket/custom").await;
            let error = nobody.err().ok_or("no app without a route")?.to_string();
            assert!(error.contains("`testing::tests::elsewhere`"), "{error}");
            testing::connect(App::discover_in(env!("CARGO_CRATE_NAME")), "/socket/custom").await?;
            Ok(())
        }
    }
}
// ANCHOR_END: crate

// ANCHOR: silence
#[tokio::test(start_paused = true)]
async fn no_message_arrives() -> testing::Result {
    let mut client = testing::connect(testing::app!(), "/socket/custom").await?;
    client.expect_no_message(SECOND / 2).await?;
    assert_eq!(client.text().await?, "Hello!");
    client.expect_no_message(4 * SECOND).await?;
    Ok(())
}
// ANCHOR_END: silence

// ANCHOR: instead
#[tokio::test(start_paused = true)]
async fn an_error_shows_the_unexpected_message() -> testing::Result {
    let mut client = testing::connect(testing::app!(), "/socket/custom").await?;
    let error = client.expect_no_message(2 * SECOND).await.unwrap_err().to_string();
    assert_eq!(error, r#"waited for no message, but received Text("Hello!")"#);
    client.send(vec![1, 2, 3]).await?;
    let error = client.text().await.unwrap_err().to_string();
    assert_eq!(error, "waited for a text message, but received Binary(b\"\\x01\\x02\\x03\")");
    Ok(())
}
// ANCHOR_END: instead
