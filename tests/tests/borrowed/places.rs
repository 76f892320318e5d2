//! What a reply may borrow from: the payload, the handler and the context, in each form of a handler.

use std::fmt::Display;

use futures_util::SinkExt;
use tokio_websockets::Message as Sent;
use ws_core::prelude::*;
use ws_tests::raw::{BINARY, TEXT};
use ws_tests::{Server, text};

use super::answers;

struct Words(String);

/// Returns what it is asked for.
struct Keeper<T> {
    name: String,
    title: Text,
    extra: T,
}

impl Default for Keeper<u8> {
    fn default() -> Self {
        Self { name: "Ann".to_owned(), title: Text::from_static("Dr."), extra: 7 }
    }
}

#[websocket]
impl<T: Display + Send + 'static> Keeper<T>
where
    Self: Default,
{
    #[open]
    fn open(&mut self, cx: &mut Context<Self>) -> &str {
        cx.notify_after(std::time::Duration::ZERO, Words("an info".to_owned()));
        cx.path()
    }

    #[info]
    fn info(&mut self, Words(words): Words, _: &mut Context<Self>) -> Option<&str> {
        self.name = words;
        Some(&self.name)
    }

    #[broadcast]
    fn broadcast(&mut self, words: &Words) -> &str {
        &words.0
    }

    #[text]
    async fn text(&mut self, text: &str, cx: &mut Context<Self>) -> &str {
        self.name.push_str(&self.extra.to_string());
        match text {
            "name" => &self.name,
            "room" => cx.params().get("room").unwrap_or_default(),
            other => other,
        }
    }

    #[binary]
    async fn binary(&mut self, _: &[u8]) -> (&String, &Text) {
        (&self.name, &self.title)
    }
}

#[tokio::test]
async fn a_reply_borrows_from_the_payload_the_handler_and_the_context() {
    let server = Server::start(App::new().mount::<Keeper<u8>>("/{room}", ())).await;
    let mut client = server.connect("/kitchen").await;
    assert_eq!(text(&mut client).await, "/kitchen");
    assert_eq!(text(&mut client).await, "an info");
    for (sent, received) in [("other", "other"), ("name", "an info77"), ("room", "kitchen")] {
        client.send(Sent::text(sent)).await.unwrap();
        assert_eq!(text(&mut client).await, received);
    }
    client.send(Sent::binary("")).await.unwrap();
    assert_eq!(text(&mut client).await, "an info777");
    assert_eq!(text(&mut client).await, "Dr.");
    server.app.broadcast(Words("the news".to_owned()));
    assert_eq!(text(&mut client).await, "the news");
}

#[websocket("/module/{room}")]
mod module {
    use super::*;

    #[derive(Default)]
    pub(super) struct State {
        last: String,
    }

    #[text]
    fn text(state: &mut State, text: &str) -> &str {
        if text == "last" {
            return &state.last;
        }
        state.last.push_str(text);
        text
    }

    #[ping]
    fn ping<'a>(
        state: &'a mut State,
        bytes: &'a [u8],
        _: &'a mut Context<State>,
    ) -> std::borrow::Cow<'a, [u8]> {
        if bytes.is_empty() { state.last.as_bytes().into() } else { bytes.into() }
    }

    #[binary]
    async fn binary(state: &mut State, bytes: &[u8], cx: &mut Context<State>) -> Vec<&str> {
        state.last.push_str(std::str::from_utf8(bytes).unwrap_or_default());
        vec![&state.last, cx.path()]
    }
}

#[tokio::test]
async fn a_function_of_a_module_borrows_from_each_of_its_arguments() {
    assert_eq!(answers::<module::State>(TEXT, b"words", 1).await, ["words"]);
    assert_eq!(answers::<module::State>(TEXT, b"last", 1).await, [""]);
    assert_eq!(answers::<module::State>(BINARY, b"bytes", 2).await, ["bytes", "/kitchen"]);
}
