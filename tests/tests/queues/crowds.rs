//! Presence of a crowd that comes or leaves at once.

use ws_core::Overflow;
use ws_core::prelude::*;
use ws_tests::Server;
use ws_tests::raw::{Raw, TEXT};

use super::{Gate, expect_text};

/// `watch` watches the room, `diffs` watches it by differences, and `wait` waits for the gate.
struct Door(Gate);

#[websocket]
impl Door {
    #[init]
    fn new(State(gate): State<Gate>) -> Self {
        Self(gate)
    }

    #[text]
    async fn asked(&mut self, text: &str, cx: &mut Context<Self>) -> String {
        if text == "watch" {
            return cx.watch("room").expect("a topic").len().to_string();
        }
        if text == "diffs" {
            return cx.watch_diffs("room").expect("a topic").len().to_string();
        }
        cx.send("waiting");
        self.0.passed().await;
        "done".to_owned()
    }

    #[info]
    async fn changed(&mut self, event: PresenceEvent) -> String {
        match event {
            PresenceEvent::Joined(who) if who.id() == "slow" => {
                self.0.passed().await;
                "+slow".to_owned()
            }
            PresenceEvent::Joined(who) => format!("+{}{}", who.id(), who.meta::<String>().expect("text")),
            PresenceEvent::Left(who) => format!("-{}{}", who.id(), who.meta::<String>().expect("text")),
        }
    }

    #[info]
    fn differs(&mut self, diff: PresenceDiff) -> Json<PresenceDiff> {
        assert_eq!(diff.topic(), "room");
        Json(diff)
    }
}

/// One connection that tracks many identities: `+name` and `-name` for each word. The end of a name in `:meta` is its
/// value. `all N` tracks so many.
#[derive(Default)]
struct Crowd;

#[websocket]
impl Crowd {
    #[text]
    fn asked(&mut self, text: &str, cx: &mut Context<Self>) -> Result<&'static str, ws_core::TopicError> {
        if let Some(count) = text.strip_prefix("all ") {
            let meta = "x".repeat(1_000);
            for n in 0..count.parse().expect("a number") {
                cx.track("room", &format!("{n:04}"), &meta)?;
            }
            return Ok("here");
        }
        for word in text.split(' ') {
            let (name, meta) = word[1..].split_once(':').unwrap_or((&word[1..], ""));
            if word.starts_with('+') {
                cx.track("room", name, &meta)?;
            } else {
                assert!(cx.untrack("room", name));
            }
        }
        Ok("changed")
    }
}

fn app(gate: &Gate) -> App {
    App::new().state(gate.clone()).mount::<Door>("/door", ()).mount::<Crowd>("/crowd", ())
}

async fn start(gate: &Gate) -> Server {
    Server::start(app(gate)).await
}

async fn connect_and_ask(server: &Server, path: &str, words: &str, answer: &str) -> Raw {
    let mut client = Raw::connect(server.addr, path).await;
    ask(&mut client, words, answer).await;
    client
}

async fn ask(client: &mut Raw, words: &str, answer: &str) {
    client.frame(TEXT, words.as_bytes()).await;
    expect_text(client, answer).await;
}

/// 3,000 changes with 1 kB of data each are more than a mailbox holds.
#[tokio::test]
async fn a_crowd_that_comes_and_leaves_at_once_closes_nobody() {
    let gate = Gate::new();
    let server = start(&gate).await;
    let mut door = connect_and_ask(&server, "/door", "watch", "0").await;
    let crowd = connect_and_ask(&server, "/crowd", "all 3000", "here").await;
    let meta = "x".repeat(1_000);
    for n in 0..3_000 {
        expect_text(&mut door, &format!("+{n:04}{meta}")).await;
    }
    drop(crowd);
    let mut left = Vec::new();
    for _ in 0..3_000 {
        left.push(door.read().await.expect("a message").text()[..5].to_owned());
    }
    left.sort_unstable();
    assert!((0..3_000).map(|n| format!("-{n:04}")).eq(left));
    assert_eq!(server.app.stats().dropped, 0);
}

#[tokio::test]
async fn changes_that_wait_are_merged_per_identity() {
    let gate = Gate::new();
    let server = start(&gate).await;
    let mut crowd = connect_and_ask(&server, "/crowd", "+ann +bob:a +eve", "changed").await;
    let mut door = connect_and_ask(&server, "/door", "watch", "3").await;
    ask(&mut door, "wait", "waiting").await;
    // Nobody else: `cat` comes and leaves, `ann` leaves and comes back as she was, `bob` as another, and `eve` leaves.
    ask(&mut crowd, "+dan +cat -ann -bob -cat +ann +bob:b -eve", "changed").await;
    gate.open();
    expect_text(&mut door, "done").await;
    for change in ["+dan", "-boba", "+bobb", "-eve"] {
        expect_text(&mut door, change).await;
    }
    ask(&mut crowd, "-dan", "changed").await;
    expect_text(&mut door, "-dan").await;
}

#[tokio::test]
async fn changes_that_wait_come_as_one_difference() {
    let gate = Gate::new();
    let server = start(&gate).await;
    let mut crowd = connect_and_ask(&server, "/crowd", "+ann +bob:a +eve", "changed").await;
    let mut door = connect_and_ask(&server, "/door", "diffs", "3").await;
    // The first call decides.
    ask(&mut door, "watch", "3").await;
    ask(&mut door, "wait", "waiting").await;
    ask(&mut crowd, "+dan +cat -ann -bob -cat +ann +bob:b -eve", "changed").await;
    gate.open();
    expect_text(&mut door, "done").await;
    let entry =
        |id, meta, connections| format!(r#"{{"id":"{id}","meta":"{meta}","connections":{connections}}}"#);
    let joined = [entry("dan", "", 1), entry("bob", "b", 1)].join(",");
    let left = [entry("bob", "a", 0), entry("eve", "", 0)].join(",");
    expect_text(&mut door, &format!(r#"{{"joined":[{joined}],"left":[{left}]}}"#)).await;
    // Changes that cancel out make no difference.
    ask(&mut door, "wait", "waiting").await;
    ask(&mut crowd, "+cat -cat", "changed").await;
    gate.open();
    expect_text(&mut door, "done").await;
    ask(&mut crowd, "-dan", "changed").await;
    let left = entry("dan", "", 0);
    expect_text(&mut door, &format!(r#"{{"joined":[],"left":[{left}]}}"#)).await;
}

#[tokio::test]
async fn a_mailbox_that_overflows_drops_no_change() {
    let gate = Gate::new();
    let app = app(&gate).mailbox_messages(1).mailbox_overflow(Overflow::DropOldest);
    let server = Server::start(app).await;
    let mut door = connect_and_ask(&server, "/door", "watch", "0").await;
    ask(&mut door, "wait", "waiting").await;
    let mut crowd = connect_and_ask(&server, "/crowd", "+ann +bob", "changed").await;
    let socket = server.app.sockets::<Door>().pop().expect("a connection");
    for text in ["one", "two", "three"] {
        assert!(socket.send(text).is_queued());
    }
    ask(&mut crowd, "-bob +eve", "changed").await;
    gate.open();
    for text in ["done", "+ann", "+eve", "three"] {
        expect_text(&mut door, text).await;
    }
    assert_eq!(server.app.stats().dropped, 2);
}

/// A message goes out while the callback of the last change before it is pending, and not earlier.
#[tokio::test]
async fn changes_keep_their_place_among_other_mail() {
    let gate = Gate::new();
    let server = start(&gate).await;
    let mut door = connect_and_ask(&server, "/door", "watch", "0").await;
    ask(&mut door, "wait", "waiting").await;
    let socket = server.app.sockets::<Door>().pop().expect("a connection");
    let mut crowd = Raw::connect(server.addr, "/crowd").await;
    assert!(socket.send("before").is_queued());
    ask(&mut crowd, "+ann +bob", "changed").await;
    assert!(socket.send("after").is_queued());
    ask(&mut crowd, "+eve", "changed").await;
    expect_text(&mut door, "before").await;
    gate.open();
    for text in ["done", "+ann", "+bob", "+eve", "after"] {
        expect_text(&mut door, text).await;
    }
    ask(&mut door, "wait", "waiting").await;
    ask(&mut crowd, "+dan +slow", "changed").await;
    assert!(socket.send("meanwhile").is_queued());
    gate.open();
    for text in ["done", "+dan", "meanwhile"] {
        expect_text(&mut door, text).await;
    }
    gate.open();
    expect_text(&mut door, "+slow").await;
}

#[tokio::test]
async fn identities_that_come_and_go_without_end_cost_nothing_while_they_wait() {
    let gate = Gate::new();
    let server = start(&gate).await;
    let mut crowd = connect_and_ask(&server, "/crowd", "+ann", "changed").await;
    let mut door = connect_and_ask(&server, "/door", "watch", "1").await;
    ask(&mut door, "wait", "waiting").await;
    for _ in 0..20 {
        let churn: Vec<_> = (0..200).map(|n| format!("+{n} -{n}")).collect();
        ask(&mut crowd, &churn.join(" "), "changed").await;
    }
    gate.open();
    expect_text(&mut door, "done").await;
    ask(&mut crowd, "-ann", "changed").await;
    expect_text(&mut door, "-ann").await;
}
