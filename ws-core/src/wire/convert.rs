//! Between the codec's messages and errors and ours.

use std::io;

use bytes::Bytes;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame};
use tokio_tungstenite::tungstenite::{self, Error};

use super::headers::Refusal;
use crate::close::{Close, CloseCode, Reason};
use crate::message::{Control, Message, Text};
use crate::terminate::Terminate;

/// As the codec takes it.
pub(crate) fn for_codec(message: Message) -> tungstenite::Message {
    match message {
        Message::Text(Text(text)) => tungstenite::Message::Text(text),
        Message::Binary(bytes) => tungstenite::Message::Binary(bytes),
        Message::Ping(payload) => tungstenite::Message::Ping(payload.into_bytes()),
        // As a frame: the codec keeps one pong of its own at a time, and ours must not take its place.
        Message::Pong(payload) => tungstenite::Message::Frame(Frame::pong(payload.into_bytes())),
        Message::Close(close) => close_frame(&close),
    }
}

/// As a handler takes it; the error is that it ends the connection.
pub(crate) fn received(message: tungstenite::Message) -> Result<Message, Terminate> {
    Ok(match message {
        tungstenite::Message::Text(text) => Message::Text(Text(text)),
        tungstenite::Message::Binary(bytes) => Message::Binary(bytes),
        tungstenite::Message::Ping(payload) => Message::Ping(control(payload)?),
        tungstenite::Message::Pong(payload) => Message::Pong(control(payload)?),
        tungstenite::Message::Close(Some(frame)) if is_illegal(&frame) => {
            return Err(Terminate::BadFrame("a close code that may not be sent".into()));
        }
        tungstenite::Message::Close(frame) => {
            return Err(Terminate::Remote(frame.as_ref().map(remote_close)));
        }
        tungstenite::Message::Frame(_) => return Err(Terminate::BadFrame("a raw frame".into())),
    })
}

pub(crate) fn read_failed(error: Error) -> Terminate {
    match error {
        Error::ConnectionClosed
        | Error::AlreadyClosed
        | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Terminate::Lost,
        Error::Io(error) => match error.get_ref().and_then(|error| error.downcast_ref::<Refusal>()) {
            Some(Refusal::TooBig(limit)) => {
                Terminate::BadSize { limit: usize::try_from(*limit).unwrap_or(usize::MAX) }
            }
            Some(refusal @ Refusal::LongControl) => Terminate::BadFrame(refusal.to_string()),
            None => lost_or(error),
        },
        Error::Utf8(what) => Terminate::BadEncoding(what),
        Error::Protocol(what) => Terminate::BadFrame(what.to_string()),
        other => Terminate::BadFrame(other.to_string()),
    }
}

fn control(payload: Bytes) -> Result<Control, Terminate> {
    Control::new(payload).map_err(|error| Terminate::BadFrame(error.to_string()))
}

/// The codec answers a code that may not be sent with 1002, and shows that answer in its place.
fn is_illegal(frame: &CloseFrame) -> bool {
    u16::from(frame.code) == 1002 && frame.reason.as_str() == "Protocol violation"
}

pub(crate) fn remote_close(frame: &CloseFrame) -> Close {
    let code = CloseCode::new(frame.code.into()).unwrap_or(CloseCode::PROTOCOL);
    Close::new(code, Reason::truncated(&frame.reason))
}

pub(crate) fn close_frame(close: &Close) -> tungstenite::Message {
    tungstenite::Message::Close(Some(CloseFrame {
        code: u16::from(close.code()).into(),
        reason: close.reason().into(),
    }))
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
