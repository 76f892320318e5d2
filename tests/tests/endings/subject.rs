//! A handler that ends on request. Its end is checked on the wire, in `#[terminate]`, in the figures, in the log, and
//! by another connection of the app, which must stay open.

use std::time::Duration;

use axum::extract::Path;
use futures_util::SinkExt;
use tokio_websockets::Message as ClientMessage;
use ws_core::prelude::*;
use ws_core::{BoxError, CloseCode, Compression, Exceeded, RateLimit, Route};
use ws_tests::log::Log;
use ws_tests::notes::Notes;
use ws_tests::raw::{CLOSE, HEADERS, Raw, TEXT};
use ws_tests::{Server, text, until};

use super::table::Row;

const KICKED: CloseCode = CloseCode::from_static(4001);

struct Word;

/// Ends the connection in the way `how`, if the callback `here` is the one called `at`.
fn end<H: ws_core::Handler>(at: &str, how: &str, here: &str, cx: &mut Context<H>) -> Result<Reply, BoxError> {
    if at != here {
        return Ok(Reply::new());
    }
    match how {
        "panic" => panic!("boom at {here}"),
        "err" => Err(format!("no at {here}").into()),
        "close_err" => Err(Close::new(KICKED, "kicked").into()),
        "reply" => Ok(Reply::new().close(KICKED, "kicked")),
        "list" => Ok(Reply::new().with("before").close(KICKED, "kicked").with("never sent")),
        // More than the system's buffers hold.
        "flood" => Ok(vec![Message::from(vec![7; 1 << 20]); 64].into_iter().fold(Reply::new(), Reply::with)),
        "close_as" => Ok(Reply::new().close_as("enough")),
        "cx" => {
            cx.close(KICKED, "kicked");
            Ok(Reply::new())
        }
        "expire" => {
            cx.renew(Duration::ZERO);
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

/// Has every callback but `#[handle]`. The names of the callbacks differ from those of their markers.
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
    async fn received(&mut self, cx: &mut Context<Self>) -> Result<Reply, BoxError> {
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
    fn notified(&mut self, Word: Word, cx: &mut Context<Self>) -> Result<Reply, BoxError> {
        end(&self.at, &self.how, "info", cx)
    }

    #[terminate]
    fn gone(&mut self, reason: &Terminate, cx: &mut Context<Self>) -> Result<(), BoxError> {
        terminate!(self, reason, cx).map(|_| ())
    }
}

/// Has only `#[handle]`.
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

/// Receives JSON.
struct Numbers(Notes);

#[websocket]
impl Numbers {
    #[init]
    fn new(State(notes): State<Notes>) -> Self {
        Self(notes)
    }

    #[text]
    fn counted(&mut self, Json(_): Json<Vec<u32>>) {}

    #[terminate]
    fn gone(&mut self, reason: &Terminate) {
        self.0.add(format!("{}: {reason}", reason.kind()));
    }
}

/// Another connection of the app, which must stay open.
struct Bystander(Notes);

#[websocket]
impl Bystander {
    #[init]
    fn new(State(notes): State<Notes>) -> Self {
        Self(notes)
    }

    #[text]
    fn received(&mut self, words: String) -> String {
        words
    }

    #[terminate]
    fn gone(&mut self) {
        self.0.add("the bystander is gone");
    }
}

/// An action on the connection after the handshake.
pub(super) enum Act {
    Nothing,
    Frame(u8, &'static [u8]),
    /// Several frames, or bytes that are not a valid frame.
    Bytes(Vec<u8>),
    Info,
    SocketClose,
    /// Sends more than the mailbox holds before the connection can take any of it.
    Flood,
    /// Ends the stream without a close frame.
    Cut,
    Reset,
    /// Sends text, and reads nothing of the response.
    Deaf,
    /// Sends text, and does not answer the close frame.
    Unanswered,
}

const SHORT: Duration = Duration::from_millis(150);

async fn serve(notes: &Notes) -> Server {
    let route = |path| Route::new::<Subject>(path);
    let app = App::new()
        .state(notes.clone())
        .max_message_size(1000)
        .max_frame_size(900)
        .max_fragments(3)
        .mailbox_messages(3)
        .mount::<Any>("/any/{how}", ())
        .mount::<Numbers>("/numbers", ())
        .mount::<Bystander>("/bystander", ())
        .route(route("/end/{at}/{how}"))
        .route(route("/slow/{at}/{how}").rate_limit(RateLimit::new().messages(1).exceeded(Exceeded::Close)))
        .route(
            route("/shared/{at}/{how}")
                .rate_limit_per_address(RateLimit::new().messages(1).exceeded(Exceeded::Close)),
        )
        .route(route("/idle/{at}/{how}").idle_timeout(SHORT))
        .route(route("/hasty/{at}/{how}").message_timeout(SHORT).write_timeout(SHORT).close_timeout(SHORT))
        .route(route("/compressed/{at}/{how}").compress(Compression::new()));
    Server::start(app).await
}

async fn connect(server: &Server, path: &str) -> Raw {
    let mut raw = Raw::open(server.addr).await;
    let extension = ("Sec-WebSocket-Extensions", "permessage-deflate");
    let response = raw.request("GET", path, &[&HEADERS[..], &[extension]].concat()).await;
    assert_eq!(response.status, 101, "{response:?}");
    raw
}

/// The code, if present, and the reason of the server's close frame.
type Seen = (Option<u16>, String);

/// Performs the action, and reads until the end of the stream.
async fn act(act: Act, mut raw: Raw, server: &Server) -> Option<Seen> {
    let subject = || server.app.sockets::<Subject>().pop().expect("the subject");
    let answers = !matches!(act, Act::Unanswered);
    match act {
        Act::Nothing => {}
        Act::Frame(opcode, payload) => raw.frame(opcode, payload).await,
        Act::Bytes(bytes) => raw.send(&bytes).await,
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
        Act::Deaf => {
            raw.frame(TEXT, b"x").await;
            until(|| server.app.stats().open == 1).await;
            return None;
        }
        Act::Unanswered => raw.frame(TEXT, b"x").await,
    }
    let seen = loop {
        let frame = raw.read().await.expect("a close frame before the end of the stream");
        if frame.opcode == CLOSE && frame.payload.is_empty() {
            break (None, String::new());
        } else if frame.opcode == CLOSE {
            let (code, reason) = frame.close();
            break (Some(code), reason.to_owned());
        }
        assert_ne!(frame.payload, b"never sent");
    };
    if answers {
        raw.frame(
            CLOSE,
            &seen.0.map(u16::to_be_bytes).unwrap_or_default()[..if seen.0.is_some() { 2 } else { 0 }],
        )
        .await;
    }
    assert_eq!(raw.read().await, None, "nothing may follow the close frame");
    if !answers {
        until(|| server.app.stats().open == 1).await;
    }
    Some(seen)
}

/// Performs `action` at `path`, and compares the ending with the table's row `name`. `reason` must be in the reason that
/// the handler receives. `code` is the code of the server's close frame where the table does not give one. `error` is
/// the callback in the only `ERROR` line of the log, or `None` if there must be no such line.
pub(super) async fn check(
    name: &str,
    path: &str,
    action: Act,
    reason: &str,
    code: Option<u16>,
    error: Option<&str>,
) {
    let row = Row::of(name);
    let (log, _capturing) = Log::capture();
    let notes = Notes::default();
    let server = serve(&notes).await;
    let mut bystander = server.connect("/bystander").await;
    let raw = connect(&server, path).await;

    let seen = act(action, raw, &server).await;
    row.assert_seen(seen.as_ref().map(|(code, reason)| (*code, &**reason)));
    assert!(code.is_none() || seen.is_some_and(|(seen, _)| seen == code), "{name}");
    until(|| server.app.stats().open == 1).await;

    let (kind, ends) = (row.kind(), notes.all());
    assert!(matches!(&*ends, [end] if end.starts_with(&format!("{kind}: "))), "{ends:?}");
    assert!(ends[0].contains(reason), "{ends:?}");
    let stats = server.app.stats();
    assert_eq!(stats.ended.into_iter().collect::<Vec<_>>(), [(&*kind, 1)]);
    assert_eq!(
        stats.limited.into_iter().collect::<Vec<_>>(),
        Vec::from_iter(row.limited().map(|name| (name, 1)))
    );
    assert!(server.app.sockets::<Subject>().is_empty());

    bystander.send(ClientMessage::text("still there?")).await.expect("an open connection");
    assert_eq!(text(&mut bystander).await, "still there?");

    row.assert_logged(&log);
    let errors = log.lines_with(&["ERROR"]);
    assert_eq!(errors.len(), usize::from(error.is_some()), "{errors:?}");
    if let Some(callback) = error {
        assert!(errors[0].contains(&format!("callback=\"{callback}\"")), "{errors:?}");
    }
}
