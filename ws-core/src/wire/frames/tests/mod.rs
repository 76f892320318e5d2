//! What comes out of the codec above [`Frames`](super::Frames), whatever pieces the input arrives in.

mod direct;
mod inflated;
mod pieces;
mod refused;
mod resting;
pub(crate) mod script;
mod sent;

use std::task::{Context, Poll, Waker};

use self::script::Script;
use super::header::unmask;
use crate::compression::Compression;
use crate::limits::Limits;
use crate::message::Message;
use crate::protocol::deflate::{Agreed, Settled};
use crate::terminate::Terminate;
use crate::wire::messages::Messages;
use crate::wire::transport::Transport;

/// A masked frame whose first byte is `first`.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    const MASK: [u8; 4] = [0x12, 0xf4, 0x56, 0x78];
    let mut frame = vec![first];
    match payload.len() {
        short @ 0..126 => frame.push(0x80 | u8::try_from(short).unwrap()),
        medium @ 126..0x1_0000 => {
            frame.push(0xfe);
            frame.extend(u16::try_from(medium).unwrap().to_be_bytes());
        }
        long => {
            frame.push(0xff);
            frame.extend((long as u64).to_be_bytes());
        }
    }
    frame.extend(MASK);
    let start = frame.len();
    frame.extend(payload);
    unmask(&mut frame[start..], MASK);
    frame
}

/// What is left of a message in one line: payloads are long.
#[derive(Debug, PartialEq, Eq)]
struct Heard {
    messages: Vec<Message>,
    end: String,
}

const LIMIT: usize = 100_000;

fn limits() -> Limits {
    Limits { max_message_size: LIMIT, max_fragments: 100, ..Limits::default() }
}

const AGREED: Agreed = Agreed {
    server_no_context_takeover: true,
    client_no_context_takeover: false,
    server_max_window_bits: 15,
    client_max_window_bits: 15,
};

/// Messages over `input`, of which `early` bytes come with the handshake and then as many at a time as `sizes` say, over
/// and over.
fn over(input: &[u8], early: usize, sizes: &[usize], limits: &Limits, deflate: bool) -> Messages {
    let (early, input) = input.split_at(early.min(input.len()));
    let settled = deflate.then(|| Settled { agreed: AGREED, ours: Compression::new() });
    Messages::new(Transport::Script(Script::new(input, sizes)), early, limits, settled)
}

/// All that comes out.
fn all(mut messages: Messages) -> Heard {
    let mut heard = Vec::new();
    loop {
        match poll(&mut messages) {
            Poll::Pending => {}
            Poll::Ready(Ok(message)) => heard.push(message),
            Poll::Ready(Err(end)) => {
                return Heard { messages: heard, end: format!("{}: {end}", end.kind()) };
            }
        }
    }
}

fn poll(messages: &mut Messages) -> Poll<Result<Message, Terminate>> {
    messages.poll_read(&mut Context::from_waker(Waker::noop()))
}
