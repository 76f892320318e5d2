//! Chapter "Typed events".

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use ws_core::prelude::*;
use ws_core::{BoxError, Envelope, Event, EventId, NoAnswer, WithEnvelope};

// ANCHOR: chat
/// A chat whose messages are `{"type": …, "id": …, …}`.
#[websocket("/events")]
#[derive(Default)]
struct Chat {
    name: String,
}

#[derive(Deserialize)]
struct Say {
    text: String,
}

#[derive(Serialize)]
struct Said {
    by: String,
    text: String,
}

#[derive(Deserialize)]
struct Rename {
    to: String,
}

/// An error that the client receives.
#[derive(Serialize)]
struct NameTaken {
    name: String,
}

#[websocket]
impl Chat {
    #[message]
    fn say(&mut self, say: Say) -> Said {
        Said { by: self.name.clone(), text: say.text }
    }

    /// The type of the event is `rename`.
    #[message("rename")]
    async fn change(&mut self, rename: Rename) -> Result<(), NameTaken> {
        if rename.to == "admin" {
            return Err(NameTaken { name: rename.to });
        }
        self.name = rename.to;
        Ok(())
    }

    #[message]
    fn leave(&mut self) -> Result<(), Close> {
        Err(Close::normal())
    }
}
// ANCHOR_END: chat

// ANCHOR: push
/// The messages that the server sends on its own, tagged in the same way.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Push {
    Price { cents: u32 },
}

#[websocket("/quotes")]
#[derive(Default)]
struct Quotes;

#[websocket]
impl Quotes {
    #[open]
    fn open(&mut self) -> Json<Push> {
        Json(Push::Price { cents: 250 })
    }

    /// The answer has the type `price`, because the value brings its own.
    #[message]
    fn current(&mut self) -> Push {
        Push::Price { cents: 260 }
    }
}
// ANCHOR_END: push

// ANCHOR: several
/// Counts down, and answers once a tenth of a second.
#[websocket("/countdown")]
#[derive(Default)]
struct Countdown;

#[derive(Serialize)]
#[serde(tag = "type", rename = "left")]
struct Left {
    id: Option<EventId>,
    left: u8,
}

#[websocket]
impl Countdown {
    /// `{"type": "start", "id": 7, "data": 3}`
    #[message]
    fn start(&mut self, Event { id, payload }: Event<u8>, cx: &mut Context<Self>) -> NoAnswer {
        cx.socket().info(Left { id, left: payload });
        NoAnswer
    }

    #[info]
    fn tick(&mut self, Left { id, left }: Left, cx: &mut Context<Self>) -> Json<Left> {
        if left > 0 {
            cx.notify_after(Duration::from_millis(100), Left { id: id.clone(), left: left - 1 });
        }
        Json(Left { id, left })
    }
}
// ANCHOR_END: several

// ANCHOR: envelope
/// `{"op": "add", "ref": 7, "data": {"a": 1, "b": 2}}`
#[websocket("/calculator", envelope(tag = "op", id = "ref", payload = "data"))]
#[derive(Default)]
struct Calculator;

#[derive(Deserialize)]
struct Terms {
    a: i64,
    b: i64,
}

#[websocket]
impl Calculator {
    #[message]
    fn add(&mut self, terms: Terms) -> i64 {
        terms.a + terms.b
    }
}
// ANCHOR_END: envelope

// ANCHOR: errors
/// An error that is not for the client.
#[derive(Debug)]
struct Database;

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no connection to 10.0.0.7")
    }
}

impl std::error::Error for Database {}

#[websocket("/stock")]
#[derive(Default)]
struct Stock;

#[websocket]
impl Stock {
    #[message]
    fn count(&mut self) -> Result<u32, Database> {
        Err(Database)
    }

    #[error]
    fn failed(&mut self, error: BoxError) -> &'static str {
        println!("stock: {error}");
        r#"{"type": "error", "error": {"code": "internal"}}"#
    }
}
// ANCHOR_END: errors

// ANCHOR: service
#[service("/events/room")]
#[derive(Default)]
struct Room {
    members: Vec<Member<Self>>,
}

#[derive(Serialize)]
struct Delivered {
    to: usize,
}

#[service]
impl Room {
    #[join]
    fn join(&mut self, member: &Member<Self>) {
        self.members.push(member.clone());
    }

    #[message]
    fn say(&mut self, member: &Member<Self>, say: Say) -> Delivered {
        let others: Vec<_> = self.members.iter().filter(|other| *other != member).collect();
        for other in &others {
            other.send(say.text.as_str());
        }
        Delivered { to: others.len() }
    }

    #[message]
    fn end(&mut self) -> Control {
        Control::stop("a member ended it")
    }

    #[close]
    fn close(&mut self, member: &Member<Self>) {
        self.members.retain(|other| other != member);
    }
}
// ANCHOR_END: service

// ANCHOR: service_error
#[service("/events/cinema")]
#[derive(Default)]
struct Cinema {
    seats: [bool; 10],
}

/// The client does not learn more than that there are no such seats.
#[derive(Debug)]
struct NoSeat;

impl fmt::Display for NoSeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no seat")
    }
}

impl std::error::Error for NoSeat {}

#[derive(Serialize)]
#[serde(tag = "type", rename = "refused")]
struct Refused {
    id: Option<EventId>,
    why: String,
}

#[service]
impl Cinema {
    /// `{"type": "take", "id": 7, "data": 3}`
    #[message]
    fn take(&mut self, seat: usize) -> Result<(), NoSeat> {
        let seat = self.seats.get_mut(seat).filter(|taken| !**taken).ok_or(NoSeat)?;
        *seat = true;
        Ok(())
    }

    #[error]
    fn refused(
        &mut self,
        member: &Member<Self>,
        Event { id, payload }: Event<NoSeat>,
    ) -> Result<(), BoxError> {
        member.send_json(&Refused { id, why: payload.to_string() })?;
        Ok(())
    }
}
// ANCHOR_END: service_error

// ANCHOR: by_hand
/// A generic handler has no route of its own, so it declares its envelope like this.
#[derive(Default)]
pub(crate) struct Echo<const TIMES: usize>;

impl<const TIMES: usize> WithEnvelope for Echo<TIMES> {
    const ENVELOPE: Envelope = Envelope::new().tag("op");
}

#[websocket]
impl<const TIMES: usize> Echo<TIMES> {
    #[message]
    fn echo(&mut self, say: Say) -> String {
        say.text.repeat(TIMES)
    }
}
// ANCHOR_END: by_hand
