//! The module form of `#[websocket]` with every callback, over in-memory connections. The tests of ws-macros cover the
//! input that it rejects.

mod names;
mod places;

use std::time::Duration;

use ws_core::prelude::*;
use ws_core::testing::{self, Client, TestApp};
use ws_core::{ControlPayload, assert_routes};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Returns an app with the handlers of the module `module`.
fn linked(module: &str) -> App {
    App::discover_in(&format!("{}::{module}", module_path!()))
}

fn start(module: &str) -> Result<TestApp, testing::Error> {
    Ok(testing::start(linked(module))?)
}

/// Sends `words`, and returns the text that comes back.
async fn answer(client: &mut Client, words: &str) -> Result<String, testing::Error> {
    client.send(words).await?;
    client.text().await
}

// Every kind of callback. `terminate` sends a message to the test.
#[websocket("/every/{room}", name = "every", subprotocols = ["v1"], idle_timeout = "5m")]
mod every {
    //! The module's own documentation and attributes stay.
    #![deny(missing_docs, unused)]

    use axum::extract::Path;
    use tokio::sync::mpsc::UnboundedSender;
    use ws_core::prelude::*;

    /// Reports the end of the connection to the test.
    #[derive(Clone)]
    pub(super) struct Ended(pub(super) UnboundedSender<String>);

    pub(super) struct Seen {
        room: String,
        count: u32,
        ended: Ended,
    }

    /// Private to this module.
    struct Later(u32);

    pub(super) struct Notice(pub(super) &'static str);

    #[init]
    fn new(Path(room): Path<String>, State(ended): State<Ended>, upgrade: &mut Upgrade<Seen>) -> Seen {
        assert_eq!(upgrade.params().get("room"), Some("a b"));
        upgrade.info(Later(0));
        Seen { room, count: 0, ended }
    }

    #[open]
    fn open(seen: &mut Seen, cx: &mut Context<Seen>) -> String {
        format!("open {} {}", seen.room, cx.params().get("room").unwrap_or_default())
    }

    #[text]
    async fn received(seen: &mut Seen, cx: &mut Context<Seen>, text: &str) -> String {
        tokio::task::yield_now().await;
        cx.socket().info(Later(count(seen)));
        format!("received {text}")
    }

    #[binary]
    fn bytes(seen: &mut Seen, bytes: Bytes) -> Bytes {
        count(seen);
        bytes
    }

    #[ping]
    fn ping(bytes: &[u8], seen: &mut Seen) -> String {
        format!("ping {} {}", bytes.len(), count(seen))
    }

    #[handle]
    fn rest(seen: &mut Seen, message: Incoming<'_>, _cx: &mut Context<Seen>) -> String {
        format!("rest {message:?} {}", count(seen))
    }

    #[info]
    fn later(_: &mut Seen, Later(count): Later, _cx: &mut Context<Seen>) -> String {
        format!("later {count}")
    }

    #[info]
    async fn notified(seen: &mut Seen, Notice(words): Notice) -> Result<String, Close> {
        if words == "go" {
            count(seen);
            return Err(Close::new(CloseCode::from_static(4001), "as asked"));
        }
        Ok(format!("notified {words}"))
    }

    #[terminate]
    async fn gone(seen: &mut Seen, reason: &Terminate) {
        tokio::task::yield_now().await;
        let _ = seen.ended.0.send(format!("{} {reason}", seen.count));
    }

    fn count(seen: &mut Seen) -> u32 {
        seen.count += 1;
        seen.count
    }
}

#[tokio::test]
async fn every_callback_is_called() -> Outcome {
    let (ended, mut end) = tokio::sync::mpsc::unbounded_channel();
    let app = testing::start(linked("every").state(every::Ended(ended)))?;
    let mut client = app.request("/every/a%20b").subprotocols(&["v1"]).connect().await?;
    assert_eq!(client.subprotocol(), Some("v1"));
    assert_eq!(client.text().await?, "open a b a b");
    assert_eq!(client.text().await?, "later 0");
    assert_eq!(answer(&mut client, "hi").await?, "received hi");
    assert_eq!(client.text().await?, "later 1");
    client.send(vec![1, 2]).await?;
    assert_eq!(client.binary().await?, [1, 2].as_slice());
    client.send(Message::Ping(ControlPayload::new("abc")?)).await?;
    assert_eq!(client.text().await?, "ping 3 3");
    client.send(Message::Pong(ControlPayload::new("d")?)).await?;
    assert_eq!(client.text().await?, "rest Pong([100]) 4");
    app.handle().sockets::<every::Seen>()[0].info(every::Notice("words"));
    assert_eq!(client.text().await?, "notified words");
    app.handle().sockets::<every::Seen>()[0].info(every::Notice("go"));
    assert_eq!(client.closed().await?, Some((4001, "as asked".into())));
    let end = tokio::time::timeout(Duration::from_secs(5), end.recv()).await?;
    assert_eq!(end.as_deref(), Some("5 closed by the server with 4001 as asked"));
    Ok(())
}

/// A missing state stops the start, as for an impl.
#[tokio::test]
async fn missing_state_of_init_is_reported_at_start() {
    let error = start("every").unwrap_err().to_string();
    assert!(error.contains("every::Ended") && error.contains("every::Seen"), "{error}");
}

#[test]
fn the_handler_is_named_from_outside() {
    let linked = || linked("every");
    assert_routes!(linked(), { "/every/{room}" => every::Seen });
    let (ended, _) = tokio::sync::mpsc::unbounded_channel();
    let app = testing::start(linked().state(every::Ended(ended))).unwrap();
    assert_eq!(app.handle().url::<every::Seen>([("room", "a b")]).unwrap(), "/every/a%20b");
    assert_eq!(app.handle().url_for("every", [("room", "c")]).unwrap(), "/every/c");
    assert!(app.handle().sockets::<every::Seen>().is_empty());
}

/// A second handler in this file. Its type is private, and it implements `Default` instead of `#[init]`.
#[websocket("/private")]
mod private {
    use ws_core::prelude::*;

    #[derive(Default)]
    struct State {
        texts: Vec<String>,
    }

    #[derive(serde::Deserialize)]
    struct Note {
        text: String,
    }

    #[text]
    fn note(state: &mut State, Json(note): Json<Note>) -> Json<usize> {
        state.texts.push(note.text);
        Json(state.texts.len())
    }
}

#[tokio::test]
async fn the_state_may_be_private_and_default() -> Outcome {
    let mut client = start("private")?.connect("/private").await?;
    assert_eq!(answer(&mut client, r#"{"text": "a"}"#).await?, "1");
    assert_eq!(answer(&mut client, r#"{"text": "b"}"#).await?, "2");
    client.send("no note").await?;
    assert_eq!(client.closed().await?.map(|(code, _)| code), Some(1007));
    Ok(())
}
