//! The types that callbacks may return (C5), the order of their messages (C6), and the codes of a close (C7).

use std::fmt;
use std::marker::PhantomData;

use serde::Serialize;
use ws_core::prelude::*;
use ws_core::{CloseCode, ControlPayload, Handler, Reason};
use ws_tests::notes::Notes;
use ws_tests::raw::{BINARY, CLOSE, PING, PONG, Raw, TEXT, frame};
use ws_tests::{Server, until};

/// Makes the value that a callback returns.
trait Answer: Send + 'static {
    type Reply: IntoReply;

    fn answer() -> Self::Reply;
}

/// Answers each text with `A`'s reply.
struct Answering<A>(PhantomData<A>);

impl<A> Default for Answering<A> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

#[websocket]
impl<A: Answer> Answering<A> {
    #[text]
    fn asked(&mut self) -> A::Reply {
        A::answer()
    }
}

/// Asks, pings, and returns the messages that arrive before the pong. If a close frame arrives instead of the pong,
/// also returns its code.
async fn answers<H: Handler>() -> (Vec<String>, Option<u16>) {
    let server = Server::start(App::new().mount::<H>("/", ())).await;
    let mut client = Raw::connect(server.addr, "/").await;
    client.send(&[frame(true, TEXT, b"?"), frame(true, PING, b"last")].concat()).await;
    let mut replies = Vec::new();
    loop {
        let frame = client.read().await.expect("an answer");
        match frame.opcode {
            TEXT => replies.push(format!("text {}", frame.text())),
            BINARY => replies.push(format!("binary {:?}", frame.payload)),
            PING => replies.push(format!("ping {}", frame.text())),
            PONG if frame.text() == "last" => return (replies, None),
            PONG => replies.push(format!("pong {}", frame.text())),
            _ => return (replies, Some(frame.close().0)),
        }
    }
}

/// A value that does not serialize.
struct NoJson;

impl Serialize for NoJson {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("there is none"))
    }
}

/// A user-defined error.
#[derive(Debug)]
struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("secret")
    }
}

impl std::error::Error for Broken {}

macro_rules! replies {
    ($($name:ident: $reply:ty, $value:expr => $expected:expr, $code:expr;)*) => { $(
        #[tokio::test]
        async fn $name() {
            struct This;

            impl Answer for This {
                type Reply = $reply;

                fn answer() -> $reply {
                    $value
                }
            }

            let (replies, code) = answers::<Answering<This>>().await;
            let expected: &[&str] = &$expected;
            assert_eq!((replies.iter().map(String::as_str).collect::<Vec<_>>(), code), (expected.to_vec(), $code));
        }
    )* };
}

replies! {
    c5_unit_sends_nothing: (), () => [], None;
    c5_none_sends_nothing: Option<String>, None => [], None;
    c6_an_empty_list_sends_nothing: Vec<Message>, Vec::new() => [], None;
    c6_an_empty_array_sends_nothing: [&'static str; 0], [] => [], None;
    c5_an_empty_reply_sends_nothing: Reply, Reply::new() => [], None;
    c5_a_literal_is_text: &'static str, "a" => ["text a"], None;
    c5_a_string_is_text: String, "a".to_owned() => ["text a"], None;
    c5_shared_text_is_text: Text, Text::from_static("a") => ["text a"], None;
    c5_an_empty_text_is_a_message: &'static str, "" => ["text "], None;
    c5_bytes_are_binary: Bytes, Bytes::from_static(b"a") => ["binary [97]"], None;
    c5_a_vec_of_bytes_is_binary: Vec<u8>, vec![1, 2] => ["binary [1, 2]"], None;
    c5_an_empty_vec_of_bytes_is_a_message: Vec<u8>, Vec::new() => ["binary []"], None;
    c5_json_is_text: Json<[u8; 2]>, Json([1, 2]) => ["text [1,2]"], None;
    c5_json_that_cannot_be_made_fails: Json<NoJson>, Json(NoJson) => [], Some(1011);
    c5_a_message_is_itself: Message, Message::Pong(ControlPayload::new(vec![b'x'; 3]).expect("short")) => ["pong xxx"], None;
    c5_some_is_what_it_holds: Option<&'static str>, Some("a") => ["text a"], None;
    c5_a_close_closes: Close, Close::new(CloseCode::POLICY, "no") => [], Some(1008);
    c5_a_close_code_closes: CloseCode, CloseCode::RESTART => [], Some(1012);
    c6_an_array_is_in_order: [&'static str; 3], ["a", "b", "c"] => ["text a", "text b", "text c"], None;
    c6_a_list_is_in_order: Vec<String>, vec!["a".into(), "b".into()] => ["text a", "text b"], None;
    c6_a_list_of_literals_is_in_order: Vec<&'static str>, vec!["a", "b"] => ["text a", "text b"], None;
    c6_a_list_of_messages_is_in_order: Vec<Message>, vec![vec![1].into(), "b".into()] => ["binary [1]", "text b"], None;
    c6_a_list_of_bytes_is_in_order: Vec<Vec<u8>>, vec![vec![1], vec![2]] => ["binary [1]", "binary [2]"], None;
    c6_a_list_of_json_is_in_order: Vec<Json<u8>>, vec![Json(1), Json(2)] => ["text 1", "text 2"], None;
    c6_a_list_of_replies_is_in_order: Vec<Reply>, vec![Reply::new().with("a"), Reply::new().with("b")] => ["text a", "text b"], None;
    c6_a_tuple_is_in_order: (&'static str, Vec<u8>, Option<String>, [Text; 1]), ("a", vec![1], None, ["c".into()]) => ["text a", "binary [1]", "text c"], None;
    c6_a_reply_is_in_order: Reply, Reply::new().with("a").with(["b", "c"]).with(vec![1_u8]) => ["text a", "text b", "text c", "binary [1]"], None;
    c6_a_control_message_keeps_its_place: Vec<Message>, vec!["a".into(), Message::Ping(ControlPayload::default()), "b".into()] => ["text a", "ping ", "text b"], None;
    c6_everything_after_a_close_is_dropped: Vec<Message>, vec!["a".into(), CloseCode::NORMAL.into(), "b".into()] => ["text a"], Some(1000);
    c6_the_first_close_stands: (&'static str, Close, Close), ("a", Close::normal(), CloseCode::POLICY.into()) => ["text a"], Some(1000);
    c5_ok_is_what_it_holds: Result<&'static str, Broken>, Ok("a") => ["text a"], None;
    c5_an_error_closes_with_1011: Result<&'static str, Broken>, Err(Broken) => [], Some(1011);
    c5_a_close_as_the_error_has_its_own_code: Result<(), Close>, Err(CloseCode::from_static(4000).into()) => [], Some(4000);
    c5_replies_before_an_error_go_out: (&'static str, Result<(), Broken>), ("a", Err(Broken)) => ["text a"], Some(1011);
    c5_close_as_closes_with_1000: Reply, Reply::new().with("a").close_as("reason").with("b") => ["text a"], Some(1000);
    c5_the_close_of_a_reply: Reply, Reply::new().with("a").close(CloseCode::TRY_AGAIN, "later").with("b") => ["text a"], Some(1013);
}

/// Closes as each text asks, and notes its `Terminate`.
struct Leaving(Notes);

struct Quit(u32);

impl fmt::Debug for Quit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Quit({})", self.0)
    }
}

impl fmt::Display for Quit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "quit with {}", self.0)
    }
}

#[websocket]
impl Leaving {
    #[init]
    fn new(State(notes): State<Notes>) -> Self {
        Self(notes)
    }

    #[text]
    fn received(&mut self, words: &str, cx: &mut Context<Self>) -> Result<Reply, Broken> {
        self.0.add(format!("received {words}"));
        match words {
            "quit" => Ok(Reply::new().with("bye").close_as(Quit(7))),
            "break" => Err(Broken),
            "close" => {
                cx.send("before");
                Ok(Reply::new()
                    .with("with")
                    .close(CloseCode::NORMAL, Reason::new("x".repeat(123)).expect("fits")))
            }
            code => {
                let code = code.parse::<u16>().ok().and_then(|code| CloseCode::new(code).ok());
                Ok(Reply::new().with(Close::new(code.expect("a code that may be sent"), Reason::default())))
            }
        }
    }

    #[terminate]
    fn gone(&mut self, reason: &Terminate) {
        self.0.add(match reason {
            Terminate::StopAs(reason) => match reason.downcast_ref::<Quit>() {
                Some(Quit(how)) => format!("quit {how}"),
                None => "something else".to_owned(),
            },
            Terminate::Failed(failed) => {
                format!("{} {:?}", failed.callback(), failed.downcast_ref::<Broken>())
            }
            other => other.to_string(),
        });
    }
}

/// Sends `words`, another text and a close frame in one write. Returns the frames that come back, and the notes.
async fn leave(words: &str) -> (Vec<ws_tests::raw::Frame>, Vec<String>) {
    let notes = Notes::default();
    let server = Server::start(App::new().mount::<Leaving>("/", ()).state(notes.clone())).await;
    let mut client = Raw::connect(server.addr, "/").await;
    let more = [frame(true, TEXT, words.as_bytes()), frame(true, TEXT, b"too late"), frame(true, CLOSE, b"")];
    client.send(&more.concat()).await;
    let mut frames = Vec::new();
    while let Some(frame) = client.read().await {
        frames.push(frame);
    }
    drop(client);
    until(|| server.app.stats().open == 0).await;
    (frames, notes.all())
}

// RFC 6455 5.5.1: "If a client and server both send a Close message at the same time, both endpoints will have sent and
// received a Close message and should consider the WebSocket connection closed"
#[tokio::test]
async fn c6_after_a_close_no_callback_runs_but_terminate() {
    let (frames, notes) = leave("close").await;
    let texts: Vec<_> = frames[..2].iter().map(ws_tests::raw::Frame::text).collect();
    assert_eq!(texts, ["before", "with"]);
    assert_eq!(frames[2].close(), (1000, &*"x".repeat(123)));
    assert_eq!(frames.len(), 3);
    assert_eq!(
        notes,
        ["received close".to_owned(), format!("closed by the server with 1000 {}", "x".repeat(123))]
    );
}

#[tokio::test]
async fn c8_close_as_gives_terminate_its_reason_as_it_was() {
    let (frames, notes) = leave("quit").await;
    assert_eq!((frames[0].text(), frames[1].close(), frames.len()), ("bye", (1000, ""), 2));
    assert_eq!(notes, ["received quit", "quit 7"]);
}

#[tokio::test]
async fn c5_an_error_reaches_terminate_and_nothing_of_it_the_wire() {
    let (frames, notes) = leave("break").await;
    assert_eq!((frames[0].close(), frames.len()), ((1011, ""), 1));
    assert_eq!(notes, ["received break", "received Some(Broken)"]);
}

#[tokio::test]
async fn c7_every_code_that_may_be_sent_goes_out_as_it_is() {
    for code in [1000_u16, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 4999] {
        let (frames, notes) = leave(&code.to_string()).await;
        assert_eq!((frames[0].close(), frames.len()), ((code, ""), 1));
        assert_eq!(notes[1], format!("closed by the server with {code}"));
    }
}
