//! Chapter "Services"; its other listings are those of the example `foobar`.

use ws_core::prelude::*;

// ANCHOR: module
/// Says to all what is bid. Served at `/websocket/auction`.
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
