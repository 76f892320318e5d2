//! C12, C13, C14: every way to end a connection that exists, as a table. Each row is a test: what the client sees on
//! the wire, what `#[terminate]` is told, that it is told once, what is counted and logged, and that another connection
//! of the app goes on. What needs a server of its own is in `endings_apart`.

use std::time::Duration;

use axum::extract::Path;
use futures_util::SinkExt;
use tokio_websockets::Message as ClientMessage;
use ws_core::prelude::*;
use ws_core::{BoxError, CloseCode, Overflow, Route};
use ws_tests::log::Log;
use ws_tests::notes::Notes;
use ws_tests::raw::{BINARY, CLOSE, PING, PONG, Raw, TEXT};
use ws_tests::{Server, text, until};

const KICKED: CloseCode = CloseCode::literal(4001);

struct Word;

/// Ends `how` when it comes to `at`.
fn end<H: ws_core::Handler>(at: &str, how: &str, here: &str, cx: &mut Context<H>) -> Result<Reply, BoxError> {
    if at != here {
        return Ok(Reply::new());
    }
    match how {
        "panic" => panic!("boom at {here}"),
        "err" => Err(format!("no at {here}").into()),
        "close_err" => Err(Close::new(KICKED, "kicked").into()),
        "reply" => Ok(Reply::new().close(KICKED, "kicked")),
        "close_as" => Ok(Reply::new().close_as("enough")),
        "cx" => {
            cx.close(KICKED, "kicked");
            Ok(Reply::new())
        }
        other => panic!("no such way to end: {other}"),
    }
}

macro_rules! terminate {
    ($subject:expr, $reason:expr, $cx:expr) => {{
        $subject.notes.add(format!("{}: {}", $reason.kind(), $reason));
        end(&$subject.at, &$subject.how, "terminate", $cx)
    }};
}

/// Has every callback but `#[handle]`; their names are not those of their markers.
struct Subject {
    at: String,
    how: String,
    notes: Notes,
}

#[websocket]
impl Subject {
    #[init]
    fn new(Path((at, how)): Path<(String, String)>, State(notes): State<Notes>) -> Self {
        assert_ne!(at, "init", "boom at init");
        Self { at, how, notes }
    }

    #[open]
    fn opened(&mut self, cx: &mut Context<Self>) -> Result<Reply, BoxError> {
        end(&self.at, &self.how, "open", cx)
    }

    #[text]
    async fn said(&mut self, cx: &mut Context<Self>) -> Result<Reply, BoxError> {
        tokio::task::yield_now().await;
        if self.how == "spawned_panic" {
            cx.spawn(async {
                assert!(std::hint::black_box(false), "boom in spawned work");
                Word
            });
            return Ok(Reply::new());
        }
        end(&self.at, &self.how, "text", cx)
    }

    #[binary]
    fn sent(&mut self, cx: &mut Context<Self>) -> Result<Reply, BoxError> {
        end(&self.at, &self.how, "binary", cx)
    }

    #[ping]
    fn pinged(&mut self, cx: &mut Context<Self>) -> Result<Reply, BoxError> {
        end(&self.at, &self.how, "ping", cx)
    }

    #[pong]
    fn ponged(&mut self, cx: &mut Context<Self>) -> Result<Reply, BoxError> {
        end(&self.at, &self.how, "pong", cx)
    }

    #[info]
    fn heard(&mut self, Word: Word, cx: &mut Context<Self>) -> Result<Reply, BoxError> {
        end(&self.at, &self.how, "info", cx)
    }

    #[terminate]
    fn gone(&mut self, reason: &Terminate, cx: &mut Context<Self>) -> Result<(), BoxError> {
        terminate!(self, reason, cx).map(|_| ())
    }
}

/// Has `#[handle]` alone.
struct Any {
    at: String,
    how: String,
    notes: Notes,
}

#[websocket]
impl Any {
    #[init]
    fn new(Path(how): Path<String>, State(notes): State<Notes>) -> Self {
        Self { at: "handle".to_owned(), how, notes }
    }

    #[handle]
    fn handled(&mut self, cx: &mut Context<Self>) -> Result<Reply, BoxError> {
        end(&self.at, &self.how, "handle", cx)
    }

    #[terminate]
    fn gone(&mut self, reason: &Terminate, cx: &mut Context<Self>) -> Result<(), BoxError> {
        terminate!(self, reason, cx).map(|_| ())
    }
}

/// The connection beside, which nothing may touch.
struct Bystander(Notes);

#[websocket]
impl Bystander {
    #[init]
    fn new(State(notes): State<Notes>) -> Self {
        Self(notes)
    }

    #[text]
    fn said(&mut self, words: String) -> String {
        words
    }

    #[terminate]
    fn gone(&mut self) {
        self.0.add("the bystander is gone");
    }
}

/// What is done to the connection, once it is up.
enum Act {
    Nothing,
    Frame(u8, &'static [u8]),
    /// Bytes that are no good frame.
    Bytes(&'static [u8]),
    TooBig,
    Info,
    SocketClose,
    /// More than its mailbox holds, before it can look.
    Flood,
    /// The end of the stream, without a close frame.
    Cut,
    Reset,
}

async fn serve(notes: &Notes) -> Server {
    let app = App::empty()
        .state(notes.clone())
        .max_message_size(1000)
        .mailbox(3, 1 << 20, Overflow::Close)
        .mount::<Subject>("/end/{at}/{how}", ())
        .mount::<Any>("/any/{how}", ())
        .mount::<Bystander>("/bystander", ())
        .route(Route::new::<Subject>("/idle/{at}/{how}").idle_timeout(Duration::from_millis(150)));
    Server::start(app).await
}

/// Does it, and reads on until the end of the stream; the code that the server closed with.
async fn act(act: Act, mut raw: Raw, server: &Server) -> Option<u16> {
    let subject = || server.app.sockets::<Subject>().pop().expect("the subject");
    match act {
        Act::Nothing => {}
        Act::Frame(opcode, payload) => raw.frame(opcode, payload).await,
        Act::Bytes(bytes) => raw.send(bytes).await,
        Act::TooBig => raw.frame(BINARY, &[0; 1001]).await,
        Act::Info => assert!(subject().info(Word).is_queued()),
        Act::SocketClose => assert!(subject().close(KICKED, "kicked").is_queued()),
        Act::Flood => {
            let sent: Vec<_> = (0..4).map(|_| subject().send("x").is_queued()).collect();
            assert_eq!(sent, [true, true, true, false]);
        }
        Act::Cut => return None,
        Act::Reset => {
            raw.stream.set_zero_linger().expect("a socket");
            return None;
        }
    }
    let code = loop {
        let frame = raw.read().await.expect("a close frame before the end of the stream");
        if frame.opcode == CLOSE {
            break if frame.payload.is_empty() { 1005 } else { frame.close().0 };
        }
    };
    raw.frame(CLOSE, &code.to_be_bytes()[..if code == 1005 { 0 } else { 2 }]).await;
    assert_eq!(raw.read().await, None, "nothing comes after a close frame");
    Some(code)
}

/// `end`: [`Terminate::kind`] and what its `Display` says; `code`: that of the server's close frame, 1005 where it has
/// none, `None` where the client is gone; `error`: the callback that an `ERROR` line names, if there is to be one.
async fn check(path: &str, what: Act, end: (&str, &str), code: Option<u16>, error: Option<&str>) {
    let (log, _capturing) = Log::capture();
    let notes = Notes::default();
    let server = serve(&notes).await;
    let mut bystander = server.connect("/bystander").await;
    let raw = Raw::connect(server.addr, path).await;

    assert_eq!(act(what, raw, &server).await, code);
    until(|| server.app.stats().open == 1).await;

    let (kind, says) = end;
    let ends = notes.all();
    assert!(matches!(&*ends, [end] if end.starts_with(&format!("{kind}: "))), "{ends:?}");
    assert!(ends[0].contains(says), "{ends:?}");
    let stats = server.app.stats();
    assert_eq!(stats.ended.into_iter().collect::<Vec<_>>(), [(kind, 1)]);
    assert!(server.app.sockets::<Subject>().is_empty());

    bystander.send(ClientMessage::text("still there?")).await.expect("a connection that goes on");
    assert_eq!(text(&mut bystander).await, "still there?");

    let errors = log.lines_with(&["ERROR"]);
    match error {
        None => assert!(errors.is_empty(), "{errors:?}"),
        Some(callback) => {
            assert_eq!(errors.len(), 1, "{errors:?}");
            assert!(errors[0].contains(&format!("callback=\"{callback}\"")), "{errors:?}");
        }
    }
}

macro_rules! endings {
    ($($name:ident: $path:literal, $act:expr => $kind:literal, $says:literal, $code:expr, $error:expr;)*) => { $(
        #[tokio::test]
        async fn $name() {
            check($path, $act, ($kind, $says), $code, $error).await;
        }
    )* };
}

// At `-` nothing ends by itself.
endings! {
    c12_the_client_closes_with_a_code: "/end/-/-", Act::Frame(CLOSE, b"\x0f\xa1bye") => "remote", "4001 bye", Some(4001), None;
    c12_the_client_closes_without_a_code: "/end/-/-", Act::Frame(CLOSE, b"") => "remote", "closed by the client", Some(1005), None;
    c12_the_client_is_cut_without_a_close: "/end/-/-", Act::Cut => "lost", "lost", None, None;
    c12_the_client_resets_the_stream: "/end/-/-", Act::Reset => "lost", "lost", None, None;
    c13_an_idle_client_sees_1001: "/idle/-/-", Act::Nothing => "timeout", "idle", Some(1001), None;

    c12_a_reply_closes: "/end/text/reply", Act::Frame(TEXT, b"x") => "stop", "4001 kicked", Some(4001), None;
    c12_a_close_as_the_error_closes: "/end/text/close_err", Act::Frame(TEXT, b"x") => "stop", "4001 kicked", Some(4001), None;
    c12_the_context_closes: "/end/text/cx", Act::Frame(TEXT, b"x") => "stop", "4001 kicked", Some(4001), None;
    c12_the_socket_closes: "/end/-/-", Act::SocketClose => "stop", "4001 kicked", Some(4001), None;
    c12_a_reply_closes_as: "/end/text/close_as", Act::Frame(TEXT, b"x") => "stop_as", "enough", Some(1000), None;
    c12_open_closes: "/end/open/reply", Act::Nothing => "stop", "4001 kicked", Some(4001), None;

    c13_text_that_is_not_utf_8_is_1007: "/end/-/-", Act::Bytes(b"\x81\x82\0\0\0\0\xff\xff") => "bad_encoding", "", Some(1007), None;
    c13_a_frame_without_a_mask_is_1002: "/end/-/-", Act::Bytes(b"\x81\x02hi") => "bad_frame", "mask", Some(1002), None;
    c13_a_reserved_opcode_is_1002: "/end/-/-", Act::Bytes(b"\x83\x80\0\0\0\0") => "bad_frame", "", Some(1002), None;
    c13_a_reserved_control_opcode_is_1002: "/end/-/-", Act::Bytes(b"\x8b\x80\0\0\0\0") => "bad_frame", "", Some(1002), None;
    c13_a_reserved_bit_is_1002: "/end/-/-", Act::Bytes(b"\xc1\x80\0\0\0\0") => "bad_frame", "", Some(1002), None;
    c13_a_continuation_of_nothing_is_1002: "/end/-/-", Act::Bytes(b"\x80\x80\0\0\0\0") => "bad_frame", "", Some(1002), None;
    c13_a_fragmented_ping_is_1002: "/end/-/-", Act::Bytes(b"\x09\x80\0\0\0\0") => "bad_frame", "", Some(1002), None;
    c13_a_close_frame_of_one_byte_is_1002: "/end/-/-", Act::Bytes(b"\x88\x81\0\0\0\0\x03") => "bad_frame", "", Some(1002), None;
    c13_a_close_frame_with_a_code_that_may_not_be_sent_is_1002: "/end/-/-", Act::Frame(CLOSE, b"\x03\xee") => "bad_frame", "", Some(1002), None;
    c13_a_close_frame_whose_reason_is_not_utf_8_is_1007: "/end/-/-", Act::Frame(CLOSE, b"\x03\xe8\xff") => "bad_encoding", "", Some(1007), None;
    c13_a_message_too_big_is_1009: "/end/-/-", Act::TooBig => "bad_size", "1000 bytes", Some(1009), None;
    c13_a_mailbox_too_full_is_1013: "/end/-/-", Act::Flood => "overflow", "too much", Some(1013), None;

    c14_open_panics: "/end/open/panic", Act::Nothing => "panic", "callback `opened` panicked: boom at open (", Some(1011), Some("opened");
    c14_text_panics: "/end/text/panic", Act::Frame(TEXT, b"x") => "panic", "callback `said` panicked: boom at text (", Some(1011), Some("said");
    c14_binary_panics: "/end/binary/panic", Act::Frame(BINARY, b"x") => "panic", "callback `sent` panicked: boom at binary (", Some(1011), Some("sent");
    c14_ping_panics: "/end/ping/panic", Act::Frame(PING, b"x") => "panic", "callback `pinged` panicked: boom at ping (", Some(1011), Some("pinged");
    c14_pong_panics: "/end/pong/panic", Act::Frame(PONG, b"x") => "panic", "callback `ponged` panicked: boom at pong (", Some(1011), Some("ponged");
    c14_info_panics: "/end/info/panic", Act::Info => "panic", "callback `heard` panicked: boom at info (", Some(1011), Some("heard");
    c14_handle_panics: "/any/panic", Act::Frame(TEXT, b"x") => "panic", "callback `handled` panicked: boom at handle (", Some(1011), Some("handled");
    c14_spawned_work_panics: "/end/-/spawned_panic", Act::Frame(TEXT, b"x") => "panic", "callback `said` panicked: boom in spawned work (", Some(1011), Some("said");
    c14_terminate_panics: "/end/terminate/panic", Act::Frame(CLOSE, b"\x03\xe8") => "remote", "1000", Some(1000), Some("gone");

    c12_open_fails: "/end/open/err", Act::Nothing => "failed", "callback `opened` failed: no at open", Some(1011), Some("opened");
    c12_text_fails: "/end/text/err", Act::Frame(TEXT, b"x") => "failed", "callback `said` failed: no at text", Some(1011), Some("said");
    c12_binary_fails: "/end/binary/err", Act::Frame(BINARY, b"x") => "failed", "callback `sent` failed: no at binary", Some(1011), Some("sent");
    c12_ping_fails: "/end/ping/err", Act::Frame(PING, b"x") => "failed", "callback `pinged` failed: no at ping", Some(1011), Some("pinged");
    c12_pong_fails: "/end/pong/err", Act::Frame(PONG, b"x") => "failed", "callback `ponged` failed: no at pong", Some(1011), Some("ponged");
    c12_info_fails: "/end/info/err", Act::Info => "failed", "callback `heard` failed: no at info", Some(1011), Some("heard");
    c12_handle_fails: "/any/err", Act::Frame(BINARY, b"x") => "failed", "callback `handled` failed: no at handle", Some(1011), Some("handled");
    c12_terminate_fails: "/end/terminate/err", Act::Frame(CLOSE, b"\x03\xe8") => "remote", "1000", Some(1000), Some("gone");
}
