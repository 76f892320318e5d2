//! A whole connection: every message comes back, however it is framed, compressed and split.

use flate2::{Compress, Decompress, FlushDecompress};
use proptest::prelude::*;
use ws_core::prelude::*;
use ws_core::{Compression, Route};
use ws_tests::deflate::{deflate, deflate_with};
use ws_tests::raw::{BINARY, CLOSE, CONTINUATION, HEADERS, PING, PONG, TEXT, frame, request};

use super::{Echo, answer, check, lengths};

/// A message or a ping of the client.
#[derive(Clone, Debug)]
enum Sent {
    /// A message in fragments. `cuts` gives the boundaries, and `pings` inserts pings between the fragments.
    Message {
        text: bool,
        payload: Vec<u8>,
        cuts: Vec<usize>,
        pings: bool,
        compressed: bool,
    },
    Ping(Vec<u8>),
}

/// Sizes around the boundaries: of short lengths, of the buffers, and of fragmentation.
fn size() -> impl Strategy<Value = usize> {
    prop_oneof![
        8 => 0_usize..200,
        4 => 1_000_usize..1_100,
        1 => 16_300_usize..16_500,
        1 => 60_000_usize..140_000,
    ]
}

fn sent() -> impl Strategy<Value = Sent> {
    let cuts = prop::collection::vec(any::<usize>(), 0..4);
    let message = (any::<bool>(), size(), any::<u8>(), cuts, any::<bool>(), any::<bool>());
    let message = message.prop_map(|(text, size, seed, cuts, pings, compressed)| {
        let payload = if text {
            "aä€😀z".chars().cycle().skip(seed.into()).take(size / 2).collect::<String>().into_bytes()
        } else {
            // Some of these bytes compress badly.
            (0..size).map(|at| ((at * at) >> (seed % 8)).to_le_bytes()[0]).collect()
        };
        Sent::Message { text, payload, cuts, pings, compressed }
    });
    prop_oneof![
        6 => message,
        1 => prop::collection::vec(any::<u8>(), 0..126).prop_map(Sent::Ping),
    ]
}

/// The bytes that a client sends, and the expected answers.
#[derive(Default)]
struct Conversation {
    bytes: Vec<u8>,
    expected: Received,
}

/// The messages, and the payloads of the pongs.
#[derive(Default, PartialEq, Eq)]
struct Received {
    messages: Vec<(u8, Vec<u8>)>,
    pongs: Vec<Vec<u8>>,
}

impl Conversation {
    fn ping(&mut self, payload: &[u8]) {
        self.bytes.extend(frame(true, PING, payload));
        self.expected.pongs.push(payload.to_vec());
    }

    /// `context` is the compression context, if it is kept between messages.
    fn send(&mut self, sent: Sent, mut context: Option<&mut Compress>) {
        let (opcode, payload, cuts, pings, compressed) = match sent {
            Sent::Ping(payload) => return self.ping(&payload),
            Sent::Message { text, payload, cuts, pings, compressed } => {
                (if text { TEXT } else { BINARY }, payload, cuts, pings, compressed)
            }
        };
        let wire = match &mut context {
            _ if !compressed => payload.clone(),
            Some(context) => deflate_with(context, &payload),
            None => deflate(&payload),
        };
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut % (wire.len() + 1)).collect();
        cuts.extend([0, wire.len()]);
        cuts.sort_unstable();
        let last = cuts.len() - 2;
        for (number, ends) in cuts.windows(2).enumerate() {
            let kind = if number == 0 { opcode } else { CONTINUATION };
            let begin = self.bytes.len();
            self.bytes.extend(frame(number == last, kind, &wire[ends[0]..ends[1]]));
            self.bytes[begin] |= if compressed && number == 0 { 0x40 } else { 0 };
            if pings && number < last {
                self.ping(format!("between {number}").as_bytes());
            }
        }
        self.expected.messages.push((opcode, payload));
    }
}

/// Returns the frames in `bytes`, each as its first byte and its payload.
fn frames(mut bytes: &[u8]) -> Vec<(u8, &[u8])> {
    let mut frames = Vec::new();
    while let [first, second, rest @ ..] = bytes {
        let (length, header) = match second {
            126 => (usize::from(u16::from_be_bytes([rest[0], rest[1]])), 2),
            127 => {
                (u64::from_be_bytes(*rest.first_chunk().expect("a length")).try_into().expect("a length"), 8)
            }
            length => (usize::from(*length), 0),
        };
        let (payload, rest) = rest[header..].split_at(length);
        frames.push((*first, payload));
        bytes = rest;
    }
    frames
}

/// Parses a server's frames up to the close frame, which must be the last and have the code 4000.
fn received(bytes: &[u8]) -> Received {
    let mut received = Received::default();
    // A message that needs no context inflates the same with the earlier messages as context.
    let mut inflate = Decompress::new(false);
    let (mut opcode, mut compressed, mut message) = (0, false, Vec::new());
    let mut frames = frames(bytes);
    assert_eq!(frames.pop(), Some((0x80 | CLOSE, &b"\x0f\xa0"[..])));
    for (first, payload) in frames {
        match first & 15 {
            PONG => received.pongs.push(payload.to_vec()),
            kind @ (TEXT | BINARY) => {
                (opcode, compressed, message) = (kind, first & 0x40 != 0, payload.to_vec());
            }
            CONTINUATION => message.extend(payload),
            other => panic!("opcode {other}"),
        }
        if first & 0x80 != 0 && first & 15 < 8 {
            if compressed {
                message = inflated(&mut inflate, &message);
            }
            received.messages.push((opcode, std::mem::take(&mut message)));
        }
    }
    received
}

fn inflated(inflate: &mut Decompress, payload: &[u8]) -> Vec<u8> {
    let input = [payload, &[0, 0, 0xff, 0xff]].concat();
    // More than any message, so that one call inflates all of it.
    let mut out = Vec::with_capacity(300_000);
    let begun = inflate.total_in();
    inflate.decompress_vec(&input, &mut out, FlushDecompress::Sync).expect("valid deflate data");
    assert_eq!(inflate.total_in() - begun, input.len() as u64, "all of it");
    out
}

// RFC 6455 5.4: "senders and receivers must not depend on the presence of specific frame boundaries."
// RFC 6455 6.1: "To _Send a WebSocket Message_ … an endpoint MUST perform the following steps."
// RFC 6455 6.1: "An endpoint MUST encapsulate the /data/ in a WebSocket frame as defined in Section 5.2."
#[test]
fn c3_c10_every_message_comes_back_in_whatever_pieces_it_arrives() {
    let compression = Compression::new().min(100);
    let app = App::new()
        .route(Route::new::<Echo>("/each").compress(compression))
        .route(Route::new::<Echo>("/takeover").compress(compression.takeover(true)));
    let conversation = (prop::collection::vec(sent(), 1..8), any::<bool>(), lengths());
    check(app, 64, &conversation, &async |server, (sent, takeover, lengths)| {
        let mut context = takeover.then(|| Compress::new(flate2::Compression::fast(), false));
        let mut conversation = Conversation::default();
        let offer = [("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits")];
        let path = if takeover { "/takeover" } else { "/each" };
        conversation.bytes = request("GET", path, &[&HEADERS[..], &offer].concat());
        for sent in sent {
            conversation.send(sent, context.as_mut());
        }
        conversation.bytes.extend(frame(true, CLOSE, b"\x0f\xa0"));
        let answer = answer(server, &conversation.bytes, &lengths).await;
        let start = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a head") + 4;
        let answers = received(&answer[start..]);
        let sizes = |received: &Received| {
            received.messages.iter().map(|(_, payload)| payload.len()).collect::<Vec<_>>()
        };
        prop_assert_eq!(sizes(&answers), sizes(&conversation.expected));
        prop_assert!(answers == conversation.expected, "the echoes differ from the messages sent");
        Ok(())
    });
}
