//! The errors of these tests, and a client that shows everything it receives.

use std::fmt;

use ws_core::{App, Handler, Terminate};
use ws_tests::notes::Notes;
use ws_tests::raw::{BINARY, CLOSE, PONG, Raw, TEXT, frame};
use ws_tests::{Server, within};

/// An error that the handlers of these tests know.
#[derive(Debug)]
pub(crate) struct SoldOut(pub(crate) u32);

/// Another one.
#[derive(Debug)]
pub(crate) struct Closed;

impl fmt::Display for SoldOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is sold out", self.0)
    }
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the shop is closed")
    }
}

impl std::error::Error for SoldOut {}
impl std::error::Error for Closed {}

/// Describes the end of a connection.
pub(crate) fn ended(reason: &Terminate) -> String {
    match reason {
        Terminate::Failed(failed) => format!("failed: {failed}"),
        Terminate::BadEncoding(why) => format!("bad: {why}"),
        Terminate::Panic(panic) => format!("panic in {}", panic.callback()),
        reason => reason.kind().to_owned(),
    }
}

/// A text frame.
pub(crate) fn text(text: &str) -> Vec<u8> {
    frame(true, TEXT, text.as_bytes())
}

/// A binary frame.
pub(crate) fn bytes(bytes: &[u8]) -> Vec<u8> {
    frame(true, BINARY, bytes)
}

/// Sends `frames` and a close with 1000 to `H`. Returns everything that the client receives, and the reason for the end
/// that `#[terminate]` notes.
pub(crate) async fn conversation<H: Handler>(frames: &[Vec<u8>]) -> (Vec<String>, String) {
    let notes = Notes::default();
    let server = Server::start(App::new().mount::<H>("/", ()).state(notes.clone())).await;
    let mut client = Raw::connect(server.addr, "/").await;
    client.send(&frames.concat()).await;
    client.close(1000, "").await;
    let mut received = Vec::new();
    while let Some(frame) = client.read().await {
        received.push(match frame.opcode {
            BINARY => format!("{} bytes", frame.payload.len()),
            PONG => format!("pong {}", frame.text()),
            CLOSE => format!("{:?}", frame.close()),
            _ => frame.text().to_owned(),
        });
    }
    drop(client);
    within(server.app.drain(ws_tests::PATIENCE)).await;
    let [end] = &notes.all()[..] else { panic!("one end: {notes:?}") };
    (received, end.clone())
}
