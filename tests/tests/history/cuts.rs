//! Connections that are cut at random bytes, hundreds of times, in the middle of a stream of messages.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde_json::Value;
use tokio::io::AsyncReadExt;
use ws_core::{History, Position};
use ws_tests::raw::{HEADERS, Raw};
use ws_tests::{Server, within};

use super::{app, at, position_of};

const CUTS: usize = 200;
const CLIENTS: u64 = 3;

/// Random numbers, from a seed that a failed test prints.
struct Random {
    hasher: RandomState,
    drawn: u64,
}

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.drawn += 1;
        self.hasher.hash_one(self.drawn) % end
    }
}

/// A client that reads a random number of bytes, and then ends its TCP connection.
struct Cut {
    position: Position,
    received: Vec<u64>,
    random: Random,
}

impl Cut {
    /// Connects, and reads at most so many bytes, or everything up to the message with the number `last`.
    async fn read(&mut self, server: &Server, at_most: u64, last: u64) {
        let mut raw = Raw::open(server.addr).await;
        let path = format!("/red?from={}", self.position);
        assert_eq!(raw.request("GET", &path, &HEADERS).await.status, 101);
        let mut bytes = Vec::new();
        let mut limited = raw.stream.take(at_most);
        let mut is_first = true;
        while self.position.offset() < last && limited.limit() > 0 {
            assert_ne!(within(limited.read_buf(&mut bytes)).await.expect("an open connection"), 0);
            while let Some(message) = take_message(&mut bytes) {
                if is_first {
                    assert_eq!(message["recovered"], true, "{message}");
                    is_first = false;
                } else {
                    self.position = position_of(&message);
                    self.received.push(message["data"].as_str().expect("text").parse().expect("a number"));
                }
            }
        }
        // The end of the connection: in the middle of a frame, and often with bytes that the client has not read.
    }
}

/// Takes the first frame if it is complete.
fn take_message(bytes: &mut Vec<u8>) -> Option<Value> {
    let (start, length) = match *bytes.get(1)? {
        126 => (4, usize::from(u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?]))),
        short => (2, usize::from(short)),
    };
    let message = serde_json::from_slice(bytes.get(start..start + length)?).expect("JSON");
    bytes.drain(..start + length);
    Some(message)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hundreds_of_cuts_lose_and_double_nothing() {
    let server = Server::start(app(History::new().messages(100_000).bytes(32 << 20))).await;
    let hub = server.app.hub();
    let start = hub.position("red").expect("a history");
    let (enough, sent) = (AtomicBool::new(false), AtomicU64::new(0));
    let publisher = async {
        // Bursts of messages of different sizes, until all clients were cut often enough.
        while !enough.load(Ordering::Relaxed) {
            for width in (1..400).step_by(20) {
                let number = sent.fetch_add(1, Ordering::Relaxed) + 1;
                hub.publish("red", format!("{number:0width$}"));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let client = async |id: u64| {
        let mut client = Cut {
            position: start,
            received: Vec::new(),
            random: Random { hasher: RandomState::new(), drawn: id << 32 },
        };
        for _ in 0..CUTS {
            let at_most = client.random.below(12_000);
            client.read(&server, at_most, u64::MAX).await;
        }
        client
    };
    let clients = async {
        let clients = tokio::join!(client(0), client(1), client(2));
        enough.store(true, Ordering::Relaxed);
        clients
    };
    let ((), (one, two, three)) = tokio::join!(publisher, clients);
    let end = sent.load(Ordering::Relaxed);
    let (mut lost, mut doubled, mut messages) = (0, 0, 0);
    for mut client in [one, two, three] {
        client.read(&server, u64::MAX, end).await;
        assert_eq!(client.position, at(start, end));
        assert!(client.received.is_sorted(), "in order");
        let received = client.received.len() as u64;
        client.received.dedup();
        let unique = client.received.len() as u64;
        messages += received;
        lost += end - unique;
        doubled += received - unique;
    }
    println!("{} cuts, {messages} messages, {lost} lost, {doubled} doubled", CUTS as u64 * CLIENTS);
    assert_eq!((messages, lost, doubled), (end * CLIENTS, 0, 0));
    assert!(end > 1_000, "{end} messages");
}
