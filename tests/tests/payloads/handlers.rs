//! A user's payload types in the callbacks of handlers.

use tokio_websockets::Message as Sent;
use ws_core::prelude::*;

use super::answer;
use super::types::{Either, Length, Loud, Number, Packet, Pair, Words};

#[derive(Default)]
struct Owning;

#[websocket]
impl Owning {
    #[text]
    fn pair(&mut self, pair: Pair) -> Pair {
        pair
    }

    #[binary]
    async fn number(&mut self, Number(number): Number) -> String {
        format!("number {number}")
    }
}

#[derive(Default)]
struct Borrowing;

#[websocket]
impl Borrowing {
    #[text]
    async fn words(&mut self, Words(words): Words<'_>) -> Vec<&str> {
        tokio::task::yield_now().await;
        words
    }

    #[binary]
    fn packet(&mut self, Packet(kind, body): Packet<'_>) -> Option<&[u8]> {
        (kind == 1).then_some(body)
    }
}

#[derive(Default)]
struct Both;

#[websocket]
impl Both {
    #[text]
    fn text(&mut self, Either(number): Either) -> String {
        format!("text {number}")
    }

    #[binary]
    fn bytes(&mut self, Either(number): Either) -> String {
        format!("bytes {number}")
    }
}

#[derive(Default)]
struct Others;

#[websocket]
impl Others {
    #[text]
    fn loud(&mut self, Loud(list): Loud<Vec<u8>>) -> Vec<u8> {
        list
    }

    #[handle]
    fn length(&mut self, Length(length): Length) -> String {
        format!("{length} bytes")
    }
}

fn app<H: ws_core::Handler>() -> App {
    App::new().mount::<H>("/", ())
}

#[tokio::test]
async fn a_callback_takes_types_of_ones_own() {
    assert_eq!(answer(app::<Owning>(), Sent::text("a b")).await, "a+b");
    assert_eq!(answer(app::<Owning>(), Sent::binary(vec![0, 0, 1, 0])).await, "number 256");
    assert_eq!(answer(app::<Borrowing>(), Sent::text("words to return")).await, "words");
    assert_eq!(answer(app::<Borrowing>(), Sent::binary(vec![1, 2, 3])).await, "[02, 03]");
    assert_eq!(answer(app::<Both>(), Sent::text("7")).await, "text 7");
    assert_eq!(answer(app::<Both>(), Sent::binary(vec![0, 0, 0, 7])).await, "bytes 7");
    assert_eq!(answer(app::<Others>(), Sent::text("![1, 2]")).await, "[01, 02]");
    assert_eq!(answer(app::<Others>(), Sent::binary(vec![0; 9])).await, "9 bytes");
}

#[tokio::test]
async fn a_payload_that_its_type_refuses_closes_with_1007_and_its_reason() {
    assert_eq!(answer(app::<Owning>(), Sent::text("a")).await, "1007: a pair has two words");
    assert_eq!(answer(app::<Owning>(), Sent::binary(vec![0])).await, "1007: a number has four bytes");
    assert_eq!(answer(app::<Borrowing>(), Sent::binary("")).await, "1007: an empty packet");
    assert_eq!(answer(app::<Others>(), Sent::text("[1]")).await, "1007: too quiet");
    assert_eq!(answer(app::<Others>(), Sent::binary("")).await, "1007: nothing");
}
