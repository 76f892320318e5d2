//! Drives the protocol core as the driver does, with bytes that arrive in pieces.

use std::io::IoSlice;

use bytes::BufMut;

use crate::message::Close;
use crate::message::Message;
use crate::protocol::deflate::Negotiated;
use crate::protocol::part::LARGEST_PART;
use crate::protocol::{Event, FrameLimits, Input, Part, Protocol, ProtocolError, SLICES, Streams};

/// How a connection's bytes arrive.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Splits<'s> {
    /// The sizes of the pieces, repeated. If there are none, all bytes arrive at once.
    pub(crate) sizes: &'s [usize],
    /// One bit for each piece, repeated: whether it is read straight into a message, if the message offers its buffer.
    pub(crate) direct: u8,
}

impl Splits<'_> {
    pub(crate) const WHOLE: Self = Self { sizes: &[], direct: 0 };
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Received {
    pub(crate) messages: Vec<Message>,
    pub(crate) end: End,
    /// The bytes that were written in response.
    pub(crate) answers: Vec<u8>,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) enum End {
    /// The connection is still open.
    #[default]
    Open,
    Closed(Option<Close>),
    Failed(ProtocolError),
}

/// Receives `bytes`.
///
/// # Panics
/// Panics if a message or a second end follows the end.
pub(crate) fn receive(
    bytes: &[u8],
    splits: Splits<'_>,
    limits: &FrameLimits,
    negotiated: Option<Negotiated>,
) -> Received {
    receive_by(Protocol::new(*limits, negotiated), bytes, splits)
}

/// Receives `bytes` with data messages in parts, and puts the parts together.
///
/// # Panics
/// Panics as [`receive`] does, or if a part is too large or cut within a character.
pub(super) fn receive_parts(
    bytes: &[u8],
    splits: Splits<'_>,
    limits: &FrameLimits,
    negotiated: Option<Negotiated>,
) -> Received {
    let mut protocol = Protocol::new(*limits, negotiated);
    protocol.set_streams(Streams { text: true, binary: true });
    receive_by(protocol, bytes, splits)
}

fn receive_by(protocol: Protocol, mut bytes: &[u8], splits: Splits<'_>) -> Received {
    let mut receiver =
        Receiver { protocol, unread: Vec::new(), streamed: None, received: Received::default() };
    let mut sizes = splits.sizes.iter().cycle();
    let mut direct = splits.direct;
    while !bytes.is_empty() {
        let size = sizes.next().map_or(bytes.len(), |size| (*size).clamp(1, bytes.len()));
        let (piece, rest) = bytes.split_at(size);
        receiver.read(piece, direct & 1 == 1);
        bytes = rest;
        direct = direct.rotate_right(1);
    }
    receiver.received
}

struct Receiver {
    protocol: Protocol,
    /// The bytes that were read and are not decoded.
    unread: Vec<u8>,
    /// The parts so far of a message, and whether it is text.
    streamed: Option<(bool, Vec<u8>)>,
    received: Received,
}

impl Receiver {
    fn read(&mut self, mut piece: &[u8], directly: bool) {
        while !piece.is_empty() {
            if directly
                && self.protocol.is_mid_message()
                && let Some(mut into) = self.protocol.message_buffer()
            {
                assert!(self.unread.is_empty(), "bytes read earlier come before bytes read directly");
                let count = into.remaining_mut().min(piece.len());
                assert!(count > 0, "there is room");
                into.put_slice(&piece[..count]);
                piece = &piece[count..];
                match self.protocol.received_into_message(count) {
                    Ok(message) => self.received.messages.extend(message.map(Message::from)),
                    Err(error) => self.end(End::Failed(error)),
                }
            } else {
                self.unread.extend_from_slice(piece);
                piece = &[];
                self.decode();
            }
        }
        self.received.answers.extend(written(&mut self.protocol, usize::MAX));
    }

    fn decode(&mut self) {
        let mut unread = std::mem::take(&mut self.unread);
        let mut input = Input::new(&mut unread);
        loop {
            match self.protocol.receive(&mut input) {
                Ok(Some(Event::Message(message))) => {
                    assert_eq!(self.received.end, End::Open, "nothing comes after the end");
                    self.received.messages.push(message.into());
                }
                Ok(Some(Event::Begun { is_text })) => {
                    assert!(self.streamed.replace((is_text, Vec::new())).is_none(), "one after the other");
                }
                Ok(Some(Event::Part(part))) => self.part(&part),
                Ok(Some(Event::Closed(close))) => self.end(End::Closed(close)),
                Err(error) => self.end(End::Failed(error)),
                Ok(None) => break,
            }
        }
        self.unread = input.rest().to_vec();
    }

    fn part(&mut self, part: &Part) {
        assert!(part.is_last || !part.payload.is_empty(), "a part is not empty");
        assert!(part.payload.len() <= LARGEST_PART, "{}", part.payload.len());
        let (is_text, payload) = self.streamed.as_mut().expect("a message has begun");
        assert!(!*is_text || str::from_utf8(&part.payload).is_ok(), "parts end between characters");
        payload.extend_from_slice(&part.payload);
        if part.is_last
            && let Some((is_text, payload)) = self.streamed.take()
        {
            self.received.messages.push(if is_text {
                String::from_utf8(payload).expect("checked text").into()
            } else {
                payload.into()
            });
        }
    }

    fn end(&mut self, end: End) {
        assert_eq!(self.received.end, End::Open, "it ends once");
        assert!(self.protocol.is_ended());
        self.received.end = end;
    }
}

/// Writes at most `at_most` bytes of the queue.
pub(crate) fn written(protocol: &mut Protocol, at_most: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let queued = protocol.queued();
    if let Some(queue) = protocol.write_queue() {
        while !queue.is_empty() && out.len() < at_most {
            let mut slices = [IoSlice::new(&[]); SLICES];
            let count = queue.slices(&mut slices);
            let before = out.len();
            for slice in &slices[..count] {
                let part = slice.len().min(at_most - out.len());
                out.extend_from_slice(&slice[..part]);
            }
            let count = out.len() - before;
            queue.advance(count);
        }
        assert_eq!(queue.len(), queued - out.len());
    }
    if protocol.queued() == 0
        && let Some(queue) = protocol.write_queue().take()
    {
        queue.give();
    }
    out
}
