//! The testing kit, tried on handlers as a user would test them: over memory, on a paused clock.

use std::time::Duration;

use tokio::time::Instant;
use ws_core::prelude::*;
use ws_core::testing::{self, Error};

type Outcome = Result<(), Box<dyn std::error::Error>>;

const SECOND: Duration = Duration::from_secs(1);

/// tokio's clock counts milliseconds.
fn assert_about(passed: Duration, wanted: Duration) {
    assert!(passed >= wanted && passed < wanted + SECOND / 100, "{passed:?}, not {wanted:?}");
}

#[websocket("/custom", subprotocols = ["v2", "v1"])]
#[derive(Default)]
struct Custom;

struct Greet(&'static str);

#[websocket]
impl Custom {
    #[open]
    fn open(&mut self, cx: &mut Context<Self>) {
        cx.send_after(SECOND, Greet("Hello!"));
    }

    #[text]
    async fn said(&mut self, text: &str) -> Result<String, Close> {
        match text {
            "bye" => Err(Close::new(CloseCode::literal(4000), "bye then")),
            text => Ok(format!("You said: {text}")),
        }
    }

    #[binary]
    fn bytes(&mut self, bytes: Bytes) -> Bytes {
        bytes
    }

    #[info]
    fn greet(&mut self, Greet(words): Greet, cx: &mut Context<Self>) -> &'static str {
        cx.send_after(5 * SECOND, Greet("Hello again!"));
        words
    }
}

#[tokio::test]
async fn a_handler_is_tested_in_three_lines() -> Outcome {
    let mut client = testing::connect(testing::app!(), "/custom").await?;
    client.send("hi").await?;
    assert_eq!(client.text().await?, "You said: hi");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn timers_come_in_no_time_and_exactly() -> Outcome {
    let started = Instant::now();
    let mut client = testing::connect(testing::app!(), "/custom").await?;
    for (words, after) in [("Hello!", 1), ("Hello again!", 6), ("Hello again!", 11)] {
        assert_eq!(client.text().await?, words);
        assert_about(started.elapsed(), after * SECOND);
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn z11_the_heartbeat_is_every_25_s() -> Outcome {
    let started = Instant::now();
    let app = App::empty().mount::<Quiet>("/quiet", ());
    let mut client = testing::connect(app, "/quiet").await?;
    for beat in 1..=4 {
        client.pinged().await?;
        assert_about(started.elapsed(), 25 * beat * SECOND);
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn c11_a_deaf_client_times_out_after_60_s() -> Outcome {
    let app = testing::start(App::empty().mount::<Quiet>("/quiet", ()))?;
    let mut client = app.connect("/quiet").await?;
    tokio::time::sleep(10 * SECOND).await;
    client.send("still here").await?;
    let spoke = Instant::now();
    client.set_deaf(true).await;
    while app.handle().stats().ended("timeout") == 0 {
        tokio::time::sleep(SECOND / 100).await;
    }
    let passed = spoke.elapsed();
    assert!(passed >= 60 * SECOND && passed < 60 * SECOND + SECOND / 10, "{passed:?}");
    client.set_deaf(false).await;
    assert_eq!(client.closed().await?, Some((1001, "idle for too long".into())));
    Ok(())
}

#[derive(Default)]
struct Quiet;

#[websocket]
impl Quiet {}

#[tokio::test]
async fn close_code_and_reason() -> Outcome {
    let mut client = testing::connect(testing::app!(), "/custom").await?;
    client.send("bye").await?;
    assert_eq!(client.closed().await?, Some((4000, "bye then".into())));
    Ok(())
}

#[tokio::test]
async fn headers_subprotocols_and_rejections() -> Outcome {
    let app = testing::start(testing::app!().public_url("https://example.com"))?;
    let client = app.request("/custom?x=1").subprotocols(&["v1", "v2"]).connect().await?;
    assert_eq!(client.subprotocol(), Some("v2"));
    let client = app.request("/custom").origin("https://example.com").connect().await?;
    assert_eq!(client.subprotocol(), None);
    let refused = app.request("/custom").origin("https://evil.example").rejection().await?;
    assert_eq!(refused.status, 403);
    assert!(refused.body.contains("origins"), "{refused}");
    let unknown = app.connect("/nowhere").await.unwrap_err();
    assert_eq!(unknown.to_string(), "the handshake was refused: 404 nothing is served at /nowhere");
    assert_eq!(app.handle().stats().open, 2);
    assert!(matches!(app.request("/custom").rejection().await, Err(Error::Upgraded)));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn what_did_not_come_is_said() -> Outcome {
    let mut client = testing::connect(testing::app!(), "/custom").await?;
    client.never_sends(SECOND / 2).await?;
    assert!(matches!(client.never_sends(SECOND).await, Err(Error::Unexpected { .. })));
    client.send(vec![1, 2, 3]).await?;
    let error = client.text().await.unwrap_err().to_string();
    assert_eq!(error, "waited for a text, and got Binary(b\"\\x01\\x02\\x03\")");
    Ok(())
}
