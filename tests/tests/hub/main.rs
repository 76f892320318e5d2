//! Messages to many connections: topics, alone and with a crowd of subscribers, broadcasts, presence, and
//! `#[outgoing]`.

mod bounds;
mod broadcast;
mod crowd;
mod ends;
mod leave;
mod outgoing;
mod presence;
mod reentrancy;
mod slow;
mod topics;

use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::Path;
use http::StatusCode;
use ws_core::prelude::*;
use ws_tests::raw::{Frame, Raw, TEXT};

/// `+topic` subscribes, `-topic` unsubscribes. Any other text is published to the topic of the path, except to its
/// sender.
struct Member {
    topic: String,
}

#[websocket]
impl Member {
    #[init]
    fn enter(Path(topic): Path<String>, upgrade: &mut Upgrade<Self>) -> Result<Self, StatusCode> {
        if topic != "none" {
            assert!(upgrade.subscribe(&topic));
        }
        if topic == "refused" {
            return Err(StatusCode::FORBIDDEN);
        }
        Ok(Self { topic })
    }

    #[text]
    fn asked(&mut self, text: &str, cx: &mut Context<Self>) -> Option<String> {
        if let Some(topic) = text.strip_prefix('+') {
            return Some(cx.subscribe(topic).to_string());
        }
        if let Some(topic) = text.strip_prefix('-') {
            return Some(cx.unsubscribe(topic).to_string());
        }
        cx.app().hub().publish_except(cx.id(), &self.topic, text);
        None
    }
}

/// Without pings: on a busy machine a test may take longer than the heartbeat.
fn app() -> App {
    App::new().mount::<Member>("/{topic}", ()).heartbeat(None)
}

async fn recv_text(client: &mut Raw) -> String {
    let frame = client.read().await.expect("a message");
    assert_eq!(frame.opcode, TEXT, "{frame:?}");
    frame.text().to_owned()
}

async fn asked(client: &mut Raw, text: &str) -> String {
    client.frame(TEXT, text.as_bytes()).await;
    recv_text(client).await
}

fn text(payload: &str) -> Frame {
    Frame { fin: true, opcode: TEXT, payload: payload.into() }
}

/// Set once and polled by threads.
#[derive(Default)]
struct Flag(AtomicBool);

impl Flag {
    fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}
