//! Between the codec's messages and errors and ours.

use std::io;

use bytes::Bytes;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame, FrameHeader};
use tokio_tungstenite::tungstenite::{self, Error};

use super::frames::refusal::End;
use crate::close::Close;
use crate::message::{ControlPayload, Message, Text};
use crate::terminate::Terminate;

/// The longest header of a frame without a mask, in bytes.
pub(crate) const HEADER: usize = 10;

/// As the codec takes it.
pub(crate) fn for_codec(message: Message) -> tungstenite::Message {
    match message {
        Message::Text(Text(text)) => tungstenite::Message::Text(text),
        Message::Binary(bytes) => tungstenite::Message::Binary(bytes),
        Message::Ping(payload) => tungstenite::Message::Ping(payload.into_bytes()),
        // As a frame: the codec keeps one pong of its own at a time, and ours must not take its place.
        Message::Pong(payload) => tungstenite::Message::Frame(Frame::pong(payload.into_bytes())),
        Message::Close(close) => close_frame(Some(&close)),
    }
}

/// As a handler takes it; the error is that it ends the connection.
pub(crate) fn received(message: tungstenite::Message) -> Result<Message, Terminate> {
    Ok(match message {
        tungstenite::Message::Text(text) => Message::Text(Text(text)),
        tungstenite::Message::Binary(bytes) => Message::Binary(bytes),
        tungstenite::Message::Ping(payload) => Message::Ping(control(payload)?),
        tungstenite::Message::Pong(payload) => Message::Pong(control(payload)?),
        // Close frames do not get past `Frames`, and the codec makes no raw ones of what it reads.
        tungstenite::Message::Close(_) | tungstenite::Message::Frame(_) => return Err(Terminate::Lost),
    })
}

pub(crate) fn read_failed(error: Error) -> Terminate {
    match error {
        Error::ConnectionClosed
        | Error::AlreadyClosed
        | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Terminate::Lost,
        Error::Io(error) => match error.downcast() {
            Ok(End::Closed(close)) => Terminate::Remote(close),
            Ok(End::Refused(refusal)) => refusal.into(),
            Err(error) => lost_or(error),
        },
        // The codec shows the bytes, or where they are, as it happens to come upon them.
        Error::Utf8(_) => Terminate::BadEncoding("text that is not UTF-8".into()),
        Error::Protocol(what) => Terminate::BadFrame(what.to_string()),
        other => Terminate::BadFrame(other.to_string()),
    }
}

fn control(payload: Bytes) -> Result<ControlPayload, Terminate> {
    ControlPayload::new(payload).map_err(|error| Terminate::BadFrame(error.to_string()))
}

/// A close frame; `None` has no code.
pub(crate) fn close_frame(close: Option<&Close>) -> tungstenite::Message {
    tungstenite::Message::Close(
        close.map(|close| CloseFrame { code: u16::from(close.code()).into(), reason: close.reason().into() }),
    )
}

pub(crate) fn write_failed(error: Error) -> Terminate {
    match error {
        Error::Io(error) => lost_or(error),
        _ => Terminate::Lost,
    }
}

/// A peer that is gone is one ending, whichever call notices it first.
fn lost_or(error: io::Error) -> Terminate {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, UnexpectedEof};
    match error.kind() {
        BrokenPipe | ConnectionAborted | ConnectionReset | NotConnected | UnexpectedEof => Terminate::Lost,
        _ => Terminate::Io(error),
    }
}

/// What of a message can be compressed, and sent in pieces.
pub(crate) fn data(message: &Message) -> Option<(Data, &[u8])> {
    match message {
        Message::Text(text) => Some((Data::Text, text.as_bytes())),
        Message::Binary(bytes) => Some((Data::Binary, bytes)),
        Message::Ping(_) | Message::Pong(_) | Message::Close(_) => None,
    }
}

/// The header of a data message's first frame, which may be its only one. RSV1 says compressed, of the whole message
/// (RFC 7692 6).
pub(crate) fn first_header(kind: Data, deflated: bool, whole: bool) -> FrameHeader {
    FrameHeader { is_final: whole, rsv1: deflated, opcode: OpCode::Data(kind), ..FrameHeader::default() }
}

/// Appends a data message as one whole frame of the server's (RFC 6455 5.2); how long its header is.
pub(crate) fn append_frame(frame: &mut Vec<u8>, kind: Data, payload: &[u8], deflated: bool) -> usize {
    let before = frame.len();
    first_header(kind, deflated, true)
        .format(payload.len() as u64, frame)
        .expect("a vector takes what is written");
    let header = frame.len() - before;
    frame.extend_from_slice(payload);
    header
}

/// A data message as one whole frame.
#[derive(Clone, Debug)]
pub(crate) struct Framed {
    bytes: Bytes,
    header: usize,
}

impl Framed {
    pub(crate) fn new(kind: Data, payload: &[u8], deflated: bool) -> Self {
        let mut frame = Vec::with_capacity(payload.len() + HEADER);
        let header = append_frame(&mut frame, kind, payload, deflated);
        Self { bytes: frame.into(), header }
    }

    /// Header and payload.
    pub(crate) fn into_whole(self) -> Bytes {
        self.bytes
    }

    pub(crate) fn into_payload(mut self) -> Bytes {
        self.bytes.split_off(self.header)
    }
}
