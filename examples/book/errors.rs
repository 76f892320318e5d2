//! Chapter "Errors as messages".

use std::fmt;

use serde::{Deserialize, Serialize};
use ws_core::prelude::*;
use ws_core::{BadPayload, BoxError, ErrorReply};

#[derive(Deserialize)]
struct Order {
    item: u32,
    count: u32,
}

#[derive(Serialize)]
struct Receipt {
    price: u32,
}

// ANCHOR: shop
/// The message that a client receives instead of a receipt.
#[derive(Serialize)]
struct Problem {
    error: String,
}

fn problem(error: impl fmt::Display) -> Json<Problem> {
    Json(Problem { error: error.to_string() })
}

#[derive(Debug)]
struct SoldOut {
    left: u32,
}

impl fmt::Display for SoldOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "only {} left", self.left)
    }
}

impl std::error::Error for SoldOut {}

/// Sells three of each item.
#[websocket("/shop")]
#[derive(Default)]
struct Shop;

#[websocket]
impl Shop {
    #[text]
    fn order(&mut self, Json(order): Json<Order>) -> Result<Json<Receipt>, BoxError> {
        let cents = price(order.item)?;
        if order.count > 3 {
            return Err(SoldOut { left: 3 }.into());
        }
        Ok(Json(Receipt { price: cents * order.count }))
    }

    /// A text that is no order.
    #[error]
    fn bad(&mut self, bad: BadPayload) -> Json<Problem> {
        problem(bad)
    }

    #[error]
    fn sold_out(&mut self, error: SoldOut) -> Json<Problem> {
        problem(error)
    }

    /// Any other error. The client receives none of its details.
    #[error]
    fn failed(&mut self, error: BoxError) -> Json<Problem> {
        println!("shop: {error}");
        problem("internal error")
    }
}
// ANCHOR_END: shop

fn price(item: u32) -> Result<u32, BoxError> {
    if item < 100 { Ok(item * 10) } else { Err("the price list has 100 items".into()) }
}

// ANCHOR: reply
/// An error that knows its message.
enum SeatError {
    Taken,
    Closed,
}

impl IntoReply for SeatError {
    fn into_reply(self, reply: &mut Reply) {
        match self {
            Self::Taken => reply.push("this seat is taken"),
            Self::Closed => reply.push(Close::new(CloseCode::POLICY, "the hall is closed")),
        }
    }
}

#[websocket("/seats")]
#[derive(Default)]
struct Seats {
    taken: Vec<u32>,
}

#[websocket]
impl Seats {
    #[text]
    fn take(&mut self, Json(seat): Json<u32>) -> Result<&'static str, ErrorReply> {
        self.reserve(seat)?;
        Ok("it is yours")
    }
}

impl Seats {
    fn reserve(&mut self, seat: u32) -> Result<(), SeatError> {
        match seat {
            0 => Err(SeatError::Closed),
            seat if self.taken.contains(&seat) => Err(SeatError::Taken),
            seat => {
                self.taken.push(seat);
                Ok(())
            }
        }
    }
}
// ANCHOR_END: reply

// ANCHOR: service
/// One shop for all its clients.
#[service("/auction")]
#[derive(Default)]
struct Auction {
    highest: u32,
}

#[derive(Debug)]
struct TooLow(u32);

impl fmt::Display for TooLow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the highest bid is {}", self.0)
    }
}

impl std::error::Error for TooLow {}

#[service]
impl Auction {
    #[incoming]
    fn bid(&mut self, member: &Member<Self>, Json(bid): Json<u32>) -> Result<(), TooLow> {
        if bid <= self.highest {
            return Err(TooLow(self.highest));
        }
        self.highest = bid;
        member.send("yours is the highest");
        Ok(())
    }

    #[error]
    fn too_low(&mut self, member: &Member<Self>, error: TooLow) {
        member.send(error.to_string());
    }
}
// ANCHOR_END: service
