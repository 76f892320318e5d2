//! Tests of the driver over a stream in memory ([`wire`]), with a handler ([`peer`]). In reading order: the connection
//! while a callback is [`pending`]; [`bursts`] of messages, and clients that read slowly; [`mail`] from others; the
//! buffers that a connection keeps ([`memory`]); its [`calls`] of the stream, and the [`copies`] of payloads; a stream
//! that is [`buffered`], as TLS is; and its [`close`].

mod buffered;
mod bursts;
mod calls;
mod close;
mod copies;
mod mail;
mod memory;
mod peer;
mod pending;
mod wire;

use crate::message::{ControlPayload, Message};

const TEXT: u8 = 0x81;
const BINARY: u8 = 0x82;
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;

/// A masked frame, as a client sends it.
fn frame(first: u8, payload: impl AsRef<[u8]>) -> Vec<u8> {
    let payload = payload.as_ref();
    let mut frame = vec![first];
    match payload.len() {
        len @ ..126 => frame.push(0x80 | len.to_le_bytes()[0]),
        len @ ..0x1_0000 => {
            frame.push(0xfe);
            frame.extend(&(len as u64).to_be_bytes()[6..]);
        }
        len => {
            frame.push(0xff);
            frame.extend((len as u64).to_be_bytes());
        }
    }
    let mask = [0x37, 0, payload.len().to_le_bytes()[0], 0xff];
    frame.extend(mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

fn text(text: impl AsRef<str>) -> Vec<u8> {
    frame(TEXT, text.as_ref())
}

fn texts<'t>(texts: impl IntoIterator<Item = &'t str>) -> Vec<u8> {
    texts.into_iter().flat_map(text).collect()
}

fn messages<'t>(texts: impl IntoIterator<Item = &'t str>) -> Vec<Message> {
    texts.into_iter().map(|text| Message::from(text.to_owned())).collect()
}

fn pong(payload: &'static str) -> Message {
    Message::Pong(ControlPayload::new(payload).unwrap())
}
