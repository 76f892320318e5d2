//! Services that implement the trait by hand: their members, inbox, restarts and ends.

mod ends;
mod fragile;
mod hangs;
mod inbox;
mod members;
mod partings;
mod reasons;
mod restarts;
mod starts;
mod storm;
mod waiting;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::{FromRequestParts, Query};
use axum::response::{IntoResponse, Response};
use futures_util::SinkExt;
use http::StatusCode;
use http::request::Parts;
use serde::Deserialize;
use tokio::sync::Semaphore;
use tokio_websockets::Message as Sent;
use ws_core::service::{Control, Member, Service, ServiceInfo, ServiceKey};
use ws_core::{
    App, AppHandle, BoxError, BroadcastFor, BroadcastTarget, Close, CloseCode, DeliveryCounts, Message,
    Needs, Terminate, Upgrade,
};
use ws_tests::notes::Notes;
use ws_tests::{Client, Server, within};

/// Notes its callbacks, and does as the messages request.
struct Room {
    notes: Notes,
    gate: Gate,
    members: Vec<Member<Self>>,
}

/// Blocks a callback that requests it.
#[derive(Clone)]
struct Gate(Arc<Semaphore>, Arc<AtomicUsize>);

impl Default for Gate {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(0)), Arc::default())
    }
}

impl Gate {
    async fn pass(&self) {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.acquire().await.expect("an open semaphore").forget();
    }

    /// Returns how many callbacks have reached the gate.
    fn came(&self) -> usize {
        self.1.load(Ordering::Relaxed)
    }

    /// Counts callbacks as if they had reached the gate.
    fn come(&self, times: usize) {
        self.1.fetch_add(times, Ordering::Relaxed);
    }

    fn open(&self, times: usize) {
        self.0.add_permits(times);
    }
}

/// How many more times `init` fails.
#[derive(Clone, Default)]
struct Fails(Arc<AtomicUsize>);

#[derive(Deserialize)]
struct Visitor {
    name: String,
}

#[derive(Debug)]
struct News(&'static str);

impl ServiceInfo<Room> for News {
    fn into_info(self) -> Self {
        self
    }
}

impl BroadcastTarget for Room {
    type Broadcast = Arc<News>;

    fn send(app: &AppHandle, mut broadcast: impl FnMut() -> Arc<News>) -> DeliveryCounts {
        [app.service::<Self>().broadcast(SharedNews(broadcast()))].into_iter().collect()
    }
}

impl BroadcastFor<Room> for News {
    type Target = Room;

    fn into_broadcast(self: Arc<Self>) -> Arc<News> {
        self
    }
}

/// A broadcast that is already shared.
struct SharedNews(Arc<News>);

impl BroadcastFor<Room> for SharedNews {
    type Target = Room;

    fn into_broadcast(self: Arc<Self>) -> Arc<News> {
        self.0.clone()
    }
}

impl Service for Room {
    type Info = News;
    type Broadcast = Arc<News>;
    type Asked = String;
    type Kept = String;

    fn needs(needs: &mut Needs) {
        needs.state::<Notes>();
    }

    async fn init(app: &AppHandle, _: Option<&ServiceKey>) -> Result<Self, BoxError> {
        let notes = app.state::<Notes>().expect("state that was checked at startup").clone();
        if let Some(Fails(fails)) = app.state::<Fails>()
            && fails.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
        {
            notes.add("init fails");
            return Err("no database".into());
        }
        notes.add("init");
        Ok(Self { notes, gate: app.state().cloned().unwrap_or_default(), members: Vec::new() })
    }

    async fn ask(parts: &mut Parts, upgrade: &mut Upgrade<Self>) -> Result<String, Response> {
        let Query(Visitor { name }) =
            Query::from_request_parts(parts, &()).await.map_err(IntoResponse::into_response)?;
        if name == "late" {
            upgrade.state::<Gate>().expect("a gate").pass().await;
        }
        Ok(name)
    }

    async fn join(&mut self, name: String, member: &Member<Self>) -> Result<String, Response> {
        if name == "nobody" {
            return Err((StatusCode::FORBIDDEN, "nobody is not welcome").into_response());
        }
        if name == "waits" {
            self.notes.add("at the gate");
            self.gate.pass().await;
        }
        assert_ne!(name, "bomb", "a join that panics");
        self.notes.add(format!("join {name}"));
        member.send(format!("welcome {name}"));
        self.members.push(member.clone());
        Ok(name)
    }

    async fn rejoin(&mut self, member: &Member<Self>) -> Result<(), Close> {
        self.notes.add(format!("rejoin {}", member.kept()));
        if member.kept() == "stranger" {
            return Err(Close::new(CloseCode::INTERNAL, "not again"));
        }
        self.members.push(member.clone());
        Ok(())
    }

    async fn incoming(&mut self, member: &Member<Self>, message: Message) -> Control {
        let words = match message {
            Message::Text(words) => words.to_string(),
            other => format!("{} bytes", other.len()),
        };
        let name = member.kept();
        if words == "wait" {
            self.notes.add(format!("{name} waits"));
            self.gate.pass().await;
        }
        self.notes.add(format!("{name}: {words}"));
        match words.as_str() {
            "panic" => panic!("as asked by {name}"),
            "stop" => return Control::stop("as asked"),
            "hurry" => return Control::Timeout(Duration::from_millis(30)),
            "lull" => return Control::Timeout(Duration::from_secs(20)),
            "rest" => return Control::Timeout(Duration::MAX),
            "kick" => drop(member.close(CloseCode::POLICY, "kicked")),
            "who" => {
                let room = member.params().get("room").unwrap_or("?");
                let peer = member.peer_addr().is_some();
                member.send(format!("{name} in {room} at {}, {peer}", member.path()));
            }
            words if words.starts_with("quiet") => {}
            _ => drop(member.send(format!("received {words}"))),
        }
        Control::Continue
    }

    async fn broadcast(&mut self, news: Arc<News>) -> Control {
        for member in &self.members {
            member.send(news.0);
        }
        Control::Continue
    }

    async fn info(&mut self, News(news): News) -> Control {
        self.notes.add(format!("info {news}"));
        assert_ne!(news, "panic", "an info that panics");
        Control::Continue
    }

    async fn timeout(&mut self) -> Control {
        self.notes.add("timeout");
        Control::Continue
    }

    async fn close(&mut self, member: &Member<Self>, reason: &Terminate) -> Control {
        self.members.retain(|other| other != member);
        self.notes.add(format!("close {} {}", member.kept(), reason.kind()));
        assert_ne!(member.kept(), "grudge", "a close that panics");
        Control::Continue
    }

    async fn terminate(&mut self, reason: &Terminate) {
        self.notes.add(format!("terminate {}", reason.kind()));
    }
}

fn app(notes: &Notes, gate: &Gate) -> App {
    App::new().mount_service::<Room>("/rooms/{room}").state(notes.clone()).state(gate.clone())
}

async fn start() -> (Server, Notes, Gate) {
    let (notes, gate) = <(Notes, Gate)>::default();
    (Server::start(app(&notes, &gate)).await, notes, gate)
}

async fn join(server: &Server, name: &str) -> Client {
    let mut client = server.connect(&format!("/rooms/a?name={name}")).await;
    assert_eq!(ws_tests::text(&mut client).await, format!("welcome {name}"));
    client
}

async fn send(client: &mut Client, words: impl Into<String>) {
    within(client.send(Sent::text(words.into()))).await.expect("an open connection");
}

/// Returns all notes except those of `init`.
fn since_init(notes: &Notes) -> Vec<String> {
    notes.all().into_iter().filter(|note| note != "init").collect()
}
