//! Random bytes after the handshake, from many seeds. They end their own connection with a suitable close code, and
//! nothing else.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use ws_core::prelude::*;
use ws_core::{Compression, Route};
use ws_tests::deflate::Deflate;
use ws_tests::raw::Raw;
use ws_tests::{Server, until, within};

use super::{Echo, echoes};

const SEEDS: u64 = 500;

/// `SplitMix64`, which yields the same noise on every machine.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.next().to_be_bytes()[0]).collect()
    }

    /// Returns random bytes. For three of four kinds the first byte begins a valid frame, so that the bytes get
    /// further. One of these kinds announces a large frame.
    fn frames(&mut self) -> Vec<u8> {
        const FIRST: [u8; 8] = [0x81, 0x82, 0xc1, 0xc2, 0x01, 0x41, 0x89, 0x88];
        let len = usize::try_from(self.next() % 2000).expect("small");
        let mut bytes = self.bytes(len + 3);
        let kind = self.next() % 4;
        if kind > 0 {
            bytes[0] = FIRST[usize::try_from(self.next() % 8).expect("small")];
            bytes[1] |= 0x80;
        }
        if kind == 1 {
            bytes[1] = 0xff;
            bytes[2] &= 0x7f;
        }
        bytes
    }
}

/// Returns the code of the close frame at the end of the server's output. Returns `None` if there is no close frame, or
/// it has no code.
fn close_code(mut bytes: &[u8]) -> Option<u16> {
    while let [first, second, rest @ ..] = bytes {
        let (length, rest) = match second {
            126 => (usize::from(u16::from_be_bytes([rest[0], rest[1]])), &rest[2..]),
            127 => panic!("a longer frame than the noise"),
            length => (usize::from(*length), rest),
        };
        let (payload, rest) = rest.split_at(length);
        if first & 15 == 8 {
            assert!(rest.is_empty(), "frames after a close frame");
            return payload.first_chunk().map(|code| u16::from_be_bytes(*code));
        }
        bytes = rest;
    }
    None
}

#[tokio::test]
async fn noise_closes_with_1002_1007_or_1009_and_nobody_else_notices() {
    let route = |path| Route::new::<Echo>(path).compress(Compression::new());
    let app = App::new()
        .route(route("/held").max_message_size(16 << 10))
        .route(route("/lifted").max_message_size(usize::MAX));
    let server = Server::start(app).await;
    let mut neighbour = Raw::connect(server.addr, "/held").await;
    let mut too_big = Vec::new();
    for path in ["/held", "/lifted"] {
        let before = server.app.stats();
        for seed in 0..SEEDS {
            let mut client = Deflate::connect(server.addr, path).await;
            let noise = Noise(seed).frames();
            let mut answer = Vec::new();
            let (mut reading, mut writing) = client.raw.stream.split();
            within(async {
                let _ = writing.write_all(&noise).await;
                let _ = writing.shutdown().await;
                reading.read_to_end(&mut answer).await.expect("the end of the stream, not a reset");
            })
            .await;
            let code = close_code(&answer);
            assert!(matches!(code, None | Some(1002 | 1007 | 1009)), "seed {seed}: {code:?}");
            if seed % 50 == 0 {
                echoes(&mut neighbour).await;
            }
        }
        until(|| server.app.stats().open == 1).await;
        let stats = server.app.stats();
        let ended = |kind| stats.ended(kind) - before.ended(kind);
        // Every connection ended in one of these ways.
        let ways = ["bad_frame", "bad_encoding", "bad_size", "lost", "remote"].map(ended);
        assert_eq!(ways.iter().sum::<u64>(), SEEDS, "{stats:?}");
        assert!(ended("bad_frame") > SEEDS / 10 && ended("bad_encoding") > SEEDS / 10, "{stats:?}");
        too_big.push(ended("bad_size"));
    }
    // Without a size limit, the server waits for the rest of a large frame.
    assert!(too_big[0] > SEEDS / 20 && too_big[1] == 0, "{too_big:?}");
    echoes(&mut neighbour).await;
}
