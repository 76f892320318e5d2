//! Handlers whose callbacks never wait have an event loop of their own (`Handler::AWAITS`). Clients find no difference.

use std::future::pending;

use axum::response::Response;
use http::request::Parts;
use tokio::io::AsyncWriteExt;
use ws_core::prelude::*;
use ws_core::{Handler, InfoFor, Upgrade};
use ws_tests::notes::Notes;
use ws_tests::raw::{BINARY, CLOSE, Frame, PING, PONG, Raw, TEXT, frame};
use ws_tests::{Server, within};

const LARGE: usize = 256 << 10;

struct Note(&'static str);

/// Defines a handler. `$wait` is `async` or nothing.
macro_rules! handler {
    ($name:ident $(, $wait:tt)?) => {
        struct $name(Notes);

        #[websocket]
        impl $name {
            #[init]
            fn new(State(notes): State<Notes>, upgrade: &mut Upgrade<Self>) -> Self {
                upgrade.info(Note("from init"));
                Self(notes)
            }

            #[open]
            $($wait)? fn opened(&mut self, cx: &mut Context<Self>) -> &'static str {
                cx.socket().info(Note("from open"));
                "opened"
            }

            #[text]
            $($wait)? fn text(&mut self, words: &str, cx: &mut Context<Self>) -> Result<Reply, String> {
                Ok(match words {
                    "close" => Reply::new().with("last").close(CloseCode::from_static(4000), "bye"),
                    "fail" => return Err("as the test wants it".to_owned()),
                    "panic" => panic!("as the test wants it"),
                    "large" => Reply::new().with(vec![7_u8; LARGE]),
                    "info" => {
                        cx.socket().info(Note("from a text"));
                        Reply::new()
                    }
                    "send" => {
                        cx.socket().send("from elsewhere");
                        Reply::new()
                    }
                    "context" => {
                        cx.send("from the context");
                        Reply::new().with("reply")
                    }
                    "command" => {
                        cx.close(CloseCode::from_static(4001), "by command");
                        Reply::new().with("before")
                    }
                    words => Reply::new().with(words.to_owned()),
                })
            }

            #[binary]
            $($wait)? fn binary(&mut self, bytes: Bytes) -> Bytes {
                bytes
            }

            #[ping]
            $($wait)? fn pinged(&mut self, _: &[u8]) -> &'static str {
                "pinged"
            }

            #[info]
            $($wait)? fn noted(&mut self, Note(words): Note) -> &'static str {
                words
            }

            #[outgoing]
            $($wait)? fn outgoing(&mut self, message: Message) -> (&'static str, Message) {
                ("outgoing", message)
            }

            #[terminate]
            fn gone(&mut self, reason: &Terminate) {
                self.0.add(ended(reason));
            }
        }
    };
}

handler!(AtOnce);
handler!(Waiting, async);

fn ended(reason: &Terminate) -> String {
    match reason {
        Terminate::Panic(panic) => format!("panic in {}", panic.callback()),
        reason => reason.kind().to_owned(),
    }
}

fn shown(frame: &Frame) -> String {
    match frame.opcode {
        BINARY => format!("{} bytes", frame.payload.len()),
        PONG => format!("pong {}", frame.text()),
        CLOSE => format!("{:?}", frame.close()),
        _ => frame.text().to_owned(),
    }
}

/// Frames that a client sends, in pieces of `size` bytes. It reads only afterwards, to the end of the stream. Returns the
/// frames that it receives, and the reason for the end.
async fn conversation<H: Handler>(sent: &[u8], size: usize) -> (Vec<String>, String) {
    let notes = Notes::default();
    let server = Server::start(App::new().mount::<H>("/", ()).state(notes.clone())).await;
    let mut client = Raw::connect(server.addr, "/").await;
    for piece in sent.chunks(size) {
        within(client.stream.write_all(piece)).await.expect("an open connection");
        tokio::task::yield_now().await;
    }
    // Ends every conversation that the server has not closed.
    client.close(1000, "").await;
    let mut received = Vec::new();
    while let Some(frame) = client.read().await {
        received.push(shown(&frame));
    }
    // The server waits for the client's end.
    drop(client);
    within(server.app.drain(ws_tests::PATIENCE)).await;
    let [end] = &notes.all()[..] else { panic!("one end: {notes:?}") };
    (received, end.clone())
}

fn texts(texts: &[&str]) -> Vec<u8> {
    texts.iter().flat_map(|text| frame(true, TEXT, text.as_bytes())).collect()
}

#[tokio::test]
async fn a_handler_that_never_waits_answers_like_one_that_may() {
    const { assert!(Waiting::AWAITS && !AtOnce::AWAITS) };
    let closed = "(1000, \"\")";
    let failed = "(1011, \"\")";
    for (sent, replies, end) in [
        (texts(&[]), &[closed][..], "remote"),
        (texts(&["a", "", "b"]), &["a", "", "b", closed], "remote"),
        (
            [frame(true, BINARY, b"abc"), frame(true, PING, b"p"), frame(true, BINARY, &vec![7; 100_000])]
                .concat(),
            &["3 bytes", "pong p", "pinged", "100000 bytes", closed],
            "remote",
        ),
        (
            [frame(false, TEXT, b"in two "), frame(true, PING, b"p"), frame(true, 0, b"parts")].concat(),
            &["pong p", "pinged", "in two parts", closed],
            "remote",
        ),
        (texts(&["a", "info", "b"]), &["a", "from a text", "b", closed], "remote"),
        (texts(&["a", "send", "b"]), &["a", "outgoing", "from elsewhere", "b", closed], "remote"),
        (texts(&["a", "context", "b"]), &["a", "from the context", "reply", "b", closed], "remote"),
        (texts(&["a", "close", "b"]), &["a", "last", "(4000, \"bye\")"], "stop"),
        (texts(&["a", "command", "b"]), &["a", "(4001, \"by command\")"], "stop"),
        (texts(&["a", "fail", "b"]), &["a", failed], "failed"),
        (texts(&["a", "b", "panic", "c"]), &["a", "b", failed], "panic in text"),
        (
            [texts(&["a", "b"]), frame(true, CLOSE, b"\x0f\xa2gone"), texts(&["c"])].concat(),
            &["a", "b", "(4002, \"gone\")"],
            "remote",
        ),
        (
            [texts(&["a", "b"]), b"\x83\x80\0\0\0\0".to_vec(), texts(&["c"])].concat(),
            &["a", "b", "(1002, \"reserved opcode 3\")"],
            "bad_frame",
        ),
    ] {
        let expected = ([&["opened", "from init", "from open"], replies].concat(), end);
        for size in [usize::MAX, 7] {
            let size = size.min(sent.len().max(1));
            let at_once = conversation::<AtOnce>(&sent, size).await;
            let waiting = conversation::<Waiting>(&sent, size).await;
            assert_eq!(at_once, waiting, "in pieces of {size}");
            assert_eq!((at_once.0.iter().map(String::as_str).collect(), &*at_once.1), expected);
        }
    }
}

/// The replies do not fit into the buffers of the system, so the write queue is full before the client reads.
#[tokio::test]
async fn a_client_that_reads_late_receives_the_same() {
    let sent = [texts(&["large"; 100]), texts(&["send", "a"])].concat();
    let at_once = conversation::<AtOnce>(&sent, sent.len()).await;
    let large = format!("{LARGE} bytes");
    assert_eq!(at_once.0.iter().filter(|reply| **reply == large).count(), 100);
    assert_eq!(at_once.0[103..], ["outgoing", "from elsewhere", "a", "(1000, \"\")"]);
    assert_eq!(at_once, conversation::<Waiting>(&sent, sent.len()).await);
}

/// Declares that it never waits, and is wrong in one callback.
struct Wrong {
    callback: &'static str,
    notes: Notes,
}

struct Nudge;

impl InfoFor<Wrong> for Nudge {
    fn into_info(self) -> Self {
        self
    }
}

impl Wrong {
    async fn called(&self, callback: &str) {
        if self.callback == callback {
            pending::<()>().await;
        }
    }
}

impl Handler for Wrong {
    type Info = Nudge;

    const AWAITS: bool = false;
    const OUTGOING: bool = true;

    async fn init(_: &mut Parts, upgrade: &mut Upgrade<Self>) -> Result<Self, Response> {
        let notes = upgrade.state::<Notes>().expect("the test's notes").clone();
        Ok(Self { callback: upgrade.options::<&'static str>().expect("a callback"), notes })
    }

    async fn open(&mut self, _: &mut Context<Self>, _: &mut Reply) {
        self.called("open").await;
    }

    async fn message(&mut self, message: Incoming<'_>, cx: &mut Context<Self>, reply: &mut Reply) {
        let Incoming::Text(text) = message else { return };
        match &*text {
            "message" => self.called("message").await,
            "info" => _ = cx.socket().info(Nudge),
            "outgoing" => _ = cx.socket().send("a message"),
            text => reply.text(text),
        }
    }

    async fn info(&mut self, _: Nudge, _: &mut Context<Self>, _: &mut Reply) {
        self.called("info").await;
    }

    async fn outgoing(&mut self, _: Message, _: &mut Context<Self>, _: &mut Reply) {
        self.called("outgoing").await;
    }

    async fn terminate(&mut self, reason: &Terminate, _: &mut Context<Self>) {
        self.notes.add(ended(reason));
        if let Terminate::Panic(panic) = reason {
            assert!(panic.message().contains("`Handler::AWAITS`"), "{panic}");
            self.notes.add("explained");
        }
    }
}

#[tokio::test]
async fn a_callback_that_waits_although_it_never_should_is_a_panic() {
    for (callback, replies) in
        [("open", &[][..]), ("message", &["before"]), ("info", &["before"]), ("outgoing", &["before"])]
    {
        let notes = Notes::default();
        let app = App::new().mount::<Wrong>("/", callback).state(notes.clone());
        let server = Server::start(app).await;
        let mut client = Raw::connect(server.addr, "/").await;
        client.send(&texts(&["before", callback, "after"])).await;
        for reply in replies {
            assert_eq!(client.read().await.expect("an answer").text(), *reply, "{callback}");
        }
        assert_eq!(client.read().await.expect("a close").close(), (1011, ""), "{callback}");
        notes.seen(&format!("panic in {callback}")).await;
        notes.seen("explained").await;
        assert_eq!(notes.all().len(), 2, "{notes:?}");
    }
}
