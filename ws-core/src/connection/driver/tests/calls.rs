//! The calls of the stream, which are the system calls of a connection over TCP. They cost more than the rest of an echo.

use axum::response::Response;
use http::request::Parts;

use super::peer::{Echo, Peer};
use super::wire::Call;
use super::{BINARY, PING, frame, text};
use crate::handler::{Context, Handler, IntoReply, Reply, Upgrade};
use crate::message::Incoming;

/// Echoes messages, and never waits.
struct AtOnce;

impl Handler for AtOnce {
    type Info = std::convert::Infallible;

    const AWAITS: bool = false;

    async fn init(_: &mut Parts, _: &mut Upgrade<Self>) -> Result<Self, Response> {
        Ok(Self)
    }

    async fn message(&mut self, message: Incoming<'_>, _: &mut Context<Self>, reply: &mut Reply) {
        if !message.is_control() {
            message.into_reply(reply);
        }
    }
}

/// The number of reads, of reads that found nothing, of writes, and of writes that were not accepted.
fn counted(calls: &[Call]) -> [usize; 4] {
    let mut counts = [0; 4];
    for call in calls {
        counts[match call {
            Call::Read(_) => 0,
            Call::PendingRead => 1,
            Call::Write(_) => 2,
            Call::PendingWrite => 3,
        }] += 1;
    }
    counts
}

/// The second read finds nothing. Over TCP, it is no system call: the first one did not fill its buffer.
#[test]
fn an_echo_and_a_burst_are_one_read_and_one_write() {
    for (form, mut peer) in [("async", Peer::of::<Echo>()), ("at once", Peer::of::<AtOnce>())] {
        peer.run();
        peer.wire.calls();
        for (kind, messages) in [
            ("a text", text("x")),
            ("a burst", text("x").repeat(16)),
            ("a text after a burst", text("x")),
            ("a message of 1 KiB", frame(BINARY, [7; 1 << 10])),
            ("a burst of messages of 3 KiB", frame(BINARY, [7; 3 << 10]).repeat(5)),
            ("a burst with a ping", [text("x"), frame(PING, "p"), text("x")].concat()),
            ("a ping", frame(PING, "p")),
        ] {
            peer.send(messages);
            assert_eq!(counted(&peer.wire.calls()), [1, 1, 1, 0], "{form}: {kind}");
        }
    }
}

#[test]
fn a_connection_that_opens_makes_no_more_than_a_read_that_finds_nothing() {
    for mut peer in [Peer::of::<Echo>(), Peer::of::<AtOnce>()] {
        peer.run();
        assert_eq!(counted(&peer.wire.calls()), [0, 1, 0, 0]);
    }
}
