//! Chapter "Services". Its other listings are in the example `foobar`.

use std::time::Duration;

use serde::Serialize;
use ws_core::prelude::*;

// ANCHOR: module
/// An auction: sends each new bid to all bidders. Served at `/websocket/auction`.
#[service]
mod auction {
    use ws_core::prelude::*;

    #[derive(Default)]
    struct Lot {
        bidders: Vec<Member<Lot>>,
        highest: u32,
    }

    #[join]
    fn enter(lot: &mut Lot, member: &Member<Lot>) {
        member.send(format!("{} is bid", lot.highest));
        lot.bidders.push(member.clone());
    }

    #[incoming]
    fn bid(lot: &mut Lot, member: &Member<Lot>, Json(bid): Json<u32>) {
        if bid <= lot.highest {
            member.send(format!("more than {} is wanted", lot.highest));
            return;
        }
        lot.highest = bid;
        for bidder in &lot.bidders {
            bidder.send(format!("{bid} is bid"));
        }
    }

    #[close]
    fn leave(lot: &mut Lot, member: &Member<Lot>) {
        lot.bidders.retain(|bidder| bidder != member);
    }
}
// ANCHOR_END: module

// ANCHOR: clock
/// Sends its running time to all members every second.
#[service("/elapsing")]
struct Elapsing {
    cx: ServiceContext<Self>,
    members: Vec<Member<Self>>,
    seconds: u32,
}

struct Tick;

#[derive(Serialize)]
struct Elapsed {
    seconds: u32,
}

#[service]
impl Elapsing {
    #[init]
    fn begin(cx: ServiceContext<Self>) -> Self {
        cx.notify_after(Duration::from_secs(1), Tick);
        Self { cx, members: Vec::new(), seconds: 0 }
    }

    #[join]
    fn enter(&mut self, member: &Member<Self>) {
        self.members.push(member.clone());
    }

    #[rejoin]
    fn again(&mut self, member: &Member<Self>) {
        self.members.push(member.clone());
    }

    #[info]
    fn tick(&mut self, _: Tick) {
        self.cx.notify_after(Duration::from_secs(1), Tick);
        self.seconds += 1;
        let elapsed = Message::json(&Elapsed { seconds: self.seconds }).expect("a number is JSON");
        for member in &self.members {
            member.send(elapsed.clone());
        }
    }

    #[close]
    fn leave(&mut self, member: &Member<Self>) {
        self.members.retain(|other| other != member);
    }
}
// ANCHOR_END: clock
