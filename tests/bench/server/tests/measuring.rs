//! The benchmark counts right, and notices servers that answer wrongly.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process;
use std::thread;
use std::time::Duration;

use ws_bench::load::connect::Connect;
use ws_bench::load::echo::Echo;
use ws_bench::load::fan_out::{FanOut, Pace};
use ws_bench::load::idle::Idle;
use ws_bench::load::message::{Content, Message};
use ws_bench::load::{Figures, Load, Timing};
use ws_bench::meter::Meter;
use ws_bench::server::Process;

fn timing(verify: bool) -> Timing {
    Timing { warm_up: Duration::ZERO, measured: Duration::from_millis(400), verify }
}

/// Runs `load` against ws-core, and compares every byte.
fn measure(load: &Load) -> Figures {
    let program = Path::new(env!("CARGO_BIN_EXE_bench-server"));
    let server = Process::start(program, 1, "", load.path(), &[]).unwrap();
    load.run(server.port, &timing(true), &mut Meter::new(server.pid())).unwrap()
}

fn echo(message: Message) -> Load {
    Load::Echo(Echo { connections: 3, message, in_flight: 4, rate: None })
}

#[test]
fn every_kind_of_load_runs_against_ws_core() {
    let utf8 = Message { content: Content::Utf8, size: 500, deflate: false };
    let rate = Echo { connections: 2, message: Message::binary(64), in_flight: 1, rate: Some(500) };
    let connect = Connect { concurrent: 2 };
    let loads = [
        echo(Message::binary(64)),
        echo(Message::binary(70_000)),
        echo(utf8),
        Load::Echo(rate),
        Load::FanOut(FanOut { connections: 5, size: 200, pace: Pace::Window(3) }),
        Load::FanOut(FanOut { connections: 5, size: 200, pace: Pace::Rate(100) }),
        Load::Connect(connect),
    ];
    for load in loads {
        let figures = measure(&load);
        assert!(
            figures.count > 0 && figures.usage.server > 0.0 && figures.p50 > 0.0,
            "{load:?}: {figures:?}"
        );
    }
}

#[test]
fn the_wire_has_the_bytes_of_the_messages() {
    for (size, header) in [(64, 2.0), (1000, 4.0), (70_000, 10.0)] {
        let figures = measure(&echo(Message::binary(size)));
        #[expect(clippy::cast_precision_loss, reason = "a few bytes")]
        let (expected, count) = (size as f64 + header, figures.count as f64);
        // 12 messages are in flight when the measured time begins and when it ends.
        let messages_off = (figures.wire / expected - 1.0).abs() * count;
        assert!(messages_off < 12.5, "{size} bytes: {figures:?}");
    }
}

#[test]
fn compressed_messages_are_smaller_on_the_wire() {
    let figures = measure(&echo(Message { content: Content::Ascii, size: 8000, deflate: true }));
    assert!(figures.extension.is_some_and(|extension| extension.starts_with("permessage-deflate")));
    assert!(figures.wire < 4000.0, "{} bytes", figures.wire);
}

#[test]
fn memory_is_that_of_all_connections() {
    let figures = measure(&Load::Idle(Idle { connections: 50, echo: 10_000 }));
    assert_eq!(figures.count, 50);
    assert!(figures.memory.is_some_and(|bytes| bytes > 100.0 && bytes < 1e6), "{figures:?}");
}

/// A server for one connection, which answers each read with `answer` of the bytes that it read.
fn impostor(answer: impl Fn(&[u8]) -> Vec<u8> + Send + 'static) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let serve = move |mut stream: TcpStream| -> std::io::Result<()> {
        let mut buffer = [0; 4096];
        while !stream.read(&mut buffer).map(|count| buffer[..count].ends_with(b"\r\n\r\n"))? {}
        stream.write_all(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
              Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
        )?;
        loop {
            let count = stream.read(&mut buffer)?;
            if count == 0 {
                return Ok(());
            }
            stream.write_all(&answer(&buffer[..count]))?;
        }
    };
    thread::spawn(move || serve(listener.accept().unwrap().0).ok());
    port
}

/// Returns the frame that a right server answers with: the payload without its mask.
fn right(frame: &[u8]) -> Vec<u8> {
    let (header, payload) = frame.split_at(6);
    let payload = payload.iter().zip(header[2..].iter().cycle()).map(|(byte, mask)| byte ^ mask);
    [header[0], header[1] & 0x7F].into_iter().chain(payload).collect()
}

/// Echoes one message at a time with the server at `port`, and returns the error.
fn error(port: u16, verify: bool) -> String {
    let load = Load::Echo(Echo { connections: 1, message: Message::binary(100), in_flight: 1, rate: None });
    // The server is a thread of this process.
    let result = load.run(port, &timing(verify), &mut Meter::new(process::id()));
    result.map_or_else(|error| error.to_string(), |_| "none".to_owned())
}

#[test]
fn a_right_answer_is_no_error() {
    assert_eq!(error(impostor(right), true), "none");
}

#[test]
fn a_short_answer_is_an_error() {
    let short = |frame: &[u8]| {
        let mut frame = right(frame);
        frame[1] -= 1;
        frame.pop();
        frame
    };
    assert_eq!(error(impostor(short), false), "the server echoed 99 bytes");
}

#[test]
fn another_kind_of_answer_is_an_error() {
    let text = |frame: &[u8]| {
        let mut frame = right(frame);
        frame[0] = 0x81;
        frame
    };
    assert_eq!(error(impostor(text), false), "the server echoed with opcode 1");
}

#[test]
fn wrong_bytes_are_an_error_when_verified() {
    let wrong = |frame: &[u8]| {
        let mut frame = right(frame);
        frame[50] ^= 1;
        frame
    };
    assert_eq!(error(impostor(wrong), false), "none");
    assert_eq!(error(impostor(wrong), true), "the server echoed other bytes");
}

#[test]
fn a_server_that_closes_is_an_error() {
    assert_eq!(error(impostor(|_| vec![0x88, 0]), false), "the server sent a close frame");
}

#[test]
fn a_server_that_answers_nothing_is_an_error() {
    assert_eq!(error(impostor(|_| Vec::new()), false), "the server answered no message in the measured time");
}
