//! Clients send single bytes with pauses. Each byte resets the idle timeout, but none extends the message timeout.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, sleep};
use ws_core::prelude::*;
use ws_core::{Compression, Route};
use ws_tests::Server;
use ws_tests::deflate::{Deflate, deflate};
use ws_tests::raw::{CLOSE, CONTINUATION, Frame, PING, PONG, TEXT, frame};

use super::{Echo, echoes};

/// The pause between two bytes.
const PAUSE: Duration = Duration::from_millis(20);
/// Longer than any pause, but shorter than any whole message takes.
const IDLE: Duration = Duration::from_millis(1500);
const WHOLE: Duration = Duration::from_millis(400);

/// Returns text that does not compress well.
fn words() -> String {
    (1..40_u64).map(|n| (n * n * 7919).to_string()).collect::<String>().chars().take(150).collect()
}

/// Returns the same message in several forms, each at least 100 bytes long.
fn forms() -> Vec<(&'static str, Vec<u8>)> {
    let words = words();
    let mut deflated = frame(true, TEXT, &deflate(words.as_bytes()));
    deflated[0] |= 0x40;
    let fragmented = |between: &[u8]| {
        let mut frames = frame(false, TEXT, b"");
        for piece in words.as_bytes().chunks(30) {
            frames.extend([&frame(false, CONTINUATION, piece), between].concat());
        }
        [frames, frame(true, CONTINUATION, b"")].concat()
    };
    vec![
        ("a frame", frame(true, TEXT, words.as_bytes())),
        ("deflated", deflated),
        ("fragments", fragmented(b"")),
        ("pings between fragments", fragmented(&frame(true, PING, b""))),
    ]
}

/// Sends `bytes` one at a time. Returns the first frame that is not a pong.
async fn dripped(client: &mut Deflate, bytes: &[u8]) -> Frame {
    for byte in bytes {
        // A server that has sent a close frame keeps reading until the close timeout.
        client.raw.send(&[*byte]).await;
        sleep(PAUSE).await;
    }
    loop {
        match client.raw.read().await.expect("a frame") {
            Frame { opcode: PONG, .. } => {}
            other => break other,
        }
    }
}

#[tokio::test]
async fn c17_a_message_that_drips_is_held_to_the_time_that_a_message_has() {
    let route = |path| Route::new::<Echo>(path).idle_timeout(IDLE).heartbeat(None).close_timeout(IDLE * 10);
    let app = App::new()
        .compress(Compression::new())
        .route(route("/held").message_timeout(WHOLE))
        .route(route("/lifted").message_timeout(None));
    let server = Server::start(app).await;
    let attack = async |path, form, bytes: &[u8]| {
        let mut client = Deflate::connect(server.addr, path).await;
        let begun = Instant::now();
        let answer = dripped(&mut client, bytes).await;
        assert!(begun.elapsed() > IDLE, "{form}: shorter than the idle timeout");
        if path == "/held" {
            assert_eq!((answer.opcode, answer.close().0), (CLOSE, 1008), "{form}");
        } else {
            assert_eq!((answer.opcode, answer.text()), (TEXT, &*words()), "{form}");
            echoes(&mut client.raw).await;
        }
    };
    let forms = forms();
    let attacks =
        forms.iter().flat_map(|(form, bytes)| ["/held", "/lifted"].map(|path| attack(path, form, bytes)));
    join_all(attacks).await;
    assert_eq!(server.app.stats().limited("message_timeout"), forms.len() as u64);
}
