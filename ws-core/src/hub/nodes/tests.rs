//! Two nodes, joined by queues.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use serde_json::json;

use super::*;
use crate::hub::backplane::{Backplane, News, Seam};
use crate::hub::presence::PresenceEvent;
use crate::limits::Limits;
use crate::shared::mailbox::{Info, Mailbox};

/// A bounded queue to the other node; what does not fit is lost.
struct Channel(SyncSender<String>);

impl Backplane for Channel {
    fn carry(&self, crossing: &Crossing<'_>) {
        let _ = self.0.try_send(serde_json::to_string(crossing).unwrap());
    }
}

struct Node {
    hub: Hub,
    says: Receiver<String>,
}

impl Node {
    fn new() -> Self {
        let (queue, says) = sync_channel(64);
        let mut shared = Shared::default();
        shared.backplane = Seam::new(Channel(queue));
        Self { hub: Hub::new(Arc::new(shared)), says }
    }

    fn id(&self) -> NodeId {
        self.hub.0.backplane.node
    }

    fn connection(&self) -> Arc<Mailbox> {
        Arc::new(Mailbox::new(self.hub.0.clone(), Limits::default().mailbox))
    }

    /// All that this node said, as it arrives.
    fn said(&self) -> Vec<Arrived> {
        self.says.try_iter().map(|text| serde_json::from_str(&text).unwrap()).collect()
    }

    /// `other` hears all that this node said.
    fn reach(&self, other: &Self) {
        self.said().into_iter().for_each(|arrived| other.hub.arrived(self.id(), arrived));
    }

    fn announce(&self, other: &Self) {
        self.hub.announce(&mut |crossing| {
            let text = serde_json::to_string(crossing).unwrap();
            other.hub.arrived(self.id(), serde_json::from_str(&text).unwrap());
        });
    }

    fn present(&self) -> String {
        let show = |who: &crate::Present| format!("{}*{}", who.id(), who.connections());
        self.hub.present("room").iter().map(show).collect::<Vec<_>>().join(" ")
    }

    fn counts(&self) -> (u64, u64) {
        let stats = self.hub.0.stats.snapshot();
        (stats.topics, stats.subscriptions)
    }
}

fn heard(mailbox: &Mailbox) -> Vec<String> {
    std::iter::from_fn(|| mailbox.take())
        .map(|mail| match mail {
            Mail::Post(post) => format!("{:?}", post.message),
            Mail::Presence(event, _) => match *event {
                PresenceEvent::Joined(who) => format!("{} joined", who.id()),
                PresenceEvent::Left(who) => format!("{} left", who.id()),
            },
            Mail::Close(close) => close.code().to_string(),
            other => format!("{other:?}"),
        })
        .collect()
}

fn into_info(event: PresenceEvent) -> Info {
    Box::new(event)
}

#[test]
fn what_is_published_arrives_in_order_and_is_not_passed_on() {
    let (here, there) = (Node::new(), Node::new());
    let reader = there.connection();
    reader.subscribe("room");
    let ping = Message::Ping(ControlPayload::new("?").unwrap());
    for message in ["one".into(), vec![2, 0xff].into(), ping.clone(), "".into()] {
        here.hub.publish("room", Message::clone(&message));
    }
    here.hub.publish("elsewhere", "nobody");
    here.hub.publish("room", Close::new(CloseCode::literal(4001), "bye"));
    here.reach(&there);
    let expected = ["one".into(), vec![2, 0xff].into(), ping, Message::from("")];
    let expected = expected.map(|message| format!("{message:?}"));
    assert_eq!(heard(&reader), [&expected[..], &["4001".to_owned()]].concat());
    assert_eq!(there.said(), []);
}

#[test]
fn a_node_that_hears_itself_drops_it() {
    let node = Node::new();
    let reader = node.connection();
    reader.subscribe("room");
    reader.track("room", "ann", "1").unwrap();
    node.hub.publish("room", "once");
    node.reach(&node);
    assert_eq!(heard(&reader).len(), 1);
    assert_eq!(node.present(), "ann*1");
    assert_ne!(node.id(), Node::new().id());
}

#[test]
fn an_identity_is_there_from_its_first_node_to_its_last() {
    let (here, there) = (Node::new(), Node::new());
    let (watcher, ann, other) = (there.connection(), here.connection(), there.connection());
    watcher.watch("room", into_info);
    assert_eq!(ann.track("room", "ann", r#"{"good":true}"#).unwrap(), 1);
    here.reach(&there);
    assert_eq!(there.hub.present("room")[0].meta::<Value>().unwrap(), json!({"good": true}));
    assert_eq!(other.track("room", "ann", "2").unwrap(), 2);
    assert_eq!(there.said().len(), 1, "the first connection of this node");
    ann.shut();
    here.reach(&there);
    assert_eq!(there.present(), "ann*1");
    assert_eq!(heard(&watcher), ["ann joined"]);
    other.untrack("room", "ann");
    assert_eq!(heard(&watcher), ["ann left"]);
    assert_eq!(there.said(), [Arrived::Left { topic: "room".into(), id: "ann".into() }]);
    watcher.shut();
    assert_eq!((here.counts(), there.counts()), ((0, 0), (0, 0)));
}

#[test]
fn nodes_that_meet_again_exchange_who_is_there() {
    let (here, there) = (Node::new(), Node::new());
    let (watcher, [ann, bob, eve]) = (there.connection(), [(); 3].map(|()| here.connection()));
    watcher.watch("room", into_info);
    ann.track("room", "ann", "1").unwrap();
    bob.track("room", "bob", "2").unwrap();
    here.reach(&there);
    assert_eq!(heard(&watcher), ["ann joined", "bob joined"]);
    // What is said while they are cut off is lost.
    ann.shut();
    eve.track("room", "eve", "3").unwrap();
    here.said();
    here.announce(&there);
    assert_eq!(heard(&watcher), ["eve joined", "ann left"]);
    assert_eq!(there.present(), "bob*1 eve*1");
    // Again: nobody comes twice.
    here.announce(&there);
    assert_eq!(heard(&watcher), [""; 0]);
    assert_eq!(there.present(), "bob*1 eve*1");
}

#[test]
fn who_was_present_through_a_node_that_is_gone_has_left() {
    let (here, there) = (Node::new(), Node::new());
    let (watcher, [ann, bob]) = (there.connection(), [(); 2].map(|()| here.connection()));
    watcher.watch("room", into_info);
    for (connection, name) in [(&ann, "ann"), (&bob, "bob")] {
        connection.track("room", name, "null").unwrap();
    }
    let here_too = there.connection();
    here_too.track("room", "bob", "null").unwrap();
    here.reach(&there);
    assert_eq!(there.present(), "ann*1 bob*2");
    there.hub.node_gone(here.id());
    there.hub.node_gone(here.id());
    assert_eq!(heard(&watcher), ["bob joined", "ann joined", "ann left"]);
    assert_eq!(there.present(), "bob*1");
    here_too.shut();
    watcher.shut();
    assert_eq!(there.counts(), (0, 0));
}

#[test]
fn a_broadcast_brings_its_value_where_it_has_one() {
    for (crossed, expected) in [(Some(json!({"a": 1})), Some(json!({"a": 1}))), (None, None)] {
        let value = || crossed.clone().map(Ok);
        let crossing = Crossing::Broadcast { audience: "Reader", news: "News", value: News(&value) };
        let text = serde_json::to_string(&crossing).unwrap();
        let (audience, news) = ("Reader".to_owned(), "News".to_owned());
        let arrived: Arrived = serde_json::from_str(&text).unwrap();
        assert_eq!(arrived, Arrived::Broadcast { audience, news, value: expected });
    }
}

#[test]
fn what_is_no_crossing_is_an_error() {
    for text in [
        "1",
        "{}",
        r#""Publish""#,
        r#"{"Elsewhere":{}}"#,
        r#"{"Left":{"topic":"a"}}"#,
        r#"{"Publish":{"topic":"a","kind":"text","code":0,"payload":[255]}}"#,
        r#"{"Publish":{"topic":"a","kind":"close","code":1005,"payload":[]}}"#,
        r#"{"Publish":{"topic":"a","kind":"song","code":0,"payload":[]}}"#,
    ] {
        serde_json::from_str::<Arrived>(text).expect_err(text);
    }
}
