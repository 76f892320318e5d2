//! Each type of a borrowed reply.

use std::borrow::Cow;
use std::num::ParseIntError;

use ws_core::prelude::*;
use ws_core::{FromText, IncomingBytes, IncomingText};
use ws_tests::raw::{BINARY, TEXT};

use super::answers;

/// Declares a handler with these callbacks, and a test that sends one message to it.
macro_rules! borrowed {
    ($($name:ident: $opcode:ident $sent:expr => $received:expr; { $($callback:tt)* })*) => { $(
        #[tokio::test]
        async fn $name() {
            #[derive(Default)]
            struct Echo;

            #[websocket]
            impl Echo {
                $($callback)*
            }

            let received: &[&str] = &$received;
            assert_eq!(answers::<Echo>($opcode, $sent, received.len()).await, received);
        }
    )* };
}

borrowed! {
    a_text_is_returned_as_it_was_borrowed: TEXT b"hello" => ["hello"]; {
        #[text]
        fn echo(&mut self, text: &str) -> &str {
            text
        }
    }
    bytes_are_returned_as_they_were_borrowed: BINARY &[1, 2] => ["[1, 2]"]; {
        #[binary]
        fn echo(&mut self, bytes: &[u8]) -> &[u8] {
            bytes
        }
    }
    an_async_callback_returns_what_it_borrowed: TEXT b"hello" => ["hello"]; {
        #[text]
        async fn echo(&mut self, text: &str) -> &str {
            tokio::task::yield_now().await;
            text
        }
    }
    several_async_callbacks_return_what_they_borrowed: BINARY b"hello" => ["[104, 101, 108, 108, 111]"]; {
        #[text]
        async fn text(&mut self, text: &str, _: &mut Context<Self>) -> &str {
            tokio::task::yield_now().await;
            text
        }

        #[binary]
        async fn binary(&mut self, bytes: &[u8]) -> Option<&[u8]> {
            tokio::task::yield_now().await;
            Some(bytes)
        }
    }
    a_part_of_the_text_in_an_option: TEXT b"say words" => ["words"]; {
        #[text]
        fn echo(&mut self, text: &str) -> Option<&str> {
            text.strip_prefix("say ")
        }
    }
    a_part_of_the_text_in_a_result: TEXT b"12 words" => ["words"]; {
        #[text]
        fn echo(&mut self, text: &str) -> Result<&str, ParseIntError> {
            let (number, rest) = text.split_once(' ').unwrap_or((text, ""));
            number.parse::<u8>()?;
            Ok(rest)
        }
    }
    the_error_beside_a_borrowed_text_closes: TEXT b"twelve words" => ["close 1011"]; {
        #[text]
        fn echo(&mut self, text: &str) -> Result<&str, ParseIntError> {
            text.parse::<u8>()?;
            Ok(text)
        }
    }
    a_text_as_impl_trait: TEXT b"hello" => ["hello"]; {
        #[text]
        fn echo(&mut self, text: &str) -> impl IntoReply {
            text
        }
    }
    a_text_as_impl_trait_with_a_lifetime: TEXT b"hello" => ["hello"]; {
        #[text]
        async fn echo(&mut self, text: &str) -> impl IntoReply + '_ {
            text
        }
    }
    a_list_of_parts: TEXT b"one two three" => ["one", "two", "three"]; {
        #[text]
        fn echo(&mut self, text: &str) -> Vec<&str> {
            text.split(' ').collect()
        }
    }
    a_list_of_parts_of_bytes: BINARY &[1, 0, 2] => ["[1]", "[2]"]; {
        #[binary]
        fn echo(&mut self, bytes: &[u8]) -> Vec<&[u8]> {
            bytes.split(|byte| *byte == 0).collect()
        }
    }
    a_list_of_options: TEXT b"a,,c" => ["a", "c"]; {
        #[text]
        fn echo(&mut self, text: &str) -> Vec<Option<&str>> {
            text.split(',').map(|part| (!part.is_empty()).then_some(part)).collect()
        }
    }
    a_list_of_results_ends_at_the_first_error: TEXT b"a,,c" => ["a", "close 1008"]; {
        #[text]
        fn echo(&mut self, text: &str) -> Vec<Result<&str, Close>> {
            let part = |part| match part {
                "" => Err(Close::new(CloseCode::POLICY, "empty")),
                part => Ok(part),
            };
            text.split(',').map(part).collect()
        }
    }
    arrays_and_tuples: TEXT b"hello" => ["h", "ello", "[104]"]; {
        #[text]
        fn echo(&mut self, text: &str) -> ([&str; 2], &[u8]) {
            let (first, rest) = text.split_at(1);
            ([first, rest], first.as_bytes())
        }
    }
    a_text_that_is_borrowed_only_sometimes: TEXT b"hello" => ["HELLO"]; {
        #[text]
        fn echo(&mut self, text: &str) -> Cow<'_, str> {
            if text.is_ascii() { text.to_uppercase().into() } else { text.into() }
        }
    }
    a_text_that_is_borrowed_this_time: TEXT "ἀγορά".as_bytes() => ["ἀγορά"]; {
        #[text]
        fn echo(&mut self, text: &str) -> Cow<'_, str> {
            if text.is_ascii() { text.to_uppercase().into() } else { text.into() }
        }
    }
    bytes_that_are_borrowed_only_sometimes: BINARY &[1] => ["[1]", "[1, 0]"]; {
        #[binary]
        fn echo(&mut self, bytes: &[u8]) -> [Cow<'_, [u8]>; 2] {
            [bytes.into(), [bytes, &[0]].concat().into()]
        }
    }
    a_byte_string: TEXT b"" => ["[97, 98]"]; {
        #[text]
        fn constant(&mut self) -> &'static [u8; 2] {
            b"ab"
        }
    }
    an_incoming_text: TEXT b"hello" => ["hello"]; {
        #[text]
        fn echo(&mut self, text: IncomingText<'_>) -> IncomingText<'_> {
            text
        }
    }
    incoming_bytes_in_an_async_callback: BINARY &[1] => ["[1]"]; {
        #[binary]
        async fn echo(&mut self, bytes: IncomingBytes<'_>) -> Option<IncomingBytes<'_>> {
            tokio::task::yield_now().await;
            Some(bytes)
        }
    }
    any_message: BINARY &[1] => ["[1]"]; {
        #[handle]
        fn echo(&mut self, message: Incoming<'_>) -> Option<Incoming<'_>> {
            (!message.is_control()).then_some(message)
        }
    }
    a_field_of_a_borrowed_json: TEXT br#"{"fruit": "fig"}"# => ["fig"]; {
        #[text]
        fn echo(&mut self, Json(order): Json<Order<'_>>) -> &str {
            order.fruit
        }
    }
    a_field_of_a_json_with_the_lifetime_that_rustc_suggests: TEXT br#"{"fruit": "fig"}"# => ["fig"]; {
        #[text]
        async fn echo(&mut self, Json(order): Json<Order<'callback>>, _: &mut Context<Self>) -> &str {
            order.fruit
        }

        #[binary]
        async fn bytes(&mut self, Json(order): Json<Order<'callback>>) -> &str {
            order.fruit
        }
    }
    a_type_of_ones_own_with_a_lifetime: TEXT b"fig 3" => ["fig", "3"]; {
        #[text]
        fn echo(&mut self, pair: Pair<'_>) -> Pair<'_> {
            pair
        }
    }
    a_lifetime_that_is_written_out: TEXT b"hello" => ["hello"]; {
        #[text]
        fn echo<'a>(&mut self, text: &'a str, _: &mut Context<Self>) -> &'a str {
            text
        }
    }
    lifetimes_that_are_written_out_in_async_callbacks: TEXT b"hello" => ["hello", "lo"]; {
        #[text]
        async fn echo<'a>(&mut self, text: &'a str) -> (&'a str, &'a str) {
            tokio::task::yield_now().await;
            (text, &text[3..])
        }

        #[binary]
        async fn bytes<'a, 'b: 'a>(&'a mut self, bytes: &'b [u8], _: &mut Context<Self>) -> &'a [u8] {
            tokio::task::yield_now().await;
            bytes
        }
    }
    a_lifetime_of_ones_own_named_callback: TEXT b"hello" => ["hello"]; {
        #[text]
        fn echo(&mut self, text: &str) -> &str {
            fn first<'callback>(text: &'callback str, _: &str) -> &'callback str {
                text
            }
            first(text, "other")
        }
    }
}

#[derive(serde::Deserialize)]
struct Order<'a> {
    fruit: &'a str,
}

/// Two words, borrowed from the text.
struct Pair<'a>(&'a str, &'a str);

impl<'a> FromText<'a> for Pair<'a> {
    fn from_text(text: &'a mut IncomingText<'_>) -> Result<Self, ws_core::BadPayload> {
        let (first, second) = text.split_once(' ').ok_or_else(|| ws_core::BadPayload::new("one word"))?;
        Ok(Self(first, second))
    }
}

impl IntoReply for Pair<'_> {
    fn into_reply(self, reply: &mut Reply) {
        reply.text(self.0);
        reply.text(self.1);
    }
}
