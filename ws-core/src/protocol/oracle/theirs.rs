//! Runs tungstenite in memory, as server and as client.

use std::io::{self, Write};

use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message as TheirMessage, WebSocket};

#[cfg(test)]
use crate::message::{Close, CloseCode, Reason};
use crate::message::{ControlPayload, Message, Text};
use crate::protocol::FrameLimits;

#[derive(Debug)]
pub(super) struct Received {
    pub(super) messages: Vec<Message>,
    pub(super) end: TheirEnd,
    pub(super) answers: Vec<u8>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum TheirEnd {
    /// The connection is still open.
    Open,
    Closed(Option<(u16, String)>),
    Protocol,
    TooBig,
    InvalidUtf8,
}

struct Memory<'m> {
    input: &'m [u8],
    output: Vec<u8>,
}

impl io::Read for Memory<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.input.read(into)
    }
}

impl Write for Memory<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.output.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Receives the `bytes` of a client. `strict`: each frame must have a mask.
///
/// # Panics
/// Panics if tungstenite fails in a way that bytes cannot cause.
pub(super) fn receive(bytes: &[u8], limits: &FrameLimits, strict: bool) -> Received {
    let config = WebSocketConfig::default()
        .read_buffer_size(4 << 10)
        .write_buffer_size(0)
        .accept_unmasked_frames(!strict)
        .max_message_size(Some(limits.message))
        .max_frame_size(Some(limits.frame));
    let memory = Memory { input: bytes, output: Vec::new() };
    let mut socket = WebSocket::from_raw_socket(memory, Role::Server, Some(config));
    let mut messages = Vec::new();
    let end = loop {
        match socket.read() {
            Ok(TheirMessage::Close(close)) => {
                // This writes the echo, and reports that the connection is closed.
                let _ = socket.flush();
                break TheirEnd::Closed(close.map(|close| (close.code.into(), close.reason.to_string())));
            }
            Ok(message) => messages.push(ours(message)),
            Err(Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)) => break TheirEnd::Open,
            Err(Error::Protocol(_)) => break TheirEnd::Protocol,
            Err(Error::Capacity(_)) => break TheirEnd::TooBig,
            Err(Error::Utf8(_)) => break TheirEnd::InvalidUtf8,
            Err(error) => panic!("{error}"),
        }
    };
    Received { messages, end, answers: std::mem::take(&mut socket.get_mut().output) }
}

/// The messages that a client read.
#[cfg(test)]
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) messages: Vec<Message>,
    /// The close frame, if there was one.
    #[expect(clippy::option_option, reason = "none, or one without a code, or one with a code")]
    pub(crate) close: Option<Option<Close>>,
}

/// Reads the `bytes` of a server.
///
/// # Panics
/// Panics if they violate the protocol, continue after a close frame, or end within a frame.
#[cfg(test)]
pub(crate) fn read_by_client(bytes: &[u8]) -> Read {
    let memory = Memory { input: bytes, output: Vec::new() };
    let config = WebSocketConfig::default().read_buffer_size(4 << 10);
    let mut socket = WebSocket::from_raw_socket(memory, Role::Client, Some(config));
    let mut read = Read { messages: Vec::new(), close: None };
    loop {
        match socket.read() {
            Ok(TheirMessage::Close(close)) => {
                let code = |code| CloseCode::new(code).expect("a code that may be sent");
                read.close = Some(
                    close.map(|close| Close::new(code(close.code.into()), Reason::truncated(&close.reason))),
                );
            }
            Ok(message) => read.messages.push(ours(message)),
            Err(Error::ConnectionClosed) if read.close.is_some() => break,
            Err(Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)) if read.close.is_none() => {
                break;
            }
            Err(error) => panic!("{error}"),
        }
    }
    read
}

fn ours(message: TheirMessage) -> Message {
    let control = |payload| ControlPayload::new(payload).expect("a control frame is short");
    match message {
        TheirMessage::Text(text) => Message::Text(Text::from(text.as_str())),
        TheirMessage::Binary(bytes) => Message::Binary(bytes),
        TheirMessage::Ping(payload) => Message::Ping(control(payload)),
        TheirMessage::Pong(payload) => Message::Pong(control(payload)),
        TheirMessage::Close(_) | TheirMessage::Frame(_) => unreachable!("it is handled by the caller"),
    }
}
