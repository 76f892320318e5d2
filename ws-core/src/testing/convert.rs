//! Between tungstenite's messages and ours.

use bytes::Bytes;
use tokio_tungstenite::tungstenite;
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;

use crate::close::{Close, CloseCode, Reason};
use crate::message::{ControlPayload, Message, Text};

pub(super) fn to_tungstenite(message: Message) -> tungstenite::Message {
    match message {
        Message::Text(text) => {
            tungstenite::Message::Text(Utf8Bytes::try_from(text.into_bytes()).unwrap_or_default())
        }
        Message::Binary(bytes) => tungstenite::Message::Binary(bytes),
        Message::Ping(payload) => tungstenite::Message::Ping(payload.into_bytes()),
        // As a frame: tungstenite keeps one pong of its own at a time, and ours must not take its place.
        Message::Pong(payload) => tungstenite::Message::Frame(Frame::pong(payload.into_bytes())),
        Message::Close(close) => tungstenite::Message::Close(Some(CloseFrame {
            code: u16::from(close.code()).into(),
            reason: close.reason().into(),
        })),
    }
}

/// `None`: a close frame, or a raw one.
pub(super) fn from_tungstenite(message: tungstenite::Message) -> Option<Message> {
    Some(match message {
        tungstenite::Message::Text(text) => Message::Text(Text::try_from(Bytes::from(text)).ok()?),
        tungstenite::Message::Binary(bytes) => Message::Binary(bytes),
        tungstenite::Message::Ping(payload) => Message::Ping(ControlPayload::new(payload).ok()?),
        tungstenite::Message::Pong(payload) => Message::Pong(ControlPayload::new(payload).ok()?),
        tungstenite::Message::Close(_) | tungstenite::Message::Frame(_) => return None,
    })
}

pub(super) fn close(frame: &CloseFrame) -> Close {
    let code = CloseCode::new(frame.code.into()).unwrap_or(CloseCode::PROTOCOL);
    Close::new(code, Reason::truncated(&frame.reason))
}
