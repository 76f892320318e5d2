//! Random conversations of hundreds of messages, each determined by its seed. Messages are text or binary, small or
//! large, whole or in fragments with pings between them; the client writes them in pieces of any size and reads quickly
//! or slowly. Callbacks return at once, wait, pause the connection, or send messages. No message is lost, duplicated or
//! reordered, and a borrowed payload is unchanged after an await.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::tcp::OwnedWriteHalf;
use ws_core::Route;
use ws_core::prelude::*;
use ws_tests::raw::{BINARY, CLOSE, CONTINUATION, HEADERS, PING, PONG, Raw, TEXT, frame};
use ws_tests::{Server, within};

/// A random number generator that depends only on its seed.
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % bound
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }
}

struct Later(usize);

/// Runs the action that each message names, and counts messages.
#[derive(Default)]
struct Subject {
    seen: usize,
}

#[websocket]
impl Subject {
    /// The text is: a number, an action, the size of the reply, padding, and the number again.
    #[text]
    async fn text(&mut self, text: &str, cx: &mut Context<Self>) -> String {
        let words: Vec<_> = text.split(' ').collect();
        let [number, action, reply, _, last] = words[..] else { panic!("{} words", words.len()) };
        let number: usize = number.parse().expect("a number");
        assert_eq!(number, self.seen, "messages come in order");
        self.seen += 1;
        match action {
            "yield" => tokio::task::yield_now().await,
            "sleep" => tokio::time::sleep(Duration::from_millis(number as u64 % 4)).await,
            "send" => {
                cx.send(format!("sent {number}"));
                tokio::task::yield_now().await;
            }
            "info" => {
                cx.socket().info(Later(number));
            }
            "pause" => {
                cx.pause();
                tokio::task::yield_now().await;
                cx.resume();
            }
            _ => {}
        }
        assert_eq!(last.parse(), Ok(number), "the borrowed payload is unchanged");
        format!("{number} {}", "r".repeat(reply.parse().expect("a size")))
    }

    /// The payload repeats the message's number, modulo 256.
    #[binary]
    async fn binary(&mut self, bytes: &[u8]) -> String {
        let number = self.seen;
        self.seen += 1;
        if number.is_multiple_of(3) {
            tokio::task::yield_now().await;
        }
        assert!(
            bytes.iter().all(|byte| usize::from(*byte) == number % 256),
            "the borrowed payload is unchanged"
        );
        format!("{number} ")
    }

    #[info]
    async fn later(&mut self, Later(number): Later) -> String {
        if number.is_multiple_of(2) {
            tokio::task::yield_now().await;
        }
        format!("later {number}")
    }
}

/// The bytes that a client sends, and the number of messages and pings in them.
#[derive(Default)]
struct Script {
    bytes: Vec<u8>,
    messages: usize,
    pings: u64,
}

impl Script {
    fn drawn(draw: &mut Draw) -> Self {
        let mut script = Self::default();
        let large = draw.one_in(3);
        for number in 0..100 + draw.below(200) {
            let size = match draw.below(12) {
                0 if large => 200_000,
                1 | 2 => 5_000,
                3 => 70_000,
                _ => draw.below(200),
            };
            if draw.one_in(4) {
                script.message(draw, BINARY, &vec![number.to_le_bytes()[0]; size]);
            } else {
                const ACTIONS: [&str; 9] =
                    ["return", "return", "return", "return", "yield", "sleep", "send", "info", "pause"];
                let action = ACTIONS[draw.below(ACTIONS.len())];
                let reply = match draw.below(8) {
                    0 if large => 300_000,
                    1 => 3_000,
                    2 => 20_000,
                    _ => draw.below(100),
                };
                let text = format!("{number} {action} {reply} {} {number}", "x".repeat(size));
                script.message(draw, TEXT, text.as_bytes());
            }
            if draw.one_in(5) {
                script.ping();
            }
        }
        script
    }

    fn ping(&mut self) {
        self.bytes.extend(frame(true, PING, &self.pings.to_be_bytes()));
        self.pings += 1;
    }

    /// Appends a message in one frame, or in fragments with pings between them.
    fn message(&mut self, draw: &mut Draw, mut opcode: u8, mut payload: &[u8]) {
        self.messages += 1;
        if draw.one_in(4) {
            while payload.len() > 1 && !draw.one_in(4) {
                let (piece, rest) = payload.split_at(1 + draw.below(payload.len() - 1));
                self.bytes.extend(frame(false, opcode, piece));
                (opcode, payload) = (CONTINUATION, rest);
                if draw.one_in(3) {
                    self.ping();
                }
            }
        }
        self.bytes.extend(frame(true, opcode, payload));
    }
}

async fn write(mut stream: OwnedWriteHalf, bytes: Vec<u8>, mut draw: Draw) -> OwnedWriteHalf {
    let most = [bytes.len(), 100, 5_000, 100_000][draw.below(4)];
    let mut left = &bytes[..];
    while !left.is_empty() {
        let (piece, rest) = left.split_at((1 + draw.below(most)).min(left.len()));
        stream.write_all(piece).await.expect("the server reads");
        left = rest;
        if draw.one_in(3) {
            tokio::task::yield_now().await;
        }
    }
    stream
}

async fn conversation(server: &Server, seed: u64) {
    let mut draw = Draw(seed);
    let mut client = if draw.one_in(2) {
        Raw::open(server.addr).await
    } else {
        Raw::open_with_small_buffers(server.addr).await
    };
    assert_eq!(client.request("GET", "/", &HEADERS).await.status, 101);
    let script = Script::drawn(&mut draw);
    let slow = draw.one_in(3);
    let (mut read, write_half) = client.stream.into_split();
    let writing = tokio::spawn(write(write_half, script.bytes, Draw(seed ^ 0xabc_def)));
    let (mut messages, mut pongs) = (0, 0_u64);
    while (messages, pongs) != (script.messages, script.pings) {
        if slow && draw.one_in(10) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let frame = within(ws_tests::raw::read_frame(&mut read)).await.expect("a frame");
        match frame.opcode {
            PONG => {
                assert_eq!(frame.payload, pongs.to_be_bytes(), "seed {seed}");
                pongs += 1;
            }
            TEXT if frame.text().starts_with("sent ") || frame.text().starts_with("later ") => {}
            TEXT => {
                let number = frame.text().split(' ').next().map(str::parse);
                assert_eq!(number, Some(Ok(messages)), "seed {seed}");
                messages += 1;
            }
            PING => {}
            other => panic!("seed {seed}: opcode {other}"),
        }
    }
    let mut write_half = within(writing).await.expect("everything is written");
    write_half.write_all(&frame(true, CLOSE, &1000_u16.to_be_bytes())).await.expect("the server reads");
    loop {
        let frame = within(ws_tests::raw::read_frame(&mut read)).await.expect("a close frame");
        if frame.opcode == CLOSE {
            break assert_eq!(frame.payload, 1000_u16.to_be_bytes(), "seed {seed}");
        }
    }
}

/// Runs one conversation for each seed, `at_once` of them at a time.
async fn conversations(seeds: Range<u64>, at_once: usize) {
    let route = Route::new::<Subject>("/").mailbox_messages(100_000).mailbox_bytes(100 << 20);
    let server = Arc::new(Server::start(App::new().route(route)).await);
    let seeds: Vec<_> = seeds.collect();
    for seeds in seeds.chunks(at_once) {
        let talk = |seed: &u64| {
            let (server, seed) = (server.clone(), *seed);
            tokio::spawn(async move { conversation(&server, seed).await })
        };
        let talking: Vec<_> = seeds.iter().map(talk).collect();
        for conversation in talking {
            conversation.await.expect("a conversation in order");
        }
    }
}

#[tokio::test]
async fn z4_nothing_is_lost_or_out_of_order_on_one_thread() {
    conversations(0..20, 10).await;
}

#[tokio::test]
async fn z4_nothing_is_lost_or_out_of_order_in_a_crowd() {
    conversations(1_000..1_020, 20).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn z4_nothing_is_lost_or_out_of_order_between_threads() {
    conversations(2_000..2_020, 10).await;
}
