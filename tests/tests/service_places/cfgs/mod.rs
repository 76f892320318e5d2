//! Callbacks under `#[cfg]`: one of two functions with the same marker is compiled, or neither.

#![allow(clippy::non_minimal_cfg, reason = "the plainest predicates that hold and do not hold")]

mod module;

use futures_util::SinkExt;
use tokio_websockets::Message as Sent;
use ws_core::prelude::*;
use ws_core::{BroadcastFor, BroadcastTarget, Service, ServiceInfo};
use ws_tests::notes::Notes;
use ws_tests::{Server, next, text, until, within};

struct Tick;
struct News;
struct Stop;

/// `cfg(all())` always holds, and `cfg(any())` never does. Code under the latter would not even compile.
#[service("/cfg/impl")]
struct Chosen {
    notes: Notes,
    members: Vec<Member<Self>>,
}

#[service]
impl Chosen {
    #[cfg(any())]
    #[init]
    fn new(_: NoSuchExtractor) -> Self {
        no_such_function()
    }

    #[cfg(all())]
    #[init]
    fn new(State(notes): State<Notes>) -> Self {
        Self { notes, members: Vec::new() }
    }

    #[cfg(any())]
    #[join]
    async fn join(&mut self, _: NoSuchExtractor) -> NoSuchKept {
        no_such_function()
    }

    #[cfg(all())]
    #[cfg(not(any()))]
    #[join]
    async fn join(&mut self, member: &Member<Self>) -> Result<u8, String> {
        self.members.push(member.clone());
        Ok(7)
    }

    #[cfg(any())]
    #[rejoin]
    fn again(&mut self) -> NoSuchResult {}

    #[cfg(all())]
    #[rejoin]
    fn again(&mut self, member: &Member<Self>) {
        self.members.push(member.clone());
        self.notes.add("rejoin");
    }

    #[incoming]
    #[cfg(any())]
    async fn text(&mut self, _: NoSuchModule::Text) {}

    #[incoming]
    #[cfg(all())]
    async fn text(&mut self, text: &str, member: &Member<Self>) {
        assert_ne!(text, "panic");
        member.send(format!("{text} {}", member.kept()));
    }

    #[cfg(any())]
    #[incoming]
    fn binary(&mut self, _: Vec<NoSuchByte>) {}

    /// Receives binary messages, because their own callback is compiled out.
    #[cfg(all())]
    #[incoming]
    async fn rest(&mut self, member: &Member<Self>, message: Message) {
        member.send(format!("rest of {}", message.len()));
    }

    #[cfg(any())]
    #[incoming]
    fn rest(&mut self, member: &Member<Self>, message: NoSuchModule::Message) {}

    #[cfg(any())]
    #[broadcast]
    fn news(&mut self, _: &NoSuchNews) {}

    #[cfg(any())]
    #[broadcast]
    fn no_news(&mut self, news: &News) -> NoSuchControl {}

    #[cfg(all())]
    #[broadcast]
    fn news(&mut self, _: &News) {
        for member in &self.members {
            member.send("news");
        }
    }

    #[cfg(any())]
    #[info]
    async fn tick(&mut self, _: Tick) -> NoSuchControl {}

    #[cfg(all())]
    #[info]
    async fn tick(&mut self, _: Tick) -> Control {
        Control::Timeout(std::time::Duration::from_millis(1))
    }

    #[cfg(all())]
    #[info]
    async fn stop(&mut self, _: Stop) -> Control {
        Control::stop("enough")
    }

    #[cfg(any())]
    #[info]
    fn never(&mut self, _: NoSuchInfo) {}

    #[cfg(any())]
    #[timeout]
    fn idle(&mut self) -> NoSuchControl {}

    #[cfg(all())]
    #[timeout]
    fn idle(&mut self) -> Control {
        self.notes.add("timeout");
        Control::Timeout(std::time::Duration::MAX)
    }

    #[cfg(any())]
    #[close]
    fn gone(&mut self, _: NoSuchReason) {}

    #[cfg(all())]
    #[close]
    fn gone(&mut self, reason: &Terminate) {
        self.notes.add(format!("close {}", reason.kind()));
    }

    #[cfg(any())]
    #[terminate]
    async fn over(&mut self, _: NoSuchReason) {}

    #[cfg(all())]
    #[terminate]
    async fn over(&mut self) {
        self.notes.add("terminate");
    }

    #[cfg(any())]
    fn no_callback(&self) -> NoSuchType {}
}

/// Has no callbacks: each is under a `#[cfg]` that does not hold.
#[service("/cfg/none")]
#[derive(Default)]
struct Bare;

#[service]
impl Bare {
    #[cfg(any())]
    #[init]
    fn new() -> NoSuchType {}

    #[cfg(any())]
    #[join]
    fn join(&mut self, nothing: Nothing) -> Nothing {}

    #[cfg(any())]
    #[cfg(all())]
    #[rejoin]
    async fn again(&mut self) -> Nothing {}

    #[cfg(any())]
    #[incoming]
    fn text(&mut self, nothing: Json<Nothing>) {}

    #[cfg(any())]
    #[incoming]
    fn rest(&mut self, nothing: Message) -> Nothing {}

    #[cfg(any())]
    #[broadcast]
    async fn news(&mut self, nothing: &Nothing) {}

    #[cfg(any())]
    #[info]
    async fn notified(&mut self, nothing: Nothing) {}

    #[cfg(any())]
    #[timeout]
    fn idle(&mut self) -> Nothing {}

    #[cfg(any())]
    #[close]
    async fn gone(&mut self) -> Nothing {}

    #[cfg(any())]
    #[terminate]
    async fn over(&mut self) -> Nothing {}
}

/// Compiled out, so its path does not conflict.
#[service("/cfg/none")]
#[cfg(any())]
struct Never;

#[service]
#[cfg(any())]
impl Never {}

/// Compiled out, too.
#[cfg(any())]
#[service("/cfg/module")]
mod never {
    #[incoming]
    fn received(nothing: &mut Nothing) {}
}

async fn callbacks_are_there<S>(path: &str)
where
    S: BroadcastTarget + Service,
    Tick: ServiceInfo<S>,
    Stop: ServiceInfo<S>,
    News: BroadcastFor<S>,
{
    let notes = Notes::default();
    let server = Server::start(App::discover_in(module_path!()).state(notes.clone())).await;
    let mut client = server.connect(path).await;
    let service = server.app.service::<S>();
    within(client.send(Sent::text("hi"))).await.unwrap();
    assert_eq!(text(&mut client).await, "hi 7");
    within(client.send(Sent::binary(vec![1, 2]))).await.unwrap();
    assert_eq!(text(&mut client).await, "rest of 2");
    service.info(Tick);
    notes.seen("timeout").await;
    within(client.send(Sent::text("panic"))).await.unwrap();
    notes.seen("rejoin").await;
    assert_eq!(server.app.broadcast::<S>(News).queued, 1);
    assert_eq!(text(&mut client).await, "news");
    service.info(Stop);
    assert!(next(&mut client).await.is_close());
    notes.seen("close stop").await;
    until(|| notes.count("terminate") == 2).await;
}

#[tokio::test]
async fn the_one_of_two_that_is_compiled() {
    callbacks_are_there::<Chosen>("/cfg/impl").await;
}

#[tokio::test]
async fn and_of_a_module() {
    callbacks_are_there::<module::chosen::Chosen>("/cfg/module").await;
}

#[tokio::test]
async fn none_is_as_if_it_had_none() {
    let server = Server::start(App::discover_in(module_path!()).state(Notes::default())).await;
    let mut client = server.connect("/cfg/none").await;
    for message in [Sent::text("ignored"), Sent::binary(vec![0]), Sent::ping("there?")] {
        within(client.send(message)).await.unwrap();
    }
    assert!(next(&mut client).await.is_pong());
    server.app.service::<Bare>().members()[0].send("still there");
    assert_eq!(text(&mut client).await, "still there");
}
