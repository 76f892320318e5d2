//! A handler that implements the trait by hand, without the macro, through a whole conversation.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use futures_util::SinkExt;
use http::request::Parts;
use http::{HeaderName, HeaderValue, StatusCode};
use tokio_websockets::Message as Sent;
use ws_core::{
    App, BadPayload, CloseCode, Context, ControlPayload, FromText, Handler, Incoming, InfoFor, IntoReply,
    Message, Needs, Reply, Terminate, Timer, Upgrade,
};
use ws_tests::notes::Notes;
use ws_tests::raw::{HEADERS, PING, PONG, Raw, TEXT};
use ws_tests::{Server, closed, next, text, within};

/// Holds a secret number between 1 and 100 for the client to guess.
struct Game {
    secret: u8,
    guesses: Vec<u8>,
    patience: Duration,
    timer: Option<Timer>,
    notes: Notes,
}

/// Every info that a game receives.
enum GameInfo {
    Hint(Hint),
    /// The client has not guessed for a while.
    Bored,
}

struct Hint(String);
struct Bored;

impl InfoFor<Game> for Hint {
    fn into_info(self) -> GameInfo {
        GameInfo::Hint(self)
    }
}

impl InfoFor<Game> for Bored {
    fn into_info(self) -> GameInfo {
        GameInfo::Bored
    }
}

/// A guess, parsed from the player's text.
struct Guess(u8);

impl FromText<'_> for Guess {
    fn from_text(text: &mut ws_core::IncomingText<'_>) -> Result<Self, BadPayload> {
        match text.trim().parse() {
            Ok(guess @ 1..=100) => Ok(Self(guess)),
            _ => Err(BadPayload::new(format!("`{text}` is no number from 1 to 100"))),
        }
    }
}

/// The game's reply to a guess.
struct Verdict {
    guess: u8,
    word: &'static str,
}

impl IntoReply for Verdict {
    fn into_reply(self, reply: &mut Reply) {
        reply.push(self.guess.to_string());
        self.word.into_reply(reply);
    }
}

impl Game {
    fn guessed(&mut self, Guess(guess): Guess, cx: &mut Context<Self>, reply: &mut Reply) {
        self.guesses.push(guess);
        if let Some(timer) = self.timer.take() {
            assert!(cx.cancel(timer) && !cx.cancel(timer));
        }
        let word = match guess.cmp(&self.secret) {
            std::cmp::Ordering::Less => "more",
            std::cmp::Ordering::Greater => "less",
            std::cmp::Ordering::Equal => {
                *reply = std::mem::take(reply).with("yes").close_as(self.guesses.len());
                return;
            }
        };
        Verdict { guess, word }.into_reply(reply);
    }
}

impl Handler for Game {
    type Info = GameInfo;

    fn needs(needs: &mut Needs) {
        needs.state::<Notes>();
    }

    async fn init(_: &mut Parts, upgrade: &mut Upgrade<Self>) -> Result<Self, Response> {
        let notes = upgrade.state::<Notes>().expect("the test's notes").clone();
        let Some(secret) = upgrade.params().get("secret").and_then(|secret| secret.parse().ok()) else {
            return Err((StatusCode::BAD_REQUEST, "the secret is a number").into_response());
        };
        upgrade.header(HeaderName::from_static("x-game"), HeaderValue::from_static("guess"));
        assert!(upgrade.info(Hint(format!("you are {}", upgrade.peer_addr().is_some()))).is_queued());
        let patience = *upgrade.options().expect("a duration");
        Ok(Self { secret, guesses: Vec::new(), patience, timer: None, notes })
    }

    async fn open(&mut self, cx: &mut Context<Self>, reply: &mut Reply) {
        reply.push("guess a number");
        self.timer = Some(cx.notify_after(self.patience, Bored));
    }

    async fn message(&mut self, message: Incoming<'_>, cx: &mut Context<Self>, reply: &mut Reply) {
        match message {
            Incoming::Text(text) if &*text == "help" => {
                cx.send("thinking");
                cx.spawn(async {
                    tokio::task::yield_now().await;
                    Hint("it is a number".into())
                });
            }
            Incoming::Text(mut text) => match Guess::from_text(&mut text) {
                Ok(guess) => self.guessed(guess, cx, reply),
                Err(bad) => reply.refuse(bad),
            },
            Incoming::Binary(bytes) => {
                let (sum, count) = (bytes.iter().map(|byte| usize::from(*byte)).sum::<usize>(), bytes.len());
                reply
                    .push(vec![u8::try_from(sum).unwrap_or(u8::MAX), u8::try_from(count).unwrap_or(u8::MAX)]);
            }
            Incoming::Ping(payload) => self.notes.add(format!("ping {}", payload.len())),
            Incoming::Pong(payload) => {
                let payload = ControlPayload::new(payload.into_bytes().repeat(2)).expect("a short one");
                reply.push(Message::Ping(payload));
            }
            _ => unreachable!("there is no other kind of message"),
        }
    }

    async fn info(&mut self, info: GameInfo, cx: &mut Context<Self>, reply: &mut Reply) {
        match info {
            GameInfo::Hint(Hint(words)) => {
                tokio::task::yield_now().await;
                reply.push(format!("{words}, {} on {}", cx.params().get("secret").is_some(), cx.path()));
            }
            GameInfo::Bored => reply.fail("nobody plays"),
        }
    }

    async fn terminate(&mut self, reason: &Terminate, _: &mut Context<Self>) {
        let after = match reason {
            Terminate::StopAs(reason) => reason.downcast_ref::<usize>().copied(),
            _ => None,
        };
        self.notes.add(format!("{}: {:?} {after:?}", reason.kind(), self.guesses));
    }
}

async fn server() -> (Server, Notes) {
    let notes = Notes::default();
    let app = App::new()
        .mount::<Game>("/game/{secret}", Duration::from_secs(60))
        .mount::<Game>("/hasty/{secret}", Duration::from_millis(50))
        .state(notes.clone());
    (Server::start(app).await, notes)
}

async fn send(client: &mut ws_tests::Client, message: Sent) {
    within(client.send(message)).await.expect("an open connection");
}

#[tokio::test]
async fn a_whole_game() {
    let (server, notes) = server().await;
    let mut client = server.connect("/game/42").await;
    send(&mut client, Sent::text("50")).await;
    // First the reply of `open`, then the info that `init` queued, then the replies to the frames.
    for words in ["guess a number", "you are true, true on /game/42", "50", "less"] {
        assert_eq!(text(&mut client).await, words);
    }
    send(&mut client, Sent::text("help")).await;
    assert_eq!(text(&mut client).await, "thinking");
    assert_eq!(text(&mut client).await, "it is a number, true on /game/42");
    send(&mut client, Sent::binary(vec![1, 2, 3])).await;
    assert_eq!(**next(&mut client).await.as_payload(), [6, 3]);
    server.app.sockets::<Game>()[0].info(Hint("warm".into()));
    assert_eq!(text(&mut client).await, "warm, true on /game/42");
    for (guess, words) in [("41", &["41", "more"][..]), (" 42 ", &["yes"])] {
        send(&mut client, Sent::text(guess)).await;
        for word in words {
            assert_eq!(text(&mut client).await, *word);
        }
    }
    assert_eq!(closed(&mut client).await, (1000, String::new()));
    notes.seen("stop_as: [50, 41, 42] Some(3)").await;
}

#[tokio::test]
async fn control_frames_reach_it_and_leave_it() {
    let (server, notes) = server().await;
    let mut raw = Raw::open(server.addr).await;
    let response = raw.request("GET", "/game/1", &HEADERS).await;
    assert_eq!((response.status, response.header("x-game")), (101, Some("guess")), "{response:?}");
    raw.frame(TEXT, b"2").await;
    raw.frame(PING, b"abc").await;
    raw.frame(PONG, b"def").await;
    for words in ["guess a number", "you are true, true on /game/1", "2", "less"] {
        assert_eq!(raw.read().await.unwrap().text(), words);
    }
    // The server answers the ping itself, before the handler receives it.
    let mut control = [raw.read().await.unwrap(), raw.read().await.unwrap()];
    control.sort_by_key(|frame| frame.opcode);
    assert_eq!((control[0].opcode, control[0].text()), (PING, "defdef"));
    assert_eq!((control[1].opcode, control[1].text()), (PONG, "abc"));
    notes.seen("ping 3").await;
}

#[tokio::test]
async fn it_ends_in_its_own_ways() {
    let (server, notes) = server().await;
    let mut wrong = server.connect("/game/7").await;
    send(&mut wrong, Sent::text("101")).await;
    text(&mut wrong).await;
    text(&mut wrong).await;
    assert_eq!(closed(&mut wrong).await, (1007, "`101` is no number from 1 to 100".to_owned()));
    notes.seen("bad_encoding: [] None").await;

    let mut bored = server.connect("/hasty/7").await;
    text(&mut bored).await;
    text(&mut bored).await;
    assert_eq!(closed(&mut bored).await, (u16::from(CloseCode::INTERNAL), String::new()));
    notes.seen("failed: [] None").await;

    let refused = Raw::open(server.addr).await.request("GET", "/game/x", &HEADERS).await;
    assert_eq!((refused.status, refused.body.as_str()), (400, "the secret is a number"));
    assert_eq!(notes.all().len(), 2, "{:?}", notes.all());
}

#[test]
fn the_state_it_needs_is_missed_at_the_start() {
    let line = line!() + 1;
    let error = App::new().mount::<Game>("/game/{secret}", ()).try_into_router().unwrap_err().to_string();
    assert!(error.contains("State<ws_tests::notes::Notes>"), "{error}");
    assert!(error.contains(&format!("`by_hand::Game` ({}:{line})", file!())), "{error}");
}

/// Takes its reply out, and puts it back after another message.
struct Later;

impl Handler for Later {
    type Info = std::convert::Infallible;

    async fn init(_: &mut Parts, _: &mut Upgrade<Self>) -> Result<Self, Response> {
        Ok(Self)
    }

    async fn message(&mut self, _: Incoming<'_>, _: &mut Context<Self>, reply: &mut Reply) {
        reply.push("two");
        let later = std::mem::take(reply);
        reply.push("one");
        later.into_reply(reply);
        reply.push("three");
    }
}

#[tokio::test]
async fn a_reply_that_was_taken_out_keeps_its_order() {
    let server = Server::start(App::new().mount::<Later>("/later", ())).await;
    let mut client = server.connect("/later").await;
    for _ in 0..2 {
        client.send(Sent::text("go")).await.expect("an open connection");
        for words in ["one", "two", "three"] {
            assert_eq!(text(&mut client).await, words);
        }
    }
}
