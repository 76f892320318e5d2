//! Conversions between the messages and errors of tungstenite and those of this crate.

use std::io;

use bytes::Bytes;
use tokio_tungstenite::tungstenite;
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame};

use super::error::End;
use crate::message::{Close, CloseCode};
use crate::message::{ControlPayload, Message, Text};

/// A message or a close frame from the server.
pub(super) enum Received {
    Message(Message),
    Close(Option<(u16, String)>),
}

pub(super) fn to_tungstenite(message: Message) -> tungstenite::Message {
    match message {
        Message::Text(text) => {
            let text = text.into_bytes().try_into().expect("text is UTF-8");
            tungstenite::Message::Text(text)
        }
        Message::Binary(bytes) => tungstenite::Message::Binary(bytes),
        Message::Ping(payload) => tungstenite::Message::Ping(payload.into_bytes()),
        // Sent as a frame, because tungstenite holds one pong at a time, which may be the answer to a ping.
        Message::Pong(payload) => tungstenite::Message::Frame(Frame::pong(payload.into_bytes())),
        Message::Close(close) => close_frame(&close),
    }
}

/// Converts a part of a data message to a frame. A control message is not a part.
pub(super) fn part(message: Message, is_first: bool, is_last: bool) -> tungstenite::Message {
    let (kind, payload) = match message {
        Message::Text(text) => (Data::Text, text.into_bytes()),
        Message::Binary(bytes) => (Data::Binary, bytes),
        control => return to_tungstenite(control),
    };
    let kind = if is_first { kind } else { Data::Continue };
    tungstenite::Message::Frame(Frame::message(payload, OpCode::Data(kind), is_last))
}

pub(super) fn close_frame(close: &Close) -> tungstenite::Message {
    let code = u16::from(close.code()).into();
    tungstenite::Message::Close(Some(CloseFrame { code, reason: close.reason().into() }))
}

pub(super) fn from_tungstenite(message: tungstenite::Message) -> Received {
    Received::Message(match message {
        tungstenite::Message::Text(text) => {
            Message::Text(Text::try_from(Bytes::from(text)).expect("tungstenite checks UTF-8"))
        }
        tungstenite::Message::Binary(bytes) => Message::Binary(bytes),
        tungstenite::Message::Ping(payload) => Message::Ping(control(payload)),
        tungstenite::Message::Pong(payload) => Message::Pong(control(payload)),
        tungstenite::Message::Close(frame) => {
            return Received::Close(frame.map(|frame| (frame.code.into(), frame.reason.as_str().to_owned())));
        }
        tungstenite::Message::Frame(_) => unreachable!("tungstenite returns whole messages when it reads"),
    })
}

fn control(payload: Bytes) -> ControlPayload {
    ControlPayload::new(payload).expect("tungstenite checks the length of control frames")
}

pub(super) fn read_failed(error: tungstenite::Error) -> End {
    use tungstenite::Error;
    let (problem, invalid_text) = match error {
        Error::ConnectionClosed
        | Error::AlreadyClosed
        | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
            return End::Lost(io::ErrorKind::UnexpectedEof);
        }
        Error::Io(error) => return End::Lost(error.kind()),
        Error::Capacity(CapacityError::MessageTooLong { size, max_size }) => {
            return End::TooLarge { size, limit: max_size };
        }
        Error::Utf8(_) => ("text is not valid UTF-8".to_owned(), true),
        Error::Protocol(problem) => (problem.to_string(), false),
        other => (other.to_string(), false),
    };
    End::Protocol { problem, invalid_text }
}

/// Returns the kind of a write error, or `None` if the message follows a close frame.
pub(super) fn write_failed(error: &tungstenite::Error) -> Option<io::ErrorKind> {
    match error {
        tungstenite::Error::Io(error) => Some(error.kind()),
        tungstenite::Error::Protocol(ProtocolError::SendAfterClosing) => None,
        _ => Some(io::ErrorKind::NotConnected),
    }
}

/// Returns the code to close with after a failure (RFC 6455 7.4.1), or `None` if the connection is lost or already
/// closed.
pub(super) fn close_after(end: &End) -> Option<CloseCode> {
    match end {
        End::Closed(_) | End::Lost(_) => None,
        End::TooLarge { .. } => Some(CloseCode::TOO_BIG),
        End::Protocol { invalid_text: true, .. } => Some(CloseCode::INVALID_DATA),
        End::Protocol { .. } => Some(CloseCode::PROTOCOL),
    }
}
