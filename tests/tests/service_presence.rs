//! A service that watches presence.

use futures_util::SinkExt;
use tokio_websockets::Message as Sent;
use ws_core::prelude::*;
use ws_core::{App, TopicError};
use ws_tests::notes::Notes;
use ws_tests::{Client, Server, text, until, within};

/// Notes who comes and goes in the lobby, and does as the messages request.
#[service("/porter")]
struct Porter {
    cx: ServiceContext<Self>,
    notes: Notes,
}

#[service]
impl Porter {
    #[init]
    fn begin(cx: ServiceContext<Self>, State(notes): State<Notes>) -> Result<Self, TopicError> {
        let present: Vec<_> = cx.watch("lobby")?.iter().map(|present| present.id().to_owned()).collect();
        notes.add(format!("init {present:?}"));
        Ok(Self { cx, notes })
    }

    #[info]
    fn changed(&mut self, event: PresenceEvent) {
        self.notes.add(match event {
            PresenceEvent::Joined(present) => format!("+{}", present.id()),
            PresenceEvent::Left(present) => format!("-{}", present.id()),
        });
    }

    #[incoming]
    fn asked(&mut self, member: &Member<Self>, text: &str) -> Control {
        match text {
            "panic" => panic!("a callback that panics"),
            "stop" => return Control::stop("over"),
            "unwatch" => {
                let (first, second) = (self.cx.unwatch("lobby"), self.cx.unwatch("lobby"));
                member.send(format!("{first} {second}"));
            }
            "again" => {
                let present = self.cx.watch("lobby").map(|present| present.len());
                member.send(format!("{present:?}"));
            }
            "many" => {
                let count =
                    (0..10_000).take_while(|topic| self.cx.watch(&format!("topic {topic}")).is_ok()).count();
                member.send(count.to_string());
            }
            other => {
                member.send(other.to_owned());
            }
        }
        Control::Continue
    }
}

#[websocket("/guest/{name}")]
#[derive(Default)]
struct Guest;

#[websocket]
impl Guest {
    #[init]
    fn come(upgrade: &mut Upgrade<Self>) -> Result<Self, String> {
        let name = upgrade.params().get("name").unwrap_or_default().to_owned();
        upgrade.track("lobby", &name, &()).map_err(|error| error.to_string())?;
        Ok(Self)
    }
}

async fn start() -> (Server, Notes, Client) {
    let notes = Notes::default();
    let server = Server::start(App::discover_in(module_path!()).state(notes.clone())).await;
    let client = server.connect("/porter").await;
    (server, notes, client)
}

async fn ask(client: &mut Client, words: &str) -> String {
    within(client.send(Sent::text(words.to_owned()))).await.unwrap();
    text(client).await
}

#[tokio::test]
async fn changes_are_infos_in_order() {
    let (server, notes, _client) = start().await;
    let ada = server.connect("/guest/ada").await;
    notes.seen("+ada").await;
    let _bob = server.connect("/guest/bob").await;
    notes.seen("+bob").await;
    drop(ada);
    notes.seen("-ada").await;
    assert_eq!(notes.all(), ["init []", "+ada", "+bob", "-ada"]);
}

#[tokio::test]
async fn after_a_restart_the_new_value_watches_anew() {
    let (server, notes, mut client) = start().await;
    let _ada = server.connect("/guest/ada").await;
    notes.seen("+ada").await;
    within(client.send(Sent::text("panic"))).await.unwrap();
    notes.seen("init [\"ada\"]").await;
    let _bob = server.connect("/guest/bob").await;
    notes.seen("+bob").await;
    assert_eq!(ask(&mut client, "sync").await, "sync");
    assert_eq!(notes.count("+bob"), 1, "the old value watches no more");
}

#[tokio::test]
async fn unwatch_ends_the_changes() {
    let (server, notes, mut client) = start().await;
    assert_eq!(ask(&mut client, "again").await, "Ok(0)", "a second watch is none");
    assert_eq!(ask(&mut client, "unwatch").await, "true false");
    let _ada = server.connect("/guest/ada").await;
    assert_eq!(ask(&mut client, "again").await, "Ok(1)");
    let _bob = server.connect("/guest/bob").await;
    notes.seen("+bob").await;
    assert_eq!(notes.all(), ["init []", "+bob"]);
}

#[tokio::test]
async fn too_many_topics_are_an_error_and_the_end_leaves_them_all() {
    let (server, _, mut client) = start().await;
    assert_eq!(ask(&mut client, "many").await, "4095", "and the lobby");
    assert_eq!(server.app.stats().topics, 4096);
    within(client.send(Sent::text("stop"))).await.unwrap();
    until(|| server.app.stats().topics == 0).await;
}
