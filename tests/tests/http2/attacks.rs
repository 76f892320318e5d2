//! Attacks on HTTP/2. Each test repeats the attack with the limit lifted, to show that it is the limit that stops it.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use h2::Reason;
use tokio::io::AsyncWriteExt;
use tokio::runtime::{Builder, Runtime};
use tokio::time::{sleep, timeout};
use ws_core::Http2;
use ws_core::prelude::*;
use ws_tests::gate::Gate;
use ws_tests::log::Log;
use ws_tests::notes::Notes;
use ws_tests::raw::{self, Raw, TEXT};
use ws_tests::{Server, pass, until, within};

use super::wire::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, HANDSHAKE, HEADERS, PING, RST_STREAM, SETTINGS,
    WINDOW_UPDATE, Wire, fields, frame,
};

#[derive(Default)]
pub(crate) struct Echo;

#[websocket]
impl Echo {
    #[text]
    fn text(&mut self, text: Text) -> Text {
        text
    }
}

/// Never reads.
#[derive(Default)]
struct Deaf;

#[websocket]
impl Deaf {
    #[open]
    fn open(&mut self, cx: &mut Context<Self>) {
        cx.pause_for(Duration::MAX);
    }
}

/// Its `#[init]` waits for ever.
struct Waiting;

#[websocket]
impl Waiting {
    #[init]
    async fn new(State(gate): State<Gate>, State(notes): State<Notes>) -> Self {
        notes.add("init");
        gate.passed().await;
        Self
    }
}

/// An app whose connections end for no reason of their own.
pub(crate) fn app(notes: &Notes) -> App {
    App::new()
        .mount::<Echo>("/echo", ())
        .mount::<Deaf>("/deaf", ())
        .mount::<Waiting>("/waiting", ())
        .state(notes.clone())
        .state(Gate::new())
        .idle_timeout(None)
        .heartbeat(None)
}

pub(crate) fn options() -> Http2 {
    Http2::new().prior_knowledge(true)
}

async fn server(options: Http2) -> (Server, Notes) {
    let notes = Notes::default();
    (Server::start(app(&notes).http2(options)).await, notes)
}

fn handshake(path: &str) -> Vec<u8> {
    fields(&[&HANDSHAKE[..4], &[(":path", path)], &HANDSHAKE[4..]].concat())
}

/// Returns whether the connection is open, by a ping.
async fn is_open(wire: &mut Wire) -> bool {
    if wire.stream.write_all(&frame(PING, 0, 0, b"is alive")).await.is_err() {
        return false;
    }
    loop {
        match wire.read().await {
            Some(received) if received.kind == PING && received.payload == b"is alive" => return true,
            Some(_) => {}
            None => return false,
        }
    }
}

/// Opens and resets 1,000 streams in one write ("rapid reset", CVE-2023-44487). Returns the server, whether the connection is
/// open afterwards, and the number of requests that the server began.
async fn rapid_reset(max_resets: u32) -> (Server, bool, usize) {
    let (server, notes) = server(options().max_resets(max_resets)).await;
    let mut wire = Wire::open(server.addr).await;
    let head = handshake("/waiting");
    let attack: Vec<u8> = (1..2001)
        .step_by(2)
        .flat_map(|stream| {
            let reset = frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes());
            [frame(HEADERS, END_HEADERS, stream, &head), reset].concat()
        })
        .collect();
    let _ = within(wire.stream.write_all(&attack)).await;
    let open = is_open(&mut wire).await;
    (server, open, notes.count("init"))
}

#[tokio::test]
async fn c16_a_rapid_reset_ends_the_connection() {
    let (log, _capture) = Log::capture();
    let (server, open, begun) = rapid_reset(50).await;
    let stats = server.app.stats();
    assert_eq!((open, stats.http2_failed("flood") + stats.limited("max_resets")), (false, 1));
    assert!(begun <= 60, "{begun}");
    // h2 logs one itself.
    assert!(log.lines_with(&[" WARN "]).iter().all(|line| line.contains("h2::proto")));
    let (server, open, begun) = rapid_reset(u32::MAX).await;
    let stats = server.app.stats();
    assert_eq!((open, stats.http2_failed("flood") + stats.limited("max_resets")), (true, 0));
    assert!(begun > 900, "{begun}");
}

/// Lets the server reset 300 streams ("made you reset", CVE-2025-8671): a window that is too large is an error of the stream.
async fn made_you_reset(max_resets: u32) -> (Server, bool, usize) {
    let (server, notes) = server(options().max_resets(max_resets)).await;
    let mut wire = Wire::open(server.addr).await;
    let head = handshake("/waiting");
    for (number, stream) in (1..601).step_by(2).enumerate() {
        let wrong = frame(WINDOW_UPDATE, 0, stream, &(u32::MAX >> 1).to_be_bytes());
        let begin = frame(HEADERS, END_HEADERS, stream, &head);
        if wire.stream.write_all(&begin).await.is_err() {
            break;
        }
        // The server works for it by now, or has ended the connection.
        let _ = timeout(Duration::from_secs(1), async {
            while notes.count("init") <= number {
                sleep(Duration::from_millis(1)).await;
            }
        })
        .await;
        if wire.stream.write_all(&wrong).await.is_err() || !is_open(&mut wire).await {
            break;
        }
    }
    let open = is_open(&mut wire).await;
    (server, open, notes.count("init"))
}

#[tokio::test]
async fn c16_a_client_that_makes_the_server_reset_its_streams_is_dropped() {
    let (server, open, begun) = made_you_reset(20).await;
    assert_eq!((open, server.app.stats().limited("max_resets")), (false, 1));
    assert!(begun <= 21, "{begun}");
    let (server, open, begun) = made_you_reset(u32::MAX).await;
    assert_eq!((open, server.app.stats().limited("max_resets")), (true, 0));
    assert_eq!(begun, 300);
}

/// Sends frames that the server answers, and reads no answer. Returns whether the server drops the connection.
async fn unread_answers(flood: &[u8], http_write_timeout: Option<Duration>) -> bool {
    let notes = Notes::default();
    let app = app(&notes).http_write_timeout(http_write_timeout).http2(options().ping(None));
    let server = Server::start(app).await;
    // Without a limit, the server reads no more for this time.
    let patience = Duration::from_secs(if http_write_timeout.is_some() { 60 } else { 2 });
    let stream = Raw::open_with_small_buffers(server.addr).await.stream;
    let mut wire = Wire::over(stream, &[]).await;
    // The WebSocket keeps the connection in use.
    wire.connect(1, "/echo").await;
    let flood = flood.repeat(1000);
    loop {
        let sent = timeout(patience, wire.stream.write_all(&flood)).await;
        let stats = server.app.stats();
        match sent {
            // The server reads on.
            Ok(Ok(())) => {}
            Ok(Err(_)) => {
                until(|| server.app.stats().open == 0).await;
                assert_eq!(server.app.stats().limited("http_write_timeout"), 1);
                return true;
            }
            Err(_) => {
                assert_eq!((stats.open, stats.limited("http_write_timeout")), (1, 0));
                return false;
            }
        }
    }
}

#[tokio::test]
async fn c16_settings_and_pings_whose_answers_are_not_read_end_the_connection() {
    let ping = frame(PING, 0, 0, b"a  flood");
    let settings = frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 255, 255]);
    assert!(unread_answers(&[ping.clone(), settings].concat(), Some(Duration::from_millis(300))).await);
    assert!(!unread_answers(&ping, None).await);
}

/// The echoes that a neighbour waits for during a flood.
const ECHOES: usize = 5;

/// The flood is read, and answered. No other connection of the thread waits for its end: tokio bounds the bytes that a task reads in a
/// row.
#[tokio::test]
async fn c16_a_flood_of_pings_leaves_their_turn_to_others() {
    let (server, _) = server(options().ping(None)).await;
    let mut neighbour = Raw::connect(server.addr, "/echo").await;
    let stream = Wire::open(server.addr).await.stream.into_std().unwrap();
    stream.set_nonblocking(false).unwrap();
    let (mut bytes, mut answers) = (stream.try_clone().unwrap(), stream.try_clone().unwrap());
    let flood = frame(PING, 0, 0, b"a  flood").repeat(2000);
    // In threads of their own, so that the server never has to wait for the flood.
    let flooding = std::thread::spawn(move || while bytes.write_all(&flood).is_ok() {});
    let answered = Arc::new(AtomicUsize::new(0));
    let count = answered.clone();
    let reading = std::thread::spawn(move || {
        let mut some = vec![0; 64 << 10];
        while let Ok(read @ 1..) = answers.read(&mut some) {
            count.fetch_add(read, Ordering::Relaxed);
        }
    });
    until(|| answered.load(Ordering::Relaxed) > 1 << 20).await;
    for _ in 0..ECHOES {
        neighbour.frame(TEXT, b"still here").await;
        assert_eq!(neighbour.read().await.unwrap().text(), "still here");
    }
    assert!(!flooding.is_finished() && !reading.is_finished());
    stream.shutdown(Shutdown::Both).unwrap();
    flooding.join().unwrap();
    reading.join().unwrap();
}

/// Empty data costs the client no window. This bound, of 100 frames, is h2's own.
#[tokio::test]
async fn c16_empty_data_without_end_ends_the_connection() {
    let (server, _) = server(options()).await;
    for (count, open) in [(100, true), (101, false)] {
        let mut wire = Wire::open(server.addr).await;
        wire.connect(1, "/echo").await;
        let _ = wire.stream.write_all(&frame(DATA, 0, 1, &[]).repeat(count)).await;
        assert_eq!(is_open(&mut wire).await, open);
    }
    assert_eq!(server.app.stats().http2_failed("flood"), 1);
}

/// Returns a runtime of one thread for server and clients, because allocations are counted for each thread.
pub(crate) fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Fills the window of a stream that is not read with frames of one byte. Returns whether the connection is open afterwards,
/// and the peak of allocated bytes.
fn tiny_data(max_streams: u32) -> (bool, u64) {
    let runtime = runtime();
    let mut open = false;
    let held = allocation_counter::measure(|| {
        runtime.block_on(async {
            let (server, _) = server(options().max_streams(max_streams)).await;
            let mut wire = Wire::open(server.addr).await;
            wire.connect(1, "/deaf").await;
            let some = frame(DATA, 0, 1, b"x").repeat(655);
            for _ in 0..100 {
                let _ = within(wire.stream.write_all(&some)).await;
            }
            open = is_open(&mut wire).await;
            assert_eq!(server.app.stats().http2_failed("flood"), u64::from(!open));
        });
    });
    (open, held.bytes_max)
}

#[test]
fn c16_tiny_data_that_is_not_read_ends_the_connection() {
    const BOUND: u64 = 12 << 20;
    let (open, held) = tiny_data(1);
    assert!(!open && held < BOUND, "{open} {held}");
    let (open, held) = tiny_data(200);
    assert!(open && held > BOUND, "{open} {held}");
}

/// A head in endless pieces.
#[tokio::test]
async fn c16_a_head_in_too_many_pieces_ends_the_connection() {
    for (max_head_size, open) in [(16 << 10, false), (16 << 20, true)] {
        let (server, _) = server(options().max_head_size(max_head_size)).await;
        let mut wire = Wire::open(server.addr).await;
        let mut pieces = frame(HEADERS, 0, 1, &handshake("/echo"));
        pieces.extend(frame(CONTINUATION, 0, 1, &[]).repeat(1000));
        pieces.extend(frame(CONTINUATION, END_HEADERS, 1, &[]));
        let _ = within(wire.stream.write_all(&pieces)).await;
        assert_eq!(is_open(&mut wire).await, open);
        let stats = server.app.stats();
        assert_eq!((stats.http2_failed("flood"), stats.open), (u64::from(!open), u64::from(open)));
    }
}

/// 100 KB in the head of a request.
#[tokio::test]
async fn c16_a_large_head_is_refused() {
    for (max_head_size, accepted) in [(16 << 10, false), (1 << 20, true)] {
        let (server, _) = server(options().max_head_size(max_head_size)).await;
        let mut wire = Wire::open(server.addr).await;
        let large = "x".repeat(10_000);
        let many: Vec<_> = std::iter::repeat_n(("x-large", &*large), 10).collect();
        let head = fields(&[&HANDSHAKE[..4], &[(":path", "/echo")], &HANDSHAKE[4..], &many].concat());
        let (first, rest) = head.split_at(10_000);
        let mut frames = frame(HEADERS, 0, 1, first);
        let mut pieces = rest.chunks(16_000).peekable();
        while let Some(piece) = pieces.next() {
            let flags = if pieces.peek().is_none() { END_HEADERS } else { 0 };
            frames.extend(frame(CONTINUATION, flags, 1, piece));
        }
        let _ = within(wire.stream.write_all(&frames)).await;
        // Four times the limit is too much for a 431.
        assert_eq!(is_open(&mut wire).await, accepted);
        assert_eq!(server.app.stats().open, u64::from(accepted));
    }
}

/// The client does not acknowledge the settings, so it may claim not to know the limit.
#[tokio::test]
async fn c16_streams_beyond_the_limit_are_refused() {
    for (max_streams, refused) in [(10, 40), (1000, 0)] {
        let (server, _) = server(options().max_streams(max_streams)).await;
        let mut wire = Wire::open(server.addr).await;
        wire.is_polite = false;
        for stream in (1..101).step_by(2) {
            wire.handshake(stream, "/echo").await;
        }
        wire.frame(PING, 0, 0, b"is alive").await;
        let (mut resets, mut accepted) = (0, 0);
        while resets + accepted < 50 {
            let received = wire.read().await.unwrap();
            if received.kind == RST_STREAM {
                assert_eq!(received.reason(), Reason::REFUSED_STREAM);
                resets += 1;
            }
            accepted += usize::from(received.is_success());
        }
        assert_eq!((resets, accepted), (refused, 50 - refused));
        assert_eq!(server.app.stats().open, 50 - refused as u64);
    }
}

/// Connections that have answered a request, and send frames that are no requests.
#[tokio::test]
async fn c16_idle_connections_are_closed() {
    for (keep_alive, open) in [(Some(Duration::from_millis(300)), false), (None, true)] {
        let server =
            Server::start(app(&Notes::default()).keep_alive_timeout(keep_alive).http2(options())).await;
        let mut wire = Wire::open(server.addr).await;
        wire.get(1, "/nowhere").await;
        wire.until(HEADERS, 1).await;
        let mut stays = true;
        for _ in 0..12 {
            stays = stays && is_open(&mut wire).await;
            sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(stays && is_open(&mut wire).await, open);
    }
}

/// A client that is gone without a word answers no pings.
#[tokio::test]
async fn c16_a_connection_that_answers_no_ping_is_closed() {
    for (ping, open) in [(Some(Duration::from_secs(1)), 0), (None, 1)] {
        let (server, _) = server(options().ping(ping)).await;
        let mut wire = Wire::open(server.addr).await;
        wire.connect(1, "/echo").await;
        // It answers the pings of the first 10 s.
        for _ in 0..10 {
            pass(Duration::from_secs(1)).await;
            wire.is_alive().await;
        }
        assert_eq!(server.app.stats().open, 1);
        wire.is_polite = false;
        pass(Duration::from_secs(25)).await;
        if open == 0 {
            let _ = wire.end().await;
            until(|| server.app.stats().open == 0).await;
        }
        let stats = server.app.stats();
        assert_eq!((stats.open, stats.http2_failed("ping")), (open, 1 - open));
        assert_eq!(stats.ended("lost"), 1 - open);
    }
}

#[tokio::test]
async fn every_failure_is_counted_by_its_reason() {
    let (log, _capture) = Log::capture();
    let (server, _) = server(options()).await;
    let failed = async |reason| {
        let counted =
            timeout(Duration::from_secs(3), until(|| server.app.stats().http2_failed(reason) == 1)).await;
        assert!(counted.is_ok(), "{reason}: {:?}", server.app.stats());
    };

    let mut wrong = Wire::open(server.addr).await;
    wrong.frame(DATA, 0, 0, b"no stream").await;
    assert_eq!(wrong.end().await, Some(Reason::PROTOCOL_ERROR));
    failed("protocol").await;

    let mut leaves = Wire::open(server.addr).await;
    leaves.connect(1, "/echo").await;
    let error = u32::from(Reason::INTERNAL_ERROR).to_be_bytes();
    leaves.frame(super::wire::GOAWAY, 0, 0, &[[0; 4], error].concat()).await;
    leaves.reset(1).await;
    failed("goaway").await;

    let mut resets = Wire::open(server.addr).await;
    resets.connect(1, "/echo").await;
    resets.stream.set_zero_linger().unwrap();
    drop(resets);
    failed("closed").await;

    // Orderly ends are none.
    let mut ends = Wire::open(server.addr).await;
    ends.connect(1, "/echo").await;
    ends.frame(super::wire::GOAWAY, 0, 0, &[0; 8]).await;
    ends.message(1, raw::CLOSE, &1000_u16.to_be_bytes()).await;
    assert_eq!(ends.next(1).await.close().0, 1000);
    ends.frame(DATA, END_STREAM, 1, &[]).await;
    let _ = ends.end().await;
    until(|| server.app.stats().open == 0).await;
    within(server.app.drain(Duration::from_secs(5))).await;
    assert_eq!(server.app.stats().http2_failed.values().sum::<u64>(), 3);
    assert_eq!(log.lines_with(&[" WARN "]), [""; 0]);
    assert_eq!(log.lines_with(&[" ERROR "]), [""; 0]);
    server.ended().await;
}
