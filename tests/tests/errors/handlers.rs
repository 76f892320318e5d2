//! The `#[error]` of a handler: which one is called, and the order of the messages.

use serde::Deserialize;
use ws_core::prelude::*;
use ws_core::{BadPayload, BoxError, ControlPayload};
use ws_tests::Server;
use ws_tests::notes::Notes;
use ws_tests::raw::{PING, PONG, Raw, TEXT, frame};

use super::shop::{Closed, SoldOut, bytes, conversation, ended, text};

#[derive(Deserialize)]
struct Order {
    item: u32,
}

struct Restock(u32);

/// Defines a shop. `$wait` is `async` or nothing: each kind of handler has an event loop of its own.
macro_rules! shop {
    ($name:ident $(, $wait:tt)?) => {
        struct $name(Notes);

        #[websocket]
        impl $name {
            #[init]
            fn new(State(notes): State<Notes>) -> Self {
                Self(notes)
            }

            #[open]
            $($wait)? fn opened(&mut self, cx: &mut Context<Self>) -> Result<(), SoldOut> {
                cx.socket().info(Restock(3));
                cx.socket().send("from elsewhere");
                Err(SoldOut(1))
            }

            #[text]
            $($wait)? fn order(&mut self, Json(Order { item }): Json<Order>) -> Result<Reply, BoxError> {
                match item {
                    0 => Err("no such item".into()),
                    10 => Err(Box::new(SoldOut(10))),
                    11 => Err(Box::new(Closed)),
                    12 => {
                        let mut reply = Reply::new().with("one").with("two");
                        reply.fail(SoldOut(12));
                        Ok(reply.with("after the error"))
                    }
                    13 => Err(Box::new(Close::new(CloseCode::from_static(4000), "kicked"))),
                    14 => panic!("as the test wants it"),
                    item => Ok(Reply::new().with(format!("{item} ordered"))),
                }
            }

            #[binary]
            $($wait)? fn sent(&mut self, bytes: &[u8]) -> Result<(), SoldOut> {
                Err(SoldOut(u32::from(bytes[0])))
            }

            #[ping]
            $($wait)? fn pinged(&mut self, _: ControlPayload) -> Result<(), SoldOut> {
                Err(SoldOut(4))
            }

            #[handle]
            $($wait)? fn other(&mut self) -> Result<(), SoldOut> {
                Err(SoldOut(5))
            }

            #[info]
            $($wait)? fn restocked(&mut self, Restock(item): Restock) -> Result<(), SoldOut> {
                Err(SoldOut(item))
            }

            #[outgoing]
            $($wait)? fn outgoing(&mut self, _: Message) -> Result<Message, SoldOut> {
                Err(SoldOut(2))
            }

            // Declared first, and asked last.
            #[error]
            $($wait)? fn rest(&mut self, error: BoxError) -> Result<String, BoxError> {
                if error.is::<Closed>() { Err(error) } else { Ok(format!("error: {error}")) }
            }

            #[error]
            $($wait)? fn bad(&mut self, bad: BadPayload, cx: &mut Context<Self>) -> Message {
                Message::json(&(bad.to_string(), cx.id().to_string().is_empty())).expect("JSON")
            }

            #[error]
            $($wait)? fn sold_out(&mut self, SoldOut(item): SoldOut) -> Result<String, Close> {
                match item {
                    66 => Err(Close::new(CloseCode::from_static(4066), "no more")),
                    item => Ok(format!("sold out: {item}")),
                }
            }

            #[terminate]
            fn gone(&mut self, reason: &Terminate) {
                self.0.add(ended(reason));
            }
        }
    };
}

shop!(AtOnce);
shop!(Waiting, async);

/// The conversation with both kinds of handlers, after the messages of `#[open]`.
async fn talk(frames: &[Vec<u8>]) -> (Vec<String>, String) {
    let (at_once, waiting) = (conversation::<AtOnce>(frames).await, conversation::<Waiting>(frames).await);
    assert_eq!(at_once, waiting, "a callback that may wait makes no difference");
    let (mut received, end) = at_once;
    let mut first: Vec<_> = received.drain(..3).collect();
    // An info and a message from elsewhere have no order.
    first.sort();
    assert_eq!(first, ["sold out: 1", "sold out: 2", "sold out: 3"]);
    (received, end)
}

#[tokio::test]
async fn an_error_becomes_the_reply_of_the_error_callback_for_its_type() {
    let (received, end) = talk(&[
        text(r#"{"item": 7}"#),
        text(r#"{"item": 10}"#),
        text(r#"{"item": 0}"#),
        bytes(&[8]),
        frame(true, PING, b""),
        frame(true, PONG, b""),
        text(r#"{"item": 9}"#),
    ])
    .await;
    let expected = [
        "7 ordered",
        "sold out: 10",
        "error: no such item",
        "sold out: 8",
        "pong ",
        "sold out: 4",
        "sold out: 5",
        "9 ordered",
        "(1000, \"\")",
    ];
    assert_eq!(received, expected);
    assert_eq!(end, "remote");
}

#[tokio::test]
async fn a_bad_payload_becomes_a_message_and_the_connection_goes_on() {
    let (received, end) = talk(&[text("{\"item\": }"), text(r#"{"item": 7}"#)]).await;
    let [bad, ordered, close] = &received[..] else { panic!("three: {received:?}") };
    assert!(bad.starts_with("[\"invalid JSON: ") && bad.contains("line 1 column 10"), "{bad}");
    assert_eq!([ordered, close], ["7 ordered", "(1000, \"\")"]);
    assert_eq!(end, "remote");
}

#[tokio::test]
async fn the_messages_before_the_error_are_sent_first_and_those_after_it_dropped() {
    let (received, _) = talk(&[text(r#"{"item": 12}"#)]).await;
    assert_eq!(received, ["one", "two", "sold out: 12", "(1000, \"\")"]);
}

#[tokio::test]
async fn c13_an_error_that_the_error_callback_returns_again_closes_with_1011() {
    let (received, end) = talk(&[text(r#"{"item": 11}"#), text(r#"{"item": 7}"#)]).await;
    assert_eq!(received, ["(1011, \"\")"]);
    assert_eq!(end, "failed: callback `rest` failed: the shop is closed");
}

#[tokio::test]
async fn a_close_as_the_error_passes_no_error_callback() {
    let (received, end) = talk(&[text(r#"{"item": 13}"#)]).await;
    assert_eq!(received, ["(4000, \"kicked\")"]);
    assert_eq!(end, "stop");
    let (received, _) = talk(&[bytes(&[66])]).await;
    assert_eq!(received, ["(4066, \"no more\")"], "one that an error callback returns");
}

#[tokio::test]
async fn c14_a_panic_passes_no_error_callback() {
    let (received, end) = talk(&[text(r#"{"item": 14}"#)]).await;
    assert_eq!(received, ["(1011, \"\")"]);
    assert_eq!(end, "panic in order");
}

/// Receives one kind of errors, and passes bad payloads on.
struct Picky(Notes);

#[websocket]
impl Picky {
    #[init]
    fn new(State(notes): State<Notes>) -> Self {
        Self(notes)
    }

    #[text]
    fn order(&mut self, Json(order): Json<Order>) -> Result<(), Closed> {
        if order.item > 0 { Err(Closed) } else { Ok(()) }
    }

    #[error]
    fn sold_out(&mut self, _: SoldOut) {}

    #[terminate]
    fn gone(&mut self, reason: &Terminate) {
        self.0.add(ended(reason));
    }
}

#[tokio::test]
async fn c13_without_a_fitting_error_callback_an_error_closes_with_1011_and_a_bad_payload_with_1007() {
    let (received, end) = conversation::<Picky>(&[text(r#"{"item": 1}"#)]).await;
    assert_eq!(
        (&received[..], &*end),
        (&["(1011, \"\")".to_owned()][..], "failed: callback `order` failed: the shop is closed")
    );
    let (received, end) = conversation::<Picky>(&[text("no JSON")]).await;
    assert!(received[0].starts_with("(1007, \"invalid JSON: "), "{received:?}");
    assert!(end.starts_with("bad: invalid JSON"), "{end}");
}

/// Returns bad payloads of its own, and those that it receives.
struct Strict(Notes);

#[websocket]
impl Strict {
    #[init]
    fn new(State(notes): State<Notes>) -> Self {
        Self(notes)
    }

    #[text]
    fn order(&mut self, text: &str) -> Result<(), BadPayload> {
        Err(BadPayload::new(format!("no order: {text}")))
    }

    #[binary]
    fn bytes(&mut self, _: &[u8]) -> Result<(), BadPayload> {
        Err(BadPayload::new("no bytes"))
    }

    #[error]
    fn bad(&mut self, bad: BadPayload) -> Result<String, BadPayload> {
        if bad.to_string() == "no bytes" { Err(bad) } else { Ok(bad.to_string()) }
    }

    #[terminate]
    fn gone(&mut self, reason: &Terminate) {
        self.0.add(ended(reason));
    }
}

#[tokio::test]
async fn c13_a_bad_payload_that_a_callback_returns_is_one() {
    let (received, end) = conversation::<Strict>(&[text("x"), bytes(b"y")]).await;
    assert_eq!(received, ["no order: x", "(1007, \"no bytes\")"]);
    assert_eq!(end, "bad: no bytes");
}

/// The module form, with the state under another name and a `#[cfg]`.
mod module {
    use super::*;

    type Anything = BoxError;

    pub(super) struct Shop(Notes);

    #[websocket("/module-of-errors")]
    pub(super) mod shop {
        use super::*;

        #[init]
        fn new(State(notes): State<Notes>) -> Shop {
            Shop(notes)
        }

        #[text]
        fn order(_: &mut Shop, Json(order): Json<Order>) -> Result<(), SoldOut> {
            Err(SoldOut(order.item))
        }

        #[error]
        #[cfg(any())]
        fn never(_: &mut Shop, _: SoldOut) {}

        #[error]
        async fn rest(_: &mut Shop, error: Anything, cx: &mut Context<Shop>) -> String {
            cx.send("sent at once");
            error.to_string()
        }

        #[terminate]
        fn gone(Shop(notes): &mut Shop, reason: &Terminate) {
            notes.add(ended(reason));
        }
    }
}

#[tokio::test]
async fn functions_of_a_module_receive_errors_too() {
    let (received, _) = conversation::<module::Shop>(&[text(r#"{"item": 9}"#), text("{")]).await;
    assert_eq!(received[..3], ["sent at once", "9 is sold out", "sent at once"]);
    assert!(received[3].starts_with("invalid JSON: "), "{received:?}");
}

/// Generic handlers receive errors of their own parameter's type.
struct Generic<E>(Notes, std::marker::PhantomData<E>);

#[websocket]
impl<E: std::error::Error + Default + Send + Sync + 'static> Generic<E> {
    #[init]
    fn new(State(notes): State<Notes>) -> Self {
        Self(notes, std::marker::PhantomData)
    }

    #[text]
    fn order(&mut self) -> Result<(), E> {
        Err(E::default())
    }

    #[error]
    fn failed(&mut self, error: E) -> String {
        format!("its own: {error}")
    }

    #[terminate]
    fn gone(&mut self, reason: &Terminate) {
        self.0.add(ended(reason));
    }
}

#[tokio::test]
async fn an_error_type_may_be_a_parameter_of_the_handler() {
    let (received, _) = conversation::<Generic<std::fmt::Error>>(&[text("x")]).await;
    assert!(received[0].starts_with("its own: "), "{received:?}");
}

/// Only the error callback waits.
#[derive(Default)]
struct Patient;

#[websocket]
impl Patient {
    #[text]
    fn order(&mut self) -> Result<(), SoldOut> {
        Err(SoldOut(1))
    }

    #[error]
    async fn failed(&mut self, error: SoldOut) -> String {
        tokio::task::yield_now().await;
        error.to_string()
    }
}

#[tokio::test]
async fn an_error_callback_may_wait_although_no_other_does() {
    let server = Server::start(App::new().mount::<Patient>("/", ())).await;
    let mut client = Raw::connect(server.addr, "/").await;
    for _ in 0..2 {
        client.frame(TEXT, b"x").await;
        assert_eq!(client.read().await.expect("an answer").text(), "1 is sold out");
    }
}
