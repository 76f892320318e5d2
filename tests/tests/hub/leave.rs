//! Leaving a topic with one call, and infos for the subscribers of a topic.

use ws_core::prelude::*;
use ws_core::testing::{self, Client};
use ws_tests::until;

/// An info that is made once and delivered to many.
#[derive(Clone)]
struct Round(u32);

/// Enters and leaves rooms.
#[derive(Default)]
struct Guest;

#[websocket]
impl Guest {
    #[text]
    fn asked(&mut self, words: &str, cx: &mut Context<Self>) -> Result<String, ws_core::TopicError> {
        Ok(match words.split_once(' ') {
            Some(("subscribe", room)) => cx.subscribe(room).to_string(),
            Some(("watch", room)) => cx.watch(room)?.len().to_string(),
            Some(("leave", room)) => {
                let left = cx.leave(room);
                let identities = left.identities.join("+");
                format!("{} {} {identities} {}", left.subscribed, left.watched, left.was_there())
            }
            Some((id, room)) => cx.track(room, id, &())?.to_string(),
            None => words.to_owned(),
        })
    }

    #[info]
    fn round(&mut self, Round(number): Round) -> String {
        format!("round {number}")
    }

    #[info]
    fn changed(&mut self, event: PresenceEvent) -> String {
        match event {
            PresenceEvent::Joined(present) => format!("{} joined", present.id()),
            PresenceEvent::Left(present) => format!("{} left", present.id()),
        }
    }
}

/// Subscribes to rooms, and takes no infos.
#[derive(Default)]
struct Silent;

#[websocket]
impl Silent {
    #[text]
    fn subscribe(&mut self, room: &str, cx: &mut Context<Self>) -> String {
        cx.subscribe(room).to_string()
    }
}

/// Leaves the room that its members name.
#[derive(Default)]
struct Staff;

#[service]
impl Staff {
    #[incoming]
    fn received(&mut self, member: &Member<Self>, room: &str) {
        member.subscribe(room);
        member.track(room, "staff", &()).expect("within the limits");
        let left = member.leave(room);
        member.send(format!("{} {:?}", left.subscribed, left.identities));
    }
}

fn app() -> App {
    App::new().mount::<Guest>("/guest", ()).mount::<Silent>("/silent", ()).mount_service::<Staff>("/staff")
}

async fn ask(client: &mut Client, words: &str) -> String {
    client.send(words).await.unwrap();
    client.text().await.unwrap()
}

#[tokio::test]
async fn one_call_leaves_a_room_in_every_way() {
    let app = testing::start(app()).unwrap();
    let mut other = app.connect("/guest").await.unwrap();
    assert_eq!(ask(&mut other, "watch hall").await, "0");
    let mut client = app.connect("/guest").await.unwrap();
    assert_eq!(ask(&mut client, "leave hall").await, "false false  false");
    for (words, answer) in
        [("subscribe hall", "true"), ("bob hall", "1"), ("ada hall", "1"), ("ada bar", "1")]
    {
        assert_eq!(ask(&mut client, words).await, answer);
    }
    assert_eq!(ask(&mut client, "watch hall").await, "2");
    assert_eq!(ask(&mut client, "leave hall").await, "true true ada+bob true");
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(other.text().await.unwrap());
    }
    seen.sort();
    assert_eq!(seen, ["ada joined", "ada left", "bob joined", "bob left"]);
    let hub = app.handle().hub();
    assert_eq!((hub.count("hall"), hub.present("hall").len(), hub.present("bar").len()), (0, 0, 1));
    // Neither its own departure nor anything else of the room arrives any more.
    hub.publish("hall", "too late");
    assert_eq!(ask(&mut client, "leave hall").await, "false false  false");
    assert_eq!(ask(&mut client, "leave bar").await, "false false ada true");
    drop(other);
    until(|| app.handle().stats().subscriptions == 0).await;
    assert_eq!(app.handle().stats().topics, 0);
}

#[tokio::test]
async fn a_member_leaves_a_room_too() {
    let mut client = testing::connect(app(), "/staff").await.unwrap();
    assert_eq!(ask(&mut client, "hall").await, r#"true ["staff"]"#);
}

#[tokio::test]
async fn an_info_reaches_the_subscribers_of_a_topic_that_are_connections_of_its_handler() {
    let app = testing::start(app()).unwrap();
    let mut one = app.connect("/guest").await.unwrap();
    let mut two = app.connect("/guest").await.unwrap();
    let mut outside = app.connect("/guest").await.unwrap();
    let mut silent = app.connect("/silent").await.unwrap();
    for client in [&mut one, &mut two] {
        assert_eq!(ask(client, "subscribe hall").await, "true");
    }
    assert_eq!(ask(&mut silent, "hall").await, "true");
    let handle = app.handle();
    let counts = handle.info_topic::<Guest>("hall", Round(7));
    assert_eq!((counts.queued, counts.dropped), (2, 0));
    assert_eq!(handle.info_topic::<Guest>("nowhere", Round(8)).queued, 0);
    for client in [&mut one, &mut two] {
        assert_eq!(client.text().await.unwrap(), "round 7");
        assert_eq!(ask(client, "done").await, "done");
    }
    assert_eq!(ask(&mut outside, "nothing").await, "nothing");

    let sockets = handle.subscribers::<Guest>("hall");
    assert!(sockets.len() == 2 && sockets[0].id() < sockets[1].id(), "{sockets:?}");
    assert_eq!(handle.subscribers::<Silent>("hall").len(), 1);
    sockets[0].send("to the first");
    assert_eq!(one.text().await.unwrap(), "to the first");
}
