//! Chapter "Payloads of your own".

use std::fmt::Display;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use ws_core::prelude::*;
use ws_core::{BadPayload, FromBinary, FromText, IncomingBytes, IncomingText};

// ANCHOR: text
/// What a client sends: `add 250`, or `total`.
enum Command {
    Add(u32),
    Total,
}

impl FromText<'_> for Command {
    fn from_text(text: &mut IncomingText<'_>) -> Result<Self, BadPayload> {
        match text.split_once(' ') {
            Some(("add", cents)) => match cents.parse() {
                Ok(cents) => Ok(Self::Add(cents)),
                Err(error) => Err(BadPayload::new(format!("add: {error}"))),
            },
            None if &**text == "total" => Ok(Self::Total),
            _ => Err(BadPayload::new("send `add CENTS` or `total`")),
        }
    }
}
// ANCHOR_END: text

// ANCHOR: reply
/// The reply: the sum, and a second message if it is large.
struct Sum(u32);

impl IntoReply for Sum {
    fn into_reply(self, reply: &mut Reply) {
        reply.push(format!("{}.{:02}", self.0 / 100, self.0 % 100));
        if self.0 > 10_000 {
            reply.text("that is a lot");
        }
    }
}

#[websocket("/till")]
#[derive(Default)]
struct Till {
    cents: u32,
}

#[websocket]
impl Till {
    #[text]
    fn command(&mut self, command: Command) -> Option<Sum> {
        match command {
            Command::Add(cents) => {
                self.cents = self.cents.saturating_add(cents);
                None
            }
            Command::Total => Some(Sum(self.cents)),
        }
    }
}
// ANCHOR_END: reply

// ANCHOR: message
/// A score, as it is published.
#[derive(Clone, Copy)]
struct Score {
    home: u8,
    away: u8,
}

impl From<Score> for Message {
    fn from(score: Score) -> Self {
        format!("{}:{}", score.home, score.away).into()
    }
}

#[websocket("/score")]
struct Scores {
    score: Score,
}

#[websocket]
impl Scores {
    #[init]
    fn new(upgrade: &mut Upgrade<Self>) -> Self {
        upgrade.subscribe("score");
        Self { score: Score { home: 0, away: 0 } }
    }

    #[text]
    fn goal(&mut self, _: &str, cx: &mut Context<Self>) {
        self.score.home += 1;
        cx.app().hub().publish("score", self.score);
    }
}
// ANCHOR_END: message

// ANCHOR: borrow
/// A packet: the number of a channel, then the samples. Borrowed from the message.
struct Packet<'a> {
    channel: u8,
    samples: &'a [u8],
}

impl<'a> FromBinary<'a> for Packet<'a> {
    fn from_binary(bytes: &'a mut IncomingBytes<'_>) -> Result<Self, BadPayload> {
        match bytes.split_first() {
            Some((&channel, samples)) => Ok(Self { channel, samples }),
            None => Err(BadPayload::new("an empty packet")),
        }
    }
}

#[websocket("/samples")]
#[derive(Default)]
struct Samples;

#[websocket]
impl Samples {
    /// Returns the samples of channel 1, without a copy of its own.
    #[binary]
    fn packet(&mut self, packet: Packet<'_>) -> Option<&[u8]> {
        (packet.channel == 1).then_some(packet.samples)
    }
}
// ANCHOR_END: borrow

// ANCHOR: generic
/// Values with commas between them, to receive and to send.
struct List<T>(Vec<T>);

impl<T: FromStr<Err: Display>> FromText<'_> for List<T> {
    fn from_text(text: &mut IncomingText<'_>) -> Result<Self, BadPayload> {
        let value = |part: &str| part.parse().map_err(|error| BadPayload::new(format!("{part:?}: {error}")));
        text.split(',').map(value).collect::<Result<_, _>>().map(Self)
    }
}

impl<T: Display> IntoReply for List<T> {
    fn into_reply(self, reply: &mut Reply) {
        let values: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        reply.push(values.join(","));
    }
}

#[websocket("/sort")]
#[derive(Default)]
struct Sort;

#[websocket]
impl Sort {
    #[text]
    fn sort(&mut self, List(mut numbers): List<i64>) -> List<i64> {
        numbers.sort_unstable();
        List(numbers)
    }
}
// ANCHOR_END: generic

// ANCHOR: service
/// A vote, as text or as one byte.
struct Vote(u8);

impl FromText<'_> for Vote {
    fn from_text(text: &mut IncomingText<'_>) -> Result<Self, BadPayload> {
        text.parse().map(Self).map_err(|error| BadPayload::new(format!("no vote: {error}")))
    }
}

impl FromBinary<'_> for Vote {
    fn from_binary(bytes: &mut IncomingBytes<'_>) -> Result<Self, BadPayload> {
        match **bytes {
            [vote] => Ok(Self(vote)),
            _ => Err(BadPayload::new("a vote is one byte")),
        }
    }
}

/// Counts the votes of all clients.
#[service("/votes")]
#[derive(Default)]
struct Votes {
    sum: u32,
}

#[service]
impl Votes {
    #[incoming]
    fn vote(&mut self, member: &Member<Self>, Vote(vote): Vote) {
        self.sum += u32::from(vote);
        member.send(format!("sum {}", self.sum));
    }
}
// ANCHOR_END: service

// ANCHOR: codecs
#[derive(Deserialize)]
struct Order<'a> {
    fruit: &'a str,
    count: u32,
}

#[derive(Serialize)]
struct Price {
    fruit: String,
    cents: u32,
}

impl Order<'_> {
    fn price(&self) -> Price {
        let each = if self.fruit == "fig" { 90 } else { 40 };
        Price { fruit: self.fruit.to_owned(), cents: self.count.saturating_mul(each) }
    }
}

#[websocket("/orders/msgpack")]
#[derive(Default)]
struct MsgPackOrders;

#[websocket]
impl MsgPackOrders {
    #[binary]
    fn order(&mut self, MsgPack(order): MsgPack<Order<'_>>) -> MsgPack<Price> {
        MsgPack(order.price())
    }
}

#[websocket("/orders/cbor")]
#[derive(Default)]
struct CborOrders;

#[websocket]
impl CborOrders {
    #[binary]
    fn order(&mut self, Cbor(order): Cbor<Order<'_>>) -> Cbor<Price> {
        Cbor(order.price())
    }
}
// ANCHOR_END: codecs
