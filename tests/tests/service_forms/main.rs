//! Services that `#[service]` generates from a struct with its impl and from a module, with each callback.

mod module;

use std::time::Duration;

use axum::extract::{Path, Query};
use futures_util::SinkExt;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use tokio_websockets::Message as Sent;
use ws_core::assert_routes;
use ws_core::prelude::*;
use ws_tests::log::Log;
use ws_tests::notes::Notes;
use ws_tests::raw::{HEADERS, Raw};
use ws_tests::{Client, Server, closed, next, text, within};

/// Has every callback.
#[service(inbox(messages = 64, bytes = "64KiB", overflow = "wait"), name = "rooms")]
pub struct RoomList {
    notes: Notes,
    members: Vec<Member<Self>>,
    app: AppHandle,
}

#[derive(Deserialize)]
struct Visitor {
    name: String,
}

/// The member state.
pub struct Name(String);

#[derive(Serialize, Deserialize)]
struct Order {
    fruit: String,
}

struct News(&'static str);
struct Tick;
struct Stop;

#[service]
impl RoomList {
    #[init]
    async fn new(State(notes): State<Notes>, app: AppHandle) -> Result<Self, std::num::ParseIntError> {
        tokio::task::yield_now().await;
        notes.add("init");
        Ok(Self { notes, members: Vec::new(), app })
    }

    #[join]
    async fn join(
        &mut self,
        Query(Visitor { name }): Query<Visitor>,
        member: &Member<Self>,
        State(notes): State<Notes>,
    ) -> Result<Name, (StatusCode, String)> {
        if name == "nobody" {
            return Err((StatusCode::FORBIDDEN, format!("{name} is not welcome")));
        }
        notes.add(format!("join {name}"));
        self.members.push(member.clone());
        Ok(Name(name))
    }

    #[rejoin]
    fn again(&mut self, member: &Member<Self>) -> Result<(), String> {
        if member.kept().0 == "stranger" {
            return Err("a stranger".to_owned());
        }
        self.notes.add(format!("rejoin {}", member.kept().0));
        self.members.push(member.clone());
        Ok(())
    }

    #[incoming]
    async fn received(&mut self, member: &Member<Self>, Json(Order { fruit }): Json<Order>) -> Control {
        tokio::task::yield_now().await;
        match fruit.as_str() {
            "panic" => panic!("no such fruit"),
            "hurry" => return Control::Timeout(Duration::from_millis(20)),
            _ => drop(member.send(format!("{fruit} for {}", member.kept().0))),
        }
        Control::Continue
    }

    #[incoming]
    fn bytes(&mut self, bytes: &[u8], member: &Member<Self>) {
        member.send(bytes.to_vec());
    }

    #[broadcast]
    fn news(&mut self, News(words): &News) {
        for member in &self.members {
            member.send(*words);
        }
    }

    #[info]
    async fn tick(&mut self, _: Tick) {
        tokio::task::yield_now().await;
        self.notes.add(format!("tick with {}", self.app.service::<Self>().members().len()));
    }

    #[info]
    async fn stop(&mut self, _: Stop) -> Control {
        tokio::task::yield_now().await;
        Control::stop("enough")
    }

    #[timeout]
    fn idle(&mut self) -> Control {
        self.notes.add("timeout");
        Control::Timeout(Duration::MAX)
    }

    #[close]
    fn gone(&mut self, reason: &Terminate, member: &Member<Self>) {
        self.members.retain(|other| other != member);
        self.notes.add(format!("close {} {}", member.kept().0, reason.kind()));
    }

    #[terminate]
    fn over(&mut self, reason: &Terminate) {
        self.notes.add(format!("terminate {reason}"));
    }
}

/// Has no callbacks, and a path of its own.
#[service("/quiet/{corner}")]
#[derive(Default)]
struct Quiet;

#[service]
impl Quiet {}

async fn start() -> (Server, Notes) {
    let notes = Notes::default();
    (Server::start(App::discover().state(notes.clone())).await, notes)
}

async fn order(client: &mut Client, fruit: &str) {
    let order = serde_json::json!({ "fruit": fruit }).to_string();
    within(client.send(Sent::text(order))).await.expect("an open connection");
}

#[test]
fn b1_the_path_is_the_name_in_snake_case() {
    assert_routes!(App::discover(), {
        "/quiet/{corner}" => Quiet,
        "/websocket/counting" => module::counting::Counting,
        "/websocket/room_list" => RoomList,
    });
    let app = App::discover().base_url("/api").state(Notes::default());
    let handle = app.handle();
    let _router = app.into_router();
    assert_eq!(handle.url_for("rooms", ()).as_deref(), Ok("/api/websocket/room_list"));
}

#[tokio::test]
async fn b2_each_callback_is_called() {
    let (server, notes) = start().await;
    let mut ada = server.connect("/websocket/room_list?name=ada").await;
    order(&mut ada, "apple").await;
    assert_eq!(text(&mut ada).await, "apple for ada");
    within(ada.send(Sent::binary(vec![1, 2]))).await.unwrap();
    assert_eq!(**next(&mut ada).await.as_payload(), [1, 2]);
    let rooms = server.app.service::<RoomList>();
    assert_eq!(server.app.broadcast::<RoomList>(News("rain")).queued, 1);
    assert_eq!(text(&mut ada).await, "rain");
    rooms.info(Tick);
    notes.seen("tick with 1").await;
    order(&mut ada, "hurry").await;
    notes.seen("timeout").await;
    let refused =
        Raw::open(server.addr).await.request("GET", "/websocket/room_list?name=nobody", &HEADERS).await;
    assert_eq!((refused.status, refused.body.as_str()), (403, "nobody is not welcome"));
    within(ada.close()).await.unwrap();
    notes.seen("close ada remote").await;
    rooms.info(Stop);
    notes.seen("terminate closed by the server: enough").await;
    let seen = [
        "init",
        "join ada",
        "tick with 1",
        "timeout",
        "close ada remote",
        "terminate closed by the server: enough",
    ];
    assert_eq!(notes.all(), seen);
}

#[tokio::test]
async fn b8_after_a_panic_members_rejoin_or_are_refused() {
    let (log, _capture) = Log::capture();
    let (server, notes) = start().await;
    let mut ada = server.connect("/websocket/room_list?name=ada").await;
    let mut stranger = server.connect("/websocket/room_list?name=stranger").await;
    order(&mut ada, "panic").await;
    assert_eq!(closed(&mut stranger).await, (1011, String::new()));
    order(&mut ada, "pear").await;
    assert_eq!(text(&mut ada).await, "pear for ada");
    assert_eq!((notes.count("init"), notes.count("rejoin ada")), (2, 1));
    // The log names the callback, although it awaited before the panic.
    let lines = log.lines_with(&["callback panicked: no such fruit", "callback=\"received\""]);
    assert_eq!(lines.len(), 1, "{}", log.text());
}

#[tokio::test]
async fn an_unreadable_message_closes_its_sender_with_1007_and_no_other() {
    let (server, notes) = start().await;
    let mut ada = server.connect("/websocket/room_list?name=ada").await;
    let mut bob = server.connect("/websocket/room_list?name=bob").await;
    // Both are sent at once, so that both are in the inbox when the service takes the first.
    within(ada.feed(Sent::text("{"))).await.unwrap();
    order(&mut ada, "panic").await;
    let (code, reason) = closed(&mut ada).await;
    assert!(code == 1007 && reason.starts_with("invalid JSON"), "{code} {reason}");
    order(&mut bob, "plum").await;
    assert_eq!(text(&mut bob).await, "plum for bob");
    notes.seen("close ada bad_encoding").await;
    // The service also ignores the sender's later messages.
    assert_eq!(notes.count("init"), 1);
}

#[tokio::test]
async fn a_service_without_callbacks_takes_everybody() {
    let (server, _) = start().await;
    let mut client = server.connect("/quiet/left?anything").await;
    within(client.send(Sent::text("hi"))).await.unwrap();
    let members = server.app.service::<Quiet>().members();
    assert_eq!(members[0].params().get("corner"), Some("left"));
    members[0].send("hush");
    assert_eq!(text(&mut client).await, "hush");
}

#[service]
impl Generic<u8> {
    #[join]
    fn join(&mut self, Path(at): Path<u8>) -> u8 {
        self.0 = at;
        at
    }

    #[incoming]
    fn any(&mut self, member: &Member<Self>, message: Message) {
        member.send(format!("{} {:?}", member.kept() + self.0, message.len()));
    }
}

/// Mounted by hand.
#[derive(Default)]
struct Generic<T>(T);

#[tokio::test]
async fn one_that_is_mounted_by_hand_needs_no_path() {
    let server = Server::start(App::new().mount_service::<Generic<u8>>("/at/{at}")).await;
    let mut client = server.connect("/at/21").await;
    within(client.send(Sent::binary(vec![0; 3]))).await.unwrap();
    assert_eq!(text(&mut client).await, "42 3");
}
